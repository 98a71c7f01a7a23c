"""Wrong declarations: the lanes compute by them, the ledger knows better, and each one is found."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from creator_pulse.proof.simulation.parts import Parts
from creator_pulse.stream.aggregates import Flagged, Number, QuantileOf, TopK
from creator_pulse.stream.aggregates.rules import Above
from creator_pulse.stream.aggregates.spans import MINUTE_MS
from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
from creator_pulse.stream.catalog.declaration.declare import Ratio, Sum, Window
from creator_pulse.stream.catalog.declaration.windows import WINDOWS
from creator_pulse.stream.catalog.registry import MEASURES, VALUES
from tests.support.lane_harness import SMALL, Harness, traffic
from tests.support.stated_values import Stated

if TYPE_CHECKING:
    from collections.abc import Callable

from creator_pulse.stream.catalog.declaration.declare import Value

pytestmark = pytest.mark.slow
WINDOW_SCALE_MEASURE = "gift_usd"
"""Declared in tenths of its unit."""


def _quantile(value: Value) -> Value:
    assert isinstance(value.formula, QuantileOf)
    return replace(value, formula=replace(value.formula, permille=990))


def _factor(value: Value) -> Value:
    assert isinstance(value.formula, Ratio)
    return replace(value, formula=replace(value.formula, factor=1))


def _sign(value: Value) -> Value:
    assert isinstance(value.formula, Sum)
    return replace(value, formula=Sum({name: abs(sign) for name, sign in value.formula.terms.items()}))


def _weight(value: Value) -> Value:
    assert isinstance(value.formula, Sum)
    return replace(value, formula=Sum(dict.fromkeys(value.formula.terms, 2)))


def _bound(value: Value) -> Value:
    assert isinstance(value.formula, Flagged)
    (condition,) = value.formula.when
    assert isinstance(condition, Above)
    return replace(value, formula=replace(value.formula, when=(replace(condition, bound=0),)))


def _ranks(value: Value) -> Value:
    assert isinstance(value.formula, TopK)
    return replace(value, formula=replace(value.formula, k=1))


def _least(value: Value) -> Value:
    assert isinstance(value.formula, Number)
    return replace(value, formula=replace(value.formula, each=replace(value.formula.each, floor=10**6)))


def _kept(value: Value) -> Value:
    return value


PLANTED: dict[str, Callable[[Value], Value]] = {
    "gifter_p50_coins": _quantile,
    "ad_ecpm_usd": _factor,
    "ad_eligible_kept_usd": _sign,
    "gift_count": _weight,
    "gift_sends_velocity_viewers": _bound,
    "gift_top_room_coins": _ranks,
    "viewers_active": _least,
    "gift_value_usd": _kept,
    "ad_human_impressions": _kept,
}
"""Values, and what is wrong with each; of the last two the unit of the measure, and the window's length."""
VALUE = {value.name: value for value in VALUES if value.name in PLANTED}
RIGHT = Catalogue(MEASURES, tuple(VALUE.values()))
WRONG = Catalogue(
    {**MEASURES, WINDOW_SCALE_MEASURE: replace(MEASURES[WINDOW_SCALE_MEASURE], scale=10**5)},
    tuple(plant(VALUE[name]) for name, plant in PLANTED.items()),
    {**WINDOWS, "30m": Window("30m", 20 * MINUTE_MS)},
)


@cache
def stated(catalogue: Catalogue) -> Stated:
    """What lanes say by a catalogue of twelve minutes of traffic."""

    async def read() -> Harness:
        harness = Harness(traffic(7, 5, 4_000), SMALL, Parts(catalogue=catalogue))
        await harness.open()
        await harness.run(500, tick=31.0)
        return harness

    return Stated(asyncio.run(read()), tuple(VALUE.values()))


def differing(catalogue: Catalogue) -> set[str]:
    """Values that are not the ledger's in some window."""
    return {name for (name, _), found in stated(catalogue).differing.items() if found}


def test_right_declarations_are_the_ledgers() -> None:
    """The same values as they are declared: no difference, and each has results."""
    assert differing(RIGHT) == set()
    assert {name for name, _ in stated(RIGHT).results} == set(PLANTED)


@pytest.mark.parametrize("name", PLANTED)
def test_a_wrong_declaration_is_found(name: str) -> None:
    """A permille, factor, sign, weight, bound, rank, floor, unit or window: the ledger reads none of them."""
    assert name in differing(WRONG)
