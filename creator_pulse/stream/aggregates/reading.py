"""What an aggregate can ask of a window: sums by group, and the identities of each group."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from creator_pulse.stream.aggregates.people import People
    from creator_pulse.stream.aggregates.result import Labels
    from creator_pulse.stream.events.reference_entry import Entry

Made = TypeVar("Made")


class Reading(ABC):
    """One value's sums in one window.

    A *group* is the values of the value's labels, without those that the aggregate makes. Measures must be
    those of the value.
    """

    @abstractmethod
    def wants(self, group: Labels) -> bool:
        """Whether the result of a group is asked for; others may be left out."""

    @abstractmethod
    def scale_of(self, measure: str) -> int:
        """The divisor of a measure's sum when shown, at least 1."""

    @abstractmethod
    def keys_of(self, measure: str) -> tuple[str, ...]:
        """The hidden labels of a measure, in their order."""

    @abstractmethod
    def grouped(self, measures: Sequence[str]) -> Mapping[Labels, Mapping[str, int]]:
        """The sums of each wanted group that has records: measure id -> sum; a missing one is 0."""

    @abstractmethod
    def people(self, by: Sequence[str], measures: Sequence[str]) -> Mapping[Labels, People]:
        """The identities of each group, wanted or not.

        Args:
            by: hidden labels that name one; the sums are over all others.
            measures: ids of those that count.
        """

    @abstractmethod
    def name(self, hashed: int) -> str:
        """The text of a hidden key."""

    @abstractmethod
    def span(self) -> tuple[int, int]:
        """Start and end of the window, epoch ms."""

    @abstractmethod
    def begin(self, time: int, zone: str) -> int:
        """The start of the business day that holds a time, epoch ms.

        Args:
            time: any time of the day, epoch ms.
            zone: whose business day: the first label of the group, for example ``tiktok``.
        """

    @abstractmethod
    def day(self, start: int, *, past: bool) -> Reading:
        """The same value's sums on one business day.

        Args:
            start: begin of the day, epoch ms.
            past: whether the day lies before the window: then only what came in time counts.
        """

    @abstractmethod
    def plans(self, kind: str) -> Mapping[int, Sequence[Entry]]:
        """The dated entries of a reference, by the hidden key of their id, each one's by their begin.

        Args:
            kind: of the entries, for example ``campaign``.
        """

    @abstractmethod
    def once(self, key: object, measures: Sequence[str], make: Callable[[], Made]) -> Made:
        """A result computed from some measures by group, computed again only if their sums change.

        Args:
            key: names the result; values with the same groups share results of equal keys.
            measures: ids of the measures whose change makes it stale.
            make: computes it if it is not cached.
        """

    @abstractmethod
    def always(self, key: object, make: Callable[[], Made]) -> Made:
        """A result that depends on the value's declaration only, computed once for all its windows.

        Args:
            key: names the result within the value.
            make: computes it if it is not cached.
        """
