"""Compares three judges over sequences of records: the compiled one, the declared types, the ledger's own.

``make fuzz N=1000000`` looks for differences. Each is made small and written to ``.cache/fuzz``, a record a
line, to be put into ``tests/corpus/records``.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from creator_pulse.proof.ledger.ledger import _content
from creator_pulse.proof.ledger.validation import check, decode
from creator_pulse.stream.events.json_decoder import JsonDecoder
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.transport.batch import Batch
from tests.support.broken_records import Source
from tests.support.hash_key import HASH_KEY
from tests.support.strict_judge import Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.stream.events.decoded import Decoded

Records = list[bytes | None]
EVERY = {
    name: {field.name for struct in schema.events for field in msgspec.structs.fields(struct)}
    for name, schema in TOPICS.items()
}
LONGEST = 60
"""Records of a sequence; a decoder of its own goes through it in batches of a few."""


class JudgesDifferError(AssertionError):
    """Two judges do not say the same of a record."""

    def __init__(self, row: int, *said: object) -> None:
        super().__init__(f"record {row}: {' / '.join(map(str, said))}")


def fresh(topic: str) -> JsonDecoder:
    """A decoder that keeps every field."""
    return JsonDecoder(TOPICS[topic], HASH_KEY, EVERY[topic])


def compare(topic: str, records: Sequence[bytes | None], sizes: Sequence[int] = (1, 2, 5)) -> Counter[str]:
    """Take a sequence through one decoder, and each record by itself through the other judges.

    Args:
        topic: without prefix.
        records: the sequence.
        sizes: of the batches, by turns.

    Returns:
        records by reason; valid ones by their event type.

    Raises:
        JudgesDifferError: there is one.
    """
    decoder, schema = fresh(topic), TOPICS[topic]
    ids: dict[object, object] = {}
    contents: dict[object, object] = {}
    seen: Counter[str] = Counter()
    begin = 0
    while begin < len(records):
        values = records[begin : begin + sizes[begin % len(sizes)]]
        # Each batch is bytes of its own length, so that a checked build sees what is read beyond them.
        batch = Batch.of(range(len(values)), [0] * len(values), [None] * len(values), values)
        decoded = decoder.decode(batch.data, batch.value_at, batch.value_length)
        verdicts = [judge(schema, value) for value in values]
        for row, (value, verdict) in enumerate(zip(values, verdicts, strict=True)):
            _same(decoded, row, begin + row, value, verdict, topic)
            if not verdict.reason:
                _one_to_one(ids, verdict.values["event_id"], tuple(decoded.ids[row].tolist()), begin + row)
                content = decoded.contents(np.array([row])).tolist()[0]
                _one_to_one(contents, _content(value), content, begin + row)
            seen[verdict.reason or verdict.event] += 1
        if decoded.unknown != sum(verdict.others for verdict in verdicts):
            raise JudgesDifferError(begin, decoded.unknown, "records with other fields")
        begin += len(values)
    return seen


def _same(decoded: Decoded, row: int, number: int, value: bytes | None, verdict: Verdict, topic: str) -> None:
    schema = TOPICS[topic]
    reason = decoded.reasons.get(row, "")
    read = decode(value)
    ledger = read if isinstance(read, str) else check(topic, read, value or b"") or ""
    if not reason == verdict.reason == ledger:
        raise JudgesDifferError(number, reason, verdict.reason, ledger)
    kind = int(decoded.kind[row])
    event = list(schema.types())[kind] if kind >= 0 else ""
    if event != verdict.event:
        raise JudgesDifferError(number, event, verdict.event)
    columns = row_of(decoded, row)
    wanted = {name: one for name, one in verdict.values.items() if name in kept(topic)}
    if columns != wanted:
        differing = {name for name in columns | wanted if columns.get(name) != wanted.get(name)}
        raise JudgesDifferError(number, *((name, columns.get(name), wanted.get(name)) for name in differing))
    if not verdict.reason and isinstance(read, dict):
        ledgers = {name: read[name] for name in wanted}
        if ledgers != wanted:
            raise JudgesDifferError(number, ledgers, wanted)


def kept(topic: str) -> set[str]:
    """The fields that a decoder of ``fresh`` keeps as they are."""
    return EVERY[topic] - {"event_id", "event_type"}


def row_of(decoded: Decoded, row: int) -> dict[str, object]:
    """What the columns hold of a record."""
    layout, columns = decoded._layout, decoded._columns
    values: dict[str, object] = {}
    for name, at in layout.ints.items():
        number = int(columns.ints[at, row])
        if columns.there[at, row]:
            values[name] = bool(number) if name in layout.flags else number
        elif number:
            raise JudgesDifferError(row, name, number, "where there is none")
    for name, at in layout.texts.items():
        if (code := int(columns.codes[at, row])) >= 0:
            values[name] = layout.dictionaries[at].texts[code]
    for name, at in layout.spans.items():
        if columns.spans[at, 1, row] >= 0:
            values[name] = decoded.said(name, np.array([row]))[0].decode()
    return values


def _one_to_one(ids: dict[object, object], name: object, hashed: object, number: int) -> None:
    """What is equal has equal hashes, what is not has others."""
    if ids.setdefault(("id", name), hashed) != hashed or ids.setdefault(("hash", hashed), name) != name:
        raise JudgesDifferError(number, name, hashed)


def sequence(seed: int) -> tuple[str, Records]:
    """A topic, and a sequence of its records."""
    rng = Random(seed)
    topic = rng.choice(sorted(TOPICS))
    source = Source(topic, rng)
    return topic, [source.next() for _ in range(rng.randint(2, LONGEST))]


def smaller(topic: str, records: Records) -> Records:
    """The same difference in fewer records."""
    at = 0
    while at < len(records):
        fewer = records[:at] + records[at + 1 :]
        try:
            compare(topic, fewer, (1,))
        except JudgesDifferError:
            records = fewer
        else:
            at += 1
    return records


def fuzz(inputs: int, seed: int = 0) -> tuple[Counter[str], list[tuple[str, str, Records]]]:
    """Compare sequences until so many records were judged.

    Args:
        inputs: how many records.
        seed: of the first sequence; the next have the next.

    Returns:
        records by reason or event type, and of each difference what it is, the topic, and a small sequence.
    """
    seen: Counter[str] = Counter()
    differences: list[tuple[str, str, Records]] = []
    while seen.total() < inputs:
        topic, records = sequence(seed)
        try:
            seen += compare(topic, records)
        except JudgesDifferError as difference:
            differences.append((f"seed {seed}: {difference}", topic, smaller(topic, records)))
            seen["different"] += len(records)
        seed += 1
    return seen, differences


def main() -> int:
    """Fuzz, and say what was found."""
    parser = argparse.ArgumentParser(prog="record_fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    began = time.monotonic()
    seen, differences = fuzz(asked.inputs, asked.seed)
    folder = Path(".cache/fuzz")
    for number, (what, topic, records) in enumerate(differences):
        folder.mkdir(parents=True, exist_ok=True)
        # A line end between two values is a blank like any other.
        lines = [(value or b"").replace(b"\n", b"\r") for value in records]
        (folder / f"{topic}-{number}.jsonl").write_bytes(b"\n".join(lines) + b"\n")
        sys.stderr.write(f"{what}: {folder}/{topic}-{number}.jsonl\n")
    events = {event for schema in TOPICS.values() for event in schema.types()}
    result = {
        "inputs": seen.total(),
        "valid": sum(count for name, count in seen.items() if name in events),
        "invalid": {name: count for name, count in sorted(seen.items()) if name not in events},
        "differences": len(differences),
        "seconds": round(time.monotonic() - began, 1),
    }
    sys.stdout.write(f"{json.dumps(result)}\n")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
