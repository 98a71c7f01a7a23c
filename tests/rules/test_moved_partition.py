"""Alerts stay right in any job, with labels that an operator adds, and while partitions move."""

from __future__ import annotations

import json
import re
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import pytest

from creator_pulse.stream.monitoring.alerts import declared
from tests.support import promtool
from tests.support.asked_parameters import parameters_of
from tests.support.needed_rules import groups_of, write_needed, write_test
from tests.support.promtool import GOOD, said_of
from tests.support.rule_documents import document_of

if TYPE_CHECKING:
    from pathlib import Path

ALERTS = sorted({guardrail.alert for _, guardrail in declared()})
JOB = "monitoring/pulse-workers"
MOVES_AFTER = 7
"""Samples of the first owner: the move is within what every rule looks back over."""
OVERLAP = 1
"""Samples for which the first owner still shows a partition that the second one has, at what it was."""
_TERM = re.compile(r"(_|-?[0-9.e+-]+?|NaN|stale)(?:([+-][0-9.e]+(?:e[+-]?\d+)?)?x(\d+))?$")


def samples(notation: str) -> list[str]:
    """Promtool's notation of a series written out: a number, ``_`` or ``stale`` for each interval."""
    names: list[str] = []
    for term in notation.split():
        match = _TERM.fullmatch(term)
        assert match is not None, term
        first, step, times = match.groups()
        if times is None:
            names.append(first)
        elif first == "_":
            names += ["_"] * int(times)
        else:
            start, by = float(first), float(step or 0)
            # Added up as promtool does: a series that stands still must not differ from it in the last digit.
            names += map(repr, accumulate([start, *[by] * int(times)]))
    return names


def labelled(selector: str, **more: str) -> str:
    """A series with further labels."""
    name, _, rest = selector.partition("{")
    own = [rest.rstrip("}")] if rest else []
    return f"{name}{{{','.join((*own, *(f'{label}={json.dumps(text)}' for label, text in more.items())))}}}"


def on_pods(series: dict[str, str]) -> list[dict[str, str]]:
    """A series as two pods show it: what has a partition moves from the first to the second.

    What Prometheus records itself has no labels of pods.
    """
    if ":" in series["series"].partition("{")[0]:
        return [series]
    name, values = series["series"].replace('job="pulse"', f'job="{JOB}"'), series["values"]
    first, second = (labelled(name, pod=pod, container="worker") for pod in ("pulse-0", "pulse-1"))
    if "partition=" not in name:
        return [{"series": first, "values": values}]
    shown = samples(values)
    before, after = shown[:MOVES_AFTER], shown[MOVES_AFTER:]
    kept = [before[-1]] * OVERLAP if before and after and before[-1] not in {"_", "stale"} else []
    return [
        {"series": first, "values": " ".join((*before, *kept, "stale"))},
        *([{"series": second, "values": " ".join((*["_"] * len(before), *after))}] if after else []),
    ]


def _in_another_job(document: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(document)
    for before, after in (('"job": "pulse"', f'"job": "{JOB}"'), ("of job pulse ", f"of job {JOB} ")):
        text = text.replace(before, after)
    renamed: dict[str, Any] = json.loads(text)
    return renamed


@pytest.fixture(scope="module")
def said(
    tree: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> dict[str, str]:
    """What promtool says of each alert that this session asks for, its series on pods of another job."""
    root = tmp_path_factory.mktemp("pods")
    paths = {}
    for alert in parameters_of(request, "test_alert_behaves_as_declared_on_pods", "alert"):
        document = _in_another_job(document_of(alert))
        for case in document["tests"]:
            case["input_series"] = [moved for series in case["input_series"] for moved in on_pods(series)]
        paths[alert] = write_test(root / alert, tree, alert, document)
    answers = said_of(list(paths.values()))
    return {alert: answers[path] for alert, path in paths.items()}


@pytest.mark.slow
@pytest.mark.parametrize("alert", ALERTS)
def test_alert_behaves_as_declared_on_pods(said: dict[str, str], alert: str) -> None:
    """Each test of each alert holds unchanged where pods have labels, the job a name, and partitions move."""
    assert said[alert] == GOOD


GIFTS = 'pulse_%s{topic="gift",partition="0",pod="%s"%s}'


def _recorded(tree: Path, tmp_path: Path, series: dict[str, str], minute: int, expr: str) -> str:
    """What promtool says of the recording rules, fed with these series; empty where the expression holds."""
    alert = {"name": "reads", "rules": [{"alert": "Reads", "expr": expr}]}
    write_needed(tmp_path, groups_of(tree, "rules"), [alert])
    asked = promtool.samples(f"count({expr})", minute, {"{}": 1})
    return promtool.said_of_file(tmp_path, "rules/pipeline.yml", series, asked)


@pytest.mark.parametrize("family", ["lost_records", "source_resets"])
def test_what_is_found_at_a_move_is_an_increase(tree: Path, tmp_path: Path, family: str) -> None:
    """A lane that opens elsewhere and finds records gone shows them from its first sample on: 0, then 500."""
    series = {
        GIFTS % (f"{family}_total", "pulse-0", ""): "0x9 stale",
        GIFTS % (f"{family}_total", "pulse-1", ""): "_x11 500x20",
    }
    expr = f"topic:pulse_{family}:increase15m > 400"
    assert not _recorded(tree, tmp_path, series, 14, expr)


def test_records_counted_during_a_move_are_read(tree: Path, tmp_path: Path) -> None:
    """60 a minute, two minutes of them in no scrape: 5 minutes hold about 300, not the 180 of two series."""
    counted = ',outcome="counted"'
    series = {
        GIFTS % ("records_total", "pulse-0", counted): "0+60x9 stale",
        GIFTS % ("records_total", "pulse-1", counted): "_x12 720+60x20",
    }
    expr = "topic:pulse_records_read:increase5m > 270 < 330"
    assert not _recorded(tree, tmp_path, series, 13, expr)


def test_what_two_pods_show_counts_once(tree: Path, tmp_path: Path) -> None:
    """The former owner still shows a lag of 40: the topic's is the 30 and 50 of its two partitions."""
    name = 'pulse_consumer_lag_records{topic="gift",partition="%d",pod="pulse-%d"}'
    series = {name % (0, 0): "30x20", name % (0, 1): "30x20", name % (1, 1): "50x20"}
    assert not _recorded(tree, tmp_path, series, 10, "topic:pulse_consumer_lag_records:sum == 80")


def test_creators_of_a_moved_partition_count_once(tree: Path, tmp_path: Path) -> None:
    """1,000 enrolled creators are 1,000 also in the five minutes that rules look back over."""
    labels = 'app="tiktok",region="US",tool="gift",partition="0"'
    name = f'pulse_tool_changes_total{{{labels},change="%s",pod="pulse-%d"}}'
    series = {
        name % (change, pod): values.replace("N", number)
        for change, number in (("enrolled", "1200"), ("left", "200"))
        for pod, values in ((0, "Nx9 stale"), (1, "_x10 Nx20"))
    }
    assert not _recorded(tree, tmp_path, series, 12, "app_tool:pulse_enrolled_creators:total == 1000")


def test_a_moved_partition_is_fresh(tree: Path, tmp_path: Path) -> None:
    """What the former owner showed last, half an hour ago, says nothing of how old the data are."""
    series = {
        GIFTS % ("watermark_timestamp_seconds", "pulse-0", ""): "-5+60x9 stale",
        GIFTS % ("watermark_timestamp_seconds", "pulse-1", ""): "_x10 595+60x60",
    }
    assert not _recorded(tree, tmp_path, series, 40, "topic:pulse_freshness_seconds:max == 5")


def test_a_partition_that_was_idle_elsewhere_is_watched(tree: Path, tmp_path: Path) -> None:
    """Idle at the former owner, busy and stuck at the new one: its watermark stands, and that is seen."""
    series = {
        GIFTS % ("watermark_timestamp_seconds", "pulse-0", ""): "-5+60x9 stale",
        GIFTS % ("watermark_timestamp_seconds", "pulse-1", ""): "_x10 600x60",
        GIFTS % ("partition_idle", "pulse-0", ""): "1x9 stale",
        GIFTS % ("partition_idle", "pulse-1", ""): "_x10 0x60",
    }
    assert not _recorded(tree, tmp_path, series, 40, "topic:pulse_freshness_seconds:max == 1800")


def test_an_idle_partition_between_two_owners_is_not_old(tree: Path, tmp_path: Path) -> None:
    """Its last owner said that nothing comes; until another says otherwise the other partition decides."""
    series = {
        GIFTS % ("watermark_timestamp_seconds", "pulse-0", ""): "-5+60x9 stale",
        GIFTS % ("partition_idle", "pulse-0", ""): "1x9 stale",
        'pulse_watermark_timestamp_seconds{topic="gift",partition="1",pod="pulse-1"}': "-5+60x60",
    }
    assert not _recorded(tree, tmp_path, series, 40, "topic:pulse_freshness_seconds:max == 5")


def _workers(up: str, shown: str) -> dict[str, str]:
    """A worker and another program in a job of any name."""
    where = 'job="kubernetes-pods",instance="10.0.0.1:9464",pod="pulse-0"'
    return {
        f"up{{{where}}}": up,
        f'pulse_worker_info{{{where},version="1"}}': shown,
        'up{job="kubernetes-pods",instance="10.0.0.2:80",pod="shop-0"}': "0x700",
    }


@pytest.mark.parametrize(
    ("up", "shown", "minute", "expr"),
    [
        ("1x20", "1x20", 10, "job_instance:pulse_worker_up:min == 1"),
        ("1x9 0x700", "1x9 stale", 600, 'job_instance:pulse_worker_up:min{instance!=""} == 0'),
        ("1x9 stale", "1x9 stale", 20, 'job_instance:pulse_worker_up:min{instance=""} == 0'),
        ("1x9 stale _x60 0x60", "1x9 stale", 100, 'job_instance:pulse_worker_up:min{instance=""} == 0'),
        ("0x20", "_x20", 10, 'job_instance:pulse_worker_up:min{instance=""} == 0'),
    ],
    ids=["answers", "down for hours", "no target any more", "another program at its address", "never seen"],
)
def test_workers_are_told_from_other_targets(
    tree: Path, tmp_path: Path, up: str, shown: str, minute: int, expr: str
) -> None:
    """Whatever the job is called and holds: one series, 0 where a worker is down or none is there."""
    assert not _recorded(tree, tmp_path, _workers(up, shown), minute, expr)
    assert not _recorded(tree, tmp_path, _workers(up, shown), minute, "job_instance:pulse_worker_up:min")
