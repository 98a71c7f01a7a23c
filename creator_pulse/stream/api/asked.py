"""Parameters of a request: unknown ones are refused, numbers and pages are bounded."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
from msgspec import Meta

from creator_pulse.stream.api.problem import wrong

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

LIMIT = 100
"""Items of a page by default."""
MOST = 1_000
"""Items of the largest page."""
LATEST_MS = 4_102_444_800_000
"""2100: the last time of the contract."""
MOST_LABEL = 256
"""Characters of a label's value; the longest id of the contract has as many bytes."""
MOST_CURSOR = 6_000
"""Characters of a cursor; the line of a request has room for few more."""
LogNumber = Annotated[int, Meta(ge=0, le=2**62)]
"""An offset or a time within a cursor."""
_START_AGAIN = "leave cursor out to begin at the first page"

T = TypeVar("T")


def only(query: Mapping[str, str], allowed: Collection[str]) -> None:
    """Refuse parameters that a route does not have, or that are given twice: no filter is ignored.

    Args:
        query: the parameters of the request by name.
        allowed: names of the route's parameters.

    Raises:
        AskedWrongError: 400, with the allowed names.
    """
    given: set[str] = set()
    # Its keys leave out what comes again; its items do not.
    for name, _ in query.items():  # noqa: PERF102 - as said
        if name in given:
            raise wrong(f"query.{name[:40]}", f"{name[:40]!r} is given twice", "give each parameter once")
        given.add(name)
        if name not in allowed:
            raise wrong(
                f"query.{name[:40]}",
                f"there is no parameter {name[:40]!r}",
                f"use some of: {', '.join(sorted(allowed)) or 'none'}",
            )


def chosen(query: Mapping[str, str], name: str, allowed: Collection[str]) -> str | None:
    """One of a few words; None if the parameter is not given.

    Raises:
        AskedWrongError: 400, with the allowed words.
    """
    text = query.get(name)
    if text is not None and text not in allowed:
        raise wrong(
            f"query.{name}",
            f"{name} {text[:40]!r} is not known",
            f"use one of: {', '.join(allowed) or 'none'}",
        )
    return text


def whole(query: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """A whole number within bounds.

    Args:
        query: the parameters of the request by name.
        name: of the parameter to parse.
        default: value if it is not given.
        least: the smallest number that is accepted.
        most: the largest number that is accepted.

    Raises:
        AskedWrongError: 400, with the bounds.
    """
    text = query.get(name)
    if text is None:
        return default
    # Digits beyond these few are no number within any bound, and slow to read.
    number = int(text) if len(text) <= 15 and text.isascii() and text.isdigit() else None
    if number is None or not least <= number <= most:
        raise wrong(
            f"query.{name}", f"{name} is {text[:40]!r}", f"give a whole number from {least} to {most}"
        )
    return number


def limit(query: Mapping[str, str]) -> int:
    """The number of items on a page: 100 by default, at most 1,000.

    Raises:
        AskedWrongError: 400.
    """
    return whole(query, "limit", LIMIT, 1, MOST)


def span(query: Mapping[str, str], now_ms: int, default_ms: int) -> tuple[int, int]:
    """``from`` and ``to`` in epoch ms, from inclusive, to exclusive; by default the time up to now.

    Raises:
        AskedWrongError: 400: no number, or an empty span.
    """
    until = whole(query, "to", now_ms, 1, LATEST_MS)
    since = whole(query, "from", max(until - default_ms, 0), 0, LATEST_MS)
    if since >= until:
        raise wrong("query.from", f"from {since} is not before to {until}", "give epoch ms with from < to")
    return since, until


def cursor(text: str, kind: type[T]) -> T:
    """The position that a cursor encodes.

    Raises:
        AskedWrongError: 400: no page has given this cursor.
    """
    try:
        text = text if len(text) <= MOST_CURSOR else ""
        # The padding that ``to_cursor`` strips: base64 comes in groups of four characters.
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(packed, type=kind)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise wrong(
            "query.cursor", "the cursor is not one that a page of this route gave", _START_AGAIN
        ) from error


def to_cursor(place: object) -> str:
    """A position as text that needs no escaping in a URL."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def page(items: Sequence[T], query: Mapping[str, str]) -> tuple[list[T], str | None]:
    """The requested page of a list, and the cursor of the next one.

    Raises:
        AskedWrongError: 400: an invalid limit or cursor.
    """
    count, at = limit(query), cursor(query["cursor"], LogNumber) if "cursor" in query else 0
    if at > len(items):
        raise wrong("query.cursor", "the cursor points outside of the list", _START_AGAIN)
    end = at + count
    return list(items[at:end]), to_cursor(end) if end < len(items) else None
