"""The store of the Faust tables (entry point ``lanes``): the lanes hold the state.

Faust registers tables, assigns partitions and says when; its changelog, expiry and recovery are
not used. A table's rows are the lanes of one source topic: ``lane_table.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from faust.stores import base
from faust.tables.manager import TableManager as FaustTableManager

if TYPE_CHECKING:
    from faust.types import TP


class Store(base.Store):  # type: ignore[misc]
    """Follows the assignment of one table's source topic."""

    def persisted_offset(self, tp: TP) -> None:
        """None: Faust has nothing to recover."""
        del tp

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Remember the assignment; lanes are opened once Faust is done with its part."""
        del revoked, newly_assigned, generation_id
        self.app.assigned = {tp for tp in assigned if tp.topic in self.app.lane_topics}

    def reset_state(self) -> None:
        """No local files to remove."""

    async def backup_partition(
        self, tp: TP | int, flush: bool = True, purge: bool = False, keep: int = 1
    ) -> None:
        """No local files to back up."""

    def restore_backup(self, tp: TP | int, latest: bool = True, backup_id: int = 0) -> None:
        """No local files to restore."""

    def apply_changelog_batch(self, *_: Any) -> None:
        """No changelog of Faust's is ever read."""
        raise AssertionError("Faust must not recover lanes")

    def __len__(self) -> int:
        return len(self.table.lanes)


class TableManager(FaustTableManager):  # type: ignore[misc]
    """Registers tables without subscribing to changelogs: lanes read their own."""

    async def _update_channels(self) -> None:
        self._tables_finalized.set()
        for table in self.values():
            await table.maybe_start()
        self._tables_registered.set()

    @property
    def changelog_topics(self) -> set[str]:
        """None that Faust may read."""
        return set()
