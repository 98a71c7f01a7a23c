"""Why a record is invalid: one reason of the closed list.

The fast decoder only says *that* a record breaks the contract. This walks the record slowly and in
a fixed order, so that the reason does not depend on the order of its fields: not there at all, not
JSON, not an object, event type, schema version, then the first declared field that is missing, of
the wrong type, out of range or not listed.
"""

from __future__ import annotations

import json
import re
from typing import Literal, NoReturn, get_args, get_origin

import msgspec

from stream.events.gift import STREAKABLE
from stream.events.schema import TopicSchema


def reason_of(value: bytes | None, schema: TopicSchema) -> str:
    """The reason that the decoder rejected a record.

    Args:
        value: the record's bytes.
        schema: the topic it came from.
    """
    if value is None:
        return "null_value"
    try:
        found = json.loads(value, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return "not_json"
    if not isinstance(found, dict):
        return "not_object"
    return _of_object(found, schema)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _of_object(found: dict[str, object], schema: TopicSchema) -> str:
    event, version = found.get("event_type"), found.get("schema_version")
    if event is None:
        return "missing_field"
    if not isinstance(event, str):
        return "wrong_type"
    struct = schema.types().get(event)
    if struct is None:
        return "event_type"
    if type(version) is int and version != 1:
        return "schema_version"
    for field in msgspec.structs.fields(struct):
        name = field.encode_name
        if found.get(name) is None:
            if field.required:
                return "missing_field"
            continue
        reason = _of_field(found[name], field.type)
        if reason:
            return reason
    return _of_whole(found)


def _of_whole(found: dict[str, object]) -> str:
    """No single field is wrong: a streakable gift without its streak, or text that only ``json`` takes.

    The latter are byte order marks, other encodings and lone surrogates.
    """
    if found["event_type"] != "gift_sent" or found.get("gift_type") != STREAKABLE or found.get("group_id"):
        return "not_json"
    return "missing_field" if found.get("group_id") is None else "out_of_range"


def _of_field(value: object, kind: object) -> str | None:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        text = str(error)
        if any(get_origin(part) is Literal for part in (kind, *get_args(kind))) and isinstance(value, str):
            return "not_listed"
        return "out_of_range" if re.search(r"[<>]|length|range", text) else "wrong_type"
    return None
