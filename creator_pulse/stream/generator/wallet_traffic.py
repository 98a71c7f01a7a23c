"""Wallets: viewers buy coins before they spend them; payments are settled, disputed or called fraud."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

from creator_pulse.stream.generator.event_maker import EventMaker, Setting
from creator_pulse.stream.generator.population import alone

if TYPE_CHECKING:
    from creator_pulse.stream.generator.model import Viewer

_PACKS = (70, 350, 700, 1_400, 3_500, 7_000, 17_500)
# Probability that a viewer buys the next larger pack than needed, and so on.
_LARGER = 0.3
_COIN_USD = 0.0143
# Share of a payment that remains after tax and store.
_NET = 0.7
_METHODS = ("card", "card", "wallet", "carrier")
_FAILED = 0.03
_SETTLED = 0.8
DISPUTED, FRAUD = 0.002, 0.001
_AGES = ("19_24", "25_34", "25_34", "35_44", "45_54")
_SOURCES = ("verified", "verified", "verified", "declared", "model")
# After a payment that failed.
_AGAIN_MS = 15_000
_TO_GIFT_MS = 5_000


class WalletTraffic(EventMaker):
    """Keeps every viewer's coins; a wallet holds the rest of an earlier pack when the run begins.

    Args:
        setting: what all makers share.
    """

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._coins: dict[bytes, int] = {}

    def spend(self, viewer: Viewer, coins: int, time_ms: float) -> float:
        """Take coins out of a wallet, after a purchase if there are too few.

        Args:
            viewer: whose wallet it is.
            coins: to be spent, 1 or more.
            time_ms: virtual time.

        Returns:
            when they can be spent.
        """
        held = self._coins.get(viewer.name)
        if held is None:
            held = int(self._pack(coins) * self._rng.random())
        left = held - coins
        while left < 0:
            pack = self._pack(-left)
            time_ms = self._buy(viewer, pack, time_ms)
            left += pack
        self._coins[viewer.name] = left
        return time_ms

    def _pack(self, needed: int) -> int:
        """The smallest pack that is enough, or a larger one; the largest one if none is."""
        size = next((at for at, coins in enumerate(_PACKS) if coins >= needed), len(_PACKS) - 1)
        while size + 1 < len(_PACKS) and self._rng.random() < _LARGER:
            size += 1
        return _PACKS[size]

    def _buy(self, viewer: Viewer, coins: int, time_ms: float) -> float:
        """One purchase of coins; if it fails, the next attempt succeeds.

        Returns:
            when the coins can be spent.
        """
        rng = self._rng
        actor = alone(viewer)
        micros = int(coins * _COIN_USD * 1e12 / actor.market.usd_micros)
        paid = (
            f'"coins":{coins},"amount_micros":{micros},"net_micros":{int(micros * _NET)},'
            f'"currency":"{actor.market.currency}","payment_method":"{rng.choice(_METHODS)}",'
            f'"viewer_age_band":"{rng.choice(_AGES)}","age_source":"{rng.choice(_SOURCES)}",'
            f'"payment_hash":"h{crc32(viewer.name):x}"'
        )
        if rng.random() < _FAILED:
            code = rng.choice(("card_declined", "timeout"))
            own = f',"topup_id":"u{self._queue.count:x}",{paid},"failure_code":"{code}"'
            self._queue.put("wallet", actor, "topup_failed", time_ms, own)
            time_ms += _AGAIN_MS
        common = f',"topup_id":"u{self._queue.count:x}",{paid}'
        event_ms = self._queue.put("wallet", actor, "topup_completed", time_ms, common)
        for kind, chance in (("settled", _SETTLED), ("disputed", DISPUTED), ("fraud_reported", FRAUD)):
            if rng.random() < chance:
                at_ms, original = self._reference(time_ms, event_ms, 60)
                own = f'{common},"original_event_time":{original}'
                self._queue.put("wallet", actor, f"topup_{kind}", at_ms, own)
        return time_ms + _TO_GIFT_MS
