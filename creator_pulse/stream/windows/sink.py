"""The seam to sinks: the results of a commit are handed to each sink in turn.

A sink may write records in the commit's transaction, keep entries in the lane's changelog, show series at
``/metrics``, and give live views for Redis; most do one of these. The merge lane knows no sink by name: the
job lists them (``topology.py``). ``tests/contract/sink_contract.py`` holds each to the seam.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

from creator_pulse.stream.windows.rendered import NO_VIEWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from creator_pulse.stream.catalog.declaration.catalogue import LastDays
    from creator_pulse.stream.lanes.lane import Entry, Sample
    from creator_pulse.stream.lanes.limits import Limited
    from creator_pulse.stream.panes.store import PaneStore
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.transport.batch import OutRecord
    from creator_pulse.stream.windows.rendered import WindowNumbers
    from creator_pulse.stream.windows.window_operator import WindowOperator, WindowResult

PROVISIONAL, FINAL, RESTATED = "provisional", "final", "restated"
"""States of a result: of a window that may still change; said once, when it closes; changed after that."""


class Firing(NamedTuple):
    """Results of one window that are stated together.

    Attributes:
        state: ``PROVISIONAL``, ``FINAL`` or ``RESTATED``.
        results: one for each value and label set, of one window end; of a provisional firing all there are.
        operator: the window, with its values.
        watermark: lowest of the partitions that are not idle, ms.
        reference: version of the references that the sums were made with.
        reason: why it is restated (``late``, ``idle``); empty otherwise.
        superseded: finals whose restatements follow at once, as something late came before the end.
    """

    state: str
    results: Sequence[WindowResult]
    operator: WindowOperator
    watermark: int
    reference: int
    reason: str = ""
    superseded: bool = False


class Surroundings(NamedTuple):
    """The merge lane that a sink is made for.

    Attributes:
        partition: of the merge lane.
        settings: of every lane.
        operators: its windows, with their values.
        panes: where their sums are.
        last_days: values whose closed days are shown.
    """

    partition: int
    settings: Settings
    operators: Sequence[WindowOperator]
    panes: PaneStore
    last_days: Sequence[LastDays]


class Sink:
    """A sink that does nothing: a real one overrides some methods.

    Attributes:
        prefixes: first bytes of the keys in the changelog; no other sink has them.

    Example:
        >>> class Counted(Sink):
        ...     def __init__(self, surroundings):
        ...         self.results = 0
        ...
        ...     def emit(self, firing):
        ...         self.results += len(firing.results)
        ...         return ()
        ...
        ...     def counts(self):
        ...         return {"results": self.results}
        >>> Counted(None).counts()
        {'results': 0}
    """

    prefixes: ClassVar[tuple[bytes, ...]] = ()

    def emit(self, firing: Firing) -> Iterable[OutRecord]:
        """Take results.

        Returns:
            records for topics, written in the transaction of the next commit.
        """
        del firing
        return ()

    def settled(self) -> None:
        """Hear that all results that late records changed have been restated."""

    def forget(self, ends: Mapping[str, int]) -> None:
        """Drop the state of windows that can no longer be restated.

        Args:
            ends: name of a window -> end of the oldest one that can.
        """

    def drain(self) -> Iterable[Entry]:
        """Changelog entries changed since the last call; None for the dropped ones."""
        return ()

    def restore(self, kind: bytes, name: bytes, value: bytes) -> None:
        """Take back what ``drain`` gave.

        Args:
            kind: one of ``prefixes``, the first byte of the key.
            name: the rest of the key.
            value: bytes of the entry, as ``drain`` gave them.
        """

    def counts(self) -> Mapping[str, int]:
        """How many entries are kept, by kind."""
        return MappingProxyType({})

    def limited(self) -> Mapping[str, Limited]:
        """The tables that somebody who sends may fill, by kind."""
        return MappingProxyType({})

    def samples(self, numbers: Sequence[WindowNumbers]) -> Iterable[Sample]:
        """Series to be shown once the commit is confirmed; may be gone through more than once.

        Args:
            numbers: the numbers of all windows as they stand.
        """
        del numbers
        return ()

    def views(self, numbers: Sequence[WindowNumbers]) -> Mapping[str, bytes]:
        """Live views to be published once the commit is confirmed: key -> JSON."""
        del numbers
        return NO_VIEWS


class SinkClass(Protocol):
    """Makes the sink of a merge lane."""

    def __call__(self, surroundings: Surroundings) -> Sink:
        """A sink of one merge lane."""
        ...
