"""The token of a request, ``Authorization: Bearer``, compared in constant time."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp import web

    from creator_pulse.stream.secret import Secret


def has_token(request: web.Request, token: Secret) -> bool:
    """Whether a request carries the token; always False if there is none."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    sent = given.strip().encode("utf-8", "surrogateescape")
    is_right = hmac.compare_digest(sent, token.reveal().encode())
    return bool(token) and is_right and scheme.lower() == "bearer"
