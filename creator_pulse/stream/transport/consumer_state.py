"""What the consumer knows of the partitions that are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from faust.types import TP


class Ends(NamedTuple):
    """How far a partition is.

    Attributes:
        position: of the fetch.
        stable: behind the last record that no open transaction hides.
        end: of the log.
    """

    position: int
    stable: int
    end: int


class ConsumerState(NamedTuple):
    """One look at all of them.

    Attributes:
        ends: of the assigned partitions that were fetched.
        leaderless: assigned ones that no broker leads.
        uncounted: topic -> partitions that the settings have and Kafka has not, or the other way round.
    """

    ends: Mapping[TP, Ends]
    leaderless: frozenset[TP]
    uncounted: Mapping[str, int]
