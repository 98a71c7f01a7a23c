"""Marks in time: every board has every kind, and a kind looks the same on all of them."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from creator_pulse.stream.monitoring.board_marks import Mark, marks

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]

KINDS = ["Critical alerts", "Warnings", "Not seen", "Calendar", "Restatements", "Deployments", "Rules"]
DAY = "global:pulse_restatements:increase1d"
"""What is recorded of restatements."""
ALL = {mark.title: mark for mark in marks("", by_app=False)}


def test_every_board_has_every_kind(board: Json) -> None:
    """All of them are on until a reader switches one off."""
    listed = board["annotations"]["list"]
    assert [mark["name"] for mark in listed] == KINDS
    assert all(mark["enable"] for mark in listed)


def test_a_kind_has_one_colour_on_all_boards(boards: dict[str, Json]) -> None:
    """And no other kind has it."""
    found = {
        (mark["name"], mark["iconColor"])
        for board in boards.values()
        for mark in board["annotations"]["list"]
    }
    assert len(found) == len({color for _, color in found}) == len(KINDS)


def test_the_board_of_a_tool_marks_its_own_alerts(boards: dict[str, Json]) -> None:
    """An outage of checkouts is no mark on gifts."""
    assert 'tool="gift"' in boards["tool-gift.json"]["annotations"]["list"][0]["expr"]


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A function that asks promtool whether a kind of mark gives some samples at a time of some series."""
    folder: Path = tmp_path_factory.mktemp("marks")

    def judged(mark: Mark, series: dict[str, str], at: str, samples: list[dict[str, object]]) -> str:
        test = {
            "tests": [
                {
                    "interval": "1m",
                    "input_series": [{"series": name, "values": text} for name, text in series.items()],
                    "promql_expr_test": [
                        {
                            "expr": mark.expr.replace("$__rate_interval", "2m"),
                            "eval_time": at,
                            "exp_samples": samples,
                        }
                    ],
                }
            ]
        }
        path = folder / "test.yml"
        path.write_text(yaml.safe_dump(test))
        command = ["promtool", "test", "rules", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        return done.stdout + done.stderr

    return judged


def _sample(labels: str, value: float) -> dict[str, object]:
    return {"labels": labels, "value": value}


WORKER = 'up{job="pulse",instance="w:9464"}'
FRESH = 'topic:pulse_freshness_seconds:max{topic="%s"}'


def test_a_topic_that_stands_still_is_not_seen(values: Any) -> None:
    """From 300 s behind the clock, where DataStale begins; a fresh topic is."""
    series = {FRESH % "gift": "301", FRESH % "ad": "300"}
    assert "SUCCESS" in values(ALL["Not seen"], series, "0m", [_sample('{topic="gift"}', 301)])


def test_a_time_without_any_data_is_not_seen(values: Any) -> None:
    """Nothing at all is counted where workers were there half a day ago: the mark is of no topic."""
    assert "SUCCESS" in values(ALL["Not seen"], {WORKER: "1 _x800"}, "720m", [_sample("{}", 1)])


def test_a_time_without_workers_is_not_seen(values: Any) -> None:
    """Where no worker has ever been nothing is known, up to now."""
    assert "SUCCESS" in values(ALL["Not seen"], {}, "0m", [_sample("{}", 1)])


def test_a_time_before_the_first_worker_is_not_marked(values: Any) -> None:
    """The past of a new installation was counted afterwards: there was nobody to be blind."""
    # promtool sees nothing after the moment it asks of, so it looks back from the end of the range.
    # Of long steps the last one is up to three hours ago, when the worker was not there yet either.
    expr = ALL["Not seen"].expr.replace("end()", f"{(805 - 170) * 60}")
    before = replace(ALL["Not seen"], expr=f"max_over_time(({expr})[1m:1m] @ {720 * 60})")
    assert "SUCCESS" in values(before, {WORKER: "_x800 1x10"}, "805m", [])


def test_a_day_of_the_calendar_is_marked(values: Any) -> None:
    """Where three times the usual is expected; a factor of 1 is a usual day."""
    name = 'app_tool:pulse_calendar_factor:max{app="tiktok",tool="%s"}'
    series = {name % "commerce": "3", name % "gift": "1"}
    expected = [_sample('{app="tiktok",tool="commerce"}', 3)]
    assert "SUCCESS" in values(ALL["Calendar"], series, "0m", expected)


def test_a_wave_of_restatements_is_marked(values: Any) -> None:
    """One a minute for a day, then 100 a minute: 500 in five minutes, against four times the mean."""
    # The day up to then has 1,434 of the calm and 600 of the wave.
    series = {"topic_partition:pulse_restatements_total:max": "0+1x1440 1540+100x10", DAY: "0+1x1445 2034x5"}
    said = values(ALL["Restatements"], series, "1446m", [_sample("{}", 500)])
    assert "SUCCESS" in said


def test_restatements_as_always_are_not_marked(values: Any) -> None:
    """One a minute is what late records do."""
    series = {"topic_partition:pulse_restatements_total:max": "0+1x1500", DAY: "0+1x1445 1440x5"}
    assert "SUCCESS" in values(ALL["Restatements"], series, "1446m", [])


def test_a_wave_is_told_after_a_day(values: Any) -> None:
    """The sum of a day is that of some minutes at first: everything would be four times its mean."""
    series = {"topic_partition:pulse_restatements_total:max": "0+1x30", DAY: "0+1x30"}
    assert "SUCCESS" in values(ALL["Restatements"], series, "20m", [])


def test_a_worker_of_another_version_is_marked(values: Any) -> None:
    """For as long as one step: it shows a version now that it did not show before."""
    name = 'pulse_worker_info{job="pulse",instance="w:9464",version="%s"}'
    series = {name % "1": "1x10", name % "2": "_x11 1x10"}
    expected = [_sample('{instance="w:9464",version="2"}', 1)]
    assert "SUCCESS" in values(ALL["Deployments"], series, "12m", expected)


def test_a_worker_that_starts_again_is_marked(values: Any) -> None:
    """Its process has another start."""
    series = {'process_start_time_seconds{job="pulse",instance="w:9464"}': "5x10 700x10"}
    assert "SUCCESS" in values(ALL["Deployments"], series, "11m", [_sample('{instance="w:9464"}', 1)])


def test_a_worker_that_runs_on_is_not_marked(values: Any) -> None:
    """The same start and version as before."""
    series = {
        'process_start_time_seconds{job="pulse",instance="w:9464"}': "5x20",
        'pulse_worker_info{job="pulse",instance="w:9464",version="1"}': "1x20",
    }
    assert "SUCCESS" in values(ALL["Deployments"], series, "11m", [])


def test_rules_that_are_read_anew_are_marked(values: Any) -> None:
    """Prometheus says when it last read its configuration."""
    series = {'prometheus_config_last_reload_success_timestamp_seconds{job="prometheus"}': "5x10 700x10"}
    assert "SUCCESS" in values(ALL["Rules"], series, "11m", [_sample("{}", 1)])
