"""One dated version of one reference value, and what each kind of it holds."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, get_args

import msgspec

from creator_pulse.stream.events.fields import App, Tool
from creator_pulse.stream.settings import INPUT_TOPICS

if TYPE_CHECKING:
    from collections.abc import Mapping

ANY = "*"
ALWAYS = 0
"""``valid_from`` of what holds since ever."""
_APPS = frozenset(get_args(App))
_TOOLS = frozenset(get_args(Tool))
_MONEY = (0, 10**14)
_OFFSET = (0, 2**62)
_NOTE_BYTES = 8_000
"""2,000 characters of any script."""
_ID_BYTES = 256
_CASE_BYTES = 1_024
"""A case is named by its rule, its app, up to three ids and a time."""


class Entry(msgspec.Struct, frozen=True):
    """One version of one reference value; which fields it has depends on its kind.

    Attributes:
        kind: one of ``KINDS``.
        id: what it is about.
        valid_from: from when it holds, epoch ms; of a void: when it was declared.
        valid_until: until when it holds, epoch ms; None: until the next version begins. Of a campaign:
            until when its money is planned to be spent.
        usd_micros: of ``fx`` per unit, of ``rate`` per coin, of ``reward_budget`` per day, of ``campaign``
            and ``ledger_day`` in all.
        unit_coins: of a gift.
        gift_type: of a gift; 1 can streak.
        bps: of a take rate, the platform's share in basis points.
        factor: of a calendar, how many times the usual volume is expected.
        confirmed: of a verdict.
        rule: of a verdict, the rule whose case it closes.
        note: of a verdict, and why a range is void.
        value: of a target, in the unit in which the value is shown.
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
    value: float | None = None
    first_offset: int | None = None
    last_offset: int | None = None

    @property
    def key(self) -> bytes:
        """Its key in the reference topic."""
        return f"{self.kind}:{self.id}:{self.valid_from}".encode()

    def holds_at(self, time_ms: int) -> bool:
        """Whether it has begun and is not over at a time, epoch ms."""
        return self.valid_from <= time_ms and (self.valid_until is None or time_ms < self.valid_until)


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a field of an entry may be.

    Attributes:
        type: of its value; a float may be written without fraction.
        low: the least number; of a text nothing.
        high: the largest number; of a text its bytes.
        required: whether an entry of the kind must have it.
    """

    type: type[int | float | bool | str]
    low: float = 0
    high: float = 0
    required: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """What an entry of a kind must be.

    Attributes:
        fields: its own fields by name, in the order in which they are judged.
        parts: of its id, between colons: the texts that each may be, None: any; empty: the id is one text.
        dated: whether ``valid_from`` must be a date; otherwise 0 means since ever.
        ends: whether ``valid_until`` must be there.
        id_bytes: the longest id.
    """

    fields: Mapping[str, Ruled]
    parts: tuple[frozenset[str] | None, ...] = ()
    dated: bool = False
    ends: bool = False
    id_bytes: int = _ID_BYTES


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
        "calendar": Kind({"factor": Ruled(float, 0.05, 20)}, (_APPS,), dated=True, ends=True),
        "ledger_day": Kind({"usd_micros": Ruled(int, 0, 10**16)}, (_TOOLS, _APPS, None), dated=True),
        "verdict": Kind(
            {"rule": Ruled(str, high=_ID_BYTES), "confirmed": Ruled(bool), "note": _NOTE},
            dated=True,
            id_bytes=_CASE_BYTES,
        ),
        "target": Kind({"value": Ruled(float, -(10**15), 10**15)}, (None, _APPS)),
        "void": Kind(
            {"first_offset": Ruled(int, *_OFFSET), "last_offset": Ruled(int, *_OFFSET), "note": _NOTE},
            (frozenset(INPUT_TOPICS), None),
            dated=True,
        ),
    }
)
"""Kind -> what its entries must be."""


def encoded(entry: Entry) -> bytes:
    """An entry as it stands in the reference topic: JSON, without the fields that its kind does not have."""
    fields = {name: value for name, value in msgspec.structs.asdict(entry).items() if value is not None}
    return msgspec.json.encode(fields)
