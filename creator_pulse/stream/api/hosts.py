"""Whose name a request may carry: a server answers under the address it is bound to, and no other."""

from __future__ import annotations

import ipaddress

from aiohttp import web
from yarl import URL

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, never bound to by this module
HOSTS: web.AppKey[set[str]] = web.AppKey("hosts", set)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that is bound to a name or address."""
    if host in LOCAL:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_own_host(header: str, hosts: set[str]) -> bool:
    """Whether a Host header names this server, so that no foreign name can be rebound to it.

    Args:
        header: the header, ``name`` or ``name:port``.
        hosts: the names and addresses the server is bound to. Where it is bound to every
            address, any IP address passes: only a name can be rebound.
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
