"""Which fields of a topic's records become which columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import inspect

from creator_pulse.stream.native.codes import Dictionary
from creator_pulse.stream.native.rows import BOOL, ID, INT, SPAN, TAG, TEXT, Parser

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from creator_pulse.stream.events.fields import Event
    from creator_pulse.stream.events.schema import TopicSchema
    from creator_pulse.stream.native.hash_key import HashKey

ALWAYS = ("event_time", "ingest_time", "is_test")
"""Columns of every topic."""
STAMP = "ingest_time"
"""The field whose number is no part of a record's content: it says when the gateway took it."""
_ID = "event_id"
_MOST_TEXTS = 1 << 19
"""Distinct texts that are remembered, of all columns: some are free text, so there may be any number."""
_MOST_BYTES = 64 << 20
"""Of these texts."""
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class _Plain:
    """A field that the fast path can read.

    Attributes:
        kind: of the value.
        low: lowest integer, or shortest length.
        high: highest integer.
        choices: the only texts it may have; empty: any.
    """

    kind: int
    low: int = 0
    high: int = 0
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    """What the fast path knows of a topic; many lanes read it.

    Attributes:
        fields: those that it can read, in their order of places.
        types: of each event type its name, and the fields that may, must, and must not be null, as bits.
    """

    fields: Mapping[str, _Plain]
    types: Sequence[tuple[bytes, int, int, int]]


class Layout:
    """The columns of one topic.

    Args:
        schema: the topic.
        kept: fields that something reads, besides ``ALWAYS`` and those of the topic's rules.
        key: of the installation.

    Attributes:
        key: as given.
        record_key: the field that a record's key repeats.
        ints: column of integers and booleans -> its place.
        flags: those of ``ints`` that are booleans.
        texts: column of texts -> its place.
        dictionaries: the distinct texts, by place.
        spans: text kept by its place in the data -> its place.
        parser: the fast path.
    """

    def __init__(self, schema: TopicSchema, kept: Collection[str], key: HashKey) -> None:
        self.key = key
        self.record_key = schema.record_key
        known = _known(schema)
        plain = known.fields
        spanned = schema.spanned
        # A closed dictionary is also what refuses a text that is not listed.
        listed = {name for name, one in plain.items() if one.choices}
        wanted = {*kept, *listed, *ALWAYS, schema.record_key, *_of_streaks(schema), *_of_keys(schema)}
        self.ints = _numbered(plain, wanted, (INT, BOOL))
        self.flags = frozenset(name for name in self.ints if plain[name].kind == BOOL)
        self.texts = _numbered(plain, wanted - {*spanned, _ID}, (TEXT,))
        self.spans = {name: at for at, name in enumerate(spanned)}
        self.dictionaries = [
            Dictionary(key, plain[name].choices, closed=bool(plain[name].choices)) for name in self.texts
        ]
        self._open = [
            one for name, one in zip(self.texts, self.dictionaries, strict=True) if not plain[name].choices
        ]
        tag = (str(schema.events[0].__struct_config__.tag_field).encode(), TAG, -1, 0, 0)
        fields = [(name.encode(), *self._read_as(name, one)) for name, one in plain.items()]
        sizes = len(self.ints), len(self.spans)
        self.parser = Parser(key, [*fields, tag], known.types, self.dictionaries, *sizes, STAMP.encode())

    @property
    def full(self) -> bool:
        """Whether there are very many texts."""
        return (
            sum(map(len, self.dictionaries)) > _MOST_TEXTS
            or sum(one.size for one in self.dictionaries) > _MOST_BYTES
        )

    def trim(self) -> None:
        """Forget texts where there are very many, all but the listed ones; no codes may be in use."""
        if self.full:
            for one in self._open:
                one.clear()

    def _read_as(self, name: str, one: _Plain) -> tuple[int, int, int, int]:
        if name == _ID:
            return ID, 0, one.low, one.high
        if name in self.spans:
            return SPAN, self.spans[name], one.low, one.high
        column = self.ints.get(name, self.texts.get(name, -1))
        return one.kind, column, one.low, one.high


def _of_streaks(schema: TopicSchema) -> tuple[str, ...]:
    rule = schema.streaks
    return () if rule is None else (rule.when[0], rule.end, rule.count, rule.unit, *rule.between)


def _of_keys(schema: TopicSchema) -> tuple[str, ...]:
    return tuple(name for rule in schema.keyed for name in rule.fields)


def _numbered(
    plain: Mapping[str, _Plain], wanted: Collection[str | None], kinds: tuple[int, ...]
) -> dict[str, int]:
    names = [name for name, one in plain.items() if name in wanted and one.kind in kinds]
    return {name: at for at, name in enumerate(names)}


@cache
def _known(schema: TopicSchema) -> _Known:
    """The fields that the fast path knows, with the strictest of their rules over all event types.

    A record with any other field is left to the strict decoder. To inspect the types takes
    milliseconds, and a rebalance makes many lanes at once: it is done once for all of a topic.
    """
    found: dict[str, _Plain | None] = {}
    infos = []
    for struct in schema.events:
        info = inspect.type_info(struct)
        assert isinstance(info, inspect.StructType)
        infos.append((struct, info))
        for field in info.fields:
            one = _plain(field.type)
            if field.encode_name in found:
                one = _both(found[field.encode_name], one)
            found[field.encode_name] = one
    plain = {name: one for name, one in found.items() if one is not None}
    places = {name: at for at, name in enumerate(plain)}
    return _Known(plain, [_masks(struct, info, places, schema) for struct, info in infos])


def _both(one: _Plain | None, other: _Plain | None) -> _Plain | None:
    if one is None or other is None or (one.kind, one.choices) != (other.kind, other.choices):
        return None
    return _Plain(one.kind, max(one.low, other.low), min(one.high, other.high), one.choices)


def _plain(kind: inspect.Type) -> _Plain | None:
    if isinstance(kind, inspect.UnionType):
        some = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        return _plain(some[0]) if len(some) == 1 else None
    if isinstance(kind, inspect.BoolType):
        return _Plain(BOOL)
    if isinstance(kind, inspect.IntType) and kind.multiple_of is None:
        low = max(_LOWEST if kind.ge is None else kind.ge, _LOWEST if kind.gt is None else kind.gt + 1)
        high = min(_HIGHEST if kind.le is None else kind.le, _HIGHEST if kind.lt is None else kind.lt - 1)
        return _Plain(INT, low, high)
    if isinstance(kind, inspect.StrType) and kind.pattern is None and kind.max_length is None:
        return _Plain(TEXT, kind.min_length or 0)
    if isinstance(kind, inspect.LiteralType):
        return _of_choices(kind.values)
    return None


def _of_choices(values: tuple[Any, ...]) -> _Plain | None:
    if all(isinstance(one, str) for one in values):
        return _Plain(TEXT, choices=values)
    return _Plain(INT, values[0], values[0]) if len(values) == 1 and type(values[0]) is int else None


def _masks(
    struct: type[Event], info: inspect.StructType, places: Mapping[str, int], schema: TopicSchema
) -> tuple[bytes, int, int, int]:
    """Name, and the fields that may, must, and must not be null, as bits."""
    tag = str(info.tag).encode()
    covered = schema.streaks is not None and schema.streaks.event == info.tag
    if hasattr(struct, "__post_init__") and not covered:
        return tag, 0, 0, 0  # nobody here knows what it checks: no record of this type is plain
    allowed = 1 << len(places)
    required = allowed
    not_null = allowed
    for field in info.fields:
        bit = 1 << places[field.encode_name] if field.encode_name in places else 0
        allowed |= bit
        required |= bit if field.required else 0
        nullable = isinstance(field.type, inspect.UnionType) and any(
            isinstance(one, inspect.NoneType) for one in field.type.types
        )
        not_null |= 0 if nullable else bit
    return tag, allowed, required, not_null
