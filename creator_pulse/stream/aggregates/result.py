"""What an aggregate gives for a group: a number, exact until it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context

import msgspec

Labels = tuple[str, ...]
"""Values of labels, in the order of their names."""
_SHOWN = Context(prec=15)


@dataclass(frozen=True, slots=True)
class Flag:
    """An identity that meets a rule.

    Attributes:
        who: its ids, in the order of the rule's labels.
        evidence: (what, figure, bound), as text.
    """

    who: Labels
    evidence: tuple[tuple[str, str, str], ...]


class Result(msgspec.Struct, frozen=True, gc=False):
    """A value for one label set. For example ``whole(250, 100)`` is 2.5, exactly 250 hundredths.

    Attributes:
        number: the shown number; None if there is none, for example because a denominator is 0.
        exact: the integer sum in units of 1 / scale, or the quotient to 15 digits, as text.
        scale: of ``exact``; 1 for a quotient.
        parts: measure id and integer sum, as text.
        who: the identity that has this figure, for live views only.
        flags: the identities that it counts.
    """

    number: float | None
    exact: str | None
    scale: int
    parts: tuple[tuple[str, str], ...] = ()
    who: Labels = ()
    flags: tuple[Flag, ...] = ()


NOTHING = Result(None, None, 1)


def quotient(top: int, bottom: int) -> Result:
    """The result that is a quotient of integers; ``bottom`` is not 0."""
    return Result(top / bottom, str(_SHOWN.divide(top, bottom)), 1)


def whole(total: int, scale: int = 1) -> Result:
    """The result that is an integer sum in units of 1 / scale."""
    return Result(total / scale, str(total), scale)
