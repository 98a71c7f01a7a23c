"""Evidence of a price: what things are worth, held against what as many of them usually are."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from creator_pulse.stream.catalog.declaration.signals import Signal
from creator_pulse.stream.errors import CatalogError
from creator_pulse.stream.evidence.evidence import Evidence

MINUTE, DAY = 60_000, 86_400_000
START = 2_800 * 7 * DAY
NOW = START + 8 * DAY
PRICE = Signal(
    "price",
    topic="gift",
    tool="gift",
    count="value",
    per="gifts",
    lost="value",
    directions=("rise",),
    portion=1_000,
    help="value of gifts",
)
WORTH = {"US": 100, "BR": 10}
"""Price of a gift by region; 60 gifts come a minute in each."""


@cache
def changelog(gifts: int) -> dict[bytes, bytes]:
    """What evidence has written down after eight days of steady prices."""
    evidence = Evidence((PRICE,), "tiktok", step_ms=MINUTE)
    count(evidence, START, 8 * 1_440, gifts)
    return dict(evidence.drain())


def taught(gifts: int = 60) -> Evidence:
    """Evidence of so many gifts a minute in each region, for eight days."""
    evidence = Evidence((PRICE,), "tiktok", step_ms=MINUTE)
    for key, value in changelog(gifts).items():
        evidence.restore(key, value)
    evidence.resume()
    return evidence


def count(
    evidence: Evidence, begin: int, minutes: int, gifts: int, times: float = 1.0, regions: str = "US BR"
) -> None:
    """Count minutes of as many gifts in each region, whose prices are so many times the usual."""
    starts = begin + MINUTE * np.arange(minutes)
    for region in regions.split():
        evidence.add_columns("gifts", region, starts, np.full(minutes, gifts))
        evidence.add_columns("value", region, starts, np.full(minutes, round(gifts * WORTH[region] * times)))
    evidence.close("gift", int(starts[-1]) + MINUTE)


def score(evidence: Evidence, region: str = "") -> float:
    """Of the fast rise."""
    (found,) = (each.score for each in evidence.verdicts() if (each.region, each.speed) == (region, "fast"))
    return found


def test_a_price_is_held_against_as_many_at_the_usual_one() -> None:
    """Twice the price for an hour: 396,000 usual, 792,000 came.

    From 1.5 times on a rise counts, with a week known: m is 594,000. 792,000 ln(792 / 594) - 198,000 is
    29,844, by a portion of 1,000 and 0.03^2 of 594,000, which is 534.6: 19.448.
    """
    evidence = taught()
    count(evidence, NOW, 60, 60, times=2)
    assert score(evidence) == pytest.approx(19.448, abs=0.001)


def test_more_gifts_at_the_same_price_are_none() -> None:
    """A promotion: three times as many gifts for an hour, each as dear as ever."""
    evidence = taught()
    count(evidence, NOW, 60, 180)
    assert score(evidence) == 0


def test_a_unit_error_is_a_page_at_once() -> None:
    """Sixteen times the price for a minute: 105,600 where 9,900 were the most.

    105,600 ln(10.667) - 95,700 is 154,268, by 1,000 and 0.09^2 of 9,900: 142.8.
    """
    evidence = taught()
    count(evidence, NOW, 1, 60, times=16)
    assert score(evidence) == pytest.approx(142.8, abs=0.05)


def test_a_single_dear_gift_is_none() -> None:
    """One gift a minute in each region, and one of 1,000 among them: 1,010 came with one more of 10 in BR.

    US and BR bring 110, and as a gift of BR 10 more are usual: 1.5 times that is 180. 1,110 ln(1,110 / 180) -
    930 is 1,089, by 1,000 and 0.09^2 of 180: 1.088.
    """
    evidence = taught(1)
    evidence.add_columns("gifts", "BR", np.array([NOW]), np.array([1]))
    evidence.add_columns("value", "BR", np.array([NOW]), np.array([1_000]))
    count(evidence, NOW, 1, 1)
    assert score(evidence) == pytest.approx(1.088, abs=0.001)


def test_fewer_gifts_where_they_are_cheap_are_no_dearer_ones() -> None:
    """BR falls silent for an hour: a gift of the app is worth 100 and not 55, as no price has changed."""
    evidence = taught()
    count(evidence, NOW, 60, 60, regions="US")
    assert score(evidence) == 0


def test_a_price_of_one_region_is_evidence_there() -> None:
    """In BR at four times the price for an hour: 144,000 where 36,000 are usual, and 54,000 the most.

    144,000 ln(144 / 54) - 90,000 is 51,240, by 1,000 and 0.03^2 of 54,000: 48.9. The app has 504,000,
    less than 1.5 times 396,000.
    """
    evidence = taught()
    count(evidence, NOW, 60, 60, regions="US")
    count(evidence, NOW, 60, 60, times=4, regions="BR")
    assert score(evidence, "BR") == pytest.approx(48.9, abs=0.05)
    assert score(evidence) == 0


def test_a_region_without_a_price_of_its_own_has_that_of_the_app() -> None:
    """A new region gives as many gifts as both others for an hour, at 55 each: the app's price."""
    evidence = taught()
    starts = NOW + MINUTE * np.arange(60)
    evidence.add_columns("gifts", "GB", starts, np.full(60, 120))
    evidence.add_columns("value", "GB", starts, np.full(60, 120 * 55))
    count(evidence, NOW, 60, 60)
    assert score(evidence) == 0


def test_what_comes_late_is_none() -> None:
    """As many gifts again as were counted in an hour come after it was closed, and are worth as much."""
    evidence = taught()
    count(evidence, NOW, 60, 60)
    count(evidence, NOW, 60, 60)
    count(evidence, NOW + 60 * MINUTE, 1, 60)
    assert score(evidence) == 0


def test_a_price_that_stays_is_usual_after_days() -> None:
    """Twice the price is evidence on the first day, and not on the tenth: the median of a week knows it."""
    evidence = taught()
    count(evidence, NOW, 1_440, 60, times=2)
    first = score(evidence)
    for day in range(1, 10):
        count(evidence, NOW + day * DAY, 1_440, 60, times=2)
    assert (first > 10, score(evidence)) == (True, 0)


def test_a_price_is_watched_for_a_rise_only() -> None:
    """A fall of money has other reasons too, and has evidence of its own."""
    with pytest.raises(CatalogError, match="for a rise only"):
        Signal("price", topic="gift", tool="gift", count="value", per="gifts", help="value")


def test_a_share_is_no_price() -> None:
    """One is held against a bound, the other against what as many are worth."""
    with pytest.raises(CatalogError, match="not both"):
        Signal(
            "price",
            topic="gift",
            tool="gift",
            count="value",
            per="gifts",
            of=("gifts",),
            directions=("rise",),
            help="value",
        )
