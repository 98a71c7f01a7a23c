"""How a value is made of measures, told so that somebody can make the same number elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

EXACT = "none: an exact sum, divided by the scale of its measures where it is shown"
INTEGER = "none: an integer"
QUOTIENT = "the exact quotient, to 15 significant digits, half to even"
CUT = "where the figure of an identity is a quotient, it is first cut after nine digits behind the point"
NO_VALUE = "no value (null, no sample)"
ZERO = "0"


class Definition(NamedTuple):
    """How a number is computed. Names are ids of measures, whose own rules say how much a record adds.

    Attributes:
        kind: the class of the aggregate, in one word.
        numerator: above the line, or the whole if nothing is divided.
        denominator: below the line; empty if nothing is divided.
        counts: the identities that numerator and denominator look at; empty: all sums of the window.
        low: least number that can be shown; None: no bound.
        high: largest one; None: no bound.
        rounding: how far the number may be from the exact quotient of the integer sums.
        empty: the number shown if there are no records.
    """

    kind: str
    numerator: str
    denominator: str = ""
    counts: str = ""
    low: int | None = 0
    high: int | None = None
    rounding: str = QUOTIENT
    empty: str = NO_VALUE


def weighted_text(terms: Mapping[str, int]) -> str:
    """A weighted sum, such as ``earned - reversed``.

    Args:
        terms: measure id -> weight.
    """
    parts: list[str] = []
    for name, weight in terms.items():
        sign = "-" if weight < 0 else "+"
        text = name if abs(weight) == 1 else f"{abs(weight)} * {name}"
        parts += [sign, text] if parts or sign == "-" else [text]
    return " ".join(parts)


def factored(factor: int, text: str) -> str:
    """A sum times what multiplies the quotient.

    Args:
        factor: by which the quotient is multiplied when shown.
        text: the expression of the sum.
    """
    whole = f"({text})" if " " in text else text
    return whole if factor == 1 else f"{factor} * {whole}"
