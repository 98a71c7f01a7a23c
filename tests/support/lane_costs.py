"""What an event costs in some checkouts' lanes: ``python -m tests.support.lane_costs gift CHECKOUT...``.

This checkout and the others count the same generated records, each in a process of its own and in its own
environment; rounds take turns, so that a shared machine slows all of them down alike. Printed are the
microseconds of CPU of an event in source lanes and in merge lanes, and beside them each checkout's ratio to
this one, as the median of the ratios within a round.
"""

from __future__ import annotations

import argparse
import json
import pickle
import subprocess
import sys
import tempfile
import time
from itertools import zip_longest
from pathlib import Path
from statistics import median
from typing import Any

PARTITIONS = 4
PER_CHECKPOINT = 20_000
"""Records of a lane in a checkpoint, as in ``pulse bench stages``."""
_BATCH = 8_000
_RATE = 5_000.0
"""Records per second of event time, all topics together."""
_SIDES = ("source", "merge")
_Record = tuple[int, bytes | None, bytes | None, int]


def generated(topic: str, count: int) -> list[list[_Record]]:
    """The first records of a topic, by partition."""
    from creator_pulse.proof.bench.gift_plan import START_MS  # noqa: PLC0415 - only this checkout's are read
    from creator_pulse.stream.generator.generator import events  # noqa: PLC0415
    from creator_pulse.stream.generator.world import DENSE  # noqa: PLC0415

    by_partition: list[list[_Record]] = [[] for _ in range(PARTITIONS)]
    for record in events(1, _RATE, START_MS, PARTITIONS, PARTITIONS, world=DENSE):
        if record.topic == topic:
            by_partition[record.partition].append(
                (record.partition, record.key, record.value, record.timestamp_ms)
            )
            if sum(map(len, by_partition)) >= count:
                break
    return by_partition


def counted(topic: str, partitions: list[list[_Record]]) -> dict[str, float]:
    """Microseconds of CPU of an event, by side: source lanes, then the merge lanes that read their panes."""
    from creator_pulse.stream import topology  # noqa: PLC0415
    from creator_pulse.stream.catalog.registry import CATALOGUE  # noqa: PLC0415
    from creator_pulse.stream.events.references import References  # noqa: PLC0415 - of the other checkout
    from creator_pulse.stream.events.topics import TOPICS  # noqa: PLC0415
    from creator_pulse.stream.ingestion.source_lane import SourceLane  # noqa: PLC0415
    from creator_pulse.stream.native.hash_key import HashKey  # noqa: PLC0415
    from creator_pulse.stream.settings import Settings  # noqa: PLC0415
    from creator_pulse.stream.transport.batch import Batch  # noqa: PLC0415
    from creator_pulse.stream.transport.names import PANE_TOPIC  # noqa: PLC0415
    from creator_pulse.stream.windows.merge_lane import MergeLane  # noqa: PLC0415

    # Former checkouts had no seam to sinks.
    sinks: dict[str, Any] = {"sinks": topology.SINKS} if hasattr(topology, "SINKS") else {}
    settings, key = Settings(partitions=PARTITIONS, quiet_partitions=PARTITIONS), HashKey(b"sixteen secrets.")
    lanes = [
        SourceLane(TOPICS[topic], number, settings, References(), key, catalogue=CATALOGUE)
        for number in range(PARTITIONS)
    ]
    events = sum(map(len, partitions))
    panes: list[list[Any]] = []
    spent = dict.fromkeys(_SIDES, 0.0)
    beats = zip_longest(*(_cut(records, PER_CHECKPOINT) for records in partitions))
    places = [0] * PARTITIONS
    for beat in beats:
        for number, records in enumerate(beat):
            if not records:
                continue
            batches = []
            for part in _cut(records, _BATCH):
                offsets = range(places[number], places[number] + len(part))
                _, keys, values, times = zip(*part, strict=True)
                batches.append(Batch.of(offsets, list(times), list(keys), list(values)))
                places[number] += len(part)
            began = time.process_time()
            for batch in batches:
                lanes[number].apply(batch)
            checkpoint = lanes[number].checkpoint(0)
            spent["source"] += time.process_time() - began
            assert checkpoint is not None
            panes.append([record for record in checkpoint.outgoing if record.topic == PANE_TOPIC])
    merges = [
        MergeLane(number, settings, {topic: PARTITIONS}, key, catalogue=CATALOGUE, **sinks)
        for number in range(settings.merge_partitions)
    ]
    for at, of_beat in enumerate(panes):
        for number, lane in enumerate(merges):
            sent = [record.value for record in of_beat if (record.partition or 0) == number]
            if sent:
                batch = Batch.of(range(at, at + len(sent)), [0] * len(sent), [b""] * len(sent), sent)
                began = time.process_time()
                lane.apply(batch)
                lane.checkpoint(at * 1_000)
                spent["merge"] += time.process_time() - began
    return {side: seconds / events * 1e6 for side, seconds in spent.items()}


def _cut(records: list[_Record], most: int) -> list[list[_Record]]:
    return [records[at : at + most] for at in range(0, len(records), most)]


def turns(topic: str, count: int, rounds: int, checkouts: list[Path]) -> list[list[dict[str, float]]]:
    """Rounds of microseconds by side, of each checkout in turn."""
    with tempfile.TemporaryDirectory() as folder:
        records = Path(folder) / "records"
        records.write_bytes(pickle.dumps(generated(topic, count)))
        return [[_once(topic, records, checkout) for checkout in checkouts] for _ in range(rounds)]


def _once(topic: str, records: Path, checkout: Path) -> dict[str, float]:
    command = [
        str(checkout / ".venv/bin/python"),
        str(Path(__file__).resolve()),
        topic,
        "--records",
        str(records),
    ]
    ran = subprocess.run(
        command, check=True, capture_output=True, cwd=checkout, env={"PYTHONPATH": str(checkout)}
    )
    answer: dict[str, float] = json.loads(ran.stdout)
    return answer


def main() -> None:
    """Print a line for each checkout."""
    parser = argparse.ArgumentParser()
    parser.add_argument("topic")
    parser.add_argument("checkouts", nargs="*", type=Path)
    parser.add_argument("--records", type=Path, help="count these in this process, and print JSON")
    parser.add_argument("--count", type=int, default=400_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    if asked.records:
        sys.stdout.write(json.dumps(counted(asked.topic, pickle.loads(asked.records.read_bytes()))))  # noqa: S301
        return
    checkouts = [Path(__file__).resolve().parents[2], *(checkout.resolve() for checkout in asked.checkouts)]
    rounds = turns(asked.topic, asked.count, asked.rounds, checkouts)
    for place, checkout in enumerate(checkouts):
        sides = {side: median(costs[place][side] for costs in rounds) for side in _SIDES}
        ratios = {side: median(costs[place][side] / costs[0][side] for costs in rounds) for side in _SIDES}
        told = ", ".join(f"{side} {sides[side]:.2f} us ({ratios[side]:.3f})" for side in _SIDES)
        sys.stdout.write(f"{checkout.name}: {told}\n")


if __name__ == "__main__":
    main()
