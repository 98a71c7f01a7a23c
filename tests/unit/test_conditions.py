"""Each kind of condition: its PromQL, which numbers meet it, what a test puts in and what a runbook says."""

from __future__ import annotations

import pytest

from creator_pulse.stream.catalog.declaration.conditions import (
    Against,
    Apart,
    Condition,
    Limit,
    Outside,
    Range,
    Unusual,
)
from creator_pulse.stream.catalog.declaration.conditions.scale import AMOUNT, COUNT, SHARE
from creator_pulse.stream.monitoring.alerts import declared
from creator_pulse.stream.monitoring.scales import scale_of
from tests.support.rule_documents import document_of

X, B = "app:x:5m", "app:x:baseline_5m"
FIXED = (Limit(">", 0.04), Range(-0.02, 0.02))
MOVING = (Against("<", 0.7), Outside(0.5, 2), Apart(below=0.05))


@pytest.mark.parametrize(
    ("evidence", "expression"),
    [
        (
            Unusual("gifts", "fall", 8),
            'max by (app) (pulse_score{signal="gifts",region="all",speed="fast",direction="fall"}) > 8',
        ),
        (
            Unusual("gifts|orders", "fall", 5, ("app", "region"), speed="", regions=True),
            'max by (app, region) (pulse_score{signal=~"gifts|orders",region!="all",direction="fall"}) > 5',
        ),
        (
            Unusual("records", "rise", 8, ("topic",)),
            'max by (topic) (pulse_score{signal="records",speed="fast",direction="rise"}) > 8',
        ),
    ],
)
def test_evidence_is_one_comparison_of_a_gauge(evidence: Unusual, expression: str) -> None:
    """Of the whole app, of its regions, or of a topic; the score is the patience: nothing else is asked."""
    assert evidence.expression(evidence.series) == expression
    assert (evidence.met(8.1, None), evidence.met(evidence.bar, None)) == (True, False)


def test_a_ticket_is_silent_once_its_page_told() -> None:
    """Above its bar, unless the fast score was above the page's within a day."""
    evidence = Unusual("gifts", "fall", 5, speed="", paged_at=10)
    fast = 'pulse_score{signal="gifts",region="all",speed="fast",direction="fall"}'
    assert evidence.expression("s") == f"s > 5\nunless on (app) max by (app) (max_over_time({fast}[1d])) > 10"
    assert [evidence.met(value, None) for value in (5.0, 5.1, 10.0, 10.1)] == [False, True, True, False]


def test_a_page_goes_on_below_its_bar() -> None:
    """Above 5 now, and above 10 within half an hour: a score about its bar is one page, from the bar on."""
    evidence = Unusual("gifts", "fall", 10, going_on=5)
    scores = 'pulse_score{signal="gifts",region="all",speed="fast",direction="fall"}'
    assert evidence.expression("s") == f"s > 5\nand max by (app) (max_over_time({scores}[30m])) > 10"
    assert (evidence.met(10.1, None), evidence.met(10, None)) == (True, False)


def test_signals_that_fall_together_are_each_above_the_bar() -> None:
    """The smallest of their scores counts, each signal's the largest that any worker shows."""
    scores = 'pulse_score{signal=~"gifts|orders",region="all",speed="fast",direction="fall"}'
    evidence = Unusual("gifts|orders", "fall", 5, together=True)
    assert evidence.series == f"min by (app) (max by (app, signal) ({scores}))"


@pytest.mark.parametrize(
    ("condition", "parameter", "compared"),
    [
        (Limit("<", 0.9), 0.9, "x < on (app) group_left () o"),
        (Limit("==", 0), None, ""),
        (Range(-0.02, 0.3), None, ""),
        (Outside(0.5, 2.0), None, ""),
        (Apart(below=0.03, above=0.04), None, ""),
        (Apart(below=0.03), 0.03, f"{X} < {B} - on (app) group_left () o"),
        (Apart(above=0.03), 0.03, f"{X} > {B} + on (app) group_left () o"),
        (Against("<", 0.7), 0.7, f"{X} < {B} * on (app) group_left () o"),
        (Against(">", 3, least=2), 3, f"{X} > {B} * on (app) group_left () o\nand {X} > 2"),
        (Unusual("gifts", "fall", 8), 8, "x > on (app) group_left () o"),
    ],
)
def test_the_bound_in_a_series_of_its_own(
    condition: Condition, parameter: float | None, compared: str
) -> None:
    """Each kind with one number compares with an override's in its place; one with two has none to set."""
    series = X if B in compared else "x"
    assert condition.parameter == parameter
    assert condition.against(series, "on (app) group_left () o") == compared


@pytest.mark.parametrize(
    ("condition", "expression"),
    [
        (Limit("<", 0.9), "app:x:5m < 0.9"),
        (Limit(">", 200_000), "app:x:5m > 200000"),
        (Range(-0.02, 0.3), "(app:x:5m < -0.02 or app:x:5m > 0.3)"),
        (Against("<", 0.7), f"{X} < 0.7 * {B}"),
        (Against(">", 3, least=0.005), f"{X} > 3 * {B}\nand {X} > 0.005"),
        (Against(">", 4, floor=5), f"({X} > 4 * {B} or ({X} > 5 unless {B}))"),
        (Outside(0.5, 2.0), f"({X} < 0.5 * {B} or {X} > 2 * {B})"),
        (Apart(below=0.05), f"{X} < -0.05 + {B}"),
        (Apart(below=0.03, above=0.04), f"({X} < -0.03 + {B} or {X} > 0.04 + {B})"),
    ],
)
def test_expression(condition: Condition, expression: str) -> None:
    """The PromQL is what a person would write for it."""
    assert condition.expression(X) == expression


@pytest.mark.parametrize(
    ("condition", "meeting", "others"),
    [
        (Limit("==", 0), (0.0,), (0.001,)),
        (Range(0.01, 0.3), (0.009, 0.31), (0.01, 0.3)),
        (Against("<", 0.7), (6.9,), (7.0, 10.0)),
        (Against(">", 3, least=40), (40.1,), (31.0, 40.0)),
        (Against("<", 0.7, least=5), (4.9,), (5.0, 6.9)),
        (Outside(0.5, 2.0), (4.9, 20.1), (5.0, 20.0)),
        (Apart(below=2), (7.9,), (8.0, 99.0)),
        (Apart(below=2, above=3), (7.9, 13.1), (8.0, 13.0)),
    ],
)
def test_numbers_that_meet_it(
    condition: Condition, meeting: tuple[float, ...], others: tuple[float, ...]
) -> None:
    """If 10 is usual, these numbers meet it and those do not."""
    assert all(condition.met(number, 10.0) for number in meeting)
    assert not any(condition.met(number, 10.0) for number in others)


@pytest.mark.parametrize("condition", MOVING, ids=repr)
@pytest.mark.parametrize("value", [-1e9, 0.0, 1e9])
def test_without_history_nothing_meets_it(condition: Condition, value: float) -> None:
    """What compares with the usual hour is silent until there is one."""
    assert not condition.met(value, None)


def test_a_floor_holds_until_there_is_history() -> None:
    """Over 5 without history; with 10 as usual, over 40."""
    condition = Against(">", 4, floor=5)
    assert [condition.met(value, None) for value in (5.0, 5.1)] == [False, True]
    assert [condition.met(value, 10.0) for value in (5.1, 40.0, 40.1)] == [False, False, True]


@pytest.mark.parametrize("condition", FIXED, ids=repr)
def test_what_is_fixed_asks_for_no_history(condition: Condition) -> None:
    """No baseline is recorded for it, no test gives one, and no runbook explains it."""
    assert not condition.moves
    assert condition.usual_in_test(SHARE) is None
    assert condition.probe(X, 1.0) == {}
    assert not condition.runbook()


def test_a_floor_stands_in_the_runbook() -> None:
    """It says up to which number the alert is silent without history."""
    assert Against(">", 4, floor=5).runbook().endswith("silent unless the number is beyond 5")


@pytest.mark.parametrize(
    ("condition", "fixed", "factors"),
    [
        (Limit(">", 45), ((">", 45),), ()),
        (Range(0.01, 0.3), (), ()),
        (Against("<", 0.7), (), (("<", 0.7),)),
        (Outside(0.5, 2), (), (("<", 0.5), (">", 2))),
        (Apart(above=0.05), (), ()),
    ],
)
def test_lines_on_a_panel(condition: Condition, fixed: object, factors: object) -> None:
    """A limit is a line as it is; what is so many times the usual is a line that moves."""
    assert (condition.fixed(), condition.factors()) == (fixed, factors)


@pytest.mark.parametrize(
    ("op", "bound", "beyond", "within"),
    [(">", 0, 1, 0), (">", 10, 11, 10), ("<", 850, 849, 850), ("<", 1, 0, 1), (">", 7.5, 8, 7)],
)
def test_a_count_is_whole(op: str, bound: float, beyond: float, within: float) -> None:
    """The next whole number fires, the last one before it does not: over 10 breaches is 11, not 10.5."""
    assert (COUNT.beyond(op, bound), COUNT.within(op, bound)) == (beyond, within)


@pytest.mark.parametrize(
    ("op", "bound", "beyond", "within"),
    [("<", 0.9, 0.855, 0.918), ("<", 0.99, 0.9405, 1.0), (">", 0.98, 1.0, 0.9604), (">", 1.3, 1.365, 1.274)],
)
def test_a_share_is_no_more_than_the_whole(op: str, bound: float, beyond: float, within: float) -> None:
    """No number above 1, unless the bound itself is."""
    assert (SHARE.beyond(op, bound), SHARE.within(op, bound)) == (beyond, within)


def test_either_side_of_a_bound_below_zero() -> None:
    """Under -2 % is further from 0 than -2 %."""
    assert (AMOUNT.beyond("<", -0.02), AMOUNT.within("<", -0.02)) == (-0.021, -0.0196)


def test_beyond_zero_is_something() -> None:
    """Over 0 is 1; a part of 0 would be nothing."""
    assert (AMOUNT.beyond(">", 0), AMOUNT.within(">", 0)) == (1.0, 0.0)


@pytest.mark.parametrize("factor", [0.7, 1.5, 2, 3, 4])
def test_so_many_times_a_usual_share_can_be(factor: float) -> None:
    """Three times the usual click rate is a rate of clicks, not 150 %."""
    usual = Against(">", factor).usual_in_test(SHARE)
    assert usual is not None
    assert 0 < factor * usual < 1


def test_no_alert_is_tested_with_a_number_that_cannot_be() -> None:
    """Of all alerts: no share above the whole, no part of a creator."""
    for _, guardrail in declared():
        scale, condition = scale_of(guardrail), guardrail.condition
        bounds = condition.bounds(condition.usual_in_test(scale))
        numbers = [side(op, bound) for side in (scale.beyond, scale.within) for op, bound in bounds]
        assert bounds
        assert scale is not SHARE or max(numbers) <= max(1.0, *(bound * 1.05 for _, bound in bounds))
        assert scale is not COUNT or all(number.is_integer() for number in numbers)


def test_the_tests_say_shares_in_percent() -> None:
    """AD4: 50 % filled is usual, the bound 42.5 %, and a twentieth under it 40.38 %, not 80,750 %."""
    (fires, *_) = document_of("AdFillDrop")["tests"]
    texts = [alert["exp_annotations"] for check in fires["alert_rule_test"] for alert in check["exp_alerts"]]
    assert texts
    assert all(": 40.38% of the slots" in text["description"] for text in texts)
