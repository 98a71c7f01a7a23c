"""How long records take until they are shown: counted when their commit is confirmed, by the clock."""

from __future__ import annotations

import json
from contextlib import closing
from urllib.request import urlopen

import numpy as np
import pytest

from creator_pulse.proof.ledger.samples import parse
from creator_pulse.stream.exposition.server import MetricsServer
from creator_pulse.stream.generator.model import Produced
from creator_pulse.stream.tables.delays import BOUNDS, Delays
from creator_pulse.stream.tables.runner import LaneRunner
from tests.support.lane_harness import START, Bench
from tests.support.records import record

GIFT = ("gift", 0)


def upto(delays: Delays) -> dict[float, int]:
    """Upper bound -> how many gifts took at most so long; infinity: all."""
    (spread,) = delays.spreads()
    return dict(zip((*BOUNDS, float("inf")), spread.upto, strict=True))


def counted(*took_ms: int) -> Delays:
    """Delays of records shown at once."""
    delays = Delays(["gift"])
    delays.shown("gift", [np.array([1_000_000 - delay for delay in took_ms], dtype=np.int64)], 1_000_000)
    return delays


@pytest.mark.parametrize(
    ("took_ms", "bound"), [(499, 0.5), (500, 0.5), (501, 1.0), (10_000, 10.0), (10_001, 15.0)]
)
def test_a_bound_belongs_to_its_bucket(took_ms: int, bound: float) -> None:
    """At most 10 s is not over 10 s."""
    assert next(one for one, number in upto(counted(took_ms)).items() if number) == bound


def test_what_takes_hours_is_beyond_the_last_bound() -> None:
    """Over an hour: only the bucket without a bound has it."""
    buckets = upto(counted(3_600_001))
    assert (buckets[3600.0], buckets[float("inf")]) == (0, 1)


def test_an_ingest_time_ahead_of_the_clock_took_nothing() -> None:
    """The gateway's clock may be ahead: no negative seconds."""
    (spread,) = counted(-5_000, 2_000).spreads()
    assert spread.seconds == 2.0


def gift(number: int, ingest_ms: int | None, **own: object) -> Produced:
    """A gift that the log took at the start; its gateway took it then, or does not say."""
    said = {} if ingest_ms is None else {"ingest_time": ingest_ms}
    value = record("gift", "gift_sent", event_id=f"e{number}", event_time=START, **said, **own)
    return Produced("gift", b"k", value, START, 0)


async def runner_of(bench: Bench, delays: Delays) -> LaneRunner:
    """An open runner of a gift lane that counts delays."""
    plain = bench.runner(GIFT)
    made = LaneRunner(plain.id, plain._make, bench.log, bench.clock, delays=delays)  # the lane of a bench
    await made.open()
    bench.runners[GIFT] = made
    return made


async def test_a_delay_ends_with_the_commit_not_with_the_count() -> None:
    """Applied at 0 s, committed at 4 s: taken by the gateway at -3 s it took 7 s; without its word, 4 s."""
    bench, delays = Bench([gift(1, START - 3_000), gift(2, None)]), Delays(["gift"])
    runner = await runner_of(bench, delays)
    await bench.deliver(GIFT, 10)
    assert upto(delays)[float("inf")] == 0
    bench.clock.advance(4)
    await runner.commit()
    (spread,) = delays.spreads()
    assert (spread.upto[-1], spread.seconds) == (2, 11.0)


async def test_only_accepted_records_have_a_delay() -> None:
    """Not what is broken, a duplicate, or test traffic."""
    broken = gift(2, START)._replace(value=json.dumps({}).encode())
    bench = Bench([gift(1, START), gift(1, START), broken, gift(3, START, is_test=True)])
    delays = Delays(["gift"])
    runner = await runner_of(bench, delays)
    await bench.deliver(GIFT, 10)
    await runner.commit()
    assert upto(delays)[float("inf")] == 1


async def test_a_commit_counts_its_own_records_only() -> None:
    """A second commit of one more record adds one."""
    bench, delays = Bench([gift(1, START), gift(2, START)]), Delays(["gift"])
    runner = await runner_of(bench, delays)
    for total in (1, 2):
        await bench.deliver(GIFT, 1)
        await runner.commit()
        assert upto(delays)[float("inf")] == total


def test_the_page_shows_a_histogram() -> None:
    """Buckets rise to the count; the topic is there before anything was shown."""
    delays = counted(400, 8_000)
    with (
        closing(MetricsServer("127.0.0.1", 0, list, delays.spreads)) as server,
        urlopen(f"http://{server.address}/metrics") as answer,
    ):
        text = answer.read().decode()
    assert "# TYPE pulse_export_delay_seconds histogram" in text
    numbers = {(sample.name, sample.labels.get("le")): sample.value for sample in parse(text)}
    assert numbers["pulse_export_delay_seconds_bucket", "0.5"] == 1
    assert numbers["pulse_export_delay_seconds_bucket", "10.0"] == 2
    assert numbers["pulse_export_delay_seconds_bucket", "+Inf"] == 2
    assert numbers["pulse_export_delay_seconds_count", None] == 2
    assert numbers["pulse_export_delay_seconds_sum", None] == 8.4
