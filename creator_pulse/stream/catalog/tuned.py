"""The catalogue with the bounds that an operator may set (FR13)."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.aggregates import Flagged
from creator_pulse.stream.catalog.catalogue import Catalogue
from creator_pulse.stream.catalog.rule_conditions import AbovePeers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.stream.catalog.declare import Value
    from creator_pulse.stream.settings import Settings


def bounds_of(settings: Settings) -> dict[str, int]:
    """The bounds by the name of their setting: what a changelog was written with."""
    return {
        "room_least_peers": settings.room_least_peers,
        "room_odd_coins": settings.room_odd_coins,
    }


def tuned(catalogue: Catalogue, settings: Settings) -> Catalogue:
    """A catalogue with the bounds of the settings; the same one where they are the declared ones.

    Args:
        catalogue: as declared.
        settings: the bounds.
    """
    return _tuned(catalogue, settings.room_least_peers, settings.room_odd_coins)


def tuned_values(values: Iterable[Value], settings: Settings) -> tuple[Value, ...]:
    """The same of some values."""
    return tuple(_value(one, settings.room_least_peers, settings.room_odd_coins) for one in values)


@cache
def _tuned(catalogue: Catalogue, least: int, bound: int) -> Catalogue:
    values = tuple(_value(one, least, bound) for one in catalogue.values)
    same = values == catalogue.values
    return catalogue if same else Catalogue(catalogue.measures, values, catalogue.windows)


def _value(value: Value, least: int, bound: int) -> Value:
    formula = value.formula
    if not isinstance(formula, Flagged) or not any(isinstance(one, AbovePeers) for one in formula.when):
        return value
    when = tuple(
        replace(one, least=least, bound=bound) if isinstance(one, AbovePeers) else one for one in formula.when
    )
    return replace(value, formula=replace(formula, when=when))
