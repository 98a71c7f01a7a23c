"""Who watches live now, who of them buys, and whose turn it is to give."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from creator_pulse.stream.generator.model import Market

GIVERS = 5
"""One live viewer in so many gives; of few viewers more do, as one alone would give too fast for FR1."""
_LEAST_GIVERS = 3


class _Crowd:
    """The live viewers of a place, who came first at the front."""

    def __init__(self) -> None:
        self.viewers: list[str] = []
        self.turn = 0


class Audience:
    """The live viewers of all places, by their fields as JSON.

    The first fifth of a place gives, one after the other: whoever has watched longest. In turn and not by
    chance, as gifts are half of all records and a giver is near the bound of FR1 as it is. Anybody buys.

    Args:
        rng: source of randomness.
    """

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._crowds: defaultdict[str, _Crowd] = defaultdict(_Crowd)

    def enter(self, place: Market, viewer: str) -> None:
        """Somebody begins to watch live.

        Args:
            place: where they are.
            viewer: their fields.
        """
        self._crowds[place.region].viewers.append(viewer)

    def leave(self, place: Market, viewer: str) -> None:
        """Somebody who watched live goes.

        Args:
            place: where they are.
            viewer: their fields.
        """
        self._crowds[place.region].viewers.remove(viewer)

    def giver(self, place: Market) -> str | None:
        """Who gives next in a place; None where nobody watches live.

        Args:
            place: where they are.
        """
        crowd = self._crowds[place.region]
        number = len(crowd.viewers)
        if not number:
            return None
        crowd.turn = (crowd.turn + 1) % min(number, max(_LEAST_GIVERS, number // GIVERS))
        return crowd.viewers[crowd.turn]

    def buyer(self, place: Market) -> str | None:
        """Who looks at a product next in a place; None where nobody watches live.

        Args:
            place: where they are.
        """
        viewers = self._crowds[place.region].viewers
        return self._rng.choice(viewers) if viewers else None
