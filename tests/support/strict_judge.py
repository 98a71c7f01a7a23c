"""What the declared types say of one record, by other means than the engine's: json, and msgspec by field."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Literal, NoReturn, get_args, get_origin

import msgspec

from creator_pulse.stream.events.fields import LARGEST_RECORD

if TYPE_CHECKING:
    from creator_pulse.stream.events.fields import Event
    from creator_pulse.stream.events.schema import TopicSchema

DEEPEST = 100


@dataclass
class Verdict:
    """What a record is.

    Attributes:
        reason: why it is invalid; empty where it is valid.
        event: event type of a valid one.
        values: of a valid one, its fields that are not null.
        others: whether a valid one has fields that its event type does not have.
    """

    reason: str = ""
    event: str = ""
    values: dict[str, object] = field(default_factory=dict)
    others: bool = False


class Pairs(list[tuple[str, object]]):
    """An object with every name as often as it stands there."""


def judge(schema: TopicSchema, value: bytes | None) -> Verdict:
    """Judge one record alone."""
    if value is None:
        return Verdict("null_value")
    if len(value) > LARGEST_RECORD:
        return Verdict("too_large")
    try:
        read = json.loads(value.decode(), object_pairs_hook=Pairs, parse_constant=_refuse, parse_int=_integer)
        whole = _look_through(read, 0)
    except (ValueError, RecursionError):
        return Verdict("not_json")
    if not isinstance(read, Pairs):
        return Verdict("not_object")
    verdict = _of_object(schema, dict(read))
    return verdict if whole or verdict.reason else Verdict("not_json")


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _integer(digits: str) -> int:
    return int(digits) if len(digits) < 100 else (-1 if digits[0] == "-" else 1) * 10**99


def _look_through(value: object, depth: int) -> bool:
    """Whether every text can be written as UTF-8; ValueError where a value lies too deep."""
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)
    if not isinstance(value, list):
        return True
    if depth == DEEPEST:
        raise ValueError("too deep")
    inner = [part for pair in value for part in pair] if isinstance(value, Pairs) else value
    return False not in [_look_through(item, depth + 1) for item in inner]


def _of_object(schema: TopicSchema, read: dict[str, object]) -> Verdict:
    event = read.get("event_type")
    if not isinstance(event, str):
        return Verdict("missing_field" if event is None else "wrong_type")
    struct = schema.types().get(event)
    if struct is None:
        return Verdict("event_type")
    reasons = [
        _of_version(read.get("schema_version")),
        *(_of_field(read.get(name), kind, required=required) for name, required, kind in _fields(struct)),
        _of_whole(schema, event, read),
    ]
    if reason := next(filter(None, reasons), None):
        return Verdict(reason)
    names = {name for name, *_ in _fields(struct)}
    values = {name: one for name, one in read.items() if name in names and one is not None}
    return Verdict("", event, values, bool(read.keys() - names - {"event_type"}))


def _of_version(version: object) -> str | None:
    if type(version) is not int:
        return "missing_field" if version is None else "wrong_type"
    return None if version == 1 else "schema_version"


@cache
def _fields(struct: type[Event]) -> list[tuple[str, bool, object]]:
    """Name, whether it is required, and type without None, in declared order."""
    rows = []
    for declared in msgspec.structs.fields(struct):
        parts = [part for part in get_args(declared.type) if part is not NoneType]
        optional = NoneType in get_args(declared.type)
        rows.append((declared.encode_name, declared.required, parts[0] if optional else declared.type))
    return rows


def _of_field(value: object, kind: object, *, required: bool) -> str | None:
    if value is None:
        return "missing_field" if required else None
    base, choices = _parts(kind)
    if type(value) is not base:
        return "wrong_type"
    if choices and value not in choices:
        return "not_listed"
    if isinstance(value, str) and not choices:
        (largest,) = [meta.max_length for meta in get_args(kind)[1:]]
        if len(value.encode(errors="surrogatepass")) > largest:
            return "too_large"
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return "out_of_range"
    return None


def _parts(kind: object) -> tuple[object, tuple[object, ...]]:
    """The Python type of a declared one, and the only values it may have."""
    if get_origin(kind) is Literal:
        return type(get_args(kind)[0]), get_args(kind)
    return (get_args(kind)[0] if get_args(kind) else kind), ()


def _of_whole(schema: TopicSchema, event: str, read: dict[str, object]) -> str | None:
    for rule in schema.any_of:
        asks = rule.when is None or read.get(rule.when[0]) == rule.when[1]
        given = [read.get(name) for name in rule.fields]
        if rule.event == event and asks and not any(given):
            return "missing_field" if all(item is None for item in given) else "out_of_range"
    return None
