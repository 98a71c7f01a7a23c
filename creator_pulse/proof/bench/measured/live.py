"""A steady load: from an event to its value at ``/metrics``, to the page after a fault, and the lag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.bench.figures import FigureRow, quantile, spread
from creator_pulse.proof.bench.live_run import live_run
from creator_pulse.proof.bench.paged import fault_to_page
from creator_pulse.proof.soak.slope import slope

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from creator_pulse.proof.bench.live_gifts import Tick
    from creator_pulse.proof.bench.live_run import GiftScrape
    from creator_pulse.proof.bench.place import Bench

RATES = (1_000, 20_000, 50_000)
_SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
CLAIMED = 80_000
"""Events per second and worker, on two cores with the broker beside it."""
RATE = CLAIMED * 8 // 10
SECONDS = 300
_HOUR = 3600.0
# The slope leaves out the first seconds, which hold the first commit and the first windows.
_START_MS = 10_000


async def latency(bench: Bench) -> dict[str, object]:
    """Half a minute at each rate, by turns; then a fault, once.

    Returns:
        ``rates``: by events per second ``p50``, ``p95`` and ``p99`` in seconds;
        ``fault_to_webhook_seconds``.
    """
    rates = (500, 2_000) if bench.quick else RATES
    quantiles: dict[int, list[dict[str, float]]] = {rate: [] for rate in rates}
    behind, right = 0, True
    for rate in bench.by_turns(rates, "{:,} events/s".format):
        run = await live_run(bench, rate, bench.size(30, 5))
        behind, right = max(behind, run.behind_ms), right and run.whole
        quantiles[rate].append(latencies(run.ticks, run.scrapes))
        bench.say(f"  {quantiles[rate][-1]}")
    rows: dict[str, FigureRow] = {
        f"{rate}": {share: spread((run[share] for run in runs), 3) for share in _SHARES}
        for rate, runs in quantiles.items()
    }
    report: dict[str, object] = {"rates": rows, "producer_behind_ms": behind, "right": right}
    return report if bench.quick else report | await fault_to_page(bench)


async def steady(bench: Bench) -> dict[str, object]:
    """Five minutes of contract gifts at 80 % of the rate that is claimed: does the lag grow?

    Returns:
        ``lag_slope``: growth of the lag (sent and not yet at ``/metrics``) as a share of the rate;
        ``lag_records`` over the run; ``producer_behind_ms``.
    """
    rate, seconds = bench.size(RATE, 2_000), bench.size(SECONDS, 15)
    slopes: list[float] = []
    lags: list[int] = []
    behind, right = 0, True
    for _ in bench.by_turns([rate], f"{{:,}} events/s for {seconds} s".format):
        run = await live_run(bench, rate, seconds)
        start_ms = run.ticks[0].at_ms + _START_MS
        points = [(at, records) for at, records in lag(run.ticks, run.scrapes) if at >= start_ms]
        line = slope([at / 1000 for at, _ in points], [records for _, records in points])
        slopes.append(line.per_hour / _HOUR / rate)
        lags += [records for _, records in points]
        behind, right = max(behind, run.behind_ms), right and run.whole
        bench.say(f"  slope {slopes[-1]:.5f} of the load, lag {max(lags):,} records at most")
    return {
        "rate": rate,
        "seconds": seconds,
        "lag_slope": spread(slopes, 5),
        "lag_records": spread(lags),
        "producer_behind_ms": behind,
        "right": right,
    }


def latencies(ticks: Sequence[Tick], scrapes: Sequence[GiftScrape]) -> dict[str, float]:
    """Quantiles of the seconds from when an event was due until a scrape showed it.

    Args:
        ticks: the events sent, in order.
        scrapes: in order; the last one shows all events.
    """
    waits, weights, total, index = [], [], 0, 0
    for tick in ticks:
        total += tick.records
        # Ticks and scrapes both rise, so the scrape that shows a tick is never before the previous tick's.
        while index < len(scrapes) - 1 and scrapes[index][1] < total:
            index += 1
        waits.append((scrapes[index][0] - tick.at_ms) / 1000)
        weights.append(tick.records)
    return {name: quantile(waits, weights, share) for name, share in _SHARES.items()}


def lag(ticks: Sequence[Tick], scrapes: Sequence[GiftScrape]) -> Iterator[tuple[int, int]]:
    """Records that were due and not yet counted, at each scrape between the first and the last tick.

    Args:
        ticks: the events sent, in order.
        scrapes: in the order in which they were made.

    Yields:
        wall clock of the scrape (epoch ms), and the lag in records.
    """
    due, index = 0, 0
    for at, counted in scrapes:
        while index < len(ticks) and ticks[index].at_ms <= at:
            due += ticks[index].records
            index += 1
        if ticks[0].at_ms <= at <= ticks[-1].at_ms:
            yield at, due - counted
