"""Every query of every board and every rule, on five weeks of history and on an empty database."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from creator_pulse.stream.monitoring.build import generate
from creator_pulse.stream.settings import Settings
from tests.support.five_weeks import DAY, HOUR, NOW, write_blocks, write_more
from tests.support.past_server import past_server
from tests.support.recorded_history import fired, looked_back_over_days, record, rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.past_server import Answer, PastServer

pytestmark = [pytest.mark.stack, pytest.mark.slow]
Json = dict[str, Any]

SETTINGS: Final = Settings(partitions=1, merge_partitions=1, regions={"tiktok": ("US",), "douyin": ("CN",)})
"""Two regions an app, the named one and ``other``: every label is there, and the history is small."""


class Budget(NamedTuple):
    """What one query of a form may take.

    Attributes:
        series: that it may give.
        samples: that it may look at, over the board's own range.
        month: that it may look at over 28 days in steps of an hour.
    """

    series: int
    samples: int
    month: int


BUDGETS: Final = {
    "timeseries": Budget(20, 50_000, 250_000),
    "stat": Budget(4, 150_000, 100_000),
    "bargauge": Budget(10, 1_000, 1_000),
    "table": Budget(400, 10_000, 10_000),
    "state-timeline": Budget(80, 5_000, 5_000),
}
"""Form -> budget of each query of a panel."""
RULE_SAMPLES: Final = 250_000
"""Samples that the evaluation of one rule may look at."""
STEP: Final = 15
"""Seconds between the points of a range that a board opens with."""
SECONDS: Final = 5.0
"""No query may take longer, on a machine that does other things meanwhile."""
SILENT: Final = {
    "ALERTS": "shows what fires or waits to: nothing may",
    '$app"}) >= 5': "shows signals only while they are not as usual",
    "job_instance:pulse_rebalance_seconds:max > 0": "shows a worker only while it has no lane",
}
"""What is in a query that may give nothing although there are five weeks of everything -> why it may."""
UNMARKED: Final = {
    "Calendar": "marks announced days, and none is announced",
    "Restatements": "marks minutes with far more of them than usual, and each is as the others",
}
"""Mark that finds nothing on five weeks of everything as usual -> why."""
ALL: Final = {"$app": ".+", "$region": ".+", "$topic": ".+", "$severity": ".+", "$signal": ".+"}
"""What *All* puts in the place of a variable."""


class Target(NamedTuple):
    """One query of a panel.

    Attributes:
        panel: its title.
        form: its type.
        expr: with macros and variables in it.
        is_instant: whether it is asked as of the end of the range.
    """

    panel: str
    form: str
    expr: str
    is_instant: bool


def boards() -> dict[str, Json]:
    """Name -> board."""
    files = {name: text for name, text in generate().items() if name.startswith("dashboards/")}
    return {
        name.removeprefix("dashboards/").removesuffix(".json"): json.loads(text)
        for name, text in files.items()
    }


BOARDS: Final = boards()


def targets(board: Json) -> Iterator[Target]:
    """The queries of all panels, those of closed rows among them."""
    for top in board["panels"]:
        for panel in (top.get("panels") or ()) if top["type"] == "row" else (top,):
            for target in panel["targets"]:
                yield Target(panel["title"], panel["type"], target["expr"], bool(target.get("instant")))


def filled(expr: str, span: int, step: int) -> str:
    """A query as Grafana sends it for a range of seconds, with *All* in every variable."""
    values = {"$__rate_interval": f"{max(step + 15, 60)}s", "$__interval": f"{step}s"}
    values |= {"$__range_s": str(span), "$__range": f"{span}s", **ALL}
    for name in sorted(values, key=len, reverse=True):
        expr = expr.replace(name, values[name])
    return expr


def span_of(board: Json) -> int:
    """Seconds of the range that a board opens with."""
    match = re.fullmatch(r"now-(\d+)([mhd])", board["time"]["from"])
    assert match is not None
    return int(match[1]) * {"m": 60, "h": HOUR, "d": DAY}[match[2]]


def variables(board: Json) -> list[tuple[Json, str, str]]:
    """The variables that are asked for, each with the label and the selector of its query."""
    found = []
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            query = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"])
            assert query is not None
            found.append((variable, query[2], query[1]))
    return found


def asked(server: PastServer, target: Target, span: int, step: int) -> Answer:
    """The answer to a query over a range that ends now."""
    expr = filled(target.expr, span, step)
    return server.at(expr, NOW) if target.is_instant else server.over(expr, NOW - span, NOW, step)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PastServer]:
    """A Prometheus with five weeks of all exposed series, of alerts and of what rules recorded."""
    folder = tmp_path_factory.mktemp("five-weeks") / "data"
    folder.mkdir()
    write_blocks(SETTINGS, folder, looked_back_over_days())
    write_more(folder, fired())
    with past_server(folder) as server:
        record(server)
        yield server


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PastServer]:
    """A Prometheus that holds nothing."""
    folder = tmp_path_factory.mktemp("empty") / "data"
    folder.mkdir()
    with past_server(folder) as server:
        yield server


@pytest.fixture(scope="module")
def answered(full: PastServer) -> dict[str, list[tuple[Target, Answer]]]:
    """Board -> its queries and what they give over the range that it opens with."""
    return {
        name: [(target, asked(full, target, span_of(board), STEP)) for target in targets(board)]
        for name, board in BOARDS.items()
    }


@pytest.fixture(scope="module")
def of_a_month(full: PastServer) -> dict[str, list[tuple[Target, Answer]]]:
    """Board -> its queries and what they give over 28 days."""
    return {
        name: [(target, asked(full, target, 28 * DAY, HOUR)) for target in targets(board)]
        for name, board in BOARDS.items()
    }


EACH_BOARD = pytest.mark.parametrize("name", BOARDS)


@EACH_BOARD
def test_no_query_is_refused(answered: dict[str, list[tuple[Target, Answer]]], name: str) -> None:
    """Prometheus answers each query of a board without an error and without a warning."""
    assert [
        (target.panel, answer.error, answer.warnings)
        for target, answer in answered[name]
        if answer.error or answer.warnings
    ] == []


@EACH_BOARD
def test_no_panel_is_empty(answered: dict[str, list[tuple[Target, Answer]]], name: str) -> None:
    """On five weeks of everything each query gives something, but one of which is said why it may not."""
    assert [
        (target.panel, target.expr)
        for target, answer in answered[name]
        if not answer.series and not any(text in target.expr for text in SILENT)
    ] == []


@EACH_BOARD
def test_queries_keep_within_their_budgets(
    answered: dict[str, list[tuple[Target, Answer]]], name: str
) -> None:
    """Series, samples that are looked at, and time of each query, by the form of its panel."""
    assert [
        (target.panel, len(answer.series), answer.samples, answer.seconds)
        for target, answer in answered[name]
        if len(answer.series) > BUDGETS[target.form].series
        or answer.samples > BUDGETS[target.form].samples
        or answer.seconds > SECONDS
    ] == []


@EACH_BOARD
def test_a_month_keeps_within_its_budget(
    of_a_month: dict[str, list[tuple[Target, Answer]]], name: str
) -> None:
    """A reader who chooses the last 28 days gets each answer, at the cost that its form may have."""
    assert [
        (target.panel, answer.error, len(answer.series), answer.samples, answer.seconds)
        for target, answer in of_a_month[name]
        if answer.error
        or len(answer.series) > BUDGETS[target.form].series
        or answer.samples > BUDGETS[target.form].month
        or answer.seconds > SECONDS
    ] == []


@EACH_BOARD
def test_variables_have_values(full: PastServer, name: str) -> None:
    """Each variable of a board offers something to choose from."""
    span = span_of(BOARDS[name])
    assert [
        variable["name"]
        for variable, label, match in variables(BOARDS[name])
        if not full.label_values(label, filled(match, span, STEP), NOW - span, NOW)
    ] == []


def is_of_no_alert(mark: Json) -> bool:
    """Whether a mark is of alerts, and no rule has its labels."""
    if not mark["expr"].startswith("max by (alertname) (ALERTS{"):
        return False
    wanted = dict(re.findall(r'(severity|tool|stakeholder)="([^"]*)"', mark["expr"]))
    return not any(wanted.items() <= rule.labels.items() for rule in rules() if rule.alerts)


@EACH_BOARD
def test_marks_are_found(full: PastServer, name: str) -> None:
    """Each annotation of a board finds what it marks in the last day, but two of which is said why.

    Nor do alerts mark a board that has none of a severity.
    """
    assert {
        mark["name"]
        for mark in BOARDS[name]["annotations"]["list"]
        if not full.over(filled(mark["expr"], DAY, 60), NOW - DAY, NOW, 60).series
    } == {*UNMARKED, *(mark["name"] for mark in BOARDS[name]["annotations"]["list"] if is_of_no_alert(mark))}


@EACH_BOARD
def test_an_empty_database_is_no_error(empty: PastServer, name: str) -> None:
    """In the first minute of an installation no query, variable or annotation of a board is refused."""
    board, span = BOARDS[name], span_of(BOARDS[name])
    answers = [(target.panel, asked(empty, target, span, STEP)) for target in targets(board)]
    answers += [
        (mark["name"], empty.over(filled(mark["expr"], span, STEP), NOW - span, NOW, STEP))
        for mark in board["annotations"]["list"]
    ]
    assert [(title, answer.error) for title, answer in answers if answer.error] == []
    assert [
        empty.label_values(label, filled(match, span, STEP), NOW - span, NOW)
        for _, label, match in variables(board)
    ] == [[] for _ in variables(board)]


def test_every_recording_rule_records(full: PastServer) -> None:
    """On five weeks of everything no recording is without a series."""
    counted = full.at('count by (__name__) ({__name__=~".+:.+"})', NOW).series
    assert {rule.name for rule in rules() if not rule.alerts} - {
        series["metric"]["__name__"] for series in counted
    } == set()


def test_every_rule_is_answered(full: PastServer) -> None:
    """Each recording and each alert evaluates without an error, at its cost."""
    answers = [(rule.name, full.at(rule.expr, NOW)) for rule in rules()]
    assert [
        (name, answer.error, answer.samples)
        for name, answer in answers
        if answer.error or answer.warnings or answer.samples > RULE_SAMPLES
    ] == []


def test_every_rule_is_answered_on_an_empty_database(empty: PastServer) -> None:
    """In the first minute of an installation no rule fails."""
    answers = [(rule.name, empty.at(rule.expr, NOW)) for rule in rules()]
    assert [(name, answer.error) for name, answer in answers if answer.error] == []
