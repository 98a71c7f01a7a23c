"""Both stages of lanes over a log in memory, without Faust, beside the ledger of the same records."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.proof.ledger.references import RateBook
from creator_pulse.proof.ledger.samples import ScrapedSample
from creator_pulse.proof.ledger.verify import Difference, compare
from creator_pulse.proof.ledger.verify_cases import verify_cases
from creator_pulse.proof.ledger.verify_windows import verify_windows
from creator_pulse.proof.simulation.world import SimulatedWorld
from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.errors import LaneError
from creator_pulse.stream.events.defaults import DEFAULTS
from creator_pulse.stream.generator.generator import events
from creator_pulse.stream.generator.world import DENSE
from creator_pulse.stream.settings import INPUT_TOPICS, Settings
from creator_pulse.stream.tables.partition_lanes import Place as LogPlace
from creator_pulse.stream.transport.names import CASE_TOPIC, PANE_TOPIC, WINDOW_TOPIC
from creator_pulse.stream.windows.restating import COMMITS
from tests.support.hash_key import HASH_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from creator_pulse.proof.simulation.parts import Parts
    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.tables.runner import LaneRunner

START = 1_760_000_040_000
PARTITIONS = 2
SMALL = Settings(
    partitions=PARTITIONS,
    quiet_partitions=PARTITIONS,
    merge_partitions=PARTITIONS,
    allowed_lateness_ms=60_000,
    dedup_horizon_ms=60_000,
    provisional_interval=600.0,
)
"""Short horizons, so that a few thousand records cross all of them; lateness above a streak's 30 s."""

Place = tuple[str, int]
"""Lane: input topic without prefix (or ``pane``) and partition."""
SOURCES: tuple[Place, ...] = tuple((topic, number) for topic in INPUT_TOPICS for number in range(PARTITIONS))
MERGES: tuple[Place, ...] = tuple(("pane", number) for number in range(PARTITIONS))


def traffic(seed: int, rate: float, count: int, offenders: float = 0.0) -> list[Produced]:
    """The first records of a generated run.

    Args:
        seed: of the generator.
        rate: records a second of event time, besides 0.8 time records.
        count: how many.
        offenders: share of them that are incidents.
    """
    records = events(seed, rate, START, PARTITIONS, PARTITIONS, world=DENSE, offenders=offenders)
    return list(islice(records, count))


class Bench:
    """A log, its runners, and the ledger of what was appended.

    Args:
        records: appended at once; more may follow.
        settings: of every lane.
        parts: what lanes are made of.
        entries: of the reference topic, besides the defaults.
    """

    def __init__(
        self,
        records: Sequence[Produced] = (),
        settings: Settings = SMALL,
        parts: Parts | None = None,
        entries: Sequence[Mapping[str, object]] = (),
    ) -> None:
        self.settings = settings
        self.clock = ManualClock(START)
        self.world = SimulatedWorld(settings, self.clock, parts=parts)
        self.log = self.world.log
        self.runners: dict[Place, LaneRunner] = {}
        self._ledger = Ledger(settings, RateBook((*DEFAULTS, *entries)))
        for entry in entries:
            self.world.references.add(json.dumps(entry).encode())
        self._unposted: list[Produced] = []
        self.append(records)

    @property
    def ledger(self) -> Ledger:
        """What the records so far must give; posted here, as many tests never ask."""
        for record in self._unposted:
            self._ledger.add(record.topic, record.partition, record.value, record.timestamp_ms, record.key)
        self._unposted.clear()
        return self._ledger

    def append(self, records: Sequence[Produced]) -> None:
        """Write records to the input topics and the ledger."""
        for record in records:
            self.write(record)
        self._unposted.extend(records)

    def write(self, one: Produced) -> None:
        """Write a record to its input topic only."""
        self.world.write(one)

    def topic(self, place: Place) -> str:
        """The full name of a lane's source topic."""
        return PANE_TOPIC if place[0] == "pane" else self.settings.topic(place[0])

    def changelog(self, place: Place) -> str:
        """The name of a lane's changelog."""
        return self.settings.changelog(self.topic(place))

    def runner(self, place: Place) -> LaneRunner:
        """A new runner for a lane, not yet open."""
        return self.world.runner(self.place(place), self.log, self.clock, HASH_KEY)

    def place(self, place: Place) -> LogPlace:
        """Where a lane reads."""
        return LogPlace(self.topic(place), place[1])

    async def open(self, *places: Place) -> None:
        """Open new runners of some lanes, of all where none is named; they fence the former ones."""
        for place in places or (*SOURCES, *MERGES):
            runner = self.runners[place] = self.runner(place)
            await runner.open()

    async def deliver(self, place: Place, most: int) -> bool:
        """Hand the next offsets to a lane.

        Returns:
            whether there were any.
        """
        runner = self.runners[place]
        end = (await self.log.bounds(runner.id.topic, runner.id.partition))[1]
        start = runner.position
        while start < end:
            batch = self.log.batch(runner.id.topic, runner.id.partition, start, most)
            if batch is not None:
                runner.apply(batch)
                return True
            start += most
        return False

    async def drain(self, places: Sequence[Place], most: int, *, dies: bool = False) -> None:
        """Deliver and commit, lane by lane, until nothing is left; a lane may die at every other commit."""
        step = 0
        moved = True
        while moved:
            moved = False
            for place in places:
                moved |= await self.deliver(place, most)
                step += 1
                if dies and step % 2:
                    await self.die(place, ("killed", "lost", "written")[step % 3])
                else:
                    await self.runners[place].commit()

    async def die(self, place: Place, how: str) -> None:
        """End a lane before its commit, or while it waits for the answer; the next one reads on.

        Args:
            place: of the lane.
            how: ``killed`` before the commit, ``lost`` or ``written`` while its outcome is unknown.
        """
        self.log.tear = lambda _: how if how != "killed" else ""
        if how != "killed":
            # The commit fails only if there is something to commit.
            with suppress(LaneError):
                await self.runners[place].commit()
        self.log.tear = lambda _: ""
        await self.open(place)


class Harness(Bench):
    """A bench that runs to the end, and shows what came out."""

    async def run(self, most: int, *, merge_most: int = 1_000, every: int = 1, tick: float = 1) -> None:
        """Run both stages side by side to the end, then let what is due be restated.

        Args:
            most: offsets in a batch of a source lane.
            merge_most: of a merge lane.
            every: batches of a source lane between two commits.
            tick: seconds that the clock is advanced after each round.
        """
        moved = True
        while moved:
            moved = False
            for place in SOURCES:
                for _ in range(every):
                    moved |= await self.deliver(place, most)
                await self.runners[place].commit()
            for place in MERGES:
                moved |= await self.deliver(place, merge_most)
                await self.runners[place].commit()
            self.clock.advance(tick)
        await self.settle()

    async def settle(self) -> None:
        """Let the merge lanes state what late records changed."""
        for _ in range(2):
            self.clock.advance(self.settings.restate_interval + 1)
            for place in MERGES * (COMMITS + 1):
                await self.runners[place].commit()

    def samples(self) -> list[ScrapedSample]:
        """The committed series of the source lanes."""
        return [
            ScrapedSample(sample.family, dict(sample.labels), sample.value)
            for place, runner in self.runners.items()
            if place[0] != "pane" and runner.committed
            for sample in runner.committed.samples
        ]

    def totals(self) -> dict[tuple[str, str], float]:
        """Committed counters by family and labels, as text."""
        return {
            (sample.name, str(sorted(sample.labels.items()))): sample.value
            for sample in self.samples()
            if sample.name.endswith("_total")
        }

    def total(self, name: str) -> float:
        """The sum of a counter over all its labels."""
        return sum(sample.value for sample in self.samples() if sample.name == name)

    def windows(self) -> list[tuple[str, dict[str, Any]]]:
        """Key and value of all records of ``pulse.window``, in order."""
        return [
            (key.decode(), msgspec.json.decode(value))
            for key, value in self.records(WINDOW_TOPIC)
            if key and value
        ]

    def cases(self) -> list[dict[str, Any]]:
        """Values of all records of ``pulse.case``, in order."""
        return [msgspec.json.decode(value) for _, value in self.records(CASE_TOPIC) if value]

    def records(self, topic: str) -> list[tuple[bytes | None, bytes | None]]:
        """Key and value of all records of a topic, partition by partition."""
        return self.world.records(topic)

    def stated(self) -> dict[str, tuple[Any, ...]]:
        """The last stated result of each window: value, scale and parts by key."""
        return {
            key: (record["value"], record["scale"], str(record["parts"]))
            for key, record in self.windows()
            if record["state"] != "provisional"
        }

    def wrong_totals(self) -> list[Difference]:
        """Counters that differ from the ledger."""
        return compare("workers", self.ledger.truth, self.settings, self.samples())

    def differences(self) -> list[Difference]:
        """What differs from the ledger: counters, windows, then cases."""
        truth = self.ledger.truth
        return [
            *self.wrong_totals(),
            *verify_windows(truth, self.settings, self.windows()),
            *verify_cases(truth, self.settings, self.cases()),
        ]
