"""Top-ups: viewers buy coins, and their payments are settled, disputed or reported as fraud."""

from __future__ import annotations

from creator_pulse.stream.generator.event_maker import EventMaker

# The smallest pack twice: most purchases are small.
_PACKS = (70, 70, 350, 700, 1_400, 3_500, 7_000, 17_500)
_COIN_USD = 0.0143
# Share of a payment that remains after tax and store.
_NET = 0.7
_METHODS = ("card", "card", "wallet", "carrier")
_FAILED = 0.03
_SETTLED = 0.8
DISPUTED, FRAUD = 0.002, 0.001
_AGES = ("19_24", "25_34", "25_34", "35_44", "45_54")
_SOURCES = ("verified", "verified", "verified", "declared", "model")


class WalletTraffic(EventMaker):
    """Makes top-ups, each with its later events."""

    def buy(self, time_ms: float) -> None:
        """One purchase of coins.

        Args:
            time_ms: virtual time of the purchase.
        """
        rng = self._rng
        actor = self._population.buyer()
        coins = rng.choice(_PACKS)
        # As for orders: 10^6 micros of the currency by micro-USD per unit.
        micros = int(coins * _COIN_USD * 1e12 / actor.market.usd_micros)
        common = (
            f',"topup_id":"u{self._queue.count:x}","coins":{coins},"amount_micros":{micros},'
            f'"net_micros":{int(micros * _NET)},"currency":"{actor.market.currency}",'
            f'"payment_method":"{rng.choice(_METHODS)}","viewer_age_band":"{rng.choice(_AGES)}",'
            f'"age_source":"{rng.choice(_SOURCES)}","payment_hash":"h{rng.getrandbits(40):x}"'
        )
        if rng.random() < _FAILED:
            own = f'{common},"failure_code":"{rng.choice(("card_declined", "timeout"))}"'
            self._queue.put("wallet", actor, "topup_failed", time_ms, own)
            return
        event_ms = self._queue.put("wallet", actor, "topup_completed", time_ms, common)
        for kind, chance in (("settled", _SETTLED), ("disputed", DISPUTED), ("fraud_reported", FRAUD)):
            if rng.random() < chance:
                at_ms, original = self._reference(time_ms, event_ms, 60)
                own = f'{common},"original_event_time":{original}'
                self._queue.put("wallet", actor, f"topup_{kind}", at_ms, own)
