"""How a scenario changes single records: what comes out of one record while the fault lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from random import Random

    Fields = dict[str, Any]
    """A record's fields."""
    Change = Callable[[Fields, "Moment"], Iterable[Fields]]
    """The records that are sent in place of one: none if it is lost, two if it is doubled."""


class Moment(NamedTuple):
    """The circumstances, besides the record, that a change may depend on.

    Attributes:
        size: how large the fault is, in the scenario's unit.
        through: how far into the fault it is, 0 at its start, 1 at its end.
        number: counts the records that the scenario has seen, from 0.
        rng: source of all randomness.
    """

    size: float
    through: float
    number: int
    rng: Random

    @property
    def hit(self) -> bool:
        """Whether this record is among the share ``size`` that the fault hits."""
        return self.rng.random() < self.size


def lost(fields: Fields, moment: Moment) -> Iterable[Fields]:
    """A share of the records never arrives."""
    return () if moment.hit else (fields,)


def lost_slowly(fields: Fields, moment: Moment) -> Iterable[Fields]:
    """A share that grows from nothing to ``size`` never arrives."""
    return () if moment.rng.random() < moment.size * moment.through else (fields,)


def doubled(fields: Fields, moment: Moment) -> Iterable[Fields]:
    """A share of the records is sent again under another event id, as by a producer that books twice."""
    if not moment.hit:
        return (fields,)
    return fields, {**fields, "event_id": f"{fields.get('event_id')}~again"}


def repeated(times: int) -> Change:
    """More records of the same kind: each with a new event id and a new business id.

    Args:
        times: how many records come in place of one where the fault hits, 2 or more.
    """

    def change(fields: Fields, moment: Moment) -> Iterable[Fields]:
        yield fields
        if moment.hit:
            for copy in range(1, times):
                yield _renamed(fields, f"~{copy}")

    return change


def becomes(event: str, **own: object) -> Change:
    """A share of the records becomes another event type, for example a checkout that fails.

    Args:
        event: the other event type.
        own: fields that it has besides those that both have.
    """

    def change(fields: Fields, moment: Moment) -> Iterable[Fields]:
        return ({**fields, "event_type": event, **own},) if moment.hit else (fields,)

    return change


def times_size(*names: str, least: int = 0) -> Change:
    """Integer fields are multiplied by ``size``.

    Args:
        names: of the fields; an absent one stays absent.
        least: the smallest value that the contract allows.
    """

    def change(fields: Fields, moment: Moment) -> Iterable[Fields]:
        scaled = {
            name: max(least, round(fields[name] * moment.size))
            for name in names
            if isinstance(fields.get(name), int)
        }
        return ({**fields, **scaled},)

    return change


def without(*names: str) -> Change:
    """A share of the records lacks some fields, as after a release that forgot them."""

    def change(fields: Fields, moment: Moment) -> Iterable[Fields]:
        if not moment.hit:
            return (fields,)
        return ({name: value for name, value in fields.items() if name not in names},)

    return change


def having(**own: object) -> Change:
    """A share of the records has other values in some fields."""

    def change(fields: Fields, moment: Moment) -> Iterable[Fields]:
        return ({**fields, **own},) if moment.hit else (fields,)

    return change


def _renamed(fields: Fields, end: str) -> Fields:
    """A copy with new ids, because otherwise it would be a duplicate."""
    ids = {name: f"{fields[name]}{end}" for name in _IDS if isinstance(fields.get(name), str)}
    return {**fields, **ids}


_IDS = ("event_id", "order_id", "transaction_id", "topup_id", "imp_id", "payout_id", "group_id")
"""The fields that a record is known by: of itself, and of the business."""


def matches(fields: Mapping[str, Any], where: Mapping[str, object]) -> bool:
    """Whether fields have the values that a scenario is about; a tuple is a choice of values."""
    return all(
        fields.get(name) in wanted if isinstance(wanted, tuple) else fields.get(name) == wanted
        for name, wanted in where.items()
    )
