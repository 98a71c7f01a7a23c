"""The engine knows no business: names of the contract are handed to the generic rooms, never written there.

Looked at are texts and identifiers, as they do something. Docstrings and comments may name an example.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec
import pytest

from creator_pulse.stream.catalog.declaration.labels import OUTCOMES, REASONS, TOOLS
from creator_pulse.stream.catalog.registry import CATALOGUE, METRICS
from creator_pulse.stream.events.fields import EVENT_ID, EVENT_TIME, INGEST_TIME, IS_TEST
from creator_pulse.stream.events.reference_entry import KINDS
from creator_pulse.stream.events.topics import TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2] / "creator_pulse" / "stream"
GENERIC = (
    "lanes",
    "panes",
    "contributors",
    "keyed",
    "ingestion",
    "windows",
    "sinks",
    "tables",
    "transport",
    "exposition",
)
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "ad": "no part of an identifier is it by chance, but an abbreviation may be",
        "content": "of an answer over HTTP, of a record, of a file",
        "watch": "to look at something",
        "group_id": "Kafka's word for the name of a consumer group",
        "is_full": "of a queue, or a lane that must commit before it takes more",
        "timed_out": "of a streak; the column of that name is named by the streak's rule",
    }
)
"""Words that the contract uses too, and why they may stand in an identifier all the same."""

ROLES = frozenset({EVENT_ID, EVENT_TIME, INGEST_TIME, IS_TEST})
"""What the engine reads of every event: an identifier may be called so, the texts stand in ``events``."""
MADE = frozenset({"watermark"})
"""Columns that the engine makes for each row, and some measure reads."""


@cache
def names() -> frozenset[str]:
    """What the contract declares: topics, events, fields, kinds of references, columns, measures, metrics.

    Not the pipeline's own measures (event ``*``), outcomes and reasons: these are the engine's.
    """
    pipeline = [measure for measure in CATALOGUE.measures.values() if measure.event == "*"]
    own = {
        name
        for measure in pipeline
        for name in (measure.id, measure.counter, *measure.labels, *measure.columns)
    }
    names = {*TOPICS, *TOOLS, *KINDS, *(metric.id for metric in METRICS)}
    for schema in TOPICS.values():
        names |= set(schema.types()) | {lookup.column for lookup in schema.lookups}
        names |= {field.name for struct in schema.events for field in msgspec.structs.fields(struct)}
        names |= {gauge.name for gauge in schema.gauges}
    for measure in CATALOGUE.measures.values():
        names |= {measure.id, measure.counter or measure.id, *measure.labels, *measure.columns}
    names |= {value.name for value in CATALOGUE.values}
    names |= {gauge.name for days in CATALOGUE.last_days for gauge in (days.sums, days.begins)}
    return frozenset(names - own - MADE - {*OUTCOMES, *REASONS})


def subjects(word: str) -> set[str]:
    """The topics and tools that a word is made of, in the singular or the plural."""
    parts = {part.removesuffix("s") for part in re.split(r"_|(?<=[a-z])(?=[A-Z])", word)}
    return {part.lower() for part in parts} & {*TOPICS, *TOOLS}


def in_text(text: str) -> set[str]:
    """The names in a text that is one, or has a word with an underscore that is one or is made of one."""
    words = [word.removeprefix("pulse_") for word in WORD.findall(text)]
    compound = {word for word in words if "_" in word}
    return ({text} | compound) & names() | {word for word in compound if subjects(word)}


def in_identifier(name: str) -> set[str]:
    """The names in an identifier."""
    if name in ENGLISH or name in ROLES:
        return set()
    own = {name} & names() if "_" in name else set()
    return own | (subjects(name) - set(ENGLISH))


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and value of each text that is no docstring."""
    documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in documented:
            if isinstance(node.value, str):
                yield node.lineno, node.value
            elif isinstance(node.value, bytes):
                yield node.lineno, node.value.decode("latin-1")


def identifiers(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and name of whatever has a name."""
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        for field in ("id", "attr", "arg", "name", "asname"):
            name = getattr(node, field, None)
            if isinstance(name, str):
                yield line, name.rpartition(".")[2]


def found_in(source: str) -> list[str]:
    """The names of the contract in a module, each with its line."""
    tree = ast.parse(source)
    found = [(line, name) for line, text in texts(tree) for name in in_text(text)]
    found += [(line, name) for line, one in identifiers(tree) for name in in_identifier(one)]
    return sorted({f"{line}: {name}" for line, name in found})


MODULES = sorted(path for room in GENERIC for path in (ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_generic_room_names_nothing_of_the_contract(path: Path) -> None:
    """Another contract is other declarations: no line of these rooms changes."""
    assert found_in(path.read_text(encoding="utf-8")) == []


def test_there_are_generic_rooms() -> None:
    """Each room that is said to be generic is there, with modules."""
    assert {path.parent.name for path in MODULES} >= set(GENERIC)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('topic = "gift"', "gift"),
        ('column = frame["fx_rate"]', "fx_rate"),
        ('Sample("pulse_open_deals", (), 1)', "open_deals"),
        ('state.removeprefix("deal_")', "deal_"),
        ('query = f"sum(pulse_gift_coins_total[{window}])"', "gift_coins_total"),
        ("open_deals = 0", "deal"),
        ("class PayoutBook: ...", "payout"),
        ("Settings.gift_partitions", "gift"),
        ("def of(*, unit_coins: int) -> None: ...", "unit_coins"),
        ('key = b"creator_id"', "creator_id"),
    ],
)
def test_a_name_of_the_contract_is_found(line: str, name: str) -> None:
    """In texts of all kinds, in what is assigned, called and declared."""
    assert f"1: {name}" in found_in(line)


@pytest.mark.parametrize(
    "line",
    [
        '"""Like ``creator.gift``."""',
        '"a record of the log is a gift to us"',
        "watch(content)",
        "x = 1  # gift",
    ],
)
def test_prose_and_plain_words_are_none(line: str) -> None:
    """A docstring, a comment, a sentence for people, words that only look alike."""
    assert found_in(line) == []
