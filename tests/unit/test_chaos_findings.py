"""The other checks after a round: finals, idle workers, live views, lost and double."""

from __future__ import annotations

import pytest

from creator_pulse.proof.chaos.finals import finals_twice
from creator_pulse.proof.chaos.idlers import Idlers
from creator_pulse.proof.chaos.live_views import wrong_views
from creator_pulse.proof.chaos.report import PlanReport, lost_and_double
from creator_pulse.proof.ledger.samples import ScrapedSample
from creator_pulse.proof.ledger.truth import Truth
from creator_pulse.proof.ledger.verify import Difference

A, B = "127.0.0.1:1", "127.0.0.1:2"
GIFT, AD = ("gift", 0), ("ad", 0)


def test_a_key_with_two_finals_is_counted() -> None:
    """One key is final once, one twice, one is restated: 1."""
    states = [("k1", "final"), ("k2", "final"), ("k2", "final"), ("k3", "final"), ("k3", "restated")]
    assert finals_twice([(key, {"state": state}) for key, state in states]) == 1


def test_a_worker_whose_offsets_move_is_at_work() -> None:
    """One of its two partitions went from 5 to 6."""
    idlers = Idlers([A])
    assert idlers.look({A: {GIFT: 5, AD: 9}}) == [A]
    assert idlers.look({A: {GIFT: 6, AD: 9}}) == []


def test_a_worker_without_a_partition_is_idle() -> None:
    """It answers and shows nothing."""
    idlers = Idlers([A, B])
    idlers.look({A: {GIFT: 5}, B: {}})
    assert idlers.look({A: {GIFT: 6}, B: {}}) == [B]


def test_a_worker_whose_offsets_stand_still_is_idle() -> None:
    """Owning is not enough."""
    idlers = Idlers([A])
    idlers.look({A: {GIFT: 5}})
    assert idlers.look({A: {GIFT: 5}}) == [A]


def test_a_partition_that_moved_here_is_no_progress_yet() -> None:
    """A higher offset that another worker has committed is not this one's."""
    idlers = Idlers([B])
    idlers.look({A: {GIFT: 5}})
    assert idlers.look({B: {GIFT: 9}}) == [B]


def _sample(number: float, **labels: str) -> ScrapedSample:
    return ScrapedSample(
        "pulse_gift_usd", {"state": "provisional", "window": "1m", "app": "tiktok", **labels}, number
    )


KEY = "name=gift_usd|app=tiktok|state=provisional|window=1m"


def test_a_view_that_equals_the_page_is_right() -> None:
    """The key is made of the name and the sorted labels."""
    assert wrong_views({KEY: 7.5}, [_sample(7.5)]) == []


@pytest.mark.parametrize(("views", "found"), [({}, None), ({KEY: 7.0}, "7.0")])
def test_a_missing_or_old_view_is_found(views: dict[str, float], found: str | None) -> None:
    """The page shows 7.5."""
    (wrong,) = wrong_views(views, [_sample(7.5)])
    assert (wrong.expected, wrong.actual) == ("7.5", found)


def test_a_final_has_a_view_of_its_own() -> None:
    """The provisional one beside it does not stand for it."""
    (wrong,) = wrong_views({KEY: 7.5}, [_sample(7.5), _sample(6.0, state="final")])
    assert (wrong.expected, wrong.actual) == ("6.0", None)


def test_counters_and_trust_series_have_no_view() -> None:
    """A counter has no state; a trust series names its value in a label."""
    plain = ScrapedSample("pulse_gifts_total", {"app": "tiktok"}, 1.0)
    assert wrong_views({}, [plain, _sample(1.0, value="gift_usd")]) == []


def test_lost_and_double_do_not_cancel() -> None:
    """One partition lacks 3 of 10, another has 2 too many: 3 lost and 2 double."""
    truth = Truth()
    for place in (GIFT, AD):
        for _ in range(10):
            truth.count(*place, "counted")
    assert lost_and_double(truth, {GIFT: 7, AD: 12}) == (3, 2)


def test_a_partition_that_nobody_shows_is_lost() -> None:
    """All ten of its records."""
    truth = Truth()
    for _ in range(10):
        truth.count(*GIFT, "invalid")
    assert lost_and_double(truth, {}) == (10, 0)


@pytest.mark.parametrize("name", ["lost", "double", "windows_final_twice"])
def test_a_single_count_makes_a_plan_not_exact(name: str) -> None:
    """One of anything is enough."""
    assert PlanReport("kill9", events=1).exact
    assert not PlanReport("kill9", events=1, **{name: 1}).exact  # type: ignore[arg-type]


def test_a_plan_without_records_is_not_exact() -> None:
    """It has compared nothing."""
    assert not PlanReport("kill9").exact


def test_a_difference_makes_a_plan_not_exact() -> None:
    """It stands in the line."""
    plan_report = PlanReport("kill9", events=1, differences=[Difference("workers", "x", {}, "1", "2")])
    assert plan_report.line()["exact"] is False
    assert plan_report.line()["differences"] == [
        {"where": "workers", "series": "x", "labels": {}, "expected": "1", "actual": "2"}
    ]
