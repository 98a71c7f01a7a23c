"""Events that count once in the life of an identity: its first record of some kind."""

from __future__ import annotations

from dataclasses import dataclass

FIRST = "first"
"""The topic and the event type of such measures: no input topic has them, merge lanes make them."""


@dataclass(frozen=True, slots=True)
class First:
    """An identity's first record in which one of some sums was above 0, to the hour.

    For example ``First(("creator_enrolments",))``: the hour of a creator's first enrolment.

    Merge lanes keep it for ever, so it is the first since the log began. The measure is 1 in that hour's
    pane and 0 in all others. An earlier record that comes later moves it.

    Attributes:
        of: ids of the measures; their labels are those of the first measure itself.
        unless: ids of measures; one above 0 in the same hour or before says that the log does not
            reach back to the first one, so there is none.
    """

    of: tuple[str, ...]
    unless: tuple[str, ...] = ()

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in it."""
        return (*self.of, *self.unless)
