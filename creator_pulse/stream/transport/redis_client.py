"""The only place that builds a client of Redis, by the settings."""

from __future__ import annotations

import ssl
from socket import gaierror
from typing import TYPE_CHECKING, Any, Protocol, cast

from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisClusterException, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError

from creator_pulse.stream.errors import words
from creator_pulse.stream.redis_place import RedisPlace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from creator_pulse.stream.settings import Settings

REDIS_ERRORS = (RedisError, RedisClusterException, OSError)
"""Errors of a client if Redis does not do as asked; the second one if no node of a cluster answers."""
_CONNECT_SECONDS = 2.0
# What needs no guess: a wrong password, the server's certificate, nobody there, no such host.
_SAYS_WHY = (AuthenticationError, ssl.SSLCertVerificationError, ConnectionRefusedError, gaierror)


class RedisClient(Protocol):
    """The commands that the project uses, whichever kind of Redis it is."""

    async def eval(self, script: str, numkeys: int, *keys_and_args: str | int | bytes) -> Any:
        """Run a script; its keys share one slot of a cluster."""
        ...

    def hscan_iter(
        self, name: str, match: str | None = None, count: int | None = None
    ) -> AsyncIterator[tuple[bytes, bytes]]:
        """Fields and values of a hash; a field may come twice."""
        ...

    async def hgetall(self, name: str) -> Mapping[bytes, bytes]:
        """All fields and values of a hash."""
        ...

    async def exists(self, *names: str) -> int:
        """How many of the keys exist."""
        ...

    async def delete(self, *names: str) -> int:
        """Remove keys; how many existed."""
        ...

    async def aclose(self) -> None:
        """Let go of the connections."""
        ...


def redis_client(settings: Settings, patience: float) -> RedisClient:
    """A client that connects only when it is asked something, and never retries.

    Args:
        settings: address, certificate authorities and certificate.
        patience: seconds to wait for an answer.

    Raises:
        SettingsError: a file of a certificate cannot be read.
    """
    place = RedisPlace.of(settings.redis.reveal())
    timeouts = {"socket_timeout": patience, "socket_connect_timeout": min(patience, _CONNECT_SECONDS)}
    tls = _tls(settings, place)
    once = Retry(NoBackoff(), 0)
    common: dict[str, Any] = {**timeouts, **tls, "protocol": 2, "retry": once}
    login: dict[str, Any] = {"username": place.user or None, "password": place.password or None}
    client: Any
    if place.kind == "socket":
        client = Redis(unix_socket_path=place.socket, db=place.database, **login, **common)
    elif place.kind == "cluster":
        nodes = [ClusterNode(host, port) for host, port in place.hosts]
        client = RedisCluster(startup_nodes=nodes, **login, **common)
    elif place.kind == "sentinel":
        asking = {
            **common,
            "username": place.sentinel_user or None,
            "password": place.sentinel_password or None,
        }
        sentinels = Sentinel(list(place.hosts), sentinel_kwargs=asking)  # type: ignore[no-untyped-call]
        client = sentinels.master_for(
            place.service, redis_class=_Elected, db=place.database, **login, **common
        )
    else:
        ((host, port),) = place.hosts
        client = Redis(host=host, port=port, db=place.database, **login, **common)
    # The library types its blocking and its asynchronous clients at once.
    return cast("RedisClient", client)


def redis_trouble(settings: Settings, error: Exception) -> str:
    """Why Redis does not do as asked, in one line.

    By TLS 1.3 a server refuses a client's certificate only when the client believes itself connected: if it
    hangs up at once, "connection reset" may be all that can be read. So the line says where to look.

    Args:
        settings: with Redis' address and its certificate files.
        error: that the client raised, one of ``REDIS_ERRORS``.
    """
    text = words(error)
    if not RedisPlace.of(settings.redis.reveal()).tls or not _is_hang_up(error):
        return text
    if settings.redis_cert_file:
        return f"{text}; it may refuse the certificate of PULSE_REDIS_CERT_FILE"
    return f"{text}; it may ask for a certificate, PULSE_REDIS_CERT_FILE"


def _is_hang_up(error: Exception) -> bool:
    """Whether a server took the connection and closed it without an answer."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, _SAYS_WHY):
            return False
        cause = cause.__cause__ or cause.__context__
    return isinstance(error, RedisConnectionError | RedisClusterException | ConnectionResetError)


class _Elected(Redis):
    """The master that sentinels name; it closes the connections to them too."""

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close all connections."""
        await super().aclose(close_connection_pool)
        pool = self.connection_pool
        assert isinstance(pool, SentinelConnectionPool)
        for sentinel in pool.sentinel_manager.sentinels:
            await sentinel.aclose()


def _tls(settings: Settings, place: RedisPlace) -> dict[str, object]:
    if not place.tls:
        return {}
    tls = settings.redis_tls
    # The library reads the files at its first connection: here they are read to say at once what is wrong.
    tls.context()
    options = {
        "ssl_ca_certs": tls.ca_file,
        "ssl_certfile": tls.cert_file,
        "ssl_keyfile": tls.key_file or tls.cert_file,
        "ssl_password": tls.key_password.reveal(),
    }
    return {"ssl": True, **{option: value for option, value in options.items() if value}}
