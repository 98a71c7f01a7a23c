"""Decides whether a record is valid, and names the one reason why not.

The first that applies: ``null_value``, ``too_large`` (the record), ``not_json``, ``not_object``, then
``event_type`` (missing, not a string, not of this topic), then ``schema_version`` (missing, not an int,
not 1), then the first listed field in declared order that is missing, of the wrong type, out of range,
too large or not listed, then what two fields say together, then ``not_json`` for half of a pair of
surrogates anywhere, then ``no_rate``, then ``future_time``. An empty required string is out of range.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NoReturn

from creator_pulse.proof.ledger.fields import FIELDS, Field

if TYPE_CHECKING:
    from creator_pulse.proof.ledger.references import RateBook

Event = dict[str, object]
_SCHEMA_VERSION = 1
_MOST_BYTES = 262_144
_MOST_LEVELS = 100
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)")


def decode(value: bytes | None) -> Event | str:
    """Read one JSON object, strictly.

    Args:
        value: a record's bytes; None: a null value.

    Returns:
        The object, or the reason why there is none. NaN, infinities, a byte order mark, bytes that
        are not UTF-8 and more than 100 levels of nesting are not JSON here. Of a name that an object has
        several times, the last value holds.
    """
    if value is None:
        return "null_value"
    if len(value) > _MOST_BYTES:
        return "too_large"
    try:
        text = value.decode()
        record = _read(text)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        return "not_json"
    if _too_deep(text):
        return "not_json"
    return record if isinstance(record, dict) else "not_object"


def check(topic: str, event: Event, value: bytes) -> str | None:
    """The first reason that makes an object invalid by its fields alone, else None.

    Args:
        topic: input topic without prefix, for example ``gift``.
        event: the object that ``decode`` returned.
        value: the bytes that it was decoded from.
    """
    kind = event.get("event_type")
    if not isinstance(kind, str):
        return "missing_field" if kind is None else "wrong_type"
    fields = FIELDS[topic].get(kind)
    if fields is None:
        return "event_type"
    reason = _check_version(event.get("schema_version"))
    if reason is None:
        for field in fields:
            reason = _check_field(field, event)
            if reason is not None:
                break
    reason = reason or _check_whole(event)
    if reason is None and b"\\u" in value and _lone_surrogate(value.decode()):
        return "not_json"
    return reason


def rated_at(event: Event) -> int:
    """The time whose rates hold: of the original event for what takes back, else of the event.

    Args:
        event: a valid object. ``original_event_time`` counts only where it is a field of the type, and
            of a top-up only once it was completed or has failed.
    """
    time_ms = event.get("original_event_time") if event["event_type"] in _TAKING_BACK else None
    time_ms = event["event_time"] if time_ms is None else time_ms
    assert isinstance(time_ms, int)
    return time_ms


def has_rate(event: Event, references: RateBook) -> bool:
    """Whether the event's currency, where it has one, has a rate at its time."""
    if event["event_type"] not in _WITH_CURRENCY:
        return True
    return references.fx(str(event["currency"]), rated_at(event)) is not None


def _carrying(name: str) -> frozenset[str]:
    """Event types that have a field."""
    return frozenset(
        event
        for events in FIELDS.values()
        for event, fields in events.items()
        if any(field.name == name for field in fields)
    )


_WITH_CURRENCY = _carrying("currency")
_TAKING_BACK = _carrying("original_event_time") - {"topup_completed", "topup_failed"}


def _refuse(name: str) -> NoReturn:
    raise json.JSONDecodeError(f"{name} is not JSON", name, 0)


def _any_int(digits: str) -> int:
    """An integer of any length: beyond 64 bits only that it is so matters, and Python reads 4,300 digits."""
    # Python refuses integers of over 4,300 digits; 30 digits are out of every range as well.
    return int(digits[:30])


_DECODER = json.JSONDecoder(parse_constant=_refuse)
_LONG_NUMBERS = json.JSONDecoder(parse_constant=_refuse, parse_int=_any_int)


def _read(text: str) -> object:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError:
        raise
    except ValueError:
        return _LONG_NUMBERS.decode(text)


def _too_deep(text: str) -> bool:
    """Whether sound JSON has objects and arrays within one another beyond the limit."""
    # Cheap, and true of nearly every record: so few brackets cannot nest deeper.
    if text.count("{") + text.count("[") <= _MOST_LEVELS:
        return False
    level = 0
    # Brackets within texts do not nest.
    for mark in _STRING.sub("", text):
        level += (mark in "{[") - (mark in "}]")
        if level > _MOST_LEVELS:
            return True
    return False


def _lone_surrogate(text: str) -> bool:
    """Whether sound JSON has half of a pair of surrogates, in a value or a name, also of one said again."""
    half_ends = -1
    for escape in _ESCAPE.finditer(text):
        point = int(escape[1] or "0", 16)
        # A low half is right exactly after a high half.
        follows = escape.start() == half_ends
        if (half_ends >= 0 and not follows) or follows != (0xDC00 <= point <= 0xDFFF):
            return True
        half_ends = escape.end() if 0xD800 <= point <= 0xDBFF else -1
    return half_ends >= 0


def _check_version(version: object) -> str | None:
    if version is None:
        return "missing_field"
    if type(version) is not int:
        return "wrong_type"
    return None if version == _SCHEMA_VERSION else "schema_version"


def _check_whole(event: Event) -> str | None:
    """A gift that can streak names its streak; a removal names a video or a room."""
    if event["event_type"] == "gift_sent" and event["gift_type"] == 1:
        required = [event.get("group_id")]
    elif event["event_type"] == "content_removed":
        required = [event.get("video_id"), event.get("room_id")]
    else:
        return None
    if any(required):
        return None
    # Empty texts are there, and are out of range: that is another reason.
    return "missing_field" if all(value is None for value in required) else "out_of_range"


def _check_field(field: Field, event: Event) -> str | None:
    name, kind, required, low, high, listed, most = field
    value = event.get(name)
    if value is None:
        return "missing_field" if required else None
    if type(value) is not kind:
        return "wrong_type"
    if kind is int:
        assert isinstance(value, int)
        return None if low <= value <= high else "out_of_range"
    if listed is not None:
        return None if value in listed else "not_listed"
    if isinstance(value, str) and len(value.encode("utf-8", "surrogatepass")) > most:
        return "too_large"
    return "out_of_range" if required and value == "" else None
