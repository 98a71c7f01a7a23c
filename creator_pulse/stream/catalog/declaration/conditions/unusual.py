"""Enough evidence that a signal is not as usual."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal

from creator_pulse.stream.catalog.declaration.conditions.condition import Condition, Exposed, Scan, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from creator_pulse.stream.catalog.declaration.conditions.condition import Bounds
    from creator_pulse.stream.catalog.declaration.signals import Direction

SCORE = "pulse_score"
CONTRIBUTOR = "pulse_contributor_ratio"
CONTRIBUTORS_IN_TEST: Mapping[str, float] = MappingProxyType({"region US": 0.75, "region GB": 0.125})
"""What explains the change in a test of an alert -> its share of it, the largest first."""
TOLD = "1d"
"""How long a ticket is silent after its page: as long as the longest of the slow windows."""
AFTER_WHOLE = "15m"
"""How long a region is silent after the page of its whole app: it is well again some minutes later."""
GOES_ON = "30m"
"""How long a score above ``going_on`` keeps an alert that was above the bar: an hour still holds half."""
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
"""Families that the test of an alert puts beside a score -> their values at its beginning."""
_DECOYS = (("signal", "another"), ("direction", "neither"), ("region", "elsewhere"), ("region", "all"))
"""Labels of series that must not count, with values that no alert asks for."""
_DECOY = 7


@dataclass(frozen=True, slots=True)
class Unusual(Condition):
    """A score above a bar: fires when the evidence of a signal's fall or rise is above it.

    The score is the patience: it grows with the size of the change and with the number of records, so
    neither a duration nor a least number of records is asked for besides.

    For example ``Unusual("gifts", "fall", 8)``.

    Attributes:
        signal: its name; several with ``|`` between them: whichever says most.
        direction: ``fall`` or ``rise``.
        bar: of the score.
        by: labels that stay in the alert.
        speed: ``fast`` (windows up to an hour), ``slow`` (3 to 24 hours); empty: whichever says more.
        regions: whether it is of the regions of an app, not of the whole.
        whole: of regions, the fast score of the whole app at which its own page tells of a change in all
            of them; None: a region is told whatever the whole is.
        paged_at: of a ticket, the fast score at which a page tells of it: for a day after that the ticket is
            silent, as the slow windows still hold the change of the page; None: it has no page.
        together: whether every signal must be above the bar, and not only one.
        going_on: of a page, the score down to which it goes on once it was above the bar: a score about as
            large as the bar crosses it by chance, and is one page all the same; None: the bar.
    """

    of_gauges: ClassVar[bool] = True
    signal: str
    direction: Direction
    bar: float
    by: tuple[str, ...] = ("app",)
    speed: Literal["fast", "slow", ""] = "fast"
    regions: bool = False
    whole: float | None = None
    paged_at: float | None = None
    together: bool = False
    going_on: float | None = None

    def selector(self, family: str = SCORE) -> str:
        """The gauges of a family that it is about."""
        matchers = [f'signal{"=~" if "|" in self.signal else "="}"{self.signal}"']
        if family == CONTRIBUTOR:
            return f"{family}{{{matchers[0]}}}"
        if "app" in self.by:
            matchers.append(f'region{"!=" if self.regions else "="}"all"')
        if not family.startswith("pulse_expected"):
            matchers += [f'speed="{self.speed}"'] if self.speed else []
            matchers.append(f'direction="{self.direction}"')
        return f"{family}{{{','.join(matchers)}}}"

    @property
    def looks_back_a_day(self) -> bool:
        """A ticket asks whether its page told of it within a day."""
        return self.paged_at is not None

    @property
    def scan(self) -> Scan:
        """The scores of the condition's signals."""
        return Scan(tuple(self.signal.split("|")), self.direction, self.speed)

    @property
    def has_contributors(self) -> bool:
        """Whether it is of the whole of an app, whose change some label's values explain."""
        return self.by == ("app",) and not self.regions

    @property
    def series(self) -> str:
        """The score by the labels of the alert, the highest where several workers show the same."""
        labels = ", ".join(self.by)
        if not self.together:
            return f"max by ({labels}) ({self.selector()})"
        return f"min by ({labels}) (max by ({labels}, signal) ({self.selector()}))"

    def expression(self, series: str) -> str:
        """One comparison, unless the whole explains the change, or a page told it within a day."""
        compared = f"{series} > {number(self.bar)}"
        if self.going_on is not None:
            lately = f"max by ({', '.join(self.by)}) (max_over_time({self.selector()}[{GOES_ON}]))"
            compared = f"{series} > {number(self.going_on)}\nand {lately} > {number(self.bar)}"
        compared += self._unexplained()
        if self.paged_at is None:
            return compared
        labels, fast = ", ".join(self.by), replace(self, speed="fast").selector()
        before = f"max by ({labels}) (max_over_time({fast}[{TOLD}]))"
        return f"{compared}\nunless on ({labels}) {before} > {number(self.paged_at)}"

    def _unexplained(self) -> str:
        """What must not be besides: the whole of the app, that says why."""
        if self.whole is None:
            return ""
        whole = replace(self, regions=False, speed="fast").selector()
        lately = f"max by (app) (max_over_time({whole}[{AFTER_WHOLE}]))"
        return f"\nunless on (app) {lately} > {number(self.whole)}"

    def met(self, value: float, usual: float | None) -> bool:
        """Whether the score is above the bar, and not so high that the page fires instead."""
        return Condition.met(self, value, usual) and (self.paged_at is None or value <= self.paged_at)

    @property
    def parameter(self) -> float | None:
        """The bar."""
        return self.bar

    @property
    def meaning(self) -> str:
        """The bar is a score, and not a number of records."""
        return "the score of the evidence"

    def set_to(self, parameter: float) -> Unusual:
        """With another bar, whatever a page tells."""
        return replace(self, bar=parameter, paged_at=None)

    def against(self, series: str, bound: str) -> str:
        """The bar."""
        return f"{series} > {bound}{self._unexplained()}"

    def edge_at(self, series: str, parameter: str) -> str:
        """The bar, by the labels of the score."""
        return f"0 * {series} + {parameter}"

    def usual(self, series: str) -> str:  # noqa: ARG002 - the signal says it
        """What workers expect of the signal."""
        return self.selector("pulse_expected")

    def bounds(self, usual: float | None) -> Bounds:  # noqa: ARG002 - the bar is fixed
        """The bar."""
        return ((">", self.bar),)

    def exposed(self, value: float, labels: Mapping[str, str]) -> tuple[Exposed, ...]:
        """The score, the series that the description reads, and scores that must not count."""
        names = self.signal.split("|")
        chosen = names if self.together else names[:1]
        first, *others = (tuple(self._exposed(name, value, labels)) for name in chosen)
        # What the description asks for is told of the first.
        return (
            *first,
            *(exposed for other in others for exposed in other if exposed.selector.startswith(f"{SCORE}{{")),
        )

    def _exposed(self, signal: str, value: float, labels: Mapping[str, str]) -> Iterator[Exposed]:
        own = {"signal": signal, "region": "all", "partition": "0"}
        own |= {label: labels[label] for label in self.by}
        if "app" not in self.by:
            del own["region"]
        scan = own | {"speed": self.speed or "slow", "direction": self.direction}
        yield Exposed(_series(SCORE, scan), value)
        for family, begin in IN_TEST.items():
            series = _series(family, own if family.startswith("pulse_expected") else scan)
            yield Exposed(series, begin, 60.0 if family.endswith("_timestamp_seconds") else 0.0)
        for rank, (what, share) in enumerate(
            CONTRIBUTORS_IN_TEST.items() if self.has_contributors else (), 1
        ):
            labels_of = {"signal": signal, "app": labels["app"], "rank": str(rank), "what": what}
            yield Exposed(_series(CONTRIBUTOR, labels_of), share)
        for label, other in _DECOYS:
            # An alert of regions fires for another one too: only the whole must not count there.
            if label in scan and scan[label] != other and not (self.regions and other == "elsewhere"):
                # The whole explains a region only above its bar.
                decoy = self.whole if self.whole is not None and other == "all" else value * _DECOY
                yield Exposed(_series(SCORE, scan | {label: other}), decoy)

    def sees(self, other: Condition) -> bool:
        """Whether the other condition reads scores too, with a speed that this one reads."""
        return other.scan is not None and self.speed in {"", other.scan.speed or "slow"}

    def runbook(self) -> str:
        """Where the expected value comes from."""
        return (
            "What is usual is learnt by the workers: the hour of the week over the last weeks, with growth, "
            "the calendar and the spread that history had. It is shown as"
        )

    def fixed(self) -> Bounds:
        """The bar is a line on a panel."""
        return ((">", self.bar),)


def _series(family: str, labels: Mapping[str, str]) -> str:
    return f"{family}{{{','.join(f'{name}={chr(34)}{text}{chr(34)}' for name, text in labels.items())}}}"
