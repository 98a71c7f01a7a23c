"""Access to a board that has a token: by the token itself, or by a cookie that was given for it."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from creator_pulse.stream.exposition.bearer import has_token

if TYPE_CHECKING:
    from aiohttp import web

    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.secret import Secret

LOGIN = "/login"
COOKIE = "pulse_board"
LASTS_SECONDS = 12 * 3600
"""Validity of a cookie; if the token changes, all cookies end."""
_MOST_DIGITS = 12


class Door:
    """Checks the token; holds no state of sessions.

    Args:
        token: the one that the settings give the board.
        clock: by which cookies expire.
    """

    def __init__(self, token: Secret, clock: Clock) -> None:
        self._token = token
        self._clock = clock

    def lets_in(self, request: web.Request) -> bool:
        """Whether a request carries the token, or a cookie for it that has not expired."""
        if has_token(request, self._token):
            return True
        # A cookie is its end in epoch seconds, a dot, and a signature of that number under the token.
        ends, _, sign = request.cookies.get(COOKIE, "").partition(".")
        # Checked before the signature: int() must not be given digits without end.
        if not (ends.isascii() and ends.isdigit() and len(ends) <= _MOST_DIGITS):
            return False
        is_ours = hmac.compare_digest(_bytes(sign), self._sign(ends).encode())
        return is_ours and self._clock.now_ms() < int(ends) * 1000

    def is_token(self, given: str) -> bool:
        """Whether a text is the token; compared in constant time."""
        return hmac.compare_digest(_bytes(given), self._token.reveal().encode())

    def give_cookie(self, response: web.StreamResponse, *, is_tls: bool) -> None:
        """Let a browser in for twelve hours."""
        ends = str(self._clock.now_ms() // 1000 + LASTS_SECONDS)
        response.set_cookie(
            COOKIE,
            f"{ends}.{self._sign(ends)}",
            max_age=LASTS_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=is_tls,
        )

    def _sign(self, ends: str) -> str:
        key = self._token.reveal().encode()
        return hmac.new(key, f"{COOKIE} until {ends}".encode(), hashlib.sha256).hexdigest()


def within(target: str) -> str:
    """The target of the redirect after the login: a path of this server, otherwise its first page."""
    # // and a backslash would lead to another host.
    is_path = target.startswith("/") and not target.startswith("//") and "\\" not in target
    return target if is_path and target.isascii() and target.isprintable() else "/"


def _bytes(text: str) -> bytes:
    # Whatever bytes a client sent: compare_digest takes only ASCII texts, or bytes.
    return text.encode("utf-8", "surrogateescape")
