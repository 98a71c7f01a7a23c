"""Shared by the hand-written arithmetic: the lines of a record, places and rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.proof.ledger.fields import MINOR_BANDS, WORDS
from creator_pulse.proof.ledger.validation import Event, rated_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from creator_pulse.proof.ledger.references import RateBook
    from creator_pulse.proof.ledger.truth import Line
    from creator_pulse.stream.settings import Settings

BPS = 10_000


class Lines(NamedTuple):
    """The lines that a record adds.

    Attributes:
        accepted: lines of measures over accepted rows; of a late record, its late part.
        late: lines that only a late record adds, in the pane at its event time.
        capped: (measure prefix, topic, capped micro-USD) for the measures of late value lost.
        marked: lines counted when the record is read, in the pane of the watermark; the measure
            of a late record has the same name and ``_late``.
        dated: lines in the pane of another time than the event's, and that time, ms.
    """

    accepted: tuple[Line, ...] = ()
    late: tuple[Line, ...] = ()
    capped: tuple[str, str, int] | None = None
    marked: tuple[Line, ...] = ()
    dated: tuple[int, tuple[Line, ...]] = (0, ())


class Books:
    """Places and rates of events.

    Args:
        settings: which regions have series of their own.
        references: rates and prices by date.
    """

    def __init__(self, settings: Settings, references: RateBook) -> None:
        self._regions = {app: frozenset(regions) for app, regions in settings.regions.items()}
        self.references = references

    def place(self, event: Event) -> tuple[str, str]:
        """App and region as labels; a region that the settings do not list is ``other``."""
        return self.labels(str(event["app"]), str(event["region"]))

    def labels(self, app: str, region: str) -> tuple[str, str]:
        """An app and a region as labels."""
        return (app, region if region in self._regions.get(app, frozenset()) else "other")

    def usd(self, event: Event, amount: str) -> int:
        """An amount times the rate of the event's currency: micros times micro-USD."""
        rate = self.references.fx(str(event["currency"]), rated_at(event))
        assert rate is not None, "a record without a rate is invalid"
        return integer(event, amount) * rate

    def coin_rate(self, name: str, place: tuple[str, str, str | None], time_ms: int) -> int:
        """Micro-USD per coin."""
        rate = self.references.rate(name, place, time_ms)
        assert rate is not None, f"no {name} rate for {place} at {time_ms}: the defaults hold from 0"
        return rate


if TYPE_CHECKING:
    Make = Callable[[Books, Event], Lines]


def integer(event: Mapping[str, object], name: str) -> int:
    """An integer field; 0 where it is not there."""
    value = event.get(name)
    # Validated records have integers or null here.
    return value if isinstance(value, int) else 0


def human(event: Event) -> bool:
    """Whether an ad event is not marked as invalid traffic."""
    return event.get("ivt_class") in {None, "none"}


def too_young(event: Mapping[str, object]) -> bool:
    """Whether a verified age forbids gifts: under 18, in South Korea under 19."""
    if event.get("age_source") != "verified":
        return False
    band = event.get("viewer_age_band")
    return band in MINOR_BANDS or (band == "18" and event["region"] == "KR")


def unknown_word(event: Mapping[str, object], field: str) -> bool:
    """Whether a field is there with a word that its list does not have."""
    word = event.get(field)
    return word is not None and word not in WORDS[field]
