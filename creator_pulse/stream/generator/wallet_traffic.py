"""Top-ups: viewers buy coins, and what becomes of their payments."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from creator_pulse.stream.generator.model import Actor
    from creator_pulse.stream.generator.outbox import Outbox
    from creator_pulse.stream.generator.population import Population

_PACKS = (70, 70, 350, 700, 1_400, 3_500, 7_000, 17_500)
_COIN_USD = 0.0143
_NET = 0.7
"""What tax and store leave of a payment."""
_METHODS = ("card", "card", "wallet", "carrier")
_FAILED = 0.03
_SETTLED = 0.8
DISPUTED, FRAUD = 0.002, 0.001
_AGES = ("19_24", "25_34", "25_34", "35_44", "45_54")
_SOURCES = ("verified", "verified", "verified", "declared", "model")
_MINUTE_MS = 60_000
_DAY_MS = 86_400_000


class WalletTraffic:
    """Makes top-ups, one with its later fate at a time.

    Args:
        rng: source of randomness.
        population: who buys.
        outbox: where events go.
    """

    def __init__(self, rng: Random, population: Population, outbox: Outbox) -> None:
        self._rng, self._population, self._outbox = rng, population, outbox

    def buy(self, time_ms: float) -> None:
        """One purchase of coins.

        Args:
            time_ms: of the purchase.
        """
        rng = self._rng
        actor = self._population.buyer()
        coins = rng.choice(_PACKS)
        micros = int(coins * _COIN_USD * 1e12 / actor.place.usd_micros)
        common = (
            f',"topup_id":"u{self._outbox.count:x}","coins":{coins},"amount_micros":{micros},'
            f'"net_micros":{int(micros * _NET)},"currency":"{actor.place.currency}",'
            f'"payment_method":"{rng.choice(_METHODS)}","viewer_age_band":"{rng.choice(_AGES)}",'
            f'"age_source":"{rng.choice(_SOURCES)}","payment_hash":"h{rng.getrandbits(40):x}"'
        )
        if rng.random() < _FAILED:
            own = f'{common},"failure_code":"{rng.choice(("card_declined", "timeout"))}"'
            self._outbox.put("wallet", actor, "topup_failed", time_ms, own)
            return
        event_ms = self._outbox.put("wallet", actor, "topup_completed", time_ms, common)
        for kind, chance in (("settled", _SETTLED), ("disputed", DISPUTED), ("fraud_reported", FRAUD)):
            if rng.random() < chance:
                self._later(actor, kind, (time_ms, event_ms), common)

    def _later(self, actor: Actor, kind: str, bought: tuple[float, int], common: str) -> None:
        """Half a minute later, half at once about a purchase some days old."""
        time_ms, event_ms = bought
        if self._rng.random() < 0.5:
            at_ms, original = time_ms + _MINUTE_MS, event_ms
        else:
            at_ms, original = time_ms + 1_000, event_ms - self._rng.randrange(1, 60) * _DAY_MS
        own = f'{common},"original_event_time":{original}'
        self._outbox.put("wallet", actor, f"topup_{kind}", at_ms, own)
