"""Topics with contract records of the generator, one for each kind, and the ledger of each."""

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
from creator_pulse.stream.generator.world import DENSE
from creator_pulse.stream.settings import INPUT_TOPICS, Settings

if TYPE_CHECKING:
    from pathlib import Path

    from creator_pulse.proof.bench.place import Bench
    from creator_pulse.proof.bench.prepared import Record

# Records per second of event time.
_RATE = 5_000.0
# Records whose bytes and ledger identify a version of the generator.
_SAMPLED = 5_000
# Most records generated per record wanted of each topic, because some topics are rare.
_RARE = 12
PARTITIONS = 4


@dataclass(frozen=True, slots=True)
class ContractTopic:
    """A topic with records of one kind.

    Attributes:
        name: name of the input topic, without prefix.
        prefix: the full name is ``<prefix>.<name>``.
        ends: number of records by partition.
        ledger: file with the exact sums.
    """

    name: str
    prefix: str
    ends: dict[int, int]
    ledger: Path

    @property
    def records(self) -> int:
        """Number of records in all partitions."""
        return sum(self.ends.values())

    def truth(self) -> Truth:
        """The exact sums."""
        return Truth.from_json(self.ledger.read_text(encoding="utf-8"))


async def contract_topics(bench: Bench, most: int) -> dict[str, ContractTopic]:
    """Prepare the topics; if they do not exist yet, that takes minutes.

    Args:
        bench: provides the running broker.
        most: largest number of records of a topic.
    """
    topics = {name: await _prepared(bench, name, most) for name in INPUT_TOPICS}
    # All or none: topics of one version of the generator belong together.
    if None not in topics.values():
        return {name: topic for name, topic in topics.items() if topic is not None}
    bench.say(f"generating {most:,} records of each topic, once")
    for name, records in _generate(most).items():
        ends = dict.fromkeys(range(PARTITIONS), 0)
        ledger = Ledger(bench.settings)
        for partition, key, value, timestamp in records:
            ends[partition] += 1
            ledger.add(name, partition, value, timestamp, key)
        full_name = f"{_prefix(name, most)}.{name}"
        await bench.remove([full_name])
        await prepare(bench, full_name, ends, records)
        path = _ledger(bench, name, most)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ledger.to_json(), encoding="utf-8")
        bench.say(f"  {name}: {len(records):,} records with their ledger")
        topics[name] = ContractTopic(name, _prefix(name, most), ends, path)
    return {name: topic for name, topic in topics.items() if topic is not None}


def _generate(most: int) -> dict[str, list[Record]]:
    by_topic: dict[str, list[Record]] = {name: [] for name in INPUT_TOPICS}
    for number, record in enumerate(events(1, _RATE, START_MS, PARTITIONS, PARTITIONS, world=DENSE)):
        records = by_topic[record.topic]
        if len(records) < most:
            records.append((record.partition, record.key, record.value, record.timestamp_ms))
        # Stop if every topic is full, or the rare ones would take too long.
        if number > _RARE * most or all(len(records) >= most for records in by_topic.values()):
            break
    return by_topic


async def _prepared(bench: Bench, name: str, most: int) -> ContractTopic | None:
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
    """Version of the generator and the ledger; topics that another version wrote are not reused."""
    # A change of generator or ledger changes the version: stored topics never meet another ledger.
    ledger, digest = Ledger(Settings()), sha256()
    for record in islice(events(1, _RATE, START_MS, PARTITIONS, PARTITIONS, world=DENSE), _SAMPLED):
        digest.update(record.value or b"-")
        ledger.add(record.topic, record.partition, record.value, record.timestamp_ms, record.key)
    digest.update(ledger.to_json().encode())
    return digest.hexdigest()[:8]


def _ledger(bench: Bench, name: str, most: int) -> Path:
    return bench.folder / "ledgers" / f"{_prefix(name, most)}.json"
