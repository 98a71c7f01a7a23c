"""The address of Redis, parsed from its URL: one server, a cluster, or the master of a sentinel service."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

Kind = Literal["server", "cluster", "sentinel", "socket"]
_KINDS: dict[str, Kind] = {
    "redis": "server",
    "redis+cluster": "cluster",
    "redis+sentinel": "sentinel",
    "unix": "socket",
}
_PORTS = {"server": 6379, "cluster": 6379, "sentinel": 26379}
_QUERY = frozenset({"db", "sentinel_username", "sentinel_password"})
_MOST_DATABASES = 100_000
_ADVICE = (
    "write redis://user:password@host:6379/0, rediss:// for TLS, redis+cluster://host,host, "
    "redis+sentinel://host,host/service/0 or unix:///path; in a user or password "
    "write # as %23, / as %2F, ? as %3F, @ as %40, : as %3A and % as %25"
)


@dataclass(frozen=True, slots=True)
class RedisPlace:
    """The address of Redis, and the login.

    For example, ``RedisPlace.of("rediss://host:6380/2")`` is one server with TLS and database 2.

    Attributes:
        kind: one server, a cluster, sentinels that name a master, or a socket of this machine.
        tls: whether connections are encrypted.
        hosts: name and port of the server, of some cluster nodes, or of sentinels.
        user: of the access list; empty: the default user.
        password: of the user; empty: none is sent.
        database: number; a cluster has only 0.
        service: name of the master that sentinels watch.
        socket: path of the socket.
        sentinel_user: of the sentinels' own access list.
        sentinel_password: likewise.
    """

    kind: Kind
    tls: bool = False
    hosts: tuple[tuple[str, int], ...] = ()
    user: str = ""
    password: str = field(default="", repr=False)
    database: int = 0
    service: str = ""
    socket: str = ""
    sentinel_user: str = ""
    sentinel_password: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> RedisPlace:
        """Parse a URL.

        Raises:
            ValueError: it is no URL of Redis; the message quotes nothing from it, because any part may be a
                password.
        """
        try:
            return _read(url)
        except ValueError as error:
            raise ValueError(f"{error}; {_ADVICE}") from None


def _read(url: str) -> RedisPlace:
    if not url.isprintable() or " " in url:
        raise ValueError("it holds a space or a control character")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError("its host cannot be read") from None
    scheme, tls = parts.scheme, parts.scheme.startswith("rediss")
    # ``rediss+sentinel`` is ``redis+sentinel`` with TLS, and likewise for the other kinds.
    kind = _KINDS.get(scheme.replace("rediss", "redis", 1) if tls else scheme)
    if kind is None:
        raise ValueError("it does not begin with redis://, rediss:// or another scheme of Redis")
    if "#" in url:
        raise ValueError("it holds a #, which ends an address")
    query = _query(parts)
    # A password may hold an @ that is not escaped: only the last one ends the login.
    login, _, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    sentinel = {name: query.get(name, "") for name in ("sentinel_username", "sentinel_password")}
    if any(sentinel.values()) and kind != "sentinel":
        raise ValueError("only redis+sentinel:// has a user or password of sentinels")
    service, database = _path(kind, parts.path, query.get("db", ""))
    return RedisPlace(
        kind=kind,
        tls=tls,
        hosts=() if kind == "socket" else _hosts(hosts, kind),
        user=unquote(user),
        password=unquote(password),
        database=database,
        service=service,
        socket=unquote(parts.path) if kind == "socket" else "",
        sentinel_user=sentinel["sentinel_username"],
        sentinel_password=sentinel["sentinel_password"],
    )


def _query(parts: SplitResult) -> dict[str, str]:
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = dict(pairs)
    if len(query) < len(pairs) or set(query) - _QUERY or (parts.query and not pairs):
        raise ValueError(f"behind its ? only {', '.join(sorted(_QUERY))} may stand, each once")
    return query


def _hosts(text: str, kind: Kind) -> tuple[tuple[str, int], ...]:
    places = text.split(",")
    if kind == "server" and len(places) > 1:
        raise ValueError("redis:// has one host; several are of a cluster or of sentinels")
    return tuple(_host(place, _PORTS[kind]) for place in places)


def _host(text: str, usual: int) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("a port is no number from 1 to 65535, or a host cannot be read") from None
    if not host or "@" in text:
        raise ValueError("a host is missing")
    if port == 0:
        raise ValueError("a port is no number from 1 to 65535, or a host cannot be read")
    return host, usual if port is None else port


def _path(kind: Kind, path: str, query_database: str) -> tuple[str, int]:
    """The service of sentinels (empty for other kinds), and the database."""
    service, text = "", path.removeprefix("/")
    if kind == "socket":
        if not text:
            raise ValueError("the path of the socket is missing")
        text = ""
    elif kind == "sentinel":
        service, _, text = text.partition("/")
        if not service:
            raise ValueError("redis+sentinel:// needs the name of the master's service behind its hosts")
    if query_database and text:
        raise ValueError("the database stands in it twice")
    number = text or query_database or "0"
    if not (number.isascii() and number.isdigit() and len(number) <= 6 and int(number) <= _MOST_DATABASES):
        raise ValueError("the database behind its hosts is no number")
    if kind == "cluster" and int(number):
        raise ValueError("a cluster has the database 0 only")
    return unquote(service), int(number)
