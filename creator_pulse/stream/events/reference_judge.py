"""Whether bytes are a reference entry; if not, why: one reason of a closed list.

The first that applies: no value, too large, not JSON, no object, an unknown kind, then the fields in their
order (``id``, ``valid_from``, ``valid_until``, those of the kind), then the id's parts and conditions between
several fields. Nothing is coerced; fields that the kind does not have are ignored.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from creator_pulse.stream.events.benchmarks import RATIO, UNIT_OF
from creator_pulse.stream.events.fields import YEARS
from creator_pulse.stream.events.reference_entry import ALWAYS, KINDS, Entry, Kind, Ruled

if TYPE_CHECKING:
    from collections.abc import Mapping

REFERENCE_REASONS = (
    "null_value",
    "too_large",
    "not_json",
    "not_object",
    "unknown_kind",
    "missing_field",
    "wrong_type",
    "out_of_range",
    "wrong_id",
    "not_listed",
    "wrong_date",
    "unreadable",
    "failed",
)
"""Reasons of an entry, except ``unreadable``, which is that of a stored batch."""
LARGEST_ENTRY = 256 * 1024
"""Maximal bytes of an entry, as of any record."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(r"0|[1-9]\d{0,8}", re.ASCII)


class _RefusedError(Exception):
    """Its first argument is the reason."""


def judged(value: bytes | None, day_offsets: Mapping[str, int]) -> Entry | str:
    """The entry that a value of the reference topic holds, or the reason why it is none.

    Args:
        value: as in the topic; None is a deletion, and entries are never deleted.
        day_offsets: app -> hours by which its business day begins before that of UTC.
    """
    try:
        return _judged(value, day_offsets)
    except _RefusedError as refused:
        return str(refused)
    except Exception:  # noqa: BLE001 - whatever somebody wrote, every worker reads it again at each start
        return "failed"


def _judged(value: bytes | None, day_offsets: Mapping[str, int]) -> Entry:
    fields = _object(value)
    kind = KINDS.get(_of_type(fields, "kind", str))
    if kind is None:
        raise _RefusedError("unknown_kind")
    name = _of_type(fields, "id", str)
    _check_text(name, kind.id_bytes, least=1)
    since = _of_type(fields, "valid_from", int)
    if since != ALWAYS or kind.dated:
        _check_range(since, *YEARS)
    until = _until(fields, since, required=kind.ends)
    own = {field: _own(fields, field, rule) for field, rule in kind.fields.items()}
    entry = Entry(kind=str(fields["kind"]), id=name, valid_from=since, valid_until=until, **own)
    _check_parts(entry, kind)
    _check_whole(entry, day_offsets)
    return entry


def _object(value: bytes | None) -> dict[str, object]:
    if value is None:
        raise _RefusedError("null_value")
    if len(value) > LARGEST_ENTRY:
        raise _RefusedError("too_large")
    try:
        decoded = msgspec.json.decode(value)
    except msgspec.ValidationError as error:  # well-formed, with a number that nothing can hold
        raise _RefusedError("out_of_range") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _RefusedError("not_json") from error
    if not isinstance(decoded, dict):
        raise _RefusedError("not_object")
    return decoded


def _of_type(fields: dict[str, object], name: str, kind: type[int | float | bool | str]) -> Any:
    value = fields.get(name)
    if value is None:
        raise _RefusedError("missing_field")
    if kind is float and type(value) is int:
        return value
    if type(value) is not kind:
        raise _RefusedError("wrong_type")
    return value


def _own(fields: dict[str, object], name: str, rule: Ruled) -> Any:
    if not rule.required and fields.get(name) is None:
        return None
    value = _of_type(fields, name, rule.type)
    if isinstance(value, str):
        _check_text(value, int(rule.high), least=int(rule.low))
    elif rule.type is not bool:
        _check_range(value, rule.low, rule.high)
    return value


def _until(fields: dict[str, object], since: int, *, required: bool) -> int | None:
    if not required and fields.get("valid_until") is None:
        return None
    until: int = _of_type(fields, "valid_until", int)
    _check_range(until, max(YEARS[0], since + 1), YEARS[1])
    return until


def _check_text(text: str, most: int, *, least: int) -> None:
    if len(text) < least:
        raise _RefusedError("out_of_range")
    # The minimum is one of characters, the maximum one of bytes: a character may take four.
    if len(text.encode()) > most:
        raise _RefusedError("too_large")


def _check_range(value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise _RefusedError("out_of_range")


def _check_parts(entry: Entry, kind: Kind) -> None:
    if not kind.parts:
        return
    texts = entry.id.split(":")
    least = len(kind.parts) if kind.least_parts is None else kind.least_parts
    if not least <= len(texts) <= len(kind.parts) or not all(texts):
        raise _RefusedError("wrong_id")
    if any(
        listed is not None and text not in listed for text, listed in zip(texts, kind.parts, strict=False)
    ):
        raise _RefusedError("not_listed")


def _check_whole(entry: Entry, day_offsets: Mapping[str, int]) -> None:
    if entry.kind == "ledger_day":
        _, app, day = entry.id.split(":")
        # The date at the app's clock when the entry begins must be the one in its id.
        local = datetime.fromtimestamp(entry.valid_from // 1000 + day_offsets.get(app, 0) * 3_600, UTC)
        if local.date() != _day(day):
            raise _RefusedError("wrong_date")
    elif entry.kind == "void":
        assert entry.first_offset is not None
        assert entry.last_offset is not None
        if _NUMBER.fullmatch(entry.id.split(":")[1]) is None:
            raise _RefusedError("wrong_id")
        _check_range(entry.last_offset, entry.first_offset, entry.last_offset)
    elif entry.kind == "benchmark":
        assert entry.value is not None
        if entry.unit != UNIT_OF[entry.id.split(":")[2]]:
            raise _RefusedError("not_listed")
        if entry.unit == RATIO:
            _check_range(entry.value, 0, 1)


def _day(text: str) -> date:
    if _DATE.fullmatch(text) is None:
        raise _RefusedError("wrong_date")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _RefusedError("wrong_date") from error
