"""The ledger: a second, deliberately naive implementation of what counts, record by record.

It shares no code with the engine, whose figures are compared with it. Times that the
contract leaves open are decided so: an id is accepted, and a group closed, at the watermark *after*
the record that did it; whether either is still known is judged with the watermark *before* a record.
"""

from __future__ import annotations

import re
from collections import deque
from hashlib import blake2b
from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.arithmetic import Arithmetic, capped_lines, marked_lines
from creator_pulse.proof.ledger.books import integer, unknown_word
from creator_pulse.proof.ledger.business_key import business_key
from creator_pulse.proof.ledger.deals import Deals
from creator_pulse.proof.ledger.fields import BLIND_WITHOUT, NEEDED, WORDED
from creator_pulse.proof.ledger.measures import KEYED
from creator_pulse.proof.ledger.references import RateBook
from creator_pulse.proof.ledger.streaks import Gift, Streaks, as_final
from creator_pulse.proof.ledger.truth import ON_TIME, Line, Truth, late_part
from creator_pulse.proof.ledger.validation import Event, check, decode, has_rate

if TYPE_CHECKING:
    from creator_pulse.proof.ledger.books import Lines
    from creator_pulse.stream.settings import Settings

# The years 2000 to 2099: an invalid record before the first valid one belongs to a minute of them.
_FIRST_MS, _LAST_MS = 946_684_800_000, 4_102_444_799_999
_STAMPED = re.compile(rb'"ingest_time"[ \t\r\n]*:[ \t\r\n]*([0-9]+)')


class Accepted:
    """Keys accepted within the horizon, each with the watermark at that time."""

    def __init__(self, horizon_ms: int) -> None:
        self._horizon = horizon_ms
        self._marks: dict[object, int] = {}
        self._contents: dict[object, bytes] = {}
        self._order: deque[object] = deque()

    def __len__(self) -> int:
        return len(self._marks)

    def again(self, key: object, watermark: int, content: bytes = b"") -> bool:
        """Whether a key is known; from now on it is, with its content."""
        repeated = key in self._marks
        if not repeated:
            self._marks[key] = watermark
            self._contents[key] = content
            self._order.append(key)
        return repeated

    def differs(self, key: object, content: bytes) -> bool:
        """Whether a known key came with another content."""
        return self._contents[key] != content

    def advance(self, watermark: int) -> None:
        """Forget keys older than the horizon."""
        while self._order and watermark - self._marks[self._order[0]] > self._horizon:
            key = self._order.popleft()
            del self._marks[key], self._contents[key]


class _Lane:
    """The state of one partition."""

    def __init__(self, settings: Settings) -> None:
        self.watermark: int | None = None
        self.streaks = Streaks(settings.allowed_lateness_ms)
        self.deals = Deals(settings.allowed_lateness_ms)
        self.stepped = False
        """Whether the event id at hand has made a step of its deal before."""
        self.ids = Accepted(settings.dedup_horizon_ms)
        self.keys = Accepted(settings.dedup_horizon_ms)

    def advance(self, watermark: int) -> None:
        """Move the watermark on and forget the ids and keys that are out of the horizon."""
        self.watermark = watermark
        self.ids.advance(watermark)
        self.keys.advance(watermark)


class Ledger:
    """Counts what every measure must be, from the records of each partition in their order.

    Args:
        settings: out-of-orderness, allowed lateness, dedup horizon, future limit, regions.
        references: rates and prices by date.

    Attributes:
        truth: the sums so far, exact after every record.
    """

    def __init__(self, settings: Settings, references: RateBook | None = None) -> None:
        self.truth = Truth()
        self._settings = settings
        self._references = RateBook() if references is None else references
        self.truth.plans = self._references.campaigns
        self._arithmetic = Arithmetic(settings, self._references)
        self._lanes: dict[tuple[str, int], _Lane] = {}

    def add(
        self, topic: str, partition: int, value: bytes | None, timestamp_ms: int, key: bytes | None = None
    ) -> str:
        """Count one record.

        Args:
            topic: input topic without prefix.
            partition: its partition; records of one come in the order of their offsets.
            value: the record's bytes; None for a null value.
            timestamp_ms: Kafka's timestamp of the record, epoch ms.
            key: the record's key; None for a null key.

        Returns:
            The outcome: ``invalid``, ``test``, ``duplicate``, ``late``, ``progress`` or ``counted``.
        """
        lane = self._lane(topic, partition)
        decoded = decode(value)
        again = False
        # A text is the reason why there is no event.
        event = {} if isinstance(decoded, str) else decoded
        reason = (
            decoded if isinstance(decoded, str) else self._refusal(topic, event, value or b"", timestamp_ms)
        )
        if reason is None and topic == "deal":
            reason = self._step(lane, event, timestamp_ms)
        if reason is not None:
            time_ms = lane.watermark
            if time_ms is None:
                time_ms = min(max(timestamp_ms, _FIRST_MS), _LAST_MS)
            self.truth.post([Line("invalid_records", (topic, reason), 1)], time_ms)
            outcome = "invalid"
        else:
            before = lane.watermark
            watermark = self._after(lane, event, timestamp_ms)
            reach = min(_time(event), _ingest(event, timestamp_ms))
            time_ms = reach if before is None else before
            content = _content(value)
            outcome = self._take(lane, event, watermark, time_ms, content)
            about = None if outcome in {"test", "duplicate"} else business_key(topic, event)
            again = about is not None and lane.keys.again(about, watermark)
            other = outcome == "duplicate" and lane.ids.differs(event["event_id"], content)
            elsewhere = outcome != "test" and _is_elsewhere(topic, event, key)
            marked = {"records_conflicting": other, "records_miskeyed": elsewhere}
            self.truth.post(
                [Line(name, (topic,), int(is_marked)) for name, is_marked in marked.items()], time_ms
            )
            self._advance(topic, partition, watermark)
        self._count(topic, partition, outcome, time_ms)
        lines = [Line("records_without_rate", (topic,), int(reason == "no_rate"))]
        if topic in KEYED:
            accepted = outcome in {"counted", "progress", "late"}
            lines.append(Line(f"{topic}_accepted", (topic,), int(accepted)))
            lines.append(Line(f"{topic}_semantic_duplicates", (topic,), int(again)))
        self.truth.post(lines, time_ms)
        return outcome

    def follow(self, topic: str, partition: int, watermark: int) -> None:
        """Move a watermark on as records have that somebody else counts.

        It decides how late the records judged next are, and which event ids are still within the dedup
        horizon.

        Args:
            topic: input topic without prefix.
            partition: number of the partition, from 0.
            watermark: after these records, epoch ms; never back.
        """
        before = self._lane(topic, partition).watermark
        if before is None or watermark > before:
            self._advance(topic, partition, watermark)

    def count_unread(self, topic: str, partition: int, count: int, reason: str, timestamp_ms: int) -> None:
        """Count the records of a stored batch that nobody can read; each is ``invalid``.

        Args:
            topic: input topic without prefix.
            partition: number of the partition that holds the batch.
            count: records that the batch's header announces.
            reason: why they are invalid.
            timestamp_ms: the batch's largest timestamp, epoch ms.
        """
        lane = self._lanes.get((topic, partition))
        time_ms = timestamp_ms if lane is None or lane.watermark is None else lane.watermark
        for _ in range(count):
            self.truth.post([Line("invalid_records", (topic, reason), 1)], time_ms)
            self._count(topic, partition, "invalid", time_ms)

    @property
    def known_ids(self) -> int:
        """Event ids within the dedup horizon, over all partitions."""
        return sum(len(lane.ids) for lane in self._lanes.values())

    @property
    def known_keys(self) -> int:
        """Business keys within the dedup horizon, over all partitions."""
        return sum(len(lane.keys) for lane in self._lanes.values())

    @property
    def known_streaks(self) -> int:
        """Streaks that are open or lately closed, over all partitions."""
        return sum(len(lane.streaks) for lane in self._lanes.values())

    def to_json(self) -> str:
        """The sums as one JSON object (see :class:`~creator_pulse.proof.ledger.truth.Truth`)."""
        return self.truth.to_json()

    def _lane(self, topic: str, partition: int) -> _Lane:
        lane = self._lanes.get((topic, partition))
        if lane is None:
            lane = self._lanes[topic, partition] = _Lane(self._settings)
        return lane

    def _advance(self, topic: str, partition: int, watermark: int) -> None:
        """Move a watermark on, which closes streaks."""
        lane = self._lane(topic, partition)
        lane.advance(watermark)
        self.truth.watermarks[topic, partition] = watermark
        for gift in lane.streaks.advance(watermark):
            self._book(self._arithmetic.gift(gift), gift.event_time, watermark, late=False)

    def _refusal(self, topic: str, event: Event, value: bytes, timestamp_ms: int) -> str | None:
        reason = check(topic, event, value)
        if reason is not None:
            return reason
        if not has_rate(event, self._references):
            return "no_rate"
        time_ms, ingest_ms = _time(event), _ingest(event, timestamp_ms)
        limit = self._settings.future_limit_ms
        ahead = (
            time_ms > ingest_ms + limit or time_ms > timestamp_ms + limit or ingest_ms > timestamp_ms + limit
        )
        return "future_time" if ahead else None

    def _after(self, lane: _Lane, event: Event, timestamp_ms: int) -> int:
        """The watermark after a valid record."""
        reach = min(_time(event), _ingest(event, timestamp_ms)) - self._settings.out_of_orderness_ms
        return reach if lane.watermark is None else max(reach, lane.watermark)

    def _step(self, lane: _Lane, event: Event, timestamp_ms: int) -> str | None:
        """Why a deal may not come to where the event says; the event gets how long it has waited."""
        if event.get("is_test") is True:
            return None
        lane.stepped = lane.deals.is_known(event, lane.watermark)
        waited = lane.deals.step(event, lane.watermark, self._after(lane, event, timestamp_ms))
        event["in_state_ms"] = waited
        return "illegal_step" if waited is None else None

    def _take(self, lane: _Lane, event: Event, after: int, mark: int, content: bytes) -> str:
        """Decide the outcome of a valid record and book its lines.

        ``after`` is the watermark after it, ``mark`` the one before it (its own time where there is none).
        """
        if event.get("is_test") is True:
            return "test"
        again = lane.ids.again(event["event_id"], after, content)
        if again or lane.stepped:
            return "duplicate"
        before = lane.watermark
        late = before is not None and _time(event) < before - self._settings.allowed_lateness_ms
        final = event.get("gift_type") != 1 or event.get("repeat_end") is True
        outcome = "late" if late else "counted"
        if event["event_type"] == "gift_sent":
            gift = _gift(event)
            if late and not final:  # progress that nobody waits for is a record, and nothing else
                return outcome
            if late:
                gift = as_final(gift)
            elif event["gift_type"] == 1:
                gift = self._streak(lane, event, gift, after)
                outcome = "counted" if final else "progress"
            else:
                gift = as_final(gift)
            lines = self._arithmetic.gift(gift)
        else:
            lines = self._arithmetic.event(event)
        self._book(lines, _time(event), mark, late=late)
        part = late_part(mark - _time(event)) if late else ON_TIME
        self.truth.post(_fields(event), _time(event), part, counted=not late)
        return outcome

    @staticmethod
    def _streak(lane: _Lane, event: Event, gift: Gift, after: int) -> Gift:
        group = str(event.get("viewer_id") or ""), str(event["creator_id"]), str(event["group_id"])
        if event["repeat_end"] is True:
            return lane.streaks.end(group, gift, after)
        lane.streaks.progress(group, gift)
        return gift

    def _book(self, lines: Lines, event_time: int, watermark: int, *, late: bool) -> None:
        """Post the lines of a record: late ones beside the on-time sums, and in no total but their own."""
        post = self.truth.post
        part = late_part(watermark - event_time) if late else ON_TIME
        valued, lost = capped_lines(lines, watermark, event_time, late=late)
        post(lines.accepted, event_time, part, counted=not late)
        post(lines.dated[1], lines.dated[0], part)
        post(marked_lines(lines, late=late), watermark)
        if not late:
            post(valued, watermark, ON_TIME)
        if late:
            post(lines.late, event_time, part)
            post(lost, watermark)

    def _count(self, topic: str, partition: int, outcome: str, time_ms: int) -> None:
        self.truth.count(topic, partition, outcome)
        lines = [
            Line("records", (topic, outcome), 1),
            Line("records_read", (topic,), 0 if outcome == "test" else 1),
        ]
        if outcome in {"late", "duplicate", "invalid"}:
            lines.append(Line(f"records_{outcome}", (topic,), 1))
        self.truth.post(lines, time_ms)


def _content(value: bytes | None) -> bytes:
    """A record's content as eight bytes, without the time at which the gateway took it."""
    content = value or b""
    stamped = _STAMPED.search(content)
    if stamped:
        content = content[: stamped.start(1)] + content[stamped.end(1) :]
    return blake2b(content, digest_size=8).digest()


def _is_elsewhere(topic: str, event: Event, key: bytes | None) -> bool:
    """Whether a record's key differs from the field that the contract says it repeats."""
    who = event.get("viewer_id" if topic == "wallet" else "creator_id")
    if who in {None, "", "-"}:
        return key is None
    return key != str(who).encode()


def _fields(event: Event) -> list[Line]:
    """Which of the optional fields that some metric needs the record carries."""
    name = str(event["event_type"])
    topic, fields = NEEDED.get(name, ("", ()))
    there = [Line(f"has_{name}_{field}", (topic,), int(event.get(field) is not None)) for field in fields]
    topic, worded = WORDED.get(name, ("", ""))
    there += [
        Line(f"unlisted_{name}_{field}", (topic,), int(unknown_word(event, field)))
        for field in worded.split()
    ]
    return [*there, Line(f"records_of_{name}", (NEEDED[name][0],), 1)] if name in BLIND_WITHOUT else there


def _time(event: Event) -> int:
    return integer(event, "event_time")


def _ingest(event: Event, timestamp_ms: int) -> int:
    time_ms = event.get("ingest_time")
    return time_ms if isinstance(time_ms, int) else timestamp_ms


def _gift(event: Event) -> Gift:
    platform = event.get("platform")
    return Gift(
        (str(event["app"]), str(event["region"]), None if platform is None else str(platform)),
        _time(event),
        integer(event, "unit_coins"),
        integer(event, "repeat_count"),
        {name: value for name, value in event.items() if value is not None},
    )
