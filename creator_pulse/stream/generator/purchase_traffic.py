"""Commerce: clicks on products, orders, and what happens to orders later.

Refunds and disputes come days after the sale; here half of them follow within minutes (a day is a
minute), the other half at once with an ``original_event_time`` days ago, so that both exist from the start.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from creator_pulse.stream.generator.model import Actor

if TYPE_CHECKING:
    from random import Random

    from creator_pulse.stream.generator.outbox import Outbox
    from creator_pulse.stream.generator.population import Population
    from creator_pulse.stream.generator.watch_traffic import WatchTraffic

SAMPLES = 0.02
_AFTER_LIVE, _AFTER_VIDEO = 0.07, 0.03
_FAILED = 0.03
_SETTLED = 0.8
_CANCELLED = 0.04
DISPUTED, _CLOSED = 0.001, 0.6
FRAUD = 0.0005
"""Together a quarter of the ratio at which a ticket is written."""
_DAY_MS = 86_400_000
_MINUTE_MS = 60_000
_LONGEST_DAYS = 30.0


class PurchaseTraffic:
    """Makes commerce, one click on a product at a time.

    Args:
        rng: source of randomness.
        population: who buys from whom.
        watch: who buys in live rooms: only live viewers do.
        outbox: where events go.
    """

    def __init__(self, rng: Random, population: Population, watch: WatchTraffic, outbox: Outbox) -> None:
        self._rng, self._population, self._watch, self._outbox = rng, population, watch, outbox

    def click(self, time_ms: float) -> None:
        """One click on a product, sometimes an order or a failed checkout, and its later fate.

        Args:
            time_ms: of the click.
        """
        rng = self._rng
        attribution = "live" if rng.random() < 0.4 else rng.choice(("video", "showcase"))
        actor = self._live_buyer(time_ms) if attribution == "live" else self._population.actor()
        product = f'"product_id":"p{rng.randrange(5000)}","attribution":"{attribution}"'
        self._outbox.put("purchase", actor, "product_click", time_ms, f",{product}")
        if rng.random() >= (_AFTER_LIVE if attribution == "live" else _AFTER_VIDEO):
            return
        time_ms += rng.uniform(5_000, 60_000)
        if rng.random() < _FAILED:
            code = rng.choice(("card_declined", "insufficient_funds", "timeout"))
            self._outbox.put("purchase", actor, "checkout_failed", time_ms, f',"failure_code":"{code}"')
            return
        self._order(actor, time_ms, product)

    def _live_buyer(self, time_ms: float) -> Actor:
        """Somebody who watches live, with whom they buy from: they go from room to room."""
        place = self._population.place()
        creator = self._population.creator(place.app)
        return Actor(creator, place, f"{creator.text},{self._watch.buyer(place, time_ms)}")

    def _order(self, actor: Actor, time_ms: float, product: str) -> None:
        rng, place = self._rng, actor.place
        order = f',"order_id":"o{self._outbox.count:x}"'
        usd = rng.lognormvariate(math.log(place.order_usd), 0.9)
        micros = max(1, int(usd * 1e12 / place.usd_micros))
        rates = (
            f',"commission_bps":{rng.randrange(800, 2001, 100)},"referral_fee_bps":{rng.choice((600, 900))}'
        )
        sample = rng.random() < SAMPLES
        flag = ',"is_sample":true' if sample else ""
        paid = f',"payment_method":"{rng.choice(("card", "card", "wallet", "cod"))}"'
        event_ms = self._outbox.put(
            "purchase",
            actor,
            "order_completed",
            time_ms,
            f'{order},"value_micros":{micros},"currency":"{place.currency}","quantity":1,{product}'
            f"{rates if rng.random() < 0.9 else ''}{flag}{paid}",
        )
        money = f',"currency":"{place.currency}"'
        if rng.random() < _CANCELLED:
            own = f'{order},"refund_micros":{micros}{money}{rates}{flag},"is_full":true'
            self._later("order_cancelled", actor, (time_ms, event_ms), 1 / 48, own)
        elif rng.random() < place.refund:
            back = micros if rng.random() < 0.8 else max(1, micros // 2)
            fault = rng.choice(("seller", "buyer", "logistics"))
            own = f'{order},"refund_micros":{back}{money}{rates}{flag},"fault":"{fault}"'
            self._later("order_refunded", actor, (time_ms, event_ms), 6.0, own)
        if rng.random() < _SETTLED:
            self._outbox.put("purchase", actor, "order_settled", time_ms + _MINUTE_MS, f"{order}{paid}")
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
                self._outbox.put("purchase", actor, "dispute_closed", time_ms + 2 * _MINUTE_MS, own)
        if rng.random() < FRAUD:
            self._outbox.put("purchase", actor, "fraud_reported", time_ms + _MINUTE_MS, f"{order}{paid}")

    def _later(self, kind: str, actor: Actor, ordered: tuple[float, int], days: float, own: str) -> None:
        """What takes an order back: some days after it, told as minutes or as an old order.

        Args:
            kind: event type.
            actor: as in the order.
            ordered: the order's virtual time and its event time.
            days: median delay.
            own: the event's own fields but ``original_event_time``.
        """
        rng = self._rng
        delay = min(rng.lognormvariate(math.log(days), 0.7), _LONGEST_DAYS)
        time_ms, event_ms = ordered
        if rng.random() < 0.5:
            at_ms, original = time_ms + delay * _MINUTE_MS, event_ms
        else:
            at_ms, original = time_ms + 1_000, event_ms - int(delay * _DAY_MS)
        self._outbox.put("purchase", actor, kind, at_ms, f'{own},"original_event_time":{original}')
