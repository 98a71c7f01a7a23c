"""What the engine knows of a topic: its event types, what is looked up, how streaks fold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stream.events.fields import Event


@dataclass(frozen=True, slots=True)
class Lookup:
    """A column that is looked up in the dated references.

    Attributes:
        column: name of the new column.
        kind: ``fx`` or ``rate``.
        name: first part of a rate's id (``creator``, ``price``); empty for fx.
        keys: columns that choose the entry.
        events: event types that get the column.
        at: column of the time that dates it.
        required: a row without an entry is invalid, reason ``no_rate``.
    """

    column: str
    kind: str
    keys: tuple[str, ...]
    events: tuple[str, ...]
    name: str = ""
    at: str = "event_time"
    required: bool = False


@dataclass(frozen=True, slots=True)
class StreakRule:
    """Records of a group carry a cumulative count; only the end, or a time-out, is counted.

    Attributes:
        event: event type.
        when: (field, value) that says a record belongs to a streak.
        group: field of the group's id.
        end: bool field of the last record.
        count: field of the cumulative count.
        unit: field that is multiplied by the count.
        cap: largest product that counts in the capped sum.
        timeout_ms: how far the watermark must pass the group's largest event time.
        made: names of the four columns made for each row that counts: number (0 or 1), product,
            capped product, number timed out.
    """

    event: str
    when: tuple[str, int]
    group: str
    end: str
    count: str
    unit: str
    cap: int
    timeout_ms: int
    made: tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class TopicSchema:
    """One input topic.

    Attributes:
        name: without prefix.
        events: a struct for each event type, tagged with it.
        lookups: dated columns.
        streaks: the rule, where the topic has streaks.
    """

    name: str
    events: tuple[type[Event], ...]
    lookups: tuple[Lookup, ...] = ()
    streaks: StreakRule | None = None

    def types(self) -> dict[str, type[Event]]:
        """Event type -> struct."""
        return {str(struct.__struct_config__.tag): struct for struct in self.events}
