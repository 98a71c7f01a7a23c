"""Which recording rules have a past, and at how few questions it is made."""

from __future__ import annotations

from creator_pulse.proof.past.history import moments
from creator_pulse.stream.past.recorded import Recording, grids, read_over_time, steps

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
SUM = Recording("app:pulse_gifts:sum", "sum by (app) (pulse_gifts)", {})
LAST_WEEK = Recording("app:pulse_gifts:week", "app:pulse_gifts:sum offset 1w", {})
OF_A_WORKER = Recording("app:pulse_gifts:paid", "app:pulse_gifts:sum + pulse_consumer_lag_records", {})
BOUND = Recording("app:pulse_gifts:bound", "pulse_override_bound or 0 * app:pulse_gifts:sum", {})
RULES = (LAST_WEEK, SUM, OF_A_WORKER, BOUND)
THERE = {"pulse_gifts"}


def names(wanted: set[str], rules: tuple[Recording, ...] = RULES) -> list[list[str]]:
    """Of the rules that are recorded, by step."""
    return [[rule.name for rule in step] for step in steps(rules, THERE, wanted)]


def test_what_a_rule_reads_is_recorded_before_it() -> None:
    """A step for the sum that last week's line looks back at; what nobody wants is in none."""
    assert names({LAST_WEEK.name}) == [[SUM.name], [LAST_WEEK.name]]


def test_a_rule_that_lacks_a_part_has_no_past() -> None:
    """Of a sum with something that no past has nobody would see that it is too low."""
    assert names({OF_A_WORKER.name, SUM.name}) == [[SUM.name]]


def test_a_bound_that_nobody_has_set_keeps_no_rule_back() -> None:
    """Overrides and announced days are series only while there are some."""
    assert names({BOUND.name}) == [[SUM.name], [BOUND.name]]


def test_rules_of_one_name_are_recorded_one_by_one() -> None:
    """A guardrail that reads what workers say keeps no other from its past; what reads them all waits."""
    near = Recording("alertname:pulse_near:ratio", "app:pulse_gifts:sum / 2", {"alertname": "FewGifts"})
    lag = Recording(near.name, "pulse_consumer_lag_records", {"alertname": "Lag"})
    most = Recording("global:pulse_near:max", "max(alertname:pulse_near:ratio)", {})
    assert names({near.name, most.name}, (SUM, near, lag, most)) == [[SUM.name], [near.name]]


def test_each_look_is_asked_for_once() -> None:
    """All looks of five weeks by six queries a rule, each on the grid of its query."""
    looks = moments(0, (0, 35 * DAY_MS - 50_000))
    queries = grids(looks)
    assert sorted(look for _, own in queries for look in own) == looks
    assert all((look - grid.first_ms) % grid.step_ms == 0 for grid, own in queries for look in own)
    assert all(grid.first_ms == min(own) and grid.last_ms == max(own) for grid, own in queries)
    assert len(queries) <= 6
    # Prometheus evaluates at most 11,000 times for a query.
    assert max((grid.last_ms - grid.first_ms) // grid.step_ms for grid, _ in queries) < 11_000


def test_usual_lines_of_boards_are_read_over_time() -> None:
    """Usual earnings by hours watched are drawn, and looked back at is the hour that they are made of."""
    series = "app:pulse_creator_earnings_per_1000_hours_usd"
    assert {f"{series}:baseline_1h", f"{series}:1h"} <= read_over_time()


def test_what_boards_show_as_of_now_is_not() -> None:
    """What creators are owed, by tool, is a table of this moment."""
    assert "app_tool:pulse_creator_owed_days:ratio" not in read_over_time()
