"""Decides whether a record is valid, and names the one reason why not.

The first that applies: ``null_value``, ``not_json``, ``not_object``, then ``event_type`` (missing,
not a string, not of this topic), then ``schema_version`` (missing, not an int, not 1), then the
first listed field in declared order that is missing, of the wrong type, out of range or not listed,
then ``no_rate``, then ``future_time``. An empty required string is out of range.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

from creator_pulse.stream.synthetic.fields import FIELDS, Field

if TYPE_CHECKING:
    from creator_pulse.stream.synthetic.references import References

Event = dict[str, object]
_SCHEMA_VERSION = 1


def decode(value: bytes | None) -> Event | str:
    """Read one JSON object, strictly.

    Args:
        value: a record's bytes.

    Returns:
        The object, or the reason why there is none. NaN, infinities, a byte order mark, bytes that
        are not UTF-8 and lone surrogates are not JSON here.
    """
    if value is None:
        return "null_value"
    try:
        text = value.decode()
        found = _DECODER.decode(text)
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return "not_json"
    return found if isinstance(found, dict) else "not_object"


def check(topic: str, event: Event) -> str | None:
    """The first reason that makes an object invalid by its fields alone, else None.

    Args:
        topic: name without prefix.
        event: the decoded object.
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
    return reason or _check_whole(event)


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


def has_rate(event: Event, references: References) -> bool:
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
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _check_version(version: object) -> str | None:
    if version is None:
        return "missing_field"
    if type(version) is not int:
        return "wrong_type"
    return None if version == _SCHEMA_VERSION else "schema_version"


def _check_whole(event: Event) -> str | None:
    """What was removed must be named, by a video or a room."""
    if event["event_type"] != "content_removed" or event.get("video_id") or event.get("room_id"):
        return None
    unnamed = event.get("video_id") is None and event.get("room_id") is None
    return "missing_field" if unnamed else "out_of_range"


def _check_field(field: Field, event: Event) -> str | None:
    name, kind, required, low, high, listed = field
    value = event.get(name)
    if value is None:
        missing = required or (name == "group_id" and event["gift_type"] == 1)
        return "missing_field" if missing else None
    if type(value) is not kind:
        return "wrong_type"
    if kind is int:
        assert isinstance(value, int)
        return None if low <= value <= high else "out_of_range"
    if listed is not None:
        return None if value in listed else "not_listed"
    if value == "" and (required or (name == "group_id" and event["gift_type"] == 1)):
        return "out_of_range"
    return None
