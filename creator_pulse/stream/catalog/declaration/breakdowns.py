"""Breakdowns: by which labels the sums behind signals are kept apart, so that a change can be explained."""

from __future__ import annotations

from dataclasses import dataclass

from creator_pulse.stream.catalog.declaration.labels import FOLDED
from creator_pulse.stream.errors import CatalogError


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The labels of one event type.

    For example ``Breakdown("gift_sent", ("platform", "gift_id"), (("region", "gift_id"),), "gifts")``.

    Attributes:
        event: event type.
        labels: fields of the event, besides the region.
        pairs: labels that are looked at together, the region among them; few, because each has its own rows.
        ranked_by: id of the measure whose largest values have rows of their own, a number of records.

    Raises:
        CatalogError: a pair has a label that there is not.
    """

    event: str
    labels: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    ranked_by: str

    def __post_init__(self) -> None:
        """Refuse pairs of labels that the breakdown does not have."""
        for pair in self.pairs:
            if not {FOLDED, *self.labels} >= set(pair):
                raise CatalogError(f"breakdown of {self.event}: {pair} are not among its labels")

    @property
    def cuts(self) -> tuple[tuple[str, ...], ...]:
        """All ways in which the whole is divided: by each label, then by each pair."""
        return ((FOLDED,), *((label,) for label in self.labels), *self.pairs)
