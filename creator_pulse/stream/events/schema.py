"""What the engine knows of a topic: its event types, what is looked up, how streaks fold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from creator_pulse.stream.events.json_decoder import JsonDecoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.events.decoder import DecoderClass
    from creator_pulse.stream.events.fields import Event


_LABELS = frozenset({"creator_id", "video_id"})
"""Ids that are labels of measures too, and so become codes."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A column that is looked up in the dated references.

    Attributes:
        column: name of the new column.
        kind: of the entries.
        name: first part of the id of a ``rate`` or ``take_rate``; empty where the id is the key itself.
        keys: columns that choose the entry.
        events: event types that get the column.
        at: column of the time that dates it; where null, the event time does.
        required: a row without an entry is invalid, reason ``no_rate``.
        field: of the entry, which the column gets.
    """

    column: str
    kind: str
    keys: tuple[str, ...]
    events: tuple[str, ...]
    name: str = ""
    at: str = "event_time"
    required: bool = False
    field: str = "usd_micros"


@dataclass(frozen=True, slots=True)
class StreakRule:
    """Records of a group carry a cumulative count; only the end, or a time-out, is counted.

    Attributes:
        event: event type.
        when: (field, value) that says a record belongs to a streak.
        group: field of the group's id.
        between: fields of whom it is between: the id alone names no streak.
        end: bool field of the last record.
        count: field of the cumulative count.
        unit: field that is multiplied by the count.
        cap: largest product that counts in the capped sum.
        timeout_ms: how far the watermark must pass the group's largest event time.
        columns: names of the four columns made for each row that counts: number (0 or 1), product,
            capped product, number timed out.
    """

    event: str
    when: tuple[str, int]
    group: str
    between: tuple[str, ...]
    end: str
    count: str
    unit: str
    cap: int
    timeout_ms: int
    columns: tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Gauge:
    """A series that a rule shows.

    Attributes:
        name: family name without ``pulse_``; unit last.
        help: what it is, for the exposition.
    """

    name: str
    help: str


@dataclass(frozen=True, slots=True)
class PathRule:
    """What a topic's records are about goes from state to state; an illegal step is invalid.

    Something unknown may come in any state: the log need not reach back to its beginning. A step may overtake
    those that lead to it, which may then come after it.

    Attributes:
        key: field of the id of what goes.
        steps: event type -> the event types that it may follow.
        due: event type -> ms after which what still waits there is overdue.
        column: name of the column made for each row: ms since the step before, -1 where it is not known.
        prefix: of the event types, which the label ``state`` leaves away.
        waiting: how many wait, by state.
        overdue: how many of them wait for too long.
        oldest: since when the first one waits, s.
    """

    key: str
    steps: Mapping[str, tuple[str, ...]] = field(hash=False)
    due: Mapping[str, int] = field(hash=False)
    column: str
    prefix: str
    waiting: Gauge
    overdue: Gauge
    oldest: Gauge

    @property
    def gauges(self) -> tuple[Gauge, ...]:
        """All series that it shows."""
        return (self.waiting, self.overdue, self.oldest)

    @property
    def closing(self) -> frozenset[str]:
        """Event types that nothing follows."""
        followed = {before for allowed in self.steps.values() for before in allowed}
        return frozenset(self.steps) - followed

    @property
    def ahead(self) -> dict[str, frozenset[str]]:
        """Event type -> those that may come after it, at whatever distance; itself, where it may recur."""
        reachable = {
            state: {after for after, allowed in self.steps.items() if state in allowed}
            for state in self.steps
        }
        for _ in self.steps:
            for after in reachable.values():
                after.update(*(reachable[state] for state in tuple(after)))
        return {state: frozenset(after) for state, after in reachable.items()}


@dataclass(frozen=True, slots=True)
class DueRule:
    """What a topic's records are about is owed from a due time on, until one event says that it is settled.

    Attributes:
        key: field of the id of what is owed.
        settled: event type that settles it; any other opens it, or says it anew.
        due: field of the time.
        amount: field of the money.
        rate: dated column that it is multiplied by.
        scale: shown value = sum of the products / scale.
        labels: of the series: fields with listed values, the app among them.
        open: how many are owed.
        overdue: the value of those whose due hour is over.
        oldest: when the first one is due, s.
    """

    key: str
    settled: str
    due: str
    amount: str
    rate: str
    scale: int
    labels: tuple[str, ...]
    open: Gauge
    overdue: Gauge
    oldest: Gauge

    @property
    def gauges(self) -> tuple[Gauge, ...]:
        """All series that it shows."""
        return (self.open, self.overdue, self.oldest)


@dataclass(frozen=True, slots=True)
class KeyRule:
    """What a record is about, in the producer's business: two event ids for one such key are double booking.

    Attributes:
        field: of the id; records without one have no key.
        parts: fields that tell the records of one id and event type apart, where there are any.
        events: event types that have such a key; empty: all.
    """

    field: str
    parts: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The id and what tells its records apart."""
        return (self.field, *self.parts)


@dataclass(frozen=True, slots=True)
class AnyOfRule:
    """One of several optional texts must be there and not be empty; judged after each field by itself.

    Attributes:
        event: event type.
        fields: the texts.
        when: (field, value) of an integer that asks for it; None: it is always asked for.
    """

    event: str
    fields: tuple[str, ...]
    when: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class TopicSchema:
    """One input topic.

    Attributes:
        name: without prefix.
        events: a struct for each event type, tagged with it.
        lookups: dated columns.
        streaks: the rule, where the topic has streaks.
        paths: the rule, where what its records are about goes from state to state.
        dues: the rule, where it is owed.
        keyed: the rules, where its records have a business key; an event type is in one of them at most.
        record_key: the field that a record's key in Kafka repeats.
        any_of: rules between several fields of an event type, at most one for each.
        decoder: of the format of its payload.
    """

    name: str
    events: tuple[type[Event], ...]
    lookups: tuple[Lookup, ...] = ()
    streaks: StreakRule | None = None
    paths: PathRule | None = None
    dues: DueRule | None = None
    keyed: tuple[KeyRule, ...] = ()
    record_key: str = "creator_id"
    any_of: tuple[AnyOfRule, ...] = ()
    decoder: DecoderClass = JsonDecoder

    @property
    def spanned(self) -> tuple[str, ...]:
        """The fields whose texts are kept by their place, as there are too many to remember."""
        stateful = self.paths or self.dues
        names = (
            None if self.streaks is None else self.streaks.group,
            None if stateful is None else stateful.key,
            *(rule.field for rule in self.keyed if rule.field not in _LABELS),
        )
        return tuple(dict.fromkeys(name for name in names if name is not None))

    @property
    def gauges(self) -> tuple[Gauge, ...]:
        """The series that its rules show."""
        rules = (rule for rule in (self.paths, self.dues) if rule is not None)
        return tuple(gauge for rule in rules for gauge in rule.gauges)

    def types(self) -> dict[str, type[Event]]:
        """Event type -> struct."""
        return {str(struct.__struct_config__.tag): struct for struct in self.events}
