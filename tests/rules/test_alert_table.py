"""Bounds, durations and severities are those of the metric catalogue, written down by hand here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from pathlib import Path

TABLE = {
    ("GiftValueDrop", "critical"): ("< 0.7 *", "15m"),
    ("AdRevenueDrop", "critical"): ("< 0.7 *", "15m"),
    ("CheckoutOutage", "critical"): ("< 0.7 *", "15m"),
    ("CreatorEarningsDrop", "critical"): ("< 0.8 *", "15m"),
    ("AdLoadHigh", "warning"): ("> 1.2 *", "15m"),
    ("AdLoadOverCap", "critical"): ("> 45", "10m"),
    ("EcpmOutOfBand", "warning"): ("> 2 *", "20m"),
    ("DataStale", "critical"): ("> 300", "5m"),
    ("DataStale", "warning"): ("> 60", "2m"),
    ("ConsumerLagHigh", "critical"): ("> 120", "5m"),
    ("LateShareHigh", "warning"): ("> 0.02", "10m"),
    ("LateValueLost", "critical"): ("> 0.01", "5m"),
    ("LateValueLost", "warning"): ("> 0.001", "15m"),
    ("DuplicateShareHigh", "warning"): ("> 0.03", "10m"),
    ("DedupSilent", "warning"): ("== 0", "60m"),
    ("InvalidShareHigh", "critical"): ("> 0.02", "5m"),
    ("InvalidShareHigh", "warning"): ("> 0.005", "5m"),
    ("RecordRateDrop", "critical"): ("< 0.5 *", "5m"),
    ("RecordsLost", "critical"): ("> 0", None),
    ("SourceReset", "critical"): ("> 0", None),
    ("WorkerDown", "critical"): ("< 1", "1m"),
    ("RedisDown", "warning"): ("< 1", "2m"),
    ("Watchdog", "none"): ("> 0", None),
}
GUARDS = {
    "GiftValueDrop": "app:pulse_gift_count:baseline_5m >= 4000",
    "DedupSilent": "topic:pulse_records_read:10m >= 2000",
}


@pytest.fixture(scope="module")
def rules(tree: Path) -> list[dict[str, Any]]:
    """All alerting rules."""
    files = [yaml.safe_load(path.read_text()) for path in sorted((tree / "alerts").glob("*.yml"))]
    return [rule for file in files for group in file["groups"] for rule in group["rules"]]


def test_table_is_complete(rules: list[dict[str, Any]]) -> None:
    """The rules hold exactly the alerts of the table."""
    assert {(rule["alert"], rule["labels"]["severity"]) for rule in rules} == set(TABLE)


def test_bounds_and_durations(rules: list[dict[str, Any]]) -> None:
    """Each rule compares with the bound of the table, for its duration."""
    found = {(r["alert"], r["labels"]["severity"]): (r["expr"].split("\n")[0], r.get("for")) for r in rules}
    wrong = {
        key: found[key]
        for key, (bound, duration) in TABLE.items()
        if not re.search(re.escape(bound) + r"( |\)|$)", found[key][0]) or found[key][1] != duration
    }
    assert wrong == {}


def test_drop_of_gifts_looks_at_the_expected_count(rules: list[dict[str, Any]]) -> None:
    """A guard of a drop looks at the baseline: no gifts at all must page."""
    exprs = {rule["alert"]: rule["expr"] for rule in rules}
    assert {alert: guard in exprs[alert] for alert, guard in GUARDS.items()} == dict.fromkeys(GUARDS, True)


def test_texts_follow_the_mixin_conventions(rules: list[dict[str, Any]]) -> None:
    """A summary is one static sentence; a description is templated; both links are there."""
    for rule in rules:
        texts = rule["annotations"]
        assert re.fullmatch(r"[A-Z][^{}]*\.", texts["summary"]), rule["alert"]
        assert "{{" in texts["description"], rule["alert"]
        assert texts["runbook_url"] == f"/runbooks/{rule['alert']}"
        assert texts["dashboard_url"] in {"/d/pulse-overview", "/d/pulse-pipeline"}


def test_no_value_stands_in_a_label(rules: list[dict[str, Any]]) -> None:
    """Labels are static, so that an alert keeps its identity while its number moves."""
    assert not [rule["alert"] for rule in rules if "{{" in str(rule["labels"])]


def test_labels_of_every_alert(rules: list[dict[str, Any]]) -> None:
    """Each alert says severity, product, tool and tier; business alerts name their topics."""
    for rule in rules:
        assert {"severity", "product", "tool", "tier"} <= set(rule["labels"])
        assert ("topics" in rule["labels"]) == (rule["labels"]["tier"] != "pipeline")
