"""A fault of the generator through source and merge lanes, without Kafka, and what explains it.

``python -m tests.support.explained_fault`` prints for some faults and seeds what came first.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.contributors.explanation import explained, what
from creator_pulse.stream.contributors.timeline import Timeline
from creator_pulse.stream.generator.generator import events
from creator_pulse.stream.generator.scenarios.injection import Injection, injected
from creator_pulse.stream.generator.scenarios.listed import SCENARIOS
from creator_pulse.stream.generator.world import DENSE
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import PRODUCT, Topology
from creator_pulse.stream.transport.batch import Batch
from creator_pulse.stream.transport.names import PANE_TOPIC
from creator_pulse.stream.windows.rendered import view_key
from tests.support.hash_key import HASH_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from creator_pulse.stream.contributors.explanation import Explanation
    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.windows.merge_lane import MergeLane

START = 1_760_000_400_000
"""A full hour."""
MINUTE = 60_000
_SETTINGS = Settings(partitions=1, quiet_partitions=1)
_BEAT = 20_000


class Fault(NamedTuple):
    """A scenario, and what must explain it.

    Attributes:
        scenario: its name.
        signal: that it moves.
        app: in which.
        first: the contributor that must come first, in words.
    """

    scenario: str
    signal: str
    app: str
    first: str


FAULTS = (
    Fault("topups-down-in-a-region", "topups_failed", "tiktok", "region US"),
    Fault("topups-down-in-a-region", "topups", "tiktok", "region US"),
    Fault("gift-price-error", "gift_value", "tiktok", "gift rose"),
    Fault("gift-price-error", "gift_value", "douyin", "gift rose"),
    Fault("app-without-ads", "impressions", "douyin", "platform android"),
    Fault("app-without-ads", "ad_revenue", "douyin", "platform android"),
)


class Played:
    """A run of some minutes, with a fault from one minute to another.

    Args:
        fault: which one.
        seed: of the generator.
        rate: records a second of event time, all topics together.
        minutes: length of the run, begin of the fault, and its end.
    """

    def __init__(self, fault: Fault, seed: int, rate: float, minutes: tuple[int, int, int]) -> None:
        length, self._begin, self._end = minutes
        scenario = SCENARIOS[fault.scenario]
        injection = Injection(
            scenario, scenario.size, self._begin * MINUTE, (self._end - self._begin) * MINUTE
        )
        topic = next(signal.topic for signal in CATALOGUE.signals if signal.name == fault.signal)
        run = injected(events(seed, rate, START, 1, 1, world=DENSE), (injection,), START, seed)
        self.lanes = lanes_of(run, topic, START + length * MINUTE)
        self._fault = fault

    @property
    def timeline(self) -> Timeline:
        """The view of the signal."""
        key = view_key("contributors", (("app", self._fault.app), ("signal", self._fault.signal)))
        views: Mapping[str, bytes] = {
            key: view for lane in self.lanes for key, view in (lane.snapshot().views or {}).items()
        }
        return msgspec.json.decode(views[key], type=Timeline)

    def explanation(self) -> Explanation | None:
        """What explains the signal in the minutes of the fault."""
        first = START // MINUTE
        return explained(self.timeline, first + self._begin, first + self._end)


def lanes_of(run: Iterator[Produced], topic: str, until_ms: int) -> list[MergeLane]:
    """The merge lanes after the records of a topic up to a time."""
    topology = Topology(_SETTINGS, HASH_KEY, job=PRODUCT.only(topic))
    source = topology.source_lane(topic)
    source.start_at(0, lost=0)
    merges = [topology.merge_lane(number) for number in range(_SETTINGS.merge_partitions)]
    records: list[Produced] = []
    offset = beat = 0
    for record in run:
        if record.timestamp_ms >= until_ms:
            break
        if record.topic == topic:
            records.append(record)
        if record.timestamp_ms - START >= beat * _BEAT and records:
            beat += 1
            _, keys, values, times = zip(*((0, r.key, r.value, r.timestamp_ms) for r in records), strict=True)
            source.apply(
                Batch.of(range(offset, offset + len(records)), list(times), list(keys), list(values))
            )
            offset += len(records)
            records = []
            checkpoint = source.checkpoint(times[-1])
            for number, lane in enumerate(merges):
                sent = [
                    record.value
                    for record in (checkpoint.outgoing if checkpoint else ())
                    if record.topic == PANE_TOPIC and (record.partition or 0) == number
                ]
                if sent:
                    lane.apply(
                        Batch.of(range(beat, beat + len(sent)), [0] * len(sent), [b""] * len(sent), sent)
                    )
    return merges


def main() -> None:
    """Print a line for each fault and seed."""
    right = 0
    tries = 0
    for fault in FAULTS:
        for seed in (1, 2, 3):
            explanation = Played(fault, seed, 100.0, (45, 30, 40)).explanation()
            assert explanation is not None
            first = [what(each.labels) for each in explanation.contributors[:1] if each.stands_out]
            right += first == [fault.first]
            tries += 1
            sys.stdout.write(f"{fault.scenario}, {fault.app}, seed {seed}: {explanation.words}\n")
    sys.stdout.write(f"the right label first: {right} of {tries}\n")


if __name__ == "__main__":
    main()
