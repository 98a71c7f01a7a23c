"""Unusual but sound spans of a synthetic world: nobody may be woken by them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.proof.backtest.change import Change, Lose, More, Plus, Times
from creator_pulse.proof.backtest.flows import USD
from creator_pulse.proof.backtest.plan import IncidentPlan, always
from creator_pulse.proof.backtest.sums import DAY, HOUR
from creator_pulse.proof.backtest.wrong import AD_PARTS, GIFT_MONEY, ORDER_PARTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

_WHALE_USD = 100_000


def _rise(minutes: int, ramp: int) -> NDArray[np.float64]:
    """From 0 to 1 within ``ramp`` minutes, and back at the end."""
    at = np.arange(minutes)
    return np.clip(np.minimum(at, minutes - 1 - at) / ramp, 0.0, 1.0)


def _more_of(
    events: Mapping[str, tuple[str, ...]], factor: float, ramp: int
) -> Callable[[int], tuple[Change, ...]]:
    """Events rise to ``factor`` times as many, or fall to that, and come back."""
    kind, share = (More, factor - 1) if factor > 1 else (Lose, 1 - factor)
    return lambda minutes: tuple(
        kind(measure=measure, along=along, share=share * _rise(minutes, ramp))
        for measure, along in events.items()
    )


_GIFTS = {"gifts": GIFT_MONEY}
_SHOP = {"checkouts_completed": ORDER_PARTS, "checkouts_failed": ()}
_ALL = {
    **_GIFTS,
    **_SHOP,
    "ad_shown_all": AD_PARTS,
    "topups_completed": ("topup_capped_usd",),
    "topups_failed": (),
    "heartbeats": ("viewing_ms",),
}
_ROOM = {**_GIFTS, "heartbeats": ("viewing_ms",)}


def _launch(minutes: int) -> tuple[Change, ...]:
    """A new kind of gift: a quarter more, found by viewers within a day."""
    return (More(measure="gifts", along=GIFT_MONEY, share=0.25 * _rise(minutes, DAY)),)


def _season(minutes: int) -> tuple[Change, ...]:
    return _more_of(_ALL, 0.8, minutes // 3)(minutes)


def _returns(minutes: int) -> tuple[Change, ...]:
    """Refunds after a sale: most in the first week, then fewer."""
    day = np.arange(minutes) / DAY
    share = 0.5 * np.exp(-(np.log(np.maximum(day, 0.01) / 4) ** 2))
    return (More(measure="refunded_orders", along=("refunded_usd",), share=share),)


def unusual() -> tuple[IncidentPlan, ...]:
    """Everything unusual that a world has once in eight weeks."""
    plan = partial(IncidentPlan, kind="unusual", severity="none")
    return (
        plan(
            name="sale, announced",
            size="x 3",
            minutes=DAY,
            changes=_more_of(_SHOP, 3.0, 45),
            announced=(("commerce", 3.0),),
        ),
        plan(
            name="sale, announced",
            size="x 2, though x 3 was announced",
            minutes=DAY,
            changes=_more_of(_SHOP, 2.0, 45),
            announced=(("commerce", 3.0),),
            tickets=1,
        ),
        plan(name="returns after a sale", size="x 1.5", minutes=10 * DAY, changes=_returns, aside=True),
        plan(
            name="holiday, announced",
            size="x 1.6",
            minutes=DAY,
            changes=_more_of(_ALL, 1.6, 2 * HOUR),
            announced=(("all", 1.6),),
        ),
        plan(
            name="holiday, unannounced",
            size="-40 %",
            minutes=DAY,
            changes=_more_of(_ALL, 0.6, 2 * HOUR),
            tickets=1,
        ),
        plan(name="viral hour", size="x 3", minutes=HOUR, changes=_more_of(_ROOM, 3.0, 10), scope="region"),
        plan(name="promotion of gifts", size="x 1.5", minutes=3 * HOUR, changes=_more_of(_GIFTS, 1.5, 10)),
        plan(
            name="whale",
            size="100,000 USD",
            minutes=10,
            changes=always(
                Plus(measure="gift_usd", share=_WHALE_USD * USD),
                Plus(measure="gift_coins", share=_WHALE_USD * 70),
                Plus(measure="gift_capped_coins", share=1000),
                Plus(measure="gift_capped_usd", share=14.3 * USD),
            ),
            scope="region",
        ),
        plan(name="launch of a gift", size="+25 %", minutes=6 * DAY, changes=_launch, aside=True),
        plan(name="slow season", size="-20 %", minutes=12 * DAY, changes=_season, aside=True),
        plan(
            name="dear ads",
            size="x 1.3",
            minutes=DAY,
            changes=lambda minutes: (
                Times(measure="ad_revenue_usd", share=1 + 0.3 * _rise(minutes, 3 * HOUR)),
                Times(measure="ad_capped_usd", share=1 + 0.3 * _rise(minutes, 3 * HOUR)),
            ),
            tickets=1,
        ),
    )
