"""Conditions of settings beyond their type. Each rule raises ValueError with the right form."""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.secret import Secret

_HOST = re.compile(
    r"(?=.{1,253}\Z)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?\Z"
)
_NAME = re.compile(r"[a-z][a-z0-9._-]{0,62}\Z")
_HOURS = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)")
_REGION = re.compile(r"[A-Za-z0-9_-]{1,32}\Z")
_LARGEST_SECRET = 65_536
OTHER = "other"
"""The label value of all regions without series of their own."""


def host(text: str) -> None:
    """Check that a text is a host name or an IP address, without a port.

    Raises:
        ValueError: it is neither.
    """
    if not _is_host(text):
        raise ValueError(f"{quoted(text)} is no host name and no IP address")


def servers(text: str) -> None:
    """Check for ``host:port``, several separated by commas.

    Raises:
        ValueError: a server is wrong, or there is none.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise ValueError("it is empty; write host:port, several separated by commas")
    for part in parts:
        place, _, port = part.rpartition(":")
        if place.startswith("[") and place.endswith("]"):
            place = place[1:-1]
        # A user and a password do not belong here: if they are, they are not shown.
        subject = "it" if "@" in part else quoted(part)
        if not place:
            raise ValueError(f"{subject} has no port; write host:port, several separated by commas")
        if not _is_host(place):
            raise ValueError(f"{subject} is not host:port; several are separated by commas, without a scheme")
        # Six digits are enough to see that a port is too large; thousands of them would be slow to convert.
        if not (port.isascii() and port.isdecimal() and 0 < int(port[:6]) < 1 << 16):
            raise ValueError(f"{subject} has no port between 1 and 65535")


def http_address(address: Secret) -> None:
    """Check for a URL with ``http://`` or ``https://``.

    Raises:
        ValueError: it is none; the message quotes nothing from it.
    """
    _url(address.reveal(), ("http", "https"), "http://host:9090")


def is_http(text: str) -> bool:
    """Whether a text is an address of the web; it may hold a path and what follows a question mark."""
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and _is_host(parts.hostname or "") and parts.port != 0
    except ValueError:
        return False


def web_address(text: str) -> None:
    """Check for a URL with ``http://`` or ``https://``, as it stands in links.

    Raises:
        ValueError: it is none.
    """
    _url(text, ("http", "https"), "https://grafana.example.com")


def dead_man(address: Secret) -> None:
    """Empty, or a URL with ``http://`` or ``https://``, which may hold a key in its path or after ``?``.

    Raises:
        ValueError: it is neither; the message quotes nothing from it.
    """
    if address and not is_http(address.reveal()):
        raise ValueError("it is no http:// or https:// address; write https://beats.example.com/key")


def hours(text: str) -> None:
    """Check for two times of a day, the second one later: ``08:00-20:00``.

    Raises:
        ValueError: it is something else.
    """
    span = _HOURS.fullmatch(text)
    if not span or span[1] >= span[2]:
        raise ValueError(f"{quoted(text)} is no part of a day; write 08:00-20:00, at most until 24:00")


def timezone(text: str) -> None:
    """Check for a name of the tz database; UTC is right also where there is none.

    Raises:
        ValueError: it is none.
    """
    try:
        if text != "UTC":
            ZoneInfo(text)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise ValueError(f"{quoted(text)} is no time zone; write UTC or Europe/Berlin") from error


def token_endpoint(address: Secret) -> None:
    """Empty, or as ``http_address`` but without a user, because the client's id and secret are used instead.

    Raises:
        ValueError: it is neither.
    """
    if not address:
        return
    http_address(address)
    if "@" in address.reveal():
        raise ValueError("it holds a user: put it into PULSE_KAFKA_OAUTH_CLIENT_ID and _CLIENT_SECRET")


def token(secret: Secret) -> None:
    """Check that a text can be sent in a header: ASCII without spaces.

    Raises:
        ValueError: it cannot; the message quotes nothing from it.
    """
    if not all("!" <= character <= "~" for character in secret.reveal()):
        raise ValueError("it holds a space or a character that is not ASCII: no caller could send it")


def name(text: str) -> None:
    """Check that a text can begin the name of a topic, a group and a transactional id.

    Raises:
        ValueError: it cannot.
    """
    if not _NAME.match(text):
        raise ValueError(
            f"{quoted(text)} is not a small letter and up to 62 small letters, digits, dots, hyphens "
            "and underscores"
        )


def regions(chosen: Mapping[str, tuple[str, ...]]) -> None:
    """Check the regions of each app; none may be repeated.

    Raises:
        ValueError: one is repeated, or cannot be a label value.
    """
    for app, names in chosen.items():
        for region in names:
            if not _REGION.match(region) or region == OTHER:
                raise ValueError(f"{quoted(region)} of {app} is no region; write them as US or GB")
        if twice := sorted({region for region in names if names.count(region) > 1}):
            raise ValueError(f"{app} names {', '.join(twice)} twice")


def folder(path: str) -> None:
    """Check that a folder can be written to, or created.

    Raises:
        ValueError: it cannot.
    """
    if not path:
        return
    nearest = Path(path).expanduser().absolute()
    while not os.path.lexists(nearest):
        nearest = nearest.parent
    if not nearest.is_dir():
        raise ValueError(f"{nearest} is no folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise ValueError(f"the folder {nearest} cannot be written to")


def existing_folder(path: str) -> None:
    """Check that a folder exists and can be read.

    Raises:
        ValueError: it does not, or cannot.
    """
    if path and not (Path(path).is_dir() and os.access(path, os.R_OK | os.X_OK)):
        raise ValueError(f"{quoted(path)} is no folder that can be read")


def readable_file(path: str) -> None:
    """Check that a file can be read.

    Raises:
        ValueError: it cannot.
    """
    try:
        if path:
            with open(path, "rb"):  # noqa: PTH123 - opened to see whether it can be
                pass
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from error


def plain_text(text: str) -> None:
    """Check for Unicode without control characters, because the text may be written to a log.

    Raises:
        ValueError: it is not; the message quotes nothing from it.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("it is not UTF-8") from error
    if any(character < " " or character == "\x7f" for character in text):
        raise ValueError("it holds a line break or another control character")


def secret_text(path: str) -> str:
    """The secret that a file holds, without the line break at its end.

    Args:
        path: of the file.

    Raises:
        ValueError: the file cannot be read or is empty, is too large, or holds more than a line of text; the
            message quotes nothing from it.
    """
    try:
        with Path(path).open("rb") as file:
            content = file.read(_LARGEST_SECRET + 1)
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot read {path}: {getattr(error, 'strerror', error)}") from error
    if len(content) > _LARGEST_SECRET:
        raise ValueError(f"{path} holds more than {_LARGEST_SECRET} bytes")
    try:
        text = content.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        # The error's own text would quote it.
        raise ValueError(f"{path} is not UTF-8") from error
    if not text:
        raise ValueError(f"{path} is empty")
    plain_text(text)
    return text


def quoted(text: str) -> str:
    """A text for an error line: shortened, and escaped, so that a terminal does not interpret it."""
    return ascii(text if len(text) <= 80 else text[:80] + "...")


def _is_host(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        # Four numbers are meant as an address: 300.1.2.3 is no name.
        return bool(_HOST.match(text)) and not re.fullmatch(r"[0-9.]+", text)
    return True


def _url(text: str, schemes: tuple[str, ...], example: str) -> str:
    """Check a URL's scheme, host and port; returns its path.

    Raises:
        ValueError: they are wrong; the message quotes nothing from it.
    """
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise ValueError(f"it is no address; write {example}") from error
    if parts.scheme not in schemes:
        raise ValueError(
            f"it does not begin with {' or '.join(f'{scheme}://' for scheme in schemes)}; write {example}"
        )
    beside = "within a password write # as %23, / as %2F, ? as %3F, @ as %40 and % as %25"
    if parts.query or parts.fragment or "@" in parts.path or "?" in text or "#" in text:
        raise ValueError(f"nothing may follow # or ?; {beside}")
    if "@" in parts.netloc.rpartition("@")[0]:
        raise ValueError(f"it holds several @; {beside}")
    try:
        port = parts.port
    except ValueError as error:
        raise ValueError(f"its port is no number between 1 and 65535; {beside}") from error
    if port == 0 or not _is_host(parts.hostname or ""):
        raise ValueError(f"it names no host, or port 0; write {example}")
    plain_text(unquote(parts.netloc))
    return parts.path
