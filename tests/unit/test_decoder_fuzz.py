"""The compiled judge, the declared types and the ledger say the same of records in every order."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from creator_pulse.stream.catalog.declaration.labels import REASONS
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.native.rows import REASONS as JUDGED
from tests.support.broken_records import Source
from tests.support.record_fuzz import compare, fuzz

CORPUS = sorted((Path(__file__).parents[1] / "corpus/records").glob("*.jsonl"))


def records(path: Path) -> list[bytes | None]:
    """The records of a corpus file, a line each."""
    return [*path.read_bytes().removesuffix(b"\n").split(b"\n")]


@pytest.mark.parametrize("part", range(4))
@pytest.mark.slow
def test_twenty_thousand_records_are_judged_alike(part: int) -> None:
    """Outcome, reason, every column and the ids of records of all topics, through one decoder a sequence."""
    seen, differences = fuzz(5_000, seed=part * 1_000)
    assert seen.total() >= 5_000
    assert differences == []
    assert {reason for reason in JUDGED if reason} <= seen.keys()


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
@pytest.mark.parametrize("sizes", [(1,), (100,)], ids=["one by one", "in one batch"])
def test_the_corpus_is_judged_alike(path: Path, sizes: tuple[int, ...]) -> None:
    """What once was judged in two ways, also backwards and said again."""
    topic = path.stem.split("-", maxsplit=1)[0]
    sequence = records(path)
    again = [*sequence, *reversed(sequence), *sequence]
    assert compare(topic, again, sizes).total() == len(again)


def test_the_corpus_holds_valid_and_invalid_records() -> None:
    """It is read: among its records are some of most reasons, and some that count."""
    seen: Counter[str] = Counter()
    for path in CORPUS:
        seen += compare(path.stem.split("-", maxsplit=1)[0], records(path))
    assert {
        "gift_sent",
        "gift_reversed",
        "not_json",
        "too_large",
        "wrong_type",
        "missing_field",
    } <= seen.keys()


@pytest.mark.parametrize("topic", sorted(TOPICS))
@pytest.mark.slow
def test_a_third_of_what_the_fuzzer_gives_is_valid(topic: str) -> None:
    """Of 600 records of each topic; the others are invalid for many reasons."""
    source = Source(topic, Random(7))
    seen = compare(topic, [source.next() for _ in range(600)])
    assert sum(seen[event] for event in TOPICS[topic].types()) > 200


def test_the_judges_reasons_are_of_the_closed_list() -> None:
    """Every reason that the compiled judge has a number for has a series."""
    assert set(JUDGED) - {""} <= set(REASONS)
