"""Partitions that wait for something outside: named, and told apart from a worker that is stuck."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.stream.lanes.lane import Sample
from creator_pulse.stream.transport.names import label_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.tables.partition_lanes import Place

logger = logging.getLogger(__name__)

OPEN_TRANSACTION, NO_LEADER, NO_RIGHT = "open_transaction", "no_leader", "no_right"
REASONS = (OPEN_TRANSACTION, NO_LEADER, NO_RIGHT)
NAMED_AFTER = 10.0
"""Seconds after which a wait is reported: short transactions and changes of leaders are no news."""
_WORDS = {
    OPEN_TRANSACTION: "somebody's open transaction: its records, and all behind them, cannot be read yet",
    NO_LEADER: "a leader: no broker answers for it",
    NO_RIGHT: "a right: see the line above that names it",
}


@dataclass
class _Wait:
    """A wait.

    Attributes:
        reason: one of ``REASONS``.
        at: offset up to which the partition can be read.
        since: when it began, monotonic seconds.
        named: whether it was logged.
    """

    reason: str
    at: int
    since: float
    named: bool = False


class PartitionWaits:
    """Remembers since when each partition has been waiting, and for what.

    Args:
        settings: the prefix that labels of topics omit.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._waits: dict[Place, _Wait] = {}

    def see(self, place: Place, reason: str, at: int, now: float) -> None:
        """Take note of a look at a partition.

        Args:
            place: the source topic and its partition.
            reason: one of ``REASONS``; empty if it does not wait.
            at: offset up to which it can be read; if this moves on, the wait is another one.
            now: time of the look, monotonic seconds.
        """
        # A wait goes on only while its reason and offset are the same; otherwise it has ended,
        # and another one may have begun.
        wait = self._waits.get(place)
        if not reason or wait is None or (wait.reason, wait.at) != (reason, at):
            if wait is not None and wait.named:
                logger.warning("%s-%s waits no longer", *place)
            self._waits.pop(place, None)
            if reason:
                self._waits[place] = _Wait(reason, at, now)
        elif not wait.named and now - wait.since >= NAMED_AFTER:
            wait.named = True
            logger.warning("%s-%s waits at offset %s for %s", *place, at, _WORDS[reason])

    def keep(self, places: Iterable[Place]) -> None:
        """Forget all other partitions."""
        wanted = set(places)
        self._waits = {place: wait for place, wait in self._waits.items() if place in wanted}

    def samples(self, places: Iterable[Place]) -> Iterator[Sample]:
        """A series per partition and reason: 1 while it waits for that, else 0."""
        for place in places:
            wait = self._waits.get(place)
            label = label_of(place.topic, self._settings)
            for reason in REASONS:
                labels = (("partition", str(place.partition)), ("reason", reason), ("topic", label))
                waiting = wait is not None and wait.named and wait.reason == reason
                yield Sample("pulse_partition_waiting", labels, float(waiting))
