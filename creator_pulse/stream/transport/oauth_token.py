"""Tokens for Kafka's OAUTHBEARER: from a file that others renew, or requested with client credentials."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

import aiohttp
import msgspec
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import AuthenticationFailedError

from creator_pulse.stream.clock import Clock, SystemClock
from creator_pulse.stream.errors import words
from creator_pulse.stream.secret import Secret

if TYPE_CHECKING:
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.tls import ClientTls

_PATIENCE = aiohttp.ClientTimeout(total=10, connect=3)
# Maximal bytes of an answer, and of a file with a token.
_LARGEST = 65_536
# Share of a token's life after which another one is requested.
_USED_FOR = 0.8
# Life of a token whose answer does not state it.
_USUAL_SECONDS = 60.0


class TokenError(AuthenticationFailedError):  # type: ignore[misc]
    """Raised when there is no token to send; its text names the setting."""


class _TokenAnswer(msgspec.Struct, frozen=True):
    """The answer of a token endpoint (RFC 6749, section 5.1)."""

    access_token: str
    expires_in: float = _USUAL_SECONDS


class FileTokens(AbstractTokenProvider):  # type: ignore[misc]
    """Reads a file anew for each connection: whoever wrote it renews it.

    Args:
        path: of the file that holds the token.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    async def token(self) -> str:
        """The token.

        Raises:
            TokenError: the file cannot be read, or holds none.
        """
        try:
            content = await asyncio.to_thread(self._read)
        except OSError as error:
            raise TokenError(
                f"PULSE_KAFKA_OAUTH_TOKEN_FILE: cannot read {self._path}: {error.strerror}"
            ) from error
        text = content.decode("ascii", "replace").strip()
        if not text or not text.isprintable() or not text.isascii() or len(content) > _LARGEST:
            raise TokenError(f"PULSE_KAFKA_OAUTH_TOKEN_FILE: {self._path} holds no token")
        return text

    def _read(self) -> bytes:
        with Path(self._path).open("rb") as file:
            return file.read(_LARGEST + 1)


@dataclass(slots=True)
class AskedTokens(AbstractTokenProvider):  # type: ignore[misc]
    """Requests tokens with client credentials (RFC 6749, section 4.4); each is used for most of its lifetime.

    Attributes:
        endpoint: URL of the token endpoint.
        client_id: of the client.
        secret: of the client.
        scope: of the token; empty: none is named.
        tls: authorities that are trusted.
        clock: by which tokens expire.
    """

    endpoint: Secret
    client_id: str
    secret: Secret
    scope: str
    tls: ClientTls
    clock: Clock = field(default_factory=SystemClock)
    _token: Secret = field(default_factory=Secret)
    _until: float = float("-inf")

    async def token(self) -> str:
        """The token.

        Raises:
            TokenError: the endpoint does not answer, refuses, or gives no token.
        """
        now = self.clock.monotonic()
        if now >= self._until:
            answer = await self._ask()
            self._token, self._until = Secret(answer.access_token), now + _USED_FOR * answer.expires_in
        return self._token.reveal()

    async def _ask(self) -> _TokenAnswer:
        form = {"grant_type": "client_credentials"} | ({"scope": self.scope} if self.scope else {})
        # Each part is encoded before it is joined to the other (RFC 6749, section 2.3.1).
        login = f"{quote_plus(self.client_id)}:{quote_plus(self.secret.reveal())}".encode()
        headers = {"Authorization": f"Basic {base64.b64encode(login).decode()}"}
        where = f"PULSE_KAFKA_OAUTH_ENDPOINT: {self.endpoint}"
        url = self.endpoint.reveal()
        context = self.tls.context() if url.startswith("https:") else True
        try:
            async with (
                aiohttp.ClientSession(timeout=_PATIENCE) as session,
                session.post(url, data=form, headers=headers, ssl=context, allow_redirects=False) as answer,
            ):
                body = await answer.content.read(_LARGEST)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TokenError(f"{where} does not answer: {words(error)}") from error
        if answer.status in {400, 401, 403}:
            raise TokenError(
                f"{where} refuses PULSE_KAFKA_OAUTH_CLIENT_ID, _CLIENT_SECRET or _SCOPE ({answer.status})"
            )
        try:
            token = msgspec.json.decode(body, type=_TokenAnswer)
        except msgspec.DecodeError:
            # The error, or the answer in it, could hold a token.
            raise TokenError(f"{where} answers {answer.status}, and no token") from None
        if not token.access_token or not token.access_token.isprintable():
            raise TokenError(f"{where} gives no token")
        return token


def token_provider(settings: Settings) -> AbstractTokenProvider:
    """The provider that the settings choose; the same for all clients, so that they share one token."""
    if settings.kafka_oauth_token_file:
        return FileTokens(settings.kafka_oauth_token_file)
    return _asked(
        settings.kafka_oauth_endpoint,
        settings.kafka_oauth_client_id,
        settings.kafka_oauth_client_secret,
        settings.kafka_oauth_scope,
        settings.kafka_oauth_tls,
    )


_asked = cache(AskedTokens)
