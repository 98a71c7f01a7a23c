"""Ports of 127.0.0.1: the usual one, or a free one if it is taken."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from creator_pulse.stream.errors import StackError

if TYPE_CHECKING:
    from collections.abc import Mapping

HOST = "127.0.0.1"


def choose_ports(usual: Mapping[str, int]) -> dict[str, int]:
    """Choose a port for each name; no two are the same.

    Args:
        usual: the preferred port of each name; 0: any free one.

    Raises:
        StackError: the machine has no free port left.
    """
    # All sockets stay open until each name has its port: no two names can get the same one.
    with contextlib.ExitStack() as held:
        return {name: _bind(held, port) for name, port in usual.items()}


def _bind(held: contextlib.ExitStack, port: int) -> int:
    """Listen on the port, or on a free one, until ``held`` is closed: nobody else gets it meanwhile."""
    try:
        listener = _listen(port)
    except OSError:
        try:
            listener = _listen(0)
        except OSError as error:
            raise StackError(f"no free port on {HOST}: {error.strerror or error}") from error
    return int(held.enter_context(listener).getsockname()[1])


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Connections of an earlier run that wait to be forgotten do not make a port taken.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(1)
    except OSError:
        listener.close()
        raise
    return listener
