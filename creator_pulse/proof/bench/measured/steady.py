"""``steady``: does lag grow at 80 % of the rate that is claimed?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.bench.figures import spread
from creator_pulse.proof.bench.live_run import live_run
from creator_pulse.proof.soak.slope import slope

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from creator_pulse.proof.bench.live_gifts import Tick
    from creator_pulse.proof.bench.live_run import Seen
    from creator_pulse.proof.bench.place import Bench

CLAIMED = 80_000
"""Events a second and worker, on two cores with the broker beside it."""
RATE = CLAIMED * 8 // 10
SECONDS = 300
_HOUR = 3600.0
_START_MS = 10_000
"""The first seconds are no part of the slope: the first commit and the first windows come in them."""


async def measure(bench: Bench) -> dict[str, object]:
    """Five minutes of contract gifts.

    Returns:
        ``lag_slope``: growth of the lag (sent and not yet at ``/metrics``) as a share of the rate;
        ``lag_records`` over the run; ``producer_behind_ms``.
    """
    rate, seconds = bench.size(RATE, 2_000), bench.size(SECONDS, 15)
    slopes, lags, behind, right = [], [], 0, True
    for number in range(1, bench.runs + 1):
        bench.say(f"round {number} of {bench.runs}: {rate:,} events/s for {seconds} s")
        ticks, seen, late = await live_run(bench, rate, seconds)
        points = [one for one in lag(ticks, seen) if one[0] >= ticks[0].at_ms + _START_MS]
        line = slope([at / 1000 for at, _ in points], [records for _, records in points])
        slopes.append(line.per_hour / _HOUR / rate)
        lags += [records for _, records in points]
        behind = max(behind, late)
        right &= seen[-1][1] == sum(tick.records for tick in ticks)
        bench.say(f"  slope {slopes[-1]:.5f} of the load, lag {max(lags):,} records at most")
    return {
        "rate": rate,
        "seconds": seconds,
        "lag_slope": spread(slopes, 5),
        "lag_records": spread(lags),
        "producer_behind_ms": behind,
        "right": right,
    }


def lag(ticks: Sequence[Tick], seen: Sequence[Seen]) -> Iterator[tuple[int, int]]:
    """Records that were due and not yet shown, at each scrape between the first and the last tick.

    Args:
        ticks: what was sent, in order.
        seen: scrapes in order.
    """
    due, place = 0, 0
    for at, shown in seen:
        while place < len(ticks) and ticks[place].at_ms <= at:
            due += ticks[place].records
            place += 1
        if ticks[0].at_ms <= at <= ticks[-1].at_ms:
            yield at, due - shown
