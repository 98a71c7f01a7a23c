"""One dated version of one reference value, and what each kind of it holds."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

REQUIRED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "fx": ("usd_micros",),
        "rate": ("usd_micros",),
        "gift": ("unit_coins",),
        "take_rate": ("bps",),
        "campaign": ("usd_micros", "valid_until"),
        "reward_budget": ("usd_micros",),
        "calendar": ("factor", "valid_until"),
        "ledger_day": ("usd_micros",),
        "verdict": ("rule", "confirmed"),
        "target": ("value",),
    }
)
"""Kind -> the fields that an entry of it must have."""


class Entry(msgspec.Struct, frozen=True):
    """One version of one reference value; which fields it has depends on its kind.

    Attributes:
        kind: one of ``REQUIRED``, or one that is not known here.
        id: what it is about.
        valid_from: from when it holds, epoch ms.
        valid_until: of a campaign: until when its money is planned to be spent; of a calendar: until when
            the factor is expected; epoch ms.
        usd_micros: of ``fx`` per unit, of ``rate`` per coin, of ``reward_budget`` per day, of ``campaign``
            and ``ledger_day`` in all.
        unit_coins: of a gift.
        gift_type: of a gift; 1 can streak.
        bps: of a take rate, the platform's share in basis points.
        factor: of a calendar, how many times the usual volume is expected; above 0.
        confirmed: of a verdict.
        rule: of a verdict, the rule whose case it closes.
        note: of a verdict.
        value: of a target, in the unit in which the value is shown.
    """

    kind: str
    id: str
    valid_from: int
    valid_until: int | None = None
    usd_micros: int | None = None
    unit_coins: int | None = None
    gift_type: int | None = None
    bps: int | None = None
    factor: Annotated[float, msgspec.Meta(gt=0)] | None = None
    confirmed: bool | None = None
    rule: str | None = None
    note: str | None = None
    value: float | None = None

    @property
    def key(self) -> bytes:
        """Its key in the reference topic."""
        return f"{self.kind}:{self.id}:{self.valid_from}".encode()

    @property
    def whole(self) -> bool:
        """Whether it has what an entry of its kind must have."""
        return all(getattr(self, name) is not None for name in REQUIRED.get(self.kind, ()))


def encoded(entry: Entry) -> bytes:
    """An entry as it stands in the reference topic: JSON, without the fields that its kind does not have."""
    said = {name: value for name, value in msgspec.structs.asdict(entry).items() if value is not None}
    return msgspec.json.encode(said)
