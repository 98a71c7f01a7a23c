"""Puts a history where workers and Prometheus find it, before either starts."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from creator_pulse.stream.errors import StackError
from creator_pulse.stream.panes.pane_record import route
from creator_pulse.stream.past.state import write_state
from creator_pulse.stream.tables.installation import Installation
from creator_pulse.stream.tables.log_identity import LogIdentity
from creator_pulse.stream.tables.partition_lanes import Place
from creator_pulse.stream.topology import PRODUCT, Topology
from creator_pulse.stream.transport.names import PANE_TOPIC
from creator_pulse.stream.windows.app_evidence import entry_name
from creator_pulse.stream.windows.merge_lane import EVIDENCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from creator_pulse.proof.past.history import PastState, PreparedHistory
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.transport.log import Log


def lay_blocks(history: PreparedHistory, data: Path) -> None:
    """Copy the blocks of a history into the folder of a database that does not run yet.

    Raises:
        StackError: they cannot be copied.
    """
    try:
        shutil.copytree(history.blocks, data, dirs_exist_ok=True)
    except OSError as error:
        raise StackError(f"the history in {history.blocks} cannot be copied to {data}: {error}") from error


async def hand_over(log: Log, settings: Settings, past: PastState, now_ms: int) -> int:
    """Write the state of the merge lanes into their changelogs, the installation's key before it.

    Expectations are part of it: workers go on from those of the weeks of the history.

    Args:
        log: of a new installation: nothing was counted.
        settings: that the workers run with.
        past: the state that the workers go on from.
        now_ms: from when on the lanes are those of this log, epoch ms.

    Returns:
        how many entries were written.

    Raises:
        ChangelogError: something was counted under another key.
        LaneError: the outcome of a transaction is not known.
    """
    key = await Installation(log, settings, PRODUCT.topics, make=lambda: past.key).key()
    topology = Topology(settings, key)
    written = 0
    for number, entries in sorted(past.lanes.items()):
        state = entries | dict(_evidence(past, settings, number))
        lane = topology.lane_id(Place(PANE_TOPIC, number))
        written += await write_state(log, lane, state, LogIdentity(now_ms))
    return written


def _evidence(past: PastState, settings: Settings, number: int) -> Iterator[tuple[bytes, bytes]]:
    """The entries of the apps whose signals a merge lane has; the pipeline is routed without an app."""
    for app, of_app in past.evidence.items():
        if route((app,) if app else (), settings.merge_partitions) == number:
            for key, value in of_app.items():
                yield EVIDENCE + entry_name(app, key), value
