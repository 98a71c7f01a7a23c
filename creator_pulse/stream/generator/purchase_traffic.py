"""Commerce: clicks on products, orders, and the later events of orders.

Refunds and disputes come days after the sale. Here half of them follow after the world's days, the other
half at once with an ``original_event_time`` real days ago, so that both exist from the start.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from creator_pulse.stream.generator.event_maker import DAY_MS, EventMaker, Setting
from creator_pulse.stream.generator.population import watching

if TYPE_CHECKING:
    from creator_pulse.stream.generator.audience import Guests
    from creator_pulse.stream.generator.model import Actor

SAMPLES = 0.02
_AFTER_LIVE, _AFTER_VIDEO = 0.07, 0.03
_FAILED = 0.03
_SETTLED = 0.8
_CANCELLED = 0.04
# Share of orders from which the creator has a commission.
_AFFILIATE = 0.9
DISPUTED, _CLOSED = 0.001, 0.6
FRAUD = 0.0005
"""Together a quarter of the ratio at which a ticket is written."""
_LONGEST_DAYS = 30.0


class PurchaseTraffic(EventMaker):
    """Makes commerce, one click on a product at a time.

    Args:
        setting: what all makers share.
        watch: the live viewers, who alone buy in live rooms.
    """

    def __init__(self, setting: Setting, watch: Guests) -> None:
        super().__init__(setting)
        self._watch = watch

    def click(self, time_ms: float) -> None:
        """One click on a product, sometimes with an order and its later events, or a failed checkout.

        Args:
            time_ms: virtual time of the click.
        """
        rng = self._rng
        attribution = "live" if rng.random() < 0.4 else rng.choice(("video", "showcase"))
        actor = self._live_buyer(time_ms) if attribution == "live" else self._population.shopper()
        product = f'"product_id":"p{rng.randrange(5000)}","attribution":"{attribution}"'
        self._queue.put("purchase", actor, "product_click", time_ms, f",{product}")
        if rng.random() >= (_AFTER_LIVE if attribution == "live" else _AFTER_VIDEO):
            return
        time_ms += rng.uniform(5_000, 60_000)
        if rng.random() < _FAILED:
            code = rng.choice(("card_declined", "insufficient_funds", "timeout"))
            self._queue.put("purchase", actor, "checkout_failed", time_ms, f',"failure_code":"{code}"')
            return
        self._order(actor, time_ms, product)

    def _live_buyer(self, time_ms: float) -> Actor:
        """A live viewer together with the host, who sells."""
        session = self._watch.buyer(self._population.shopping_market(), time_ms)
        return watching(session.creator, session.viewer)

    def _order(self, actor: Actor, time_ms: float, product: str) -> None:
        rng, market, day_ms = self._rng, actor.market, self._world.day_ms
        order = f',"order_id":"o{self._queue.count:x}"'
        usd = rng.lognormvariate(math.log(market.order_usd), 0.9)
        # USD to micros of the currency: 10^6 micros, and usd_micros micro-USD per unit.
        micros = max(1, int(usd * 1e12 / market.usd_micros))
        fee = f',"referral_fee_bps":{market.fee_bps}'
        # Without a commission if the creator sells goods of their own.
        if rng.random() < _AFFILIATE:
            fee += f',"commission_bps":{rng.randrange(800, 2001, 100)}'
        sample = rng.random() < SAMPLES
        flag = ',"is_sample":true' if sample else ""
        paid = f',"payment_method":"{rng.choice(("card", "card", "wallet", "cod"))}"'
        event_ms = self._queue.put(
            "purchase",
            actor,
            "order_completed",
            time_ms,
            f'{order},"value_micros":{micros},"currency":"{market.currency}","quantity":1,{product}'
            f"{fee}{flag}{paid}",
        )
        money = f',"currency":"{market.currency}"'
        if rng.random() < _CANCELLED:
            own = f'{order},"refund_micros":{micros}{money}{fee}{flag},"is_full":true'
            self._later("order_cancelled", actor, (time_ms, event_ms), 1 / 48, own)
        elif rng.random() < market.refund:
            # One in five refunds is partial.
            back = micros if rng.random() < 0.8 else max(1, micros // 2)
            fault = rng.choice(("seller", "buyer", "logistics"))
            own = f'{order},"refund_micros":{back}{money}{fee}{flag},"fault":"{fault}"'
            self._later("order_refunded", actor, (time_ms, event_ms), 6.0, own)
        if rng.random() < _SETTLED:
            self._queue.put("purchase", actor, "order_settled", time_ms + day_ms, f"{order}{paid}")
        if rng.random() < DISPUTED:
            self._later(
                "dispute_opened",
                actor,
                (time_ms, event_ms),
                6.0,
                f'{order},"value_micros":{micros}{money}{paid}',
            )
            if rng.random() < _CLOSED:
                own = f'{order},"outcome":"{rng.choice(("won", "lost"))}"'
                self._queue.put("purchase", actor, "dispute_closed", time_ms + 2 * day_ms, own)
        if rng.random() < FRAUD:
            self._queue.put("purchase", actor, "fraud_reported", time_ms + day_ms, f"{order}{paid}")

    def _later(self, kind: str, actor: Actor, ordered: tuple[float, int], days: float, own: str) -> None:
        """Put an event that reverses an order some days later, or for an order of some days ago.

        Args:
            kind: event type, for example ``order_refunded``.
            actor: the actor of the order.
            ordered: the order's virtual time and its event time.
            days: median delay in days.
            own: the event's own fields without ``original_event_time``.
        """
        rng = self._rng
        delay = min(rng.lognormvariate(math.log(days), 0.7), _LONGEST_DAYS)
        time_ms, event_ms = ordered
        if rng.random() < 0.5:
            at_ms, original = time_ms + delay * self._world.day_ms, event_ms
        else:
            at_ms, original = time_ms + 1_000, event_ms - int(delay * DAY_MS)
        self._queue.put("purchase", actor, kind, at_ms, f'{own},"original_event_time":{original}')
