"""What was busy and falls silent pages five minutes later, by the clock and without any history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.needed_rules import write_test
from tests.support.promtool import GOOD, said_of

if TYPE_CHECKING:
    from pathlib import Path

TOPIC = 'pulse_records_total{topic="%s",outcome="%s",partition="0"}'
GIFTS = 'pulse_gifts_total{app="%s",region="US",partition="0"}'
LAG = 'pulse_consumer_lag_records{topic="gift",partition="0"}'
BUSY = "0+100x60"
"""A hundred a minute for an hour."""
SILENCE = f"{BUSY} 6000x500"
GOES_ON = "0+100x560"


def _case(alert: str, series: dict[str, str], looks: dict[int, bool]) -> dict[str, Any]:
    """The alert of a topic or an app, asked in these minutes whether it fires."""
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)',
                "eval_time": f"{minute}m",
                "exp_samples": [{"labels": "{}", "value": int(fires)}],
            }
            for minute, fires in looks.items()
        ],
    }


def said(tree: Path, root: Path, alert: str, series: dict[str, str], looks: dict[int, bool]) -> str:
    """What promtool says of one case."""
    document = {
        "rule_files": ["../rules/pipeline.yml", "../alerts/pipeline.yml", "../alerts/business.yml"],
        "evaluation_interval": "1m",
        "group_eval_order": ["pulse-counters", "pulse-pipeline", "pulse-OP5"],
        "tests": [_case(alert, series, looks)],
    }
    path = write_test(root, tree, alert, document)
    return said_of([path])[path]


CASES: dict[str, tuple[dict[str, str], dict[int, bool]]] = {
    "silent for as long as it lasts, and until ten minutes after it": (
        {TOPIC % ("gift", "counted"): f"{BUSY} 6000x199 6000+100x60"},
        {63: False, 66: True, 120: True, 255: True, 275: False},
    ),
    "test traffic goes on": (
        {TOPIC % ("gift", "counted"): SILENCE, TOPIC % ("gift", "test"): GOES_ON},
        {66: True},
    ),
    "nobody shows anything any more": ({TOPIC % ("gift", "counted"): BUSY}, {63: False, 80: True}),
    "six hours of silence end it": ({TOPIC % ("gift", "counted"): SILENCE}, {410: True, 450: False}),
    "records wait to be read": (
        {TOPIC % ("gift", "counted"): SILENCE, LAG: "0x60 100+100x500"},
        {66: False, 120: False},
    ),
    "a batch of rewards ends": ({TOPIC % ("reward", "counted"): SILENCE}, {66: False, 120: False}),
    "nine a minute, and then none": (
        {TOPIC % ("gift", "counted"): "0+9x60 540x60"},
        {66: False, 90: False},
    ),
    "ten minutes, and then none": ({TOPIC % ("gift", "counted"): "0+100x10 1000x60"}, {16: False, 60: False}),
    "a pause of three minutes": (
        {TOPIC % ("gift", "counted"): f"{BUSY} 6000x2 6100+100x60"},
        {63: False, 66: False, 90: False},
    ),
    "a tenth is left": ({TOPIC % ("gift", "counted"): f"{BUSY} 6000+10x60"}, {66: False, 100: False}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_topic(tree: Path, tmp_path: Path, case: str) -> None:
    """TopicSilent fires exactly in the minutes that the table says."""
    series, looks = CASES[case]
    assert said(tree, tmp_path, "TopicSilent", series, looks) == GOOD


APP_CASES: dict[str, tuple[dict[str, str], dict[int, bool]]] = {
    "one of two apps": (
        {
            TOPIC % ("gift", "counted"): GOES_ON,
            GIFTS % "tiktok": SILENCE,
            GIFTS % "douyin": GOES_ON,
        },
        {63: False, 66: True, 300: True},
    ),
    "both apps, as the topic is silent": (
        {TOPIC % ("gift", "counted"): SILENCE, GIFTS % "tiktok": SILENCE, GIFTS % "douyin": SILENCE},
        {66: False, 120: False},
    ),
    "one of its regions": (
        {
            TOPIC % ("gift", "counted"): GOES_ON,
            GIFTS % "tiktok": SILENCE,
            GIFTS.replace("US", "GB") % "tiktok": GOES_ON,
        },
        {66: False, 120: False},
    ),
    "the partition moves to another worker": (
        {
            TOPIC % ("gift", "counted"): GOES_ON,
            GIFTS.replace("{", '{pod="a",') % "tiktok": BUSY,
            GIFTS.replace("{", '{pod="b",') % "tiktok": "_x62 6200+100x400",
        },
        {66: False, 120: False},
    ),
}


@pytest.mark.parametrize("case", APP_CASES)
def test_an_app(tree: Path, tmp_path: Path, case: str) -> None:
    """AppSilent fires exactly in the minutes that the table says."""
    series, looks = APP_CASES[case]
    assert said(tree, tmp_path, "AppSilent", series, looks) == GOOD


HISTORY: dict[str, tuple[dict[str, str], dict[int, bool]]] = {
    "the usual fifteen days are stated": (
        {"prometheus_tsdb_retention_limit_seconds": "1296000x200"},
        {59: False, 61: True},
    ),
    "forty-five days are stated": ({"prometheus_tsdb_retention_limit_seconds": "3888000x200"}, {61: False}),
    "no limit is stated, and nothing was dropped": (
        {
            "prometheus_tsdb_lowest_timestamp_seconds": "0x200",
            "prometheus_tsdb_time_retentions_total": "0x200",
            "prometheus_tsdb_size_retentions_total": "0x200",
        },
        {100: False},
    ),
    "no limit is stated, and the disk was full": (
        {
            "prometheus_tsdb_lowest_timestamp_seconds": "0x200",
            "prometheus_tsdb_time_retentions_total": "0x200",
            "prometheus_tsdb_size_retentions_total": "0x10 1x200",
        },
        {69: False, 75: True},
    ),
}


@pytest.mark.parametrize("case", HISTORY)
def test_history(tree: Path, tmp_path: Path, case: str) -> None:
    """HistoryTooShort fires for a stated limit below 22 days, or once something younger was dropped."""
    series, looks = HISTORY[case]
    document = {
        "rule_files": ["../rules/pipeline.yml", "../alerts/pipeline.yml", "../alerts/business.yml"],
        "evaluation_interval": "1m",
        "group_eval_order": ["pulse-counters", "pulse-pipeline", "pulse-OP6"],
        "tests": [_case("HistoryTooShort", series, looks)],
    }
    path = write_test(tmp_path, tree, "HistoryTooShort", document)
    assert said_of([path])[path] == GOOD
