"""Signals: counts whose slots of ten seconds are held against an expectation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from creator_pulse.stream.errors import CatalogError

SLOT_MS = 10_000
"""Length of a slot of event time, in which the measures of signals are summed."""
EVERY_TOPIC = "*"
"""The topic of a signal that each input topic has for itself."""
PAGE_SCORE = 10.0
"""Score from which a signal wakes on-call."""
TICKET_SCORE = 5.0
"""Score from which a signal makes a ticket."""

Direction = Literal["fall", "rise"]


@dataclass(frozen=True, slots=True)
class Signal:
    """A guarded count.

    For example ``Signal("orders", topic="purchase", tool="commerce", count="orders", lost="order_capped_usd",
    help="orders that are not samples")``.

    Attributes:
        name: value of the label ``signal``.
        topic: input topic whose watermark closes its slots, or ``*``: one for each input topic.
        tool: whose calendar it follows; ``pipeline`` follows none.
        count: id of the measure that is counted, an integer sum by app and region (by topic if ``*``).
        help: one phrase.
        of: ids of the measures that together are the denominator; then the evidence is about a share.
        per: id of the measure of the things whose money is counted; then the evidence is about their price:
            as many as there are at their usual price, however many those are.
        lost: id of the measure of the money that comes with each counted record, in micro-USD.
        directions: which changes are evidence of something.
        by_viewers: whether fewer are expected while fewer watch, and more while more watch.
        most: of a share, what counts as usual at least, from 0 to 1.
        portion: the most that a single record adds to the count. A rise is held against what counting whole
            portions scatters, which no sum of smaller ones exceeds (Hoeffding 1963): one dear gift is none.
        title: what people call it, as within a sentence; empty: its name in words.

    Raises:
        CatalogError: a share or a price is watched for falls, a signal is both, one that is no share has a
            bound, or a portion is below 1.
    """

    name: str
    topic: str
    tool: str
    count: str
    help: str
    of: tuple[str, ...] = ()
    per: str = ""
    lost: str | None = None
    directions: tuple[Direction, ...] = ("fall",)
    by_viewers: bool = False
    most: float | None = None
    portion: int = 1
    title: str = ""

    @property
    def words(self) -> str:
        """What people call it, for example *failed top-ups*."""
        return self.title or self.name.replace("_", " ")

    def __post_init__(self) -> None:
        """Refuse what no evidence can be made of."""
        if self.of and self.per:
            raise CatalogError(f"signal {self.name}: it is a share or a price, and not both")
        if (self.of or self.per) and self.directions != ("rise",):
            raise CatalogError(f"signal {self.name}: a share or a price is watched for a rise only")
        if not self.of and self.most is not None:
            raise CatalogError(f"signal {self.name}: a bound is of a share, and it has no whole")
        if self.portion < 1:
            raise CatalogError(f"signal {self.name}: a record adds 1 or more, not {self.portion}")

    @property
    def whole(self) -> tuple[str, ...]:
        """Ids of the measures that it is held against: of a share, of a price; none of a plain count."""
        return self.of or ((self.per,) if self.per else ())

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures that it needs, each once."""
        return tuple(dict.fromkeys((self.count, *self.whole, *((self.lost,) if self.lost else ()))))
