"""Who watched in the past: as many people as visits by chance bring, in business days only."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from creator_pulse.proof.past.calibration import AT_MS, measured
from creator_pulse.proof.past.lots import Lots
from creator_pulse.proof.past.shares import traffic
from creator_pulse.proof.past.viewers import PastViewers
from creator_pulse.proof.past.windows import PastMerges, PastOf, PastSources, without_past
from creator_pulse.stream.generator.generator import audience
from creator_pulse.stream.generator.markets import MARKETS
from creator_pulse.stream.generator.world import PLATFORM
from creator_pulse.stream.lanes.lane import MARKER
from creator_pulse.stream.native.hash_key import KEY_BYTES, HashKey
from creator_pulse.stream.panes.rows import unpacked
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import PRODUCT, Topology
from creator_pulse.stream.windows.window_operator import Everything

SETTINGS = Settings()
KEY = HashKey(bytes(range(KEY_BYTES)))
SEATS = 1_000.0
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
MIDNIGHT = AT_MS - 12 * HOUR_MS
"""Of Monday 2026-01-05, UTC."""
STEADY = replace(PLATFORM, rhythm=False, growth=0.0)
MEAN_VISIT_MS = 480_000 * math.exp(0.5)
"""Median 8 minutes, sigma 1: 13 minutes on average."""
TABLE = tables_of(PRODUCT.catalogue)["viewer_watch_ms"]


def people(visits: float, pool: float) -> float:
    """How many of a pool come at least once: visitor i of N takes a visit with sqrt((i+1)/N) - sqrt(i/N)."""
    edges = np.sqrt(np.arange(math.ceil(pool) + 1) / pool).clip(max=1.0)
    return float(np.sum(1 - (1 - np.diff(edges)) ** visits))


def drawn(app: str, hours: int) -> dict[tuple[str, int], tuple[set[int], int]]:
    """Surface and day -> viewers and their viewing time, ms, of hours since midnight in a steady world."""
    viewers = PastViewers(SETTINGS, KEY, STEADY, SEATS, MIDNIGHT, 1)
    starts = [MIDNIGHT + hour * HOUR_MS for hour in range(hours)]
    sums: dict[tuple[str, int], tuple[set[int], int]] = {}
    for _, partial in viewers.rows(starts, MIDNIGHT + hours * HOUR_MS):
        rows = unpacked(sum(lot.rows for lot in partial.lots), partial.keys, partial.sums, TABLE.columns)
        for lot, own in partial.spans():
            if lot.labels[0] == app:
                ids, total = sums.get((lot.labels[1], lot.start), (set(), 0))
                more = int(rows.sums[own, 0].sum())
                sums[lot.labels[1], lot.start] = ids | set(rows.keys[own, 0].tolist()), total + more
    return sums


def test_as_many_come_in_an_hour_as_visits_by_chance_bring() -> None:
    """880 seats of TikTok, 13 minutes a visit: 4,000 visits of 13,500 people; within four sigma."""
    expected = sum(
        people(SEATS * market.weight * HOUR_MS / MEAN_VISIT_MS, SEATS * 15.3 * market.weight)
        for market in MARKETS
        if market.app == "tiktok"
    )
    days = drawn("tiktok", 1)
    viewers = days["feed", MIDNIGHT][0] | days["live", MIDNIGHT][0]
    assert len(viewers) == pytest.approx(expected, abs=4 * math.sqrt(expected))


def test_they_watch_for_as_long_as_seats_are_taken() -> None:
    """120 seats of Douyin, a day of 24 hours each: 2,880 hours; a visit of 13 minutes strays by 17."""
    visits = SEATS * 0.12 * 16 * HOUR_MS / MEAN_VISIT_MS
    # Until 16 o'clock UTC, when Douyin's next day begins; the square of a length is e times its mean's.
    total = sum(time for _, time in drawn("douyin", 16).values())
    assert total == pytest.approx(
        SEATS * 0.12 * 16 * HOUR_MS, abs=4 * MEAN_VISIT_MS * math.sqrt(visits * math.e)
    )


def test_a_visit_over_midnight_is_in_both_days() -> None:
    """Nobody comes after midnight, and yet some watch; with the day before it all is whole heartbeats."""
    days = drawn("tiktok", 24)
    after = sum(time for (_, day), (_, time) in days.items() if day == MIDNIGHT + DAY_MS)
    assert after > 0
    assert after % 30_000
    assert sum(time for _, time in days.values()) % 30_000 == 0


def test_they_are_the_viewers_of_the_live_run() -> None:
    """The keenest viewer of the United States, whom the generator calls vUS0, is among them."""
    assert KEY.identity_of(b"vUS0") in drawn("tiktok", 24)["feed", MIDNIGHT][0]


def test_days_have_them_and_hours_not_yet() -> None:
    """A worker that goes on from 37 hours shows who watched on Tuesday, and of no hour how many do."""
    end_ms = MIDNIGHT + 49 * HOUR_MS
    rates = measured(1, 50.0, PLATFORM, SETTINGS, KEY, minutes=0.5)
    of = PastOf(SETTINGS, KEY, PLATFORM, audience(50.0, PLATFORM), rates, end_ms, 1)
    sources = PastSources(of, AT_MS, Lots(SETTINGS.out_of_orderness_ms, 2**60))
    merges = PastMerges(SETTINGS, KEY, without_past(rates), {number: {} for number in range(4)})
    merges.go_on(sources.go_on({}, end_ms), end_ms)
    shown: dict[tuple[str, str], float] = {}
    for number, entries in merges.state(end_ms).items():
        lane = Topology(SETTINGS, KEY).merge_lane(number)
        lane.restore(sorted(entries.items(), key=lambda entry: entry[0] == MARKER))
        for sample in lane.look(Everything()):
            labels = dict(sample.labels)
            if sample.family in {"pulse_viewers_yesterday", "pulse_viewers_active"}:
                shown[sample.family, labels["app"]] = sample.value
    tuesday = [MIDNIGHT + DAY_MS + hour * HOUR_MS for hour in range(24)]
    expected = sum(
        people(
            sum(of.seats * traffic([market], hour, end_ms, PLATFORM) for hour in tuesday)
            * HOUR_MS
            / MEAN_VISIT_MS,
            max(40.0, of.seats * 15.3 * market.weight),
        )
        for market in MARKETS
        if market.app == "tiktok"
    )
    assert shown["pulse_viewers_yesterday", "tiktok"] == pytest.approx(expected, rel=0.02)
    assert {family for family, _ in shown} == {"pulse_viewers_yesterday"}
