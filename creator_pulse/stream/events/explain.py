"""Why a record is invalid: one reason of the closed list.

The fast decoder only says *that* a record breaks the contract. This walks the record slowly and in
a fixed order, so that the reason does not depend on the order of its fields: not there at all, not
JSON, not an object, event type, schema version, then the first declared field that is missing, of
the wrong type, out of range or not listed.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Literal, NoReturn, get_args, get_origin

import msgspec

from creator_pulse.stream.events.gift import STREAKABLE

if TYPE_CHECKING:
    from creator_pulse.stream.events.fields import Event
    from creator_pulse.stream.events.schema import TopicSchema


def reason_of(value: bytes | None, schema: TopicSchema) -> str:
    """The reason that the decoder rejected a record.

    Args:
        value: the record's bytes.
        schema: the topic it came from.
    """
    if value is None:
        return "null_value"
    try:
        # Decoded first: given bytes, json would also take other encodings and a byte order mark.
        found = json.loads(value.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return "not_json"
    if not isinstance(found, dict):
        return "not_object"
    return _of_object(found, schema)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _of_object(found: dict[str, object], schema: TopicSchema) -> str:
    event, version = found.get("event_type"), found.get("schema_version")
    if not isinstance(event, str):
        return "missing_field" if event is None else "wrong_type"
    struct = schema.types().get(event)
    if struct is None:
        return "event_type"
    if type(version) is not int:
        return "missing_field" if version is None else "wrong_type"
    if version != 1:
        return "schema_version"
    for field in _fields(struct):
        reason = _of_field(found.get(field.encode_name), field)
        if reason:
            return reason
    return _of_whole(found)


@cache
def _fields(struct: type[Event]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """The declared fields; msgspec would work them out anew for each record of a flood of invalid ones."""
    return msgspec.structs.fields(struct)


def _of_whole(found: dict[str, object]) -> str:
    """No single field is wrong: what two fields say together is, or there are lone surrogates in a text."""
    if found["event_type"] == "gift_sent" and found.get("gift_type") == STREAKABLE:
        asked = [found.get("group_id")]
    elif found["event_type"] == "content_removed":
        asked = [found.get("video_id"), found.get("room_id")]
    else:
        return "not_json"
    if any(asked):
        return "not_json"
    return "missing_field" if all(one is None for one in asked) else "out_of_range"


def _of_field(value: object, field: msgspec.structs.FieldInfo) -> str | None:
    if value is None:
        return "missing_field" if field.required else None
    try:
        msgspec.convert(value, field.type)
    except msgspec.ValidationError as error:
        text = str(error)
        kinds = (field.type, *get_args(field.type))
        if isinstance(value, str) and any(get_origin(kind) is Literal for kind in kinds):
            return "not_listed"
        return "out_of_range" if re.search(r"[<>]|length|range", text) else "wrong_type"
    return None
