"""Value, bound and used way of guardrails, and what parties' alerts say: by promtool, by hand."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from creator_pulse.stream.monitoring.alerts import declared
from creator_pulse.stream.monitoring.guardrail_records import alerts_of, groups

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BOUND = "alertname:pulse_guardrail_bound:last"
USED = "alertname:pulse_guardrail_used:ratio"
PARTY = "alertname:pulse_party_rank:max"
REWARDS, ECPM = "app:pulse_reward_accrual_usd:%s24h", "app:pulse_ad_ecpm_usd:%s15m"


def _gives(folder: Path, series: Mapping[str, float], asked: Mapping[str, float | None]) -> str:
    """What promtool says against the values expected of some expressions; empty if nothing.

    Args:
        folder: an empty one.
        series: of one app, from the first minute on.
        asked: expression -> its value, None for none.
    """
    (folder / "rules.yml").write_text(yaml.safe_dump({"groups": groups()["guardrails.yml"]}))
    given = [{"series": name, "values": f"{value}x40"} for name, value in series.items()]
    tests: list[dict[str, Any]] = [
        {
            "expr": f"sum({expr})",
            "eval_time": "10m",
            "exp_samples": [] if value is None else [{"labels": "{}", "value": value}],
        }
        for expr, value in asked.items()
    ]
    test = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": "30s",
        "tests": [{"interval": "30s", "input_series": given, "promql_expr_test": tests}],
    }
    (folder / "test.yml").write_text(yaml.safe_dump(test))
    done = subprocess.run(
        ["promtool", "test", "rules", "test.yml"], cwd=folder, capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _of(name: str, alert: str, severity: str = "") -> str:
    more = f',severity="{severity}"' if severity else ""
    return f'{name}{{alertname="{alert}"{more}}}'


@pytest.mark.parametrize(
    ("alert", "series", "bound", "used"),
    [
        # 85 of a usual 100, alert below 0.8 of it: 15 of 20 are used.
        ("RewardDrop", {REWARDS % "": 85, REWARDS % "baseline_": 100}, 80, 15 / 20),
        # Higher than usual has used nothing of a way that leads down.
        ("RewardDrop", {REWARDS % "": 130, REWARDS % "baseline_": 100}, 80, 0),
        # 60 is beyond 80: 40 of 20.
        ("RewardDrop", {REWARDS % "": 60, REWARDS % "baseline_": 100}, 80, 40 / 20),
        # Of two bounds, 1.4 and 4 at a usual 2, the one on the side of the value: 3 has used half of 2 to 4.
        ("EcpmOutOfBand", {ECPM % "": 3, ECPM % "baseline_": 2}, 4, 0.5),
        ("EcpmOutOfBand", {ECPM % "": 1.7, ECPM % "baseline_": 2}, 1.4, 0.5),
        # Where nothing is usual the bound is 0 too: 5 is a rise above it, and no fall.
        ("RewardSurge", {REWARDS % "": 5, REWARDS % "baseline_": 0}, 0, 10),
        ("RewardDrop", {REWARDS % "": 5, REWARDS % "baseline_": 0}, 0, 0),
        ("RewardDrop", {REWARDS % "": 0, REWARDS % "baseline_": 0}, 0, 0),
        # A share with the bound 20 %, shown in per cent: 0.05 is a quarter of the way.
        ("AdTimeHigh", {"app:pulse_ad_time_ratio:15m": 0.05}, 20, 0.25),
        # A share that must stay above 99 %: at 99.5 % half of the 1 % that may be missing is missing.
        ("DisclosureMissing", {"app:pulse_deal_disclosure_ratio:24h": 0.995}, 99, 0.5),
        # What must not be at all: one is one too many.
        ("MinorGift", {"app:pulse_minor_gift_count:5m": 1}, 0, 1),
        ("MinorGift", {"app:pulse_minor_gift_count:5m": 0}, 0, 0),
    ],
)
def test_bound_and_used_way(
    alert: str, series: dict[str, float], bound: float, used: float, tmp_path: Path
) -> None:
    """The bound in the unit that is shown, and the part of the way from usual to it."""
    given = {f'{name}{{app="tiktok"}}': value for name, value in series.items()}
    asked = {
        f"round({_of(BOUND, alert)}, 0.001)": bound,
        f"round({_of(USED, alert)}, 0.001)": round(used, 3),
    }
    assert _gives(tmp_path, given, asked) == ""


OVERRIDE = "alert_app_region:pulse_override_bound:max"


@pytest.mark.parametrize(
    ("alert", "series", "override", "bound", "used"),
    [
        # 85 of a usual 100, alert below 0.5 of it for now, not 0.8: 15 of 50 are used.
        ("RewardDrop", {REWARDS % "": 85, REWARDS % "baseline_": 100}, 0.5, 50, 15 / 50),
        # A share with a bound of 40 % for now, not 20 %: 5 % is an eighth of the way.
        ("AdTimeHigh", {"app:pulse_ad_time_ratio:15m": 0.05}, 0.4, 40, 0.125),
        # A share that must stay above 90 % for now, not 99 %: at 99.5 % a twentieth of the way.
        ("DisclosureMissing", {"app:pulse_deal_disclosure_ratio:24h": 0.995}, 0.9, 90, 0.05),
    ],
)
def test_an_override_is_the_bound_in_force(
    alert: str, series: dict[str, float], override: float, bound: float, used: float, tmp_path: Path
) -> None:
    """What somebody set is shown, and the way is measured to it; in another app the declared bound stays."""
    both = {f'{name}{{app="{app}"}}': value for name, value in series.items() for app in ("tiktok", "douyin")}
    given = both | {f'{OVERRIDE}{{alert="{alert}",app="tiktok",region="all"}}': override}
    other = f'{_of(BOUND, alert)[:-1]},app="douyin"}}'
    asked = {
        f'round({_of(BOUND, alert)[:-1]},app="tiktok"}}, 0.001)': bound,
        f'round({_of(USED, alert)[:-1]},app="tiktok"}}, 0.001)': round(used, 3),
        f"count({other} != {bound})": 1,
    }
    assert _gives(tmp_path, given, asked) == ""


def test_an_override_of_evidence_is_its_bar_in_both_forms(tmp_path: Path) -> None:
    """A score of 20 with a bar of 40 for now: half of the way, of the page and of the ticket."""
    score = 'pulse_score{signal="gifts",app="tiktok",region="all",direction="fall",speed="fast"}'
    given = {score: 20.0, f'{OVERRIDE}{{alert="GiftValueDrop",app="tiktok",region="all"}}': 40.0}
    asked: dict[str, float | None] = {
        f'{_of(name, "GiftValueDrop", severity)[:-1]},app="tiktok"}}': value
        for name, value in ((BOUND, 40.0), (USED, 0.5))
        for severity in ("critical", "warning")
    }
    assert _gives(tmp_path, given, asked) == ""


def test_without_history_there_is_no_bound(tmp_path: Path) -> None:
    """A value with nothing to compare it with has neither bound nor way: it is not at 0."""
    given = {f'{REWARDS % ""}{{app="tiktok"}}': 80.0}
    value = _of("alertname:pulse_guardrail_value:last", "RewardDrop")
    asked = {value: 80, _of(BOUND, "RewardDrop"): None, _of(USED, "RewardDrop"): None}
    assert _gives(tmp_path, given, asked) == ""


def _alert(name: str, severity: str, state: str) -> str:
    return f'ALERTS{{product="pulse",alertname="{name}",severity="{severity}",alertstate="{state}"}}'


WATCHDOG = _alert("Watchdog", "none", "firing")


def test_a_party_is_well_while_rules_are_evaluated(tmp_path: Path) -> None:
    """With the Watchdog and no other alert each of the four parties has rank 0."""
    asked = {f"{PARTY} + 1": 4, PARTY: 0}
    assert _gives(tmp_path, {WATCHDOG: 1}, asked) == ""


def test_nothing_is_claimed_without_rules(tmp_path: Path) -> None:
    """Without the Watchdog nobody is well: there is no series."""
    assert _gives(tmp_path, {"up": 1}, {PARTY: None}) == ""


def test_the_gravest_alert_is_why(tmp_path: Path) -> None:
    """A page that fires (4) stands before a ticket that does (3); another party stays well."""
    active = {
        WATCHDOG: 1.0,
        _alert("AdLoadOverCap", "critical", "firing"): 1.0,
        _alert("AdTimeHigh", "warning", "firing"): 1.0,
    }
    asked = {
        f'{PARTY}{{party="viewers",alertname="AdLoadOverCap"}}': 4,
        f'{PARTY}{{party="viewers",alertname="AdTimeHigh"}}': None,
        f'{PARTY}{{party="creators"}}': 0,
    }
    assert _gives(tmp_path, active, asked) == ""


def test_a_pending_alert_is_to_be_watched(tmp_path: Path) -> None:
    """Pending, a page ranks 2 and a ticket 1: below all that fires."""
    active = {
        WATCHDOG: 1.0,
        _alert("AdLoadOverCap", "critical", "pending"): 1.0,
        _alert("AdOffTarget", "warning", "pending"): 1.0,
    }
    asked = {
        f'{PARTY}{{party="viewers"}}': 2,
        f'{PARTY}{{party="advertisers",alertname="AdOffTarget"}}': 1,
    }
    assert _gives(tmp_path, active, asked) == ""


def test_every_guardrail_of_the_business_concerns_a_party() -> None:
    """None fires without somebody on the home board being unwell."""
    concerned = {
        alert for party in ("creators", "viewers", "advertisers", "platform") for alert in alerts_of(party)
    }
    assert [
        g.alert for metric, g in declared() if metric.tier != "pipeline" if g.alert not in concerned
    ] == []


def test_every_guardrail_is_recorded() -> None:
    """Each but the Watchdog has a value, a bound and a used way, for each severity."""
    rules: list[dict[str, Any]] = yaml.safe_load(yaml.safe_dump(groups()))["guardrails.yml"][0]["rules"]
    recorded = [(rule["record"], rule["labels"]["alertname"], rule["labels"]["severity"]) for rule in rules]
    severities = {"page": "critical", "ticket": "warning"}
    wanted = [(g.alert, severities[g.severity]) for _, g in declared() if g.alert != "Watchdog"]
    for name in ("alertname:pulse_guardrail_value:last", BOUND, USED):
        assert [found[1:] for found in recorded if found[0] == name] == wanted
