"""The parser's tables: which fields of a topic's records become which columns, and their allowed values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from msgspec import inspect

from creator_pulse.stream.events.fields import LARGEST_RECORD
from creator_pulse.stream.native.codes import Dictionary
from creator_pulse.stream.native.rows import BOOL, ID, INT, LARGEST_TEXT, SPAN, TAG, TEXT, Parser

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from creator_pulse.stream.events.schema import TopicSchema
    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.native.rows import EventType

ALWAYS = ("event_time", "ingest_time", "is_test")
"""Columns of every topic."""
STAMP = "ingest_time"
"""A field that is no part of a record's content, because it says when the gateway took the record."""
_ID, _VERSION = "event_id", "schema_version"
# Distinct texts kept in dictionaries, of all columns: free text may have any number of them.
_MOST_TEXTS = 1 << 19
# Bytes of these texts.
_MOST_BYTES = 64 << 20
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class _FieldRule:
    """The allowed values of a field.

    Attributes:
        kind: type of the value, a constant of ``native.rows``.
        low: lowest integer, or minimal number of characters.
        high: highest integer, or maximal number of UTF-8 bytes.
        choices: the only texts allowed; empty: any.
    """

    kind: int
    low: int = 0
    high: int = 0
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Tables:
    """The parser's tables of a topic that do not depend on the columns read; shared by many lanes.

    Attributes:
        fields: field -> its rule, with the widest bounds of all event types, in the order of their bits.
        types: the event types.
    """

    fields: Mapping[str, _FieldRule]
    types: Sequence[EventType]


class Layout:
    """The columns of one topic.

    Args:
        schema: declares the topic's event types and rules.
        read_fields: fields that a measure reads, besides ``ALWAYS`` and those of the topic's rules.
        key: of the installation; texts are hashed under it.

    Attributes:
        key: as given.
        record_key: the field that a record's key repeats.
        ints: name of a column of integers or booleans -> its index.
        flags: those of ``ints`` that are booleans.
        texts: name of a dictionary-encoded column -> its index.
        dictionaries: the distinct texts, by index of the column.
        spans: name of a text that is kept by its position in the data -> its index.
        parser: decodes the records.
    """

    def __init__(self, schema: TopicSchema, read_fields: Collection[str], key: HashKey) -> None:
        self.key = key
        self.record_key = schema.record_key
        tables = _tables(schema)
        rules = tables.fields
        spanned = schema.spanned
        # A closed dictionary is also what refuses a text that is not listed.
        listed = {name for name, rule in rules.items() if rule.choices}
        wanted = {*read_fields, *listed, *ALWAYS, schema.record_key, *_of_streaks(schema), *_of_keys(schema)}
        self.ints = _numbered(rules, wanted, (INT, BOOL))
        self.flags = frozenset(name for name in self.ints if rules[name].kind == BOOL)
        self.texts = _numbered(rules, wanted - {*spanned, _ID}, (TEXT,))
        # Each kind of column is numbered from 0: the index of a name is its row in the parser's array.
        self.spans = {name: at for at, name in enumerate(spanned)}
        self.dictionaries = [
            Dictionary(key, rules[name].choices, closed=bool(rules[name].choices)) for name in self.texts
        ]
        self._open = [
            dictionary
            for name, dictionary in zip(self.texts, self.dictionaries, strict=True)
            if not rules[name].choices
        ]
        fields = [
            (name.encode(), *self._read_as(name, rule), bool(rule.choices)) for name, rule in rules.items()
        ]
        self.parser = Parser(
            key,
            fields,
            tables.types,
            self.dictionaries,
            (len(self.ints), len(self.spans)),
            LARGEST_RECORD,
            STAMP.encode(),
        )

    @property
    def full(self) -> bool:
        """Whether the dictionaries hold very many texts."""
        return (
            sum(map(len, self.dictionaries)) > _MOST_TEXTS
            or sum(dictionary.size for dictionary in self.dictionaries) > _MOST_BYTES
        )

    def trim(self) -> None:
        """Forget the texts of open dictionaries if there are very many; no codes may be in use."""
        if self.full:
            for dictionary in self._open:
                dictionary.clear()

    def _read_as(self, name: str, rule: _FieldRule) -> tuple[int, int, int, int]:
        low = rule.low if rule.kind == INT else 0
        if name == _ID:
            return ID, 0, low, rule.high
        if name in self.spans:
            return SPAN, self.spans[name], low, rule.high
        return rule.kind, self.ints.get(name, self.texts.get(name, -1)), low, rule.high


def _of_streaks(schema: TopicSchema) -> tuple[str, ...]:
    rule = schema.streaks
    return () if rule is None else (rule.when[0], rule.end, rule.count, rule.unit, *rule.between)


def _of_keys(schema: TopicSchema) -> tuple[str, ...]:
    return tuple(name for rule in schema.keyed for name in rule.fields)


def _numbered(
    rules: Mapping[str, _FieldRule], wanted: Collection[str | None], kinds: tuple[int, ...]
) -> dict[str, int]:
    names = [name for name, rule in rules.items() if name in wanted and rule.kind in kinds]
    return {name: at for at, name in enumerate(names)}


@cache
def _tables(schema: TopicSchema) -> _Tables:
    """The parser's tables.

    Inspecting the types takes milliseconds, and a rebalance creates many lanes at once, so it is done once
    per topic.

    Raises:
        ValueError: a field has two types in two event types that differ in more than their bounds.
    """
    tag = str(schema.events[0].__struct_config__.tag_field)
    # The parser asks for the event type first, then for the version.
    rules = {tag: _FieldRule(TAG, high=LARGEST_TEXT), _VERSION: _FieldRule(INT)}
    infos = [inspect.type_info(struct) for struct in schema.events]
    structs = [info for info in infos if isinstance(info, inspect.StructType)]
    for info in structs:
        for field in info.fields:
            name, rule = field.encode_name, _rule(field.type)
            rules[name] = rule if name == _VERSION else _both(name, rules.get(name, rule), rule)
    # A field's index, over all event types of the topic; also its bit in the sets of ``_event_type``.
    places = {name: at for at, name in enumerate(rules)}
    return _Tables(rules, [_event_type(info, rules, places, schema) for info in structs])


def _both(name: str, rule: _FieldRule, other: _FieldRule) -> _FieldRule:
    """A rule with the wider bounds of two."""
    if (rule.kind, rule.choices) != (other.kind, other.choices) or (
        rule.kind != INT and rule.high != other.high
    ):
        raise ValueError(f"{name} has two types in one topic: {rule} and {other}")
    return _FieldRule(rule.kind, min(rule.low, other.low), max(rule.high, other.high), rule.choices)


def _rule(kind: inspect.Type) -> _FieldRule:
    """The rule that a declared type states.

    Raises:
        ValueError: the parser cannot enforce it.
    """
    match kind:
        case (
            inspect.UnionType(types=[inner, inspect.NoneType()])
            | inspect.UnionType(types=[inspect.NoneType(), inner])
        ):
            return _rule(inner)
        case inspect.BoolType():
            return _FieldRule(BOOL)
        case inspect.IntType(multiple_of=None):
            low = max(_LOWEST if kind.ge is None else kind.ge, _LOWEST if kind.gt is None else kind.gt + 1)
            high = min(_HIGHEST if kind.le is None else kind.le, _HIGHEST if kind.lt is None else kind.lt - 1)
            return _FieldRule(INT, low, high)
        case inspect.StrType(pattern=None, max_length=int(most), min_length=(None | 1) as least):
            return _FieldRule(TEXT, least or 0, most)
        case inspect.LiteralType(values=[int(only)]):
            return _FieldRule(INT, only, only)
        case inspect.LiteralType(values=choices) if all(isinstance(choice, str) for choice in choices):
            return _FieldRule(TEXT, 0, LARGEST_TEXT, tuple(map(str, choices)))
    raise ValueError(f"records cannot have fields of the type {kind}")


def _event_type(
    info: inspect.StructType, rules: Mapping[str, _FieldRule], places: Mapping[str, int], schema: TopicSchema
) -> EventType:
    required = not_empty = 0
    order, narrow = [places[_VERSION]], []
    for field in info.fields:
        place, rule = places[field.encode_name], _rule(field.type)
        if field.encode_name != _VERSION:
            order.append(place)
        # Sets of fields are bit sets: bit i is the field at index i of the parser's table.
        required |= field.required << place
        not_empty |= (rule.kind == TEXT and rule.low > 0) << place
        widest = rules[field.encode_name]
        if rule.kind == INT and (rule.low, rule.high) != (widest.low, widest.high):
            narrow.append((place, rule.low, rule.high))
    any_of = [rule for rule in schema.any_of if rule.event == info.tag]
    if not any_of:
        return str(info.tag).encode(), order, required, not_empty, narrow, (0, -1, 0)
    (ask,) = any_of
    field_name, answer = ask.when or ("", 0)
    asking = places.get(field_name, -1)
    texts = sum(1 << places[name] for name in ask.fields)
    return str(info.tag).encode(), order, required, not_empty, narrow, (texts, asking, answer)
