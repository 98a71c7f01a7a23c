"""Verdicts of a world as gauges: as few samples as give every alert the same values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from msgspec import structs

from creator_pulse.proof.backtest.gauges import GaugeKey, GaugeSamples
from creator_pulse.proof.backtest.incident import Announcement, Incident, Match, Stall
from creator_pulse.proof.backtest.labelled_world import LabelledWorld
from creator_pulse.proof.backtest.run import result, rules_of
from creator_pulse.proof.backtest.scoring import ScoredPart, announced, score
from creator_pulse.proof.backtest.sums import MINUTE_MS, MinuteSums, SeriesKey
from creator_pulse.stream.evidence.verdict import SignalVerdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

LOOK_BACK = 5
SCORES = GaugeKey(
    "pulse_score",
    (
        ("app", "a"),
        ("direction", "fall"),
        ("partition", "0"),
        ("region", "all"),
        ("signal", "gifts"),
        ("speed", "fast"),
    ),
)


def verdict(score_now: float) -> SignalVerdict:
    """Of the gifts of an app."""
    return SignalVerdict(
        "gifts", "a", "", "fast", "fall", score_now, 10.0, 5.0, 15.0, 1.0, 0.1, 0, 2.0, "weeks", 60_000
    )


def at(gauges: GaugeSamples, key: GaugeKey, minute: int) -> float | None:
    """What Prometheus takes for the value at a minute: the last sample of the last five."""
    for known, minutes, values in gauges.series():
        if known == key:
            there = [place for place, one in enumerate(minutes) if minute - LOOK_BACK < one <= minute]
            return values[there[-1]] if there else None
    return None


@pytest.mark.parametrize("bar", [5.0, 8.0])
def test_alerts_see_the_same(bar: float) -> None:
    """Over an hour of scores that come and go, a bar is passed in the same minutes as with all samples."""
    scores = np.random.default_rng(7).gamma(0.7, 4.0, 600)
    few, every = GaugeSamples(), GaugeSamples()
    for minute, value in enumerate(scores):
        few.add(minute, [verdict(value)] if value >= 2.5 else [])
        every.add(minute, [verdict(value)])
    assert [(at(few, SCORES, minute) or 0.0) > bar for minute in range(600)] == [
        (at(every, SCORES, minute) or 0.0) > bar for minute in range(600)
    ]
    assert sum(len(minutes) for _, minutes, _ in few.series()) < sum(
        len(minutes) for _, minutes, _ in every.series()
    )


class Recorder:
    """Stands for the evidence: notes the calls, and says of each signal what it was given last."""

    def __init__(self) -> None:
        self.closed: list[tuple[str, int]] = []
        self.added: dict[int, int] = {}

    def add_columns(
        self, measure: str, region: str, starts_ms: NDArray[np.int64], totals: NDArray[np.int64]
    ) -> None:
        """Note the sums."""
        assert (measure, region) == ("gifts", "US")
        self.added |= dict(zip((starts_ms // MINUTE_MS).tolist(), totals.tolist(), strict=True))

    def close(self, topic: str, until_ms: int) -> None:
        """Note the time."""
        self.closed.append((topic, until_ms // MINUTE_MS))

    def calendar(self, factor: Callable[[str, int], float]) -> None:
        """Nothing is expected."""

    def verdicts(self, least: float = 0.0) -> Iterator[SignalVerdict]:
        """The sum of the last closed minute as a score."""
        value = float(self.added[self.closed[-1][1] - 1])
        if value >= least:
            yield verdict(value)


class Both(Recorder):
    """Of gifts what was given last, and of orders, which are well, 1."""

    def verdicts(self, least: float = 0.0) -> Iterator[SignalVerdict]:
        """Gifts, and orders with a score of 1."""
        yield from super().verdicts(least)
        if least <= 1:
            yield verdict(1.0)._replace(signal="orders")


def world(stalls: tuple[Stall, ...] = ()) -> LabelledWorld:
    """Twenty minutes of gifts, the last ten of them judged."""
    sums = MinuteSums(20)
    sums[SeriesKey("gifts", "a", "US")] = np.arange(20, dtype=np.int64)
    return LabelledWorld(start=100, judged=110, sums=sums, incidents=(), stalls=stalls)


def scored(stalls: tuple[Stall, ...] = ()) -> tuple[Recorder, GaugeSamples]:
    """That world, with every score exposed."""
    recorder = Recorder()
    return recorder, score(world(stalls), recorder, ScoredPart("a", ("gift",), 0.0), lambda _: None)


def test_a_minute_is_told_when_it_has_ended() -> None:
    """The sum of the first judged minute, 110, is there at 111, that of the last at 120."""
    _, gauges = scored()
    (told,) = ((minutes, values) for key, minutes, values in gauges.series() if key == SCORES)
    assert list(zip(*told, strict=True)) == [(110 + minute, 9.0 + minute) for minute in range(1, 11)]


def test_what_is_well_is_told_beside_what_is_not() -> None:
    """An alert on the least score of gifts and orders sees the 1 of orders whenever gifts are high."""
    gauges = score(world(), Both(), ScoredPart("a", ("gift",), 15.0), lambda _: None)
    orders = SCORES._replace(
        labels=tuple((name, "orders" if name == "signal" else value) for name, value in SCORES.labels)
    )
    assert [at(gauges, orders, minute) for minute in range(117, 121)] == [1.0] * 4


def test_event_time_stands_still_in_a_stall() -> None:
    """From 112 to 115 nothing is closed; then all is at once."""
    recorder, _ = scored((Stall(start=112, end=115),))
    times = [until for _, until in recorder.closed if until > 110]
    assert times == [111, 112, 116, 117, 118, 119, 120]


def test_the_calendar_is_of_app_and_tool() -> None:
    """An entry of all apps counts for each, one of another tool or time does not; two multiply."""
    entries = (
        Announcement(tool="commerce", start=5, end=9, factor=3.0, app="a"),
        Announcement(tool="all", start=8, end=12, factor=2.0),
    )
    told = LabelledWorld(start=0, judged=0, sums=MinuteSums(1), incidents=(), calendar=entries)
    asked = [
        ("a", "commerce", 5),
        ("a", "commerce", 8),
        ("a", "gift", 8),
        ("b", "commerce", 8),
        ("a", "ad", 12),
    ]
    assert [announced(told, app)(tool, minute * MINUTE_MS) for app, tool, minute in asked] == [3, 6, 2, 2, 1]


def test_rules_that_read_other_series_are_not_judged() -> None:
    """A rule that reads a gauge of evidence is judged, one that reads anything besides is named."""
    text = b"""
groups:
  - name: one
    rules:
      - {alert: Fall, expr: 'pulse_score{signal="up",app=~"a|b"} > 8 unless on (app) pulse_seen > 3'}
      - {alert: Lag, expr: 'pulse_score > 8 and on (app) pulse_lag_records > 9'}
      - {alert: Sum, expr: 'app:pulse_seen:sum > 8'}
"""
    rules = rules_of(frozenset({"pulse_score", "pulse_seen"}), frozenset({"up"}), text)
    assert ([rule.alert for rule in rules.alerts], rules.others) == (["Fall"], ("Lag", "Sum"))


def test_an_incident_that_no_rule_can_tell_is_set_apart() -> None:
    """It is no missed one: its alert reads series that a backtest does not have."""
    page = "labels: {severity: critical}"
    text = f"groups: [{{name: one, rules: [{{alert: Fall, expr: 'pulse_score > 8', {page}}}]}}]".encode()
    rules = rules_of(frozenset({"pulse_score"}), frozenset(), text)
    labels = [
        Incident(name=alert, size="1", start=110, end=120, must=(Match(alert),)) for alert in ("Fall", "Lag")
    ]
    outcome = result("by hand", replace(world(), incidents=tuple(labels)), [], rules)
    assert ([one.incident.name for one in outcome.outcomes], outcome.unjudged) == (["Fall"], ("Lag 1",))


def test_a_rule_of_a_signal_that_is_not_scored_is_not_judged() -> None:
    """Of gifts alone: the alert on gifts is judged, that on records and that on both are not."""
    text = b"""
groups:
  - name: one
    rules:
      - {alert: Gifts, expr: 'pulse_score{signal="gifts"} > 8'}
      - {alert: Records, expr: 'pulse_score{signal="records"} > 8'}
      - {alert: Both, expr: 'pulse_score{signal=~"gifts|records"} > 8'}
"""
    rules = rules_of(frozenset({"pulse_score"}), frozenset({"gifts"}), text)
    assert ([rule.alert for rule in rules.alerts], rules.others) == (["Gifts"], ("Both", "Records"))


def test_a_ticket_alone_tells_no_page() -> None:
    """Of an alert only the ticket is judged: what needs a page is set apart, what needs a ticket is not."""
    ticket = "labels: {severity: warning}"
    text = f"groups: [{{name: one, rules: [{{alert: Load, expr: 'pulse_score > 8', {ticket}}}]}}]".encode()
    rules = rules_of(frozenset({"pulse_score"}), frozenset(), text)
    load = Incident(name="load", size="1", start=110, end=120, must=(Match("Load"),))
    labels = (load, structs.replace(load, size="2", severity="ticket"))
    outcome = result("by hand", replace(world(), incidents=labels), [], rules)
    assert ([one.incident.size for one in outcome.outcomes], outcome.unjudged) == (["2"], ("load 1",))
