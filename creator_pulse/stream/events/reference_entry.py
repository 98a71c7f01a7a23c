"""One dated version of a reference value, and the fields that each kind has."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, get_args

import msgspec

from creator_pulse.stream.events.benchmarks import PLATFORMS, UNIT_OF
from creator_pulse.stream.events.fields import App, Tool
from creator_pulse.stream.settings import INPUT_TOPICS

if TYPE_CHECKING:
    from collections.abc import Mapping

ANY = "*"
ALWAYS = 0
"""``valid_from`` of a value that has always held."""
_APPS = frozenset(get_args(App))
_TOOLS = frozenset(get_args(Tool))
_MONEY = (0, 10**14)
_OFFSET = (0, 2**62)
# 2,000 characters of any script.
_NOTE_BYTES = 8_000
_ID_BYTES = 256
# Where published terms were found: an address, and what they are of.
_SOURCE_BYTES = 1_024
# Why a bound was set to another one, as a label holds it, and by whom.
_REASON_BYTES, _WHO_BYTES = 512, 128
# A case is named by its rule, its app, up to three ids and a time.
_CASE_BYTES = 1_024


class Entry(msgspec.Struct, frozen=True):
    """One version of a reference value; its fields depend on its kind.

    For example, ``Entry("fx", "EUR", 0, usd_micros=1_080_000)``: one euro has always been worth 1.08 USD.

    Attributes:
        kind: one of ``KINDS``.
        id: of the value, for example a currency.
        valid_from: begin of validity, epoch ms; of a void: when it was declared.
        valid_until: end of validity, epoch ms; None: until the next version begins. Of a campaign: until
            when its money is planned to be spent.
        usd_micros: of ``fx`` per unit, of ``rate`` per coin, of ``reward_budget`` per day, of ``campaign``
            and ``ledger_day`` in all.
        unit_coins: of a gift.
        gift_type: of a gift; 1 can be sent in streaks.
        bps: of a take rate, the platform's share in basis points.
        factor: of a calendar, the expected multiple of the usual volume.
        confirmed: of a verdict.
        rule: of a verdict, the rule whose case it closes.
        note: of a verdict; of a void and of an override, the reason.
        who: of an override, who is asked about it.
        value: of a target, in the unit in which the value is exposed; of a benchmark, in its own ``unit``;
            of an opening balance, a number of coins; of an override, the bound.
        unit: of a benchmark, ``ratio`` or ``USD``.
        source: of a benchmark, where the terms are published.
        first_offset: of a void, the first record that is not to be counted.
        last_offset: of a void, the last one.
    """

    kind: str
    id: str
    valid_from: int
    valid_until: int | None = None
    usd_micros: int | None = None
    unit_coins: int | None = None
    gift_type: int | None = None
    bps: int | None = None
    factor: float | None = None
    confirmed: bool | None = None
    rule: str | None = None
    note: str | None = None
    who: str | None = None
    value: float | None = None
    unit: str | None = None
    source: str | None = None
    first_offset: int | None = None
    last_offset: int | None = None

    @property
    def key(self) -> bytes:
        """Its key in the reference topic."""
        return f"{self.kind}:{self.id}:{self.valid_from}".encode()

    def holds_at(self, time_ms: int) -> bool:
        """Whether it is valid at a time, epoch ms."""
        return self.valid_from <= time_ms and (self.valid_until is None or time_ms < self.valid_until)


@dataclass(frozen=True, slots=True)
class Ruled:
    """The allowed values of an entry's field.

    Attributes:
        type: of the value; a float may be written without fraction.
        low: minimum of a number; of a text its characters.
        high: maximum of a number; of a text its UTF-8 bytes.
        required: whether an entry of the kind must have it.
    """

    type: type[int | float | bool | str]
    low: float = 0
    high: float = 0
    required: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """The rules of an entry's kind.

    Attributes:
        fields: its own fields by name, in the order in which they are checked.
        parts: of the id, between colons: the allowed texts of each, None: any; empty: the id is one text.
        least_parts: how many parts an id must have; None: all.
        dated: whether ``valid_from`` must be a date; otherwise 0 means always.
        ends: whether ``valid_until`` is required.
        id_bytes: maximal length of the id.
    """

    fields: Mapping[str, Ruled]
    parts: tuple[frozenset[str] | None, ...] = ()
    least_parts: int | None = None
    dated: bool = False
    ends: bool = False
    id_bytes: int = _ID_BYTES


COINS = "coins"
"""Of what viewers hold an opening balance can be told, the first part of its id."""
_SOME_APP = _APPS | {ANY}
_NOTE = Ruled(str, high=_NOTE_BYTES, required=False)
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "fx": Kind({"usd_micros": Ruled(int, 1, 10**10)}),
        "rate": Kind(
            {"usd_micros": Ruled(int, 0, 10**6)}, (frozenset({"creator", "price"}), _SOME_APP, None, None)
        ),
        "gift": Kind({"unit_coins": Ruled(int, 1, 10**7), "gift_type": Ruled(int, 0, 100, required=False)}),
        "take_rate": Kind({"bps": Ruled(int, 0, 10**4)}, (_TOOLS, _SOME_APP, None)),
        "campaign": Kind({"usd_micros": Ruled(int, *_MONEY)}, dated=True, ends=True),
        "reward_budget": Kind({"usd_micros": Ruled(int, *_MONEY)}, (_APPS, None)),
        "calendar": Kind(
            {"factor": Ruled(float, 0.05, 20)}, (_APPS, _TOOLS), least_parts=1, dated=True, ends=True
        ),
        "ledger_day": Kind({"usd_micros": Ruled(int, 0, 10**16)}, (_TOOLS, _APPS, None), dated=True),
        "verdict": Kind(
            {"rule": Ruled(str, high=_ID_BYTES), "confirmed": Ruled(bool), "note": _NOTE},
            dated=True,
            id_bytes=_CASE_BYTES,
        ),
        "target": Kind({"value": Ruled(float, -(10**15), 10**15)}, (None, _APPS)),
        "opening": Kind({"value": Ruled(float, 0, 10**15)}, (frozenset({COINS}), _APPS)),
        "owed": Kind({"usd_micros": Ruled(int, 0, 10**16)}, (_APPS, _TOOLS)),
        "benchmark": Kind(
            {
                "value": Ruled(float, 0, 10**6),
                "unit": Ruled(str, 1, _ID_BYTES),
                "source": Ruled(str, 1, _SOURCE_BYTES),
            },
            (frozenset(PLATFORMS), _TOOLS, frozenset(UNIT_OF)),
            dated=True,
        ),
        "override": Kind(
            {
                "value": Ruled(float, -(10**15), 10**15),
                "note": Ruled(str, 1, _REASON_BYTES),
                "who": Ruled(str, 1, _WHO_BYTES),
            },
            (None, _APPS, None),
            dated=True,
            ends=True,
        ),
        "void": Kind(
            {"first_offset": Ruled(int, *_OFFSET), "last_offset": Ruled(int, *_OFFSET), "note": _NOTE},
            (frozenset(INPUT_TOPICS), None),
            dated=True,
        ),
    }
)
"""Kind -> the rules of its entries."""


def encoded(entry: Entry) -> bytes:
    """An entry as it stands in the reference topic: JSON, without the fields that its kind does not have."""
    fields = {name: value for name, value in msgspec.structs.asdict(entry).items() if value is not None}
    return msgspec.json.encode(fields)
