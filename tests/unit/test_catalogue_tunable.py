"""Bounds that an operator may set: each belongs to the declaration that names its setting."""

from __future__ import annotations

import msgspec
import pytest

from creator_pulse.stream.aggregates import Each, Flagged, Number
from creator_pulse.stream.aggregates.rules import Above, AbovePeers, RuleCondition
from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
from creator_pulse.stream.catalog.declaration.declare import Sum, Value
from creator_pulse.stream.catalog.declaration.tunable import Tunable, bounds_of, declared_bounds, tuned
from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.settings import Settings

ROOMS = AbovePeers("a", "b", "c", permille=999, least=Tunable(1_000, "room_least_peers"), bound=7)
SHOPS = AbovePeers("d", "e", "f", permille=990, least=50, bound=9)
FEW = Settings(room_least_peers=3)


def rule(name: str, *when: RuleCondition) -> Value:
    """A rule about somebody."""
    return Value(name, Flagged(("room_id",), when), "short", ("10m",), "", labels=("app",))


def when(value: Value) -> tuple[RuleCondition, ...]:
    """The conditions of a rule."""
    assert isinstance(value.formula, Flagged)
    return value.formula.when


def test_a_setting_changes_the_bound_that_names_it_and_no_other() -> None:
    """Two rules of one kind: the first has peers from three on, the second stays as it is declared."""
    rooms, shops = tuned(Catalogue({}, (rule("rooms", ROOMS), rule("shops", SHOPS))), FEW).values
    assert when(rooms) == (AbovePeers("a", "b", "c", permille=999, least=3, bound=7),)
    assert when(shops) == (SHOPS,)


def test_any_integer_of_any_formula_may_be_tunable() -> None:
    """A floor of a figure, and a least sum within a mapping."""
    each = Each(
        ("viewer_id",),
        Sum({"m": 1}),
        least={"m": Tunable(1_000, "room_least_peers")},
        floor=Tunable(1_000, "room_odd_coins"),
    )
    value = Value("v", Number(each), "short", ("1h",), "", labels=("app",))
    (made,) = tuned(Catalogue({}, (value,)), Settings(room_least_peers=3, room_odd_coins=4)).values
    assert made.formula == Number(Each(("viewer_id",), Sum({"m": 1}), least={"m": 3}, floor=4))


def test_without_settings_a_catalogue_is_itself() -> None:
    """What follows from a catalogue is worked out once, so it must not be made anew for nothing."""
    assert tuned(CATALOGUE, Settings()) is CATALOGUE


def test_tuning_again_gives_the_same_catalogue() -> None:
    """All lanes of a process share what follows from it."""
    assert tuned(CATALOGUE, FEW) is tuned(CATALOGUE, FEW)


def test_a_tuned_bound_can_still_be_found() -> None:
    """Its setting goes with it."""
    made = tuned(Catalogue({}, (rule("rooms", Above(Sum({"m": 1}), Tunable(1, "room_odd_coins"))),)), FEW)
    assert bounds_of(made, Settings(room_odd_coins=5)) == {"room_odd_coins": 5}


@pytest.mark.parametrize(("setting", "bound"), declared_bounds(CATALOGUE).items())
def test_a_declared_bound_is_the_default_of_its_setting(setting: str, bound: int) -> None:
    """The settings page and the catalogue say the same."""
    assert {field.name: field.default for field in msgspec.structs.fields(Settings)}[setting] == bound


def test_the_bounds_that_are_tunable() -> None:
    """Metric FR13 has two of odd rooms, SP4 two caps of viewers."""
    assert declared_bounds(CATALOGUE) == {
        "room_least_peers": 1_000,
        "room_odd_coins": 1_000,
        "viewer_day_coins": 100_000,
        "viewer_month_coins": 1_000_000,
    }
