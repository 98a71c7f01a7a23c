"""The incidents of a synthetic world, each at several sizes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.proof.backtest import alert_sets as alerts
from creator_pulse.proof.backtest.change import Change, Fail, Lose, More, Times, Unread
from creator_pulse.proof.backtest.plan import IncidentPlan, always
from creator_pulse.proof.backtest.sums import DAY, HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creator_pulse.proof.backtest.incident import Severity

GIFT_MONEY = ("gift_capped_coins", "gift_capped_usd", "gift_coins", "gift_usd")
AD_PARTS = ("ad_impressions", "ad_shown_invalid", "ad_revenue_usd", "ad_capped_usd")
ORDER_PARTS = ("orders", "order_capped_usd")
_GIFTS = partial(Lose, measure="gifts", along=GIFT_MONEY)
_ADS = partial(Lose, measure="ad_shown_all", along=AD_PARTS)
_ORDERS = partial(Lose, measure="checkouts_completed", along=ORDER_PARTS)
_BEATS = partial(Lose, measure="heartbeats", along=("viewing_ms",))
_TOPUPS_FAIL = partial(Fail, measure="topups_completed", to="topups_failed", along=("topup_capped_usd",))
_CHECKOUTS_FAIL = partial(Fail, measure="checkouts_completed", to="checkouts_failed", along=ORDER_PARTS)
_PAYOUTS_FAIL = partial(Fail, measure="paid_payouts", to="refused_payouts", along=("paid_payout_usd",))


def percent(share: float) -> str:
    """For example ``50 %``."""
    return f"{100 * share:g} %"


def _lasting(share: float) -> int:
    """Minutes that a fall lasts: a smaller one is seen later, so it lasts longer before it is mended."""
    if share >= 1.0:
        return 40
    if share >= 0.5:
        return HOUR
    return 3 * HOUR if share >= 0.3 else DAY


def _severity(share: float, page_from: float) -> Severity:
    return "page" if share >= page_from else "ticket"


def _payment(share: float, minutes: int) -> tuple[Change, ...]:
    """Checkouts and top-ups fail; gifts fall over an hour, as viewers run out of coins."""
    spent = 0.5 * share * (1 - np.exp(-np.arange(minutes) / HOUR))
    return (_CHECKOUTS_FAIL(share=share), _TOPUPS_FAIL(share=share), _GIFTS(share=spent))


def _failures() -> Iterator[IncidentPlan]:
    for share in (1.0, 0.4, 0.2):
        yield IncidentPlan(
            name="payment outage",
            size=percent(share),
            minutes=45,
            changes=partial(_payment, share),
            hard=True,
            must=(alerts.TOPUPS_FAIL, alerts.CHECKOUTS_FAIL),
            may=(alerts.GIFTS_FALL, alerts.ORDERS_FALL, alerts.TOPUPS_FALL, alerts.TOTALS),
        )
    for share in (1.0, 0.3, 0.12):
        yield IncidentPlan(
            name="top-ups fail",
            size=percent(share),
            minutes=45,
            changes=always(_TOPUPS_FAIL(share=share)),
            hard=share >= 0.2,
            must=(alerts.TOPUPS_FAIL,),
            may=(alerts.TOPUPS_FALL,),
        )
        yield IncidentPlan(
            name="checkout fails",
            size=percent(share),
            minutes=45,
            changes=always(_CHECKOUTS_FAIL(share=share)),
            hard=share >= 0.2,
            must=(alerts.CHECKOUTS_FAIL,),
            may=(alerts.ORDERS_FALL, alerts.TOTALS),
        )
    for share in (0.04, 0.30):
        yield IncidentPlan(
            name="payouts fail",
            size=f"{percent(share)} more",
            minutes=3 * HOUR,
            changes=always(_PAYOUTS_FAIL(share=share)),
            must=(alerts.PAYOUTS_FAIL,),
            may=(alerts.PAYOUTS_FALL,),
            severity=_severity(share, 0.2),
            hard=share >= 0.2,
        )
    yield IncidentPlan(
        name="payouts stop",
        size="100 %",
        minutes=3 * HOUR,
        changes=always(
            Lose(measure="paid_payouts", along=("paid_payout_usd",)), Lose(measure="refused_payouts")
        ),
        hard=True,
        must=(alerts.PAYOUTS_FALL, alerts.PAYOUTS_FAIL),
    )


def _falls() -> Iterator[IncidentPlan]:
    streams = (
        # Whoever does not get to the checkout does not fail there either.
        ("orders vanish", (_ORDERS, partial(Lose, measure="checkouts_failed")), alerts.ORDERS_FALL),
        ("gifts vanish", (_GIFTS,), alerts.GIFTS_FALL),
        ("ads vanish", (_ADS,), alerts.ADS_FALL),
    )
    for name, losses, alert in streams:
        for share in (1.0, 0.5, 0.3, 0.15):
            yield IncidentPlan(
                name=name,
                size=percent(share),
                minutes=_lasting(share),
                changes=always(*(lose(share=share) for lose in losses)),
                severity=_severity(share, 0.3),
                hard=share >= 0.5,
                must=(alert,),
                may=(alerts.TOTALS, alerts.RECORDS_FALL),
            )
    yield IncidentPlan(
        name="heartbeats halved",
        size="50 %",
        minutes=HOUR,
        changes=always(_BEATS(share=0.5)),
        hard=True,
        must=(alerts.VIEWERS_FALL,),
        may=(alerts.AD_LOAD, alerts.RECORDS_FALL, alerts.RISEN_TOTALS),
    )
    yield IncidentPlan(
        name="slow decline of gifts",
        size="40 % in 3 days",
        minutes=3 * DAY + 12 * HOUR,
        changes=_decline,
        must=(alerts.GIFTS_FALL,),
        may=(alerts.TOTALS, alerts.RECORDS_FALL),
        severity="ticket",
    )


def _decline(minutes: int) -> tuple[Change, ...]:
    return (_GIFTS(share=np.minimum(np.arange(minutes) / (3 * DAY), 1.0) * 0.4),)


def _gone() -> Iterator[IncidentPlan]:
    """A whole app, its largest region."""
    everything = always(
        _GIFTS(),
        Lose(measure="gift_reversals"),
        _ADS(),
        _ORDERS(),
        Lose(measure="checkouts_failed"),
        Lose(measure="topups_completed", along=("topup_capped_usd",)),
        Lose(measure="topups_failed"),
        _BEATS(),
    )
    falls = (
        alerts.VIEWERS_FALL,
        alerts.GIFTS_FALL,
        alerts.ADS_FALL,
        alerts.ORDERS_FALL,
        alerts.TOPUPS_FALL,
        alerts.RECORDS_FALL,
    )
    yield IncidentPlan(
        name="an app is gone",
        size="100 %",
        minutes=40,
        changes=everything,
        hard=True,
        must=falls,
        may=(alerts.TOTALS,),
    )
    yield IncidentPlan(
        name="its largest region is gone",
        size="100 %",
        minutes=40,
        changes=everything,
        scope="region",
        hard=True,
        must=(*falls, alerts.REGION_FALLS),
        may=(alerts.TOTALS,),
    )


def _still() -> Iterator[IncidentPlan]:
    """A whole topic, all topics."""
    topics = (
        ("gift", always(_GIFTS(), Lose(measure="gift_reversals")), alerts.GIFTS_FALL, ()),
        ("ad", always(_ADS()), alerts.ADS_FALL, ()),
        ("watch", always(_BEATS()), alerts.VIEWERS_FALL, (alerts.AD_LOAD, alerts.RISEN_TOTALS)),
    )
    for topic, changes, alert, others in topics:
        yield IncidentPlan(
            name=f"topic {topic} is dead",
            size="100 %",
            minutes=30,
            changes=changes,
            scope="platform",
            hard=True,
            must=(alert, alerts.RECORDS_FALL),
            may=(alerts.TOTALS, alerts.STANDSTILL, *others),
        )
    yield IncidentPlan(
        name="all topics stall",
        size="25 min",
        minutes=25,
        scope="platform",
        severity="none",
        may=(alerts.STANDSTILL,),
        never=alerts.BUSINESS,
        stalls=True,
    )


def _wrong_values() -> Iterator[IncidentPlan]:
    prices = (("/ 1000", 0.001, "app"), ("x 1000", 1000.0, "region"), ("x 2.5", 2.5, "region"))
    for size, factor, scope in prices:
        yield IncidentPlan(
            name="price of ads",
            size=size,
            minutes=HOUR,
            changes=always(
                Times(measure="ad_revenue_usd", share=factor),
                # A price counts up to 100 USD per thousand.
                Times(measure="ad_capped_usd", share=min(factor, 16.0)),
            ),
            scope="app" if scope == "app" else "region",
            must=(alerts.ADS_FALL if factor < 1 else alerts.PRICES_RISE, alerts.PRICES),
            may=(alerts.TOTALS, alerts.RISEN_TOTALS),
            severity="ticket" if factor == 2.5 else "page",
            hard=factor != 2.5,
        )
    for size, factor in (("x 10", 10.0), ("x 0.5", 0.5)):
        yield IncidentPlan(
            name="price of gifts",
            size=size,
            minutes=90,
            changes=always(
                # A gift counts up to 1,000 coins.
                *(Times(measure=money, share=min(factor, 7.0)) for money in GIFT_MONEY[:2]),
                *(Times(measure=money, share=factor) for money in GIFT_MONEY[2:]),
            ),
            hard=True,
            must=(alerts.GIFTS_FALL if factor < 1 else alerts.GIFTS_RISE,),
            may=(alerts.TOTALS, alerts.RISEN_TOTALS),
        )
    for factor in (3.0, 2.2):
        yield IncidentPlan(
            name="refund wave",
            size=f"x {factor:g}",
            minutes=4 * HOUR,
            changes=always(More(measure="refunded_orders", along=("refunded_usd",), share=factor - 1)),
            must=(alerts.REFUNDS_RISE,),
            may=(alerts.TOTALS,),
        )


def _robots_and_loads() -> Iterator[IncidentPlan]:
    for share, page in ((0.05, False), (0.15, True)):
        robots = More(measure="ad_shown_invalid", share=share / (1 - share) / 0.015)
        yield IncidentPlan(
            name="robots watch ads",
            size=percent(share),
            minutes=2 * HOUR,
            changes=always(robots, More(measure="ad_shown_all", share=share / (1 - share))),
            must=(alerts.ROBOTS,),
            severity="page" if page else "ticket",
        )
    for more, page in ((0.25, False), (0.5, True), (1.5, True)):
        yield IncidentPlan(
            name="ad load",
            size=f"+{percent(more)}",
            minutes=2 * HOUR,
            changes=always(More(measure="ad_shown_all", along=AD_PARTS, share=more)),
            must=(alerts.AD_LOAD,),
            may=(alerts.RISEN_TOTALS, alerts.RECORDS_RISE),
            severity="page" if page else "ticket",
        )
    for share in (1.0, 0.05, 0.01):
        yield IncidentPlan(
            name="records are invalid",
            size=percent(share),
            minutes=30 if share == 1 else HOUR,
            changes=always(
                Unread(measure="gifts", along=GIFT_MONEY, share=share),
                Unread(measure="gift_reversals", share=share),
            ),
            scope="platform",
            must=(alerts.RECORDS_INVALID,),
            may=(alerts.GIFTS_FALL, alerts.TOTALS) if share >= 0.05 else (),
            severity=_severity(share, 0.02),
            hard=share == 1,
        )


def wrong() -> tuple[IncidentPlan, ...]:
    """Every incident at every size."""
    return (*_failures(), *_falls(), *_gone(), *_still(), *_wrong_values(), *_robots_and_loads())
