"""The consumer's knowledge of the partitions that are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from faust.types import TP


class Ends(NamedTuple):
    """Offsets of one partition.

    Attributes:
        position: where the next fetch begins.
        stable: the last stable offset: records from here on belong to open transactions.
        end: of the log, open transactions included.
    """

    position: int
    stable: int
    end: int


class ConsumerState(NamedTuple):
    """All partitions at one moment.

    Attributes:
        ends: of the assigned partitions that were fetched.
        leaderless: assigned partitions without a leader.
        uncounted: topic -> number of partitions that the settings have and Kafka lacks, or the other way
            round.
    """

    ends: Mapping[TP, Ends]
    leaderless: frozenset[TP]
    uncounted: Mapping[str, int]
