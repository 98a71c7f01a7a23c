"""What one record adds to each measure, written by hand from the contract.

Sums are unrounded products: micros of a currency times micro-USD per unit, and so on. Each function
gives the lines that follow event time and those that follow the watermark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stream.synthetic.streaks import CAP_COINS, Gift
from stream.synthetic.truth import Line
from stream.synthetic.validation import Event, rated_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stream.settings import Settings
    from stream.synthetic.references import References

CAP_MICRO_USD = CAP_COINS * 14_300
"""Where a single value is capped: 1,000 coins at the default price."""
_BPS = 10_000
_DAY_MS = 86_400_000


class Lines(NamedTuple):
    """What a record adds.

    Attributes:
        accepted: lines of measures over accepted rows; of a late record, its late part.
        late: lines that only a late record adds, in the pane of its event time.
        capped: (measure prefix, topic, capped micro-USD) for the measures of late value lost.
    """

    accepted: tuple[Line, ...] = ()
    late: tuple[Line, ...] = ()
    capped: tuple[str, str, int] | None = None


class Arithmetic:
    """Turns events into lines.

    Args:
        settings: which regions have series of their own.
        references: dated rates.
    """

    def __init__(self, settings: Settings, references: References) -> None:
        self._regions = {app: frozenset(regions) for app, regions in settings.regions.items()}
        self._references = references

    def place(self, app: str, region: str) -> tuple[str, str]:
        """App and region as labels; a region without series of its own is ``other``."""
        return (app, region if region in self._regions.get(app, frozenset()) else "other")

    def gift(self, gift: Gift) -> Lines:
        """Lines of a ``gift_sent`` record or a booked streak, what counts already decided.

        Args:
            gift: with its gifts, coins and capped coins; all 0 for progress.
        """
        place = self.place(gift.place[0], gift.place[1])
        price = self._coin_rate("price", gift.place, gift.event_time)
        earned = self._coin_rate("creator", gift.place, gift.event_time)
        value = gift.coins * price
        capped = gift.capped * price
        platform = gift.booked if gift.gifts > 0 and gift.booked is not None else 0
        return Lines(
            (
                Line("gifts", place, gift.gifts),
                Line("gift_coins", place, gift.coins),
                Line("gift_capped_coins", place, gift.capped),
                Line("gift_streaks_timed_out", place, gift.timed_out),
                Line("gift_usd", place, value),
                Line("gift_capped_usd", place, capped),
                Line("creator_gift_usd", place, gift.coins * earned),
                Line("gift_platform_usd", place, platform),
            ),
            (Line("gift_late_usd", place, value),),
            ("gift", "gift", min(capped, CAP_MICRO_USD)),
        )

    def event(self, event: Event) -> Lines:
        """Lines of any other valid event; none where no measure is made of its type.

        Args:
            event: a valid object.
        """
        make = _MAKERS.get(str(event["event_type"]))
        return Lines() if make is None else make(self, event)

    def _coin_rate(self, name: str, place: tuple[str, str, str | None], time_ms: int) -> int:
        rate = self._references.rate(name, place, time_ms)
        assert rate is not None, f"no {name} rate for {place} at {time_ms}: the defaults hold from 0"
        return rate

    def _place(self, event: Event) -> tuple[str, str]:
        return self.place(str(event["app"]), str(event["region"]))

    def _usd(self, event: Event, amount: str) -> int:
        rate = self._references.fx(str(event["currency"]), rated_at(event))
        assert rate is not None, "a record without a rate is invalid"
        return _int(event, amount) * rate

    def _impression(self, event: Event) -> Lines:
        place = self._place(event)
        surface = str(event.get("surface") or "unknown")
        valid = event["billable"] is True and event.get("ivt_class") in {None, "none"}
        one = 1 if valid else 0
        revenue = self._usd(event, "price_micros_cpm") * one
        share = revenue * _int(event, "revenue_share_bps")
        return Lines(
            (
                Line("ad_impressions", place, one),
                Line("ad_shown", (*place, surface), one),
                Line("ad_revenue_usd", place, revenue),
                Line("creator_ad_usd", place, share),
                Line("ad_platform_usd", place, revenue * _BPS - share),
            ),
            (Line("ad_late_usd", place, revenue),),
            ("ad", "ad", min(revenue // 10**9, CAP_MICRO_USD)),
        )

    def _invalidated(self, event: Event) -> Lines:
        share = self._usd(event, "price_micros_cpm") * _int(event, "revenue_share_bps")
        return Lines((Line("ad_reversed_usd", self._place(event), share),))

    def _gift_reversed(self, event: Event) -> Lines:
        platform = event.get("platform")
        where = (str(event["app"]), str(event["region"]), None if platform is None else str(platform))
        rate = self._coin_rate("creator", where, rated_at(event))
        return Lines((Line("gift_reversed_usd", self._place(event), _int(event, "coins") * rate),))

    def _order(self, event: Event) -> Lines:
        place = self._place(event)
        one = 0 if event.get("is_sample") is True else 1
        value = self._usd(event, "value_micros") * one
        commission = _int(event, "commission_bps")
        return Lines(
            (
                Line("orders", place, one),
                Line("gmv_usd", place, value),
                Line("attributed_gmv_usd", place, value if commission > 0 else 0),
                Line("commission_usd", place, value * commission),
                Line("commerce_platform_usd", place, value * _int(event, "referral_fee_bps")),
            ),
            (Line("commerce_late_usd", place, value),),
            ("order", "purchase", min(value // 10**6, CAP_MICRO_USD)),
        )

    def _reversal(self, event: Event) -> Lines:
        place = self._place(event)
        name = "refunded" if event["event_type"] == "order_refunded" else "cancelled"
        refund = self._usd(event, "refund_micros")
        # A sample order accrued no commission, so none is taken back.
        bps = 0 if event.get("is_sample") is True else _int(event, "commission_bps")
        return Lines(
            (
                Line(f"{name}_usd", place, refund),
                Line(f"commission_{name}_usd", place, refund * bps),
            )
        )

    def _heartbeat(self, event: Event) -> Lines:
        labels = (*self._place(event), str(event["surface"]))
        return Lines((Line("watch_ms", labels, _int(event, "organic_ms") + _int(event, "ad_ms")),))


def capped_lines(
    lines: Lines, watermark: int, event_time: int, *, late: bool
) -> tuple[list[Line], list[Line]]:
    """The lines of late value lost: (accepted, only of late records), both in the watermark's pane.

    Args:
        lines: of the record.
        watermark: before the record.
        event_time: of the record.
        late: whether the record is late.
    """
    if lines.capped is None:
        return [], []
    name, topic, value = lines.capped
    accepted = [Line(f"{name}_valued_usd", (topic,), value)]
    if not late:
        return accepted, []
    lost = value if watermark - event_time > _DAY_MS else 0
    return accepted, [Line(f"{name}_unabsorbed_usd", (topic,), lost)]


def _int(event: Event, name: str) -> int:
    value = event.get(name)
    return value if isinstance(value, int) else 0


_MAKERS: Mapping[str, Callable[[Arithmetic, Event], Lines]] = {
    "impression": Arithmetic._impression,  # noqa: SLF001 - the table belongs to the class above
    "impression_invalidated": Arithmetic._invalidated,  # noqa: SLF001
    "gift_reversed": Arithmetic._gift_reversed,  # noqa: SLF001
    "order_completed": Arithmetic._order,  # noqa: SLF001
    "order_refunded": Arithmetic._reversal,  # noqa: SLF001
    "order_cancelled": Arithmetic._reversal,  # noqa: SLF001
    "heartbeat": Arithmetic._heartbeat,  # noqa: SLF001
}
