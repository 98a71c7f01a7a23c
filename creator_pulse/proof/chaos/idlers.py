"""Workers that are alive but do nothing: the worst state."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from creator_pulse.proof.demo.deferred_ledger import Place


class Idlers:
    """Finds out which workers make no progress.

    Args:
        workers: ``host:port`` of each that should work.
    """

    def __init__(self, workers: Iterable[str]) -> None:
        self._workers = tuple(workers)
        self._first: dict[tuple[str, Place], int] = {}

    def look(self, now: Mapping[str, Mapping[Place, int]]) -> list[str]:
        """Workers that own nothing, or none of whose committed offsets has moved since it was first seen.

        Args:
            now: committed offset by place, by worker; a worker that does not answer is absent.
        """
        moved: set[str] = set()
        for worker, owned in now.items():
            for place, offset in owned.items():
                if offset > self._first.setdefault((worker, place), offset):
                    moved.add(worker)
        return [worker for worker in self._workers if worker not in moved]
