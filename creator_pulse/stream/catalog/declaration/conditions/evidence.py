"""Enough evidence that a signal is not as usual."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from creator_pulse.stream.catalog.declaration.conditions.condition import Condition, Exposed, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.catalog.declaration.conditions.condition import Bounds
    from creator_pulse.stream.catalog.declaration.signals import Direction

SCORE = "pulse_score"
AGE_IN_TEST = 1_200
"""How long ago, s, the evidence of a test began."""
IN_TEST: Mapping[str, float] = MappingProxyType(
    {
        "pulse_score_left": 0.4,
        "pulse_score_lost_usd": 1_250.0,
        "pulse_score_since_timestamp_seconds": -float(AGE_IN_TEST),
        "pulse_expected": 900.0,
        "pulse_expected_history": 4.0,
    }
)
"""What a test of an alert puts beside a score, at its beginning."""
_DECOYS = (("signal", "another"), ("direction", "neither"), ("region", "elsewhere"), ("region", "all"))
"""Labels of series that must not count, with values that no alert asks for."""
_DECOY = 7


@dataclass(frozen=True, slots=True)
class Evidence(Condition):
    """A score above a bar: fires when the evidence of a signal's fall or rise is above it.

    The score is the patience: it grows with the size of the change and with what is counted, so no duration
    and no least number of records is asked for besides. For example ``Evidence("gifts", "fall", 8)``.

    Attributes:
        signal: its name; several with ``|`` between them: whichever says most.
        direction: ``fall`` or ``rise``.
        bar: of the score.
        by: labels that stay in the alert.
        speed: ``fast`` (windows up to an hour), ``slow`` (3 to 24 hours); empty: whichever says more.
        regions: whether it is of the regions of an app, not of the whole.
    """

    signal: str
    direction: Direction
    bar: float
    by: tuple[str, ...] = ("app",)
    speed: Literal["fast", "slow", ""] = "fast"
    regions: bool = False

    def selector(self, family: str = SCORE) -> str:
        """The gauges of a family that it is about."""
        matchers = [f'signal{"=~" if "|" in self.signal else "="}"{self.signal}"']
        if "app" in self.by:
            matchers.append(f'region{"!=" if self.regions else "="}"all"')
        if not family.startswith("pulse_expected"):
            matchers += [f'speed="{self.speed}"'] if self.speed else []
            matchers.append(f'direction="{self.direction}"')
        return f"{family}{{{','.join(matchers)}}}"

    @property
    def series(self) -> str:
        """The score by the labels of the alert, the highest where several workers show the same."""
        return f"max by ({', '.join(self.by)}) ({self.selector()})"

    def expression(self, series: str) -> str:
        """One comparison."""
        return f"{series} > {number(self.bar)}"

    def usual(self, series: str) -> str:  # noqa: ARG002 - the signal says it
        """What workers expect of the signal."""
        return self.selector("pulse_expected")

    def bounds(self, usual: float | None) -> Bounds:  # noqa: ARG002 - the bar is fixed
        """The bar."""
        return ((">", self.bar),)

    def exposed(self, value: float, labels: Mapping[str, str]) -> tuple[Exposed, ...]:
        """The score, what its description asks for, and scores that must not count."""
        own = {"signal": self.signal.partition("|")[0], "region": "all", "partition": "0"}
        own |= {label: labels[label] for label in self.by}
        if "app" not in self.by:
            del own["region"]
        scan = own | {"speed": self.speed or "slow", "direction": self.direction}
        beside = tuple(
            Exposed(
                _series(family, own if family.startswith("pulse_expected") else scan),
                begin,
                60.0 if family.endswith("_timestamp_seconds") else 0.0,
            )
            for family, begin in IN_TEST.items()
        )
        decoys = tuple(
            Exposed(_series(SCORE, scan | {label: other}), value * _DECOY)
            for label, other in _DECOYS
            # An alert of regions fires for another one too: only the whole must not count there.
            if label in scan and scan[label] != other and not (self.regions and other == "elsewhere")
        )
        return (Exposed(_series(SCORE, scan), value), *beside, *decoys)

    def runbook(self) -> str:
        """Where what is usual comes from."""
        return (
            "What is usual is learnt by the workers: the hour of the week over the last weeks, with growth, "
            "the calendar and the spread that history had. It is shown as"
        )

    def fixed(self) -> Bounds:
        """The bar is a line on a panel."""
        return ((">", self.bar),)


def _series(family: str, labels: Mapping[str, str]) -> str:
    return f"{family}{{{','.join(f'{name}={chr(34)}{text}{chr(34)}' for name, text in labels.items())}}}"
