"""Finds workers that are alive but make no progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from creator_pulse.proof.demo.deferred_ledger import LogPlace


class Idlers:
    """Tracks which workers make no progress.

    Args:
        workers: ``host:port`` of each worker that should make progress.
    """

    def __init__(self, workers: Iterable[str]) -> None:
        self._workers = tuple(workers)
        self._first: dict[tuple[str, LogPlace], int] = {}

    def look(self, now: Mapping[str, Mapping[LogPlace, int]]) -> list[str]:
        """The workers without a lane whose committed offset has moved since it was first observed.

        Args:
            now: committed offset of each lane, by worker; a worker that does not answer is absent.
        """
        moved: set[str] = set()
        for worker, owned in now.items():
            for place, offset in owned.items():
                if offset > self._first.setdefault((worker, place), offset):
                    moved.add(worker)
        return [worker for worker in self._workers if worker not in moved]
