"""Secret texts: they are printed as ``***``."""

from __future__ import annotations

from typing import final
from urllib.parse import urlsplit

HIDDEN = "***"


class Secret:
    """A password or token; only ``reveal`` returns it, for the library that sends it.

    For example, ``str(Secret("hunter2"))`` is ``***``.

    Args:
        text: the secret; empty: there is none.
        file: the file from which it was read; empty: from none.
    """

    __slots__ = ("_text", "file")

    def __init__(self, text: str = "", file: str = "") -> None:
        self._text = text
        self.file = file

    @final
    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._text == self._text

    def __hash__(self) -> int:
        return hash((type(self), self._text))

    def __str__(self) -> str:
        return HIDDEN if self._text else ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class Address(Secret):
    """A URL that may hold a user and a password; it is printed without them."""

    __slots__ = ()

    def __str__(self) -> str:
        return shown(self._text)


def shown(url: str) -> str:
    """A URL without its user part, query and fragment, each of which may hold a password.

    Args:
        url: of any scheme; if it cannot be parsed, the result is ``***``.
    """
    try:
        parts = urlsplit(url)
        hosts = parts.netloc.rpartition("@")[2]
        for host in hosts.split(","):
            urlsplit(f"//{host}").port  # noqa: B018 - reading it is what finds a port that is no number
    except ValueError:
        return HIDDEN
    # A password with a bare / ? or # ends the host early and leaves its rest, with the @, behind.
    if "@" in parts.path + parts.query + parts.fragment:
        return HIDDEN
    return f"{parts.scheme}://{hosts}{parts.path}"
