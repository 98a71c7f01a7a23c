"""Which numbers the series of a guardrail may have: a share is put at 80 % in a test, never at 80,000 %."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.conditions.scale import AMOUNT, COUNT, SHARE, Scale
from creator_pulse.stream.monitoring.families import FAMILIES

if TYPE_CHECKING:
    from creator_pulse.stream.catalog.declaration.declare import Guardrail

ALWAYS = "vector(1)"
"""A series that is 1 whatever happens."""
# Ends of recorded series that count something, or are 0 or 1; an increase need not be whole.
_WHOLE = (ALWAYS, ":sum", "_up:min", "_partitions:max", "_strangers:max", "_loaded:min")


def scale_of(guardrail: Guardrail) -> Scale:
    """The numbers that a guardrail's series may have.

    Of a value its unit says so; of a recorded series its name, and whether the alert shows it in percent.
    """
    if guardrail.window:
        family = FAMILIES[guardrail.series]
        if family.values[0].unit == "percentunit":
            return SHARE
        return COUNT if family.values[0].unit == "short" and family.grows else AMOUNT
    if "humanizePercentage" in guardrail.description:
        return SHARE
    return COUNT if guardrail.series.endswith(_WHOLE) else AMOUNT
