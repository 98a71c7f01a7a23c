"""Host headers: a server answers under the address it is bound to, and under no other name."""

from __future__ import annotations

import ipaddress

from aiohttp import web
from yarl import URL

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, never bound to by this module
HOSTS: web.AppKey[set[str]] = web.AppKey("hosts", set)


def is_loopback(host: str) -> bool:
    """Whether a server that is bound to a name or address can be reached from this machine only."""
    if host in LOCAL:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_own_host(header: str, hosts: set[str]) -> bool:
    """Whether a Host header names this server; otherwise a foreign name may have been rebound to it.

    Args:
        header: the header, ``name`` or ``name:port``.
        hosts: the names and addresses to which the server is bound. If it is bound to every address, any IP
            address is accepted, because only a name can be rebound.
    """
    try:
        name = URL(f"http://{header}").host or ""
    except ValueError:
        return False
    if name in LOCAL or name in hosts - EVERYWHERE:
        return True
    return bool(hosts & EVERYWHERE) and _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
