"""Formulas over sums: sum over sum, mixed scales without rounding, nothing where the denominator is 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from creator_pulse.stream.catalog.declaration.declare import Ratio, Sum, Value
from creator_pulse.stream.catalog.registry import MEASURES
from creator_pulse.stream.windows.formula import Formula
from creator_pulse.stream.windows.sums import Sums

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.aggregates.result import Result

GIFT, AD, WATCH = "creator_gift_usd", "creator_ad_usd", "watch_ms"
US, DE = ("tiktok", "US"), ("tiktok", "DE")


def formula(made: Sum | Ratio, labels: tuple[str, ...] = ("app", "region")) -> Formula:
    """A formula over the catalogue's measures: gift earnings / 10^6, ad share / 10^19, viewing / 10^3."""
    return Formula(Value("v", made, "short", ("1m",), "", labels), MEASURES)


def applied(made: Sum | Ratio, sums: Mapping[str, int]) -> Result:
    """What it makes of the sums of one place."""
    place = {name: (*US, "feed") if name == WATCH else US for name in sums}
    of_labels: dict[str, dict[tuple[str, ...], int]] = {name: {place[name]: n} for name, n in sums.items()}
    return formula(made).results(Sums(of_labels))[US]


def test_scales_are_brought_together() -> None:
    """2 USD of gifts and 0.5 USD of ads are 2.5 USD, exactly, in units of 10^-19."""
    result = applied(Sum({GIFT: 1, AD: 1}), {GIFT: 2 * 10**6, AD: 5 * 10**18})
    assert (result.exact, result.scale, result.number) == (str(25 * 10**18), 10**19, 2.5)


def test_weights_take_off() -> None:
    """3 USD earned less 1 USD reversed."""
    result = applied(Sum({GIFT: 1, "gift_reversed_usd": -1}), {GIFT: 3 * 10**6, "gift_reversed_usd": 10**6})
    assert (result.number, result.exact) == (2.0, "2000000")


def test_a_ratio_is_sum_over_sum() -> None:
    """2.5 USD over 4 s of viewing, per hour: 2.5 / 4 x 3,600 = 2,250."""
    made = Ratio(Sum({GIFT: 1, AD: 1}), Sum({WATCH: 1}), 3_600)
    result = applied(made, {GIFT: 2 * 10**6, AD: 5 * 10**18, WATCH: 4_000})
    assert (result.number, result.exact) == (2_250.0, "2250")


def test_a_denominator_of_zero_has_no_value() -> None:
    """No number, no text; the parts are stated all the same."""
    result = applied(Ratio(Sum({GIFT: 1}), Sum({WATCH: 1})), {GIFT: 7})
    assert (result.number, result.exact) == (None, None)
    assert result.parts == ((GIFT, "7"), (WATCH, "0"))


def test_a_sum_of_nothing_is_zero() -> None:
    """No records: 0, not absent."""
    result = formula(Sum({GIFT: 1})).nothing()
    assert (result.number, result.exact) == (0.0, "0")


def test_a_quotient_has_fifteen_digits() -> None:
    """1/3, independent of a platform's floats."""
    result = applied(Ratio(Sum({"orders": 1}), Sum({"gifts": 1})), {"orders": 1, "gifts": 3})
    assert result.exact == "0.333333333333333"


def test_labels_that_the_value_drops_are_summed() -> None:
    """Two surfaces of one region, and another region: 3 + 4 and 5."""
    watched: dict[tuple[str, ...], int] = {(*US, "feed"): 3, (*US, "live"): 4, (*DE, "feed"): 5}
    sums: dict[str, dict[tuple[str, ...], int]] = {WATCH: watched, GIFT: {US: 9}}
    results = formula(Sum({WATCH: 1})).results(Sums(sums))
    assert {labels: result.exact for labels, result in results.items()} == {US: "7", DE: "5"}


@given(st.integers(0, 10**30), st.integers(0, 10**30))
def test_sums_beyond_64_bits_are_exact(gift: int, share: int) -> None:
    """The integer text is gift x 10^13 + share, whatever their size."""
    assert applied(Sum({GIFT: 1, AD: 1}), {GIFT: gift, AD: share}).exact == str(gift * 10**13 + share)
