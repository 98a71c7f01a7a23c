"""The viewers who watch live now; some of them give gifts in turn, and any of them may buy."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from creator_pulse.stream.generator.model import Market

GIVERS = 5
"""One live viewer in five gives, but at least three, because a single one would give too fast for FR1."""
_LEAST_GIVERS = 3


class _Crowd:
    """The live viewers of a market, in order of arrival."""

    def __init__(self) -> None:
        self.viewers: list[str] = []
        self.turn = 0


class Audience:
    """The live viewers of all markets; a viewer is represented by its fields as JSON.

    In each market, the fifth that has watched longest gives in turn. It is not random, because gifts are
    half of all records and a giver is near the bound of FR1 already. Any viewer may buy.

    Args:
        rng: source of all randomness.
    """

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._crowds: defaultdict[str, _Crowd] = defaultdict(_Crowd)

    def enter(self, market: Market, viewer: str) -> None:
        """Add a viewer who begins to watch live.

        Args:
            market: market of the viewer.
            viewer: the viewer's fields as JSON.
        """
        self._crowds[market.region].viewers.append(viewer)

    def leave(self, market: Market, viewer: str) -> None:
        """Remove a viewer who no longer watches live.

        Args:
            market: market of the viewer.
            viewer: the viewer's fields as JSON.
        """
        self._crowds[market.region].viewers.remove(viewer)

    def giver(self, market: Market) -> str | None:
        """The next viewer of a market who gives; None if no one watches live there."""
        crowd = self._crowds[market.region]
        number = len(crowd.viewers)
        if not number:
            return None
        # Only the first of the crowd give, in turn: a fifth of it, but at least three (GI3).
        crowd.turn = (crowd.turn + 1) % min(number, max(_LEAST_GIVERS, number // GIVERS))
        return crowd.viewers[crowd.turn]

    def buyer(self, market: Market) -> str | None:
        """A random viewer of a market who looks at a product; None if no one watches live there."""
        viewers = self._crowds[market.region].viewers
        return self._rng.choice(viewers) if viewers else None
