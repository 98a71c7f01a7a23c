"""Contract records of the generator, a topic for each kind, with their ledger beside them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING

from creator_pulse.proof.bench.gift_plan import START_MS
from creator_pulse.proof.bench.prepared import end_offsets, prepare
from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.proof.ledger.truth import Truth
from creator_pulse.stream.generator.generator import events
from creator_pulse.stream.settings import INPUT_TOPICS, Settings

if TYPE_CHECKING:
    from pathlib import Path

    from creator_pulse.proof.bench.place import Bench
    from creator_pulse.proof.bench.prepared import Record

_RATE = 5_000.0
"""Records per second of event time."""
_TOLD_BY = 5_000
"""Records whose bytes and ledger tell one version from another."""
_RARE = 12
"""So many times the wanted records of a topic are generated at most, for the topics that are rare."""
PARTITIONS = 4


@dataclass(frozen=True, slots=True)
class ContractTopic:
    """A topic that holds records of one input topic.

    Attributes:
        name: of the input topic, without prefix.
        prefix: of its full name.
        ends: records by partition.
        ledger: file of the exact sums.
    """

    name: str
    prefix: str
    ends: dict[int, int]
    ledger: Path

    @property
    def records(self) -> int:
        """In all partitions."""
        return sum(self.ends.values())

    def truth(self) -> Truth:
        """The exact sums."""
        return Truth.from_json(self.ledger.read_text(encoding="utf-8"))


async def contract_topics(bench: Bench, most: int) -> dict[str, ContractTopic]:
    """Have the topics; made once, which takes minutes.

    Args:
        bench: the broker.
        most: records of each topic.
    """
    found = {name: await _known(bench, name, most) for name in INPUT_TOPICS}
    if None not in found.values():
        return {name: one for name, one in found.items() if one is not None}
    bench.say(f"generating {most:,} records of each topic, once")
    made = _generate(most)
    for name, records in made.items():
        ends = dict.fromkeys(range(PARTITIONS), 0)
        ledger = Ledger(bench.settings)
        for partition, key, value, timestamp in records:
            ends[partition] += 1
            ledger.add(name, partition, value, timestamp, key)
        topic = f"{_prefix(name, most)}.{name}"
        await bench.remove([topic])
        await prepare(bench, topic, ends, records)
        path = _ledger(bench, name, most)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ledger.to_json(), encoding="utf-8")
        bench.say(f"  {name}: {len(records):,} records with their ledger")
        found[name] = ContractTopic(name, _prefix(name, most), ends, path)
    return {name: one for name, one in found.items() if one is not None}


def _generate(most: int) -> dict[str, list[Record]]:
    made: dict[str, list[Record]] = {name: [] for name in INPUT_TOPICS}
    for number, one in enumerate(events(1, _RATE, START_MS, PARTITIONS, PARTITIONS)):
        records = made[one.topic]
        if len(records) < most:
            records.append((one.partition, one.key, one.value, one.timestamp_ms))
        if number > _RARE * most or all(len(of) >= most for of in made.values()):
            break
    return made


async def _known(bench: Bench, name: str, most: int) -> ContractTopic | None:
    prefix, path = _prefix(name, most), _ledger(bench, name, most)
    if not path.exists() or f"{prefix}.{name}" not in await bench.topics():
        return None
    ends = await end_offsets(bench.settings, f"{prefix}.{name}", PARTITIONS)
    truth = Truth.from_json(path.read_text(encoding="utf-8"))
    return ContractTopic(name, prefix, ends, path) if truth.records == sum(ends.values()) else None


def _prefix(name: str, most: int) -> str:
    return f"contract-{_version()}-{name}-{most}"


@cache
def _version() -> str:
    """Of the generator and the ledger: what another one wrote is no longer what is measured."""
    ledger, digest = Ledger(Settings()), sha256()
    for one in islice(events(1, _RATE, START_MS, PARTITIONS, PARTITIONS), _TOLD_BY):
        digest.update(one.value or b"-")
        ledger.add(one.topic, one.partition, one.value, one.timestamp_ms, one.key)
    digest.update(ledger.to_json().encode())
    return digest.hexdigest()[:8]


def _ledger(bench: Bench, name: str, most: int) -> Path:
    return bench.folder / "ledgers" / f"{_prefix(name, most)}.json"
