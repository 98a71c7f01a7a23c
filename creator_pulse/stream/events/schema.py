"""Declaration of an input topic: its event types, lookups and rules. The engine knows no more of a topic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.events.fields import Event


# Ids that are labels of measures as well, and so are dictionary-encoded.
_LABELS = frozenset({"creator_id", "video_id"})


@dataclass(frozen=True, slots=True)
class Lookup:
    """A column whose values are looked up in the dated references.

    For example, ``Lookup("fx_rate", "fx", ("currency",), ("order_completed",))`` gives an order the rate of
    its currency at its event time.

    Attributes:
        column: name of the new column.
        kind: of the entries.
        keys: columns whose values form the entry's id.
        events: event types that get the column.
        name: first part of the id of a ``rate`` or ``take_rate``; empty if the id is the key itself.
        at: column with the time of the lookup; if it is null, the event time is used.
        required: whether a row without an entry is invalid, reason ``no_rate``.
        field: of the entry, which becomes the column's value.
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
    """Records of a group carry a cumulative count, so only the last one, or a time-out, is counted.

    For example counts of 1, 2 and 5 are one gift of 5, once its end or a time-out comes.

    Attributes:
        event: event type.
        when: field and value of the records that belong to a streak.
        group: field of the group's id.
        between: fields of the parties: the group's id alone is not unique.
        end: boolean field of the last record.
        count: field of the cumulative count.
        unit: field that is multiplied by the count.
        cap: largest product that counts in the capped sum.
        timeout_ms: how far the watermark must pass the group's largest event time.
        columns: names of the four columns of a row that counts: number (0 or 1), product, capped product,
            number timed out.
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
    """A series that a rule exposes.

    For example ``Gauge("open_deals", "deals by state")`` is exposed as ``pulse_open_deals``.

    Attributes:
        name: family name without ``pulse_``; unit last.
        help: its help text.
    """

    name: str
    help: str


@dataclass(frozen=True, slots=True)
class PathRule:
    """A state machine per entity of the topic: a record whose step is illegal is invalid.

    For example a deal that was paid cannot be declined: such a record is invalid.

    An unknown entity may begin in any state, because the log need not reach back to its beginning. A step may
    overtake those that lead to it, and these may then follow.

    Attributes:
        key: field of the entity's id.
        steps: event type -> the event types that it may follow.
        due: event type -> ms after which an entity that still waits there is overdue.
        column: name of the column made for each row: ms since the step before, -1 if it is not known.
        prefix: of the event types, omitted in the label ``state``.
        waiting: number of waiting entities, by state.
        overdue: number of those that have waited for too long.
        oldest: since when the first one has been waiting, s.
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
        """Event types that no other one follows."""
        followed = {before for allowed in self.steps.values() for before in allowed}
        return frozenset(self.steps) - followed

    @property
    def ahead(self) -> dict[str, frozenset[str]]:
        """Event type -> those that may come any number of steps later; with itself if it may recur."""
        reachable = {
            state: {after for after, allowed in self.steps.items() if state in allowed}
            for state in self.steps
        }
        # Each round adds the states one step further, so as many rounds as states reach all of them.
        for _ in self.steps:
            for after in reachable.values():
                after.update(*(reachable[state] for state in tuple(after)))
        return {state: frozenset(after) for state, after in reachable.items()}


@dataclass(frozen=True, slots=True)
class DueRule:
    """Receivables: an amount is owed from a due time on, until one event settles it.

    Attributes:
        key: field of the receivable's id.
        settled: event type that settles it; any other opens or updates it.
        due: field of the due time.
        amount: field of the money.
        rate: dated column by which the amount is multiplied.
        scale: exposed value = sum of the products / scale.
        labels: of the series: fields with listed values, the app among them.
        open: number of unsettled ones.
        overdue: value of those whose due hour has passed.
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
    """The business key of a record: if two event ids have the same key, the record was booked twice.

    For example ``KeyRule("payout_id", ("attempt",))``: a second attempt is no second booking.

    Attributes:
        field: field of the id; a record without one has no key.
        parts: fields that distinguish records of the same id and event type.
        events: event types that have such a key; empty: all.
    """

    field: str
    parts: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The id's field and those that distinguish its records."""
        return (self.field, *self.parts)


@dataclass(frozen=True, slots=True)
class AnyOfRule:
    """At least one of several optional texts must be present and not empty; checked after the single fields.

    For example a removal names a video or a room.

    Attributes:
        event: event type.
        fields: the texts.
        when: an integer field and its value for which the rule holds; None: it always holds.
    """

    event: str
    fields: tuple[str, ...]
    when: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class TopicSchema:
    """The records of a topic, whatever format they are written in.

    Attributes:
        name: without prefix.
        events: a struct per event type, tagged with it.
        lookups: dated columns.
        streaks: the rule, if the topic has streaks.
        paths: the state machine, if the topic has one.
        dues: the rule, if the topic has receivables.
        keyed: rules of business keys; an event type is in one rule at most.
        record_key: the field that a record's key in Kafka repeats.
        any_of: rules between several fields of an event type, at most one per event type.
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

    @property
    def spanned(self) -> tuple[str, ...]:
        """Fields with too many distinct texts for a dictionary: kept by their position in the data."""
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
