"""Puts the generated boards into a Grafana: only those whose content differs."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from creator_pulse.stream.errors import GrafanaError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from creator_pulse.stream.monitoring.grafana import Grafana

FOLDER_UID = "creator-pulse"
FOLDER = "Creator Pulse"
MESSAGE = "pulse boards push"
_SERVERS = ("id", "version", "iteration")
"""Fields of a board that Grafana gives it."""

Change = Literal["created", "updated", "unchanged"]


class Pushed(NamedTuple):
    """The change of a board that was made, or would be.

    Attributes:
        uid: of the board.
        change: of the board there: ``created``, ``updated`` or ``unchanged``.
    """

    uid: str
    change: Change


def with_runbooks(boards: Mapping[str, bytes], runbooks: str) -> dict[str, bytes]:
    """The boards with absolute links to runbooks: Grafana serves none beside them, as the board does.

    Args:
        boards: file name -> classic JSON.
        runbooks: address before ``/GiftValueDrop``, without a slash at its end.
    """
    start = msgspec.json.encode(f"{runbooks.rstrip('/')}/")[:-1]
    return {name: content.replace(b'"/runbooks/', start) for name, content in boards.items()}


async def push(
    grafana: Grafana, boards: Mapping[str, bytes], folder: tuple[str, str], *, write: bool
) -> AsyncIterator[Pushed]:
    """Create and replace boards.

    Args:
        grafana: that the boards are pushed into.
        boards: file name -> classic JSON, in the order in which they are pushed.
        folder: uid and title of the folder they lie in; it is created if it is missing.
        write: whether anything is changed; else it is only said.

    Raises:
        GrafanaError: Grafana refuses something; boards before it are pushed.
        UnreachableError: it does not answer.
    """
    uid, title = folder
    if await grafana.folder(uid) is None and write:
        await grafana.create_folder(uid, title)
    for content in boards.values():
        board: dict[str, Any] = msgspec.json.decode(content)
        change, version = await _change(grafana, board, uid)
        if change != "unchanged" and write:
            await grafana.save(board | {"id": None, "version": version}, uid, MESSAGE)
        yield Pushed(board["uid"], change)


async def _change(grafana: Grafana, board: dict[str, Any], folder: str) -> tuple[Change, int]:
    """How a board differs from the one there, and the version of that one.

    Raises:
        GrafanaError: the one there comes from a file.
    """
    there = await grafana.dashboard(board["uid"])
    if there is None:
        return "created", 0
    old, meta = there
    if same(old, board) and meta.get("folderUid", folder) == folder:
        return "unchanged", int(old.get("version", 0))
    if meta.get("provisioned"):
        file = meta.get("provisionedExternalId") or "of no name"
        raise GrafanaError(
            f"{board['uid']} differs, and comes from a file there ({file}): replace the file, or remove it "
            "and push again"
        )
    return "updated", int(old.get("version", 0))


def same(board: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two boards are the same, but for what Grafana adds to each it keeps."""
    return _content(board) == _content(other)


def _content(board: Mapping[str, Any]) -> dict[str, Any]:
    content = copy.deepcopy(dict(board))
    for name in _SERVERS:
        content.pop(name, None)
    return content
