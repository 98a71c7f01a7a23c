"""Merge lanes of the past in processes of their own: to close and to look at windows is most of the work."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from multiprocessing import get_context
from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.proof.past.processes import begin_process, idle
from creator_pulse.proof.past.windows import PastMerges
from creator_pulse.stream.native.hash_key import HashKey
from creator_pulse.stream.past.open_metrics import SampleFiles, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from concurrent.futures import Future
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from creator_pulse.proof.past.windows import Entries, Panes
    from creator_pulse.stream.lanes.lane import Sample
    from creator_pulse.stream.past.reads import Reads
    from creator_pulse.stream.settings import Settings

PROCESSES = 2
_AHEAD = 4
"""So many moments may wait for a process: their panes are held in memory."""


class MergesOf(NamedTuple):
    """The parameters of the merge lanes of a past.

    Attributes:
        settings: of the workers.
        key: secret of the installation.
        without_past: by level of panes the measures that have none.
        reads: tells the series that somebody reads.
    """

    settings: Settings
    key: bytes
    without_past: Mapping[int, frozenset[str]]
    reads: Reads


class MergeProcesses:
    """Hands pane records to merge lanes in other processes, which write their series.

    Args:
        of: parameters of the lanes.
        before: changelog entries by merge lane at the begin; without one it is the first.
        samples: folder for what Prometheus gets.

    Example::

        with MergeProcesses(of, {}, folder) as merging:
            merging.go_on(panes, until_ms, sources.look(reads))
            lanes, files = merging.end(until_ms)
    """

    def __init__(self, of: MergesOf, before: Mapping[int, Entries], samples: Path) -> None:
        self._of, self._samples = of, samples
        numbers = range(of.settings.merge_partitions)
        self._parts = [
            {number: before.get(number, {}) for number in numbers[first::PROCESSES]}
            for first in range(min(PROCESSES, len(numbers)))
        ]
        self._folders = [samples / str(part) for part in range(len(self._parts))]
        self._pools: list[ProcessPoolExecutor] = []
        self._waiting: deque[list[Future[None]]] = deque()

    def __enter__(self) -> Self:
        """Start the processes: they are ready when the first panes are."""
        for part, folder in zip(self._parts, self._folders, strict=True):
            folder.mkdir()
            initial = self._of, part, folder
            self._pools.append(
                ProcessPoolExecutor(1, get_context("spawn"), initializer=_begin, initargs=initial)
            )
            self._pools[-1].submit(idle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End them, once their work at hand is done."""
        for pool in self._pools:
            pool.shutdown(cancel_futures=True)

    def go_on(self, panes: Panes, until_ms: int, more: Iterable[Sample]) -> None:
        """Let the windows pass up to a moment, and look at them then.

        Args:
            panes: pane records by merge lane, in the order of their offsets.
            until_ms: the moment, epoch ms, later than the last one.
            more: series of the same moment.
        """
        besides: list[Iterable[Sample]] = [tuple(more), *[()] * len(self._pools)]
        self._waiting.append(
            [
                pool.submit(_go_on, {number: panes.get(number, []) for number in part}, until_ms, beside)
                for pool, part, beside in zip(self._pools, self._parts, besides, strict=False)
            ]
        )
        if len(self._waiting) > _AHEAD:
            for done in self._waiting.popleft():
                done.result()

    def end(self, until_ms: int) -> tuple[dict[int, Entries], list[Path]]:
        """The state of all lanes by their number, and the files of all samples.

        Args:
            until_ms: where the past ends, epoch ms.
        """
        for done in chain.from_iterable(self._waiting):
            done.result()
        ended = [pool.submit(_end, until_ms) for pool in self._pools]
        lanes: dict[int, Entries] = {}
        for part in ended:
            lanes |= part.result()
        return dict(sorted(lanes.items())), joined(self._folders, self._samples)


class _OwnLanes(NamedTuple):
    """The lanes of a process.

    Attributes:
        merges: its merge lanes.
        reads: tells the series that somebody reads.
        files: the series of its lanes.
    """

    merges: PastMerges
    reads: Reads
    files: SampleFiles


_here: list[_OwnLanes] = []
"""Of this process, once it has begun: the only one."""


def _begin(of: MergesOf, before: Mapping[int, Entries], folder: Path) -> None:
    begin_process()
    merges = PastMerges(of.settings, HashKey(of.key), of.without_past, before)
    _here.append(_OwnLanes(merges, of.reads, SampleFiles(folder)))


def _go_on(panes: Panes, until_ms: int, more: Iterable[Sample]) -> None:
    (part,) = _here
    part.merges.go_on(panes, until_ms)
    part.files.take(until_ms, chain(more, part.merges.look(part.reads)))


def _end(until_ms: int) -> dict[int, Entries]:
    (part,) = _here
    part.files.close()
    return part.merges.state(until_ms)
