"""How far the source partitions have come, and so which windows may be closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.errors import ChangelogError
from creator_pulse.stream.lanes.watermark import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class Source(msgspec.Struct, array_like=True):
    """The last report of a source partition.

    Attributes:
        watermark: ms; None where the partition has none yet.
        idle: whether it is read to its end, and nothing comes.
        read: records that its lane had read.
        empty_until: of an idle partition, how far the busy ones had come when it last said so, ms: up to then
            its log has nothing more. None if that is not known.

    Example:
        >>> Source(watermark=60_000).idle
        False
    """

    watermark: int | None = None
    idle: bool = False
    read: int = 0
    empty_until: int | None = None


class Progress:
    """Watermarks of all source partitions.

    Args:
        partitions: topic (without prefix) -> number of partitions.

    Example:
        >>> progress = Progress({"gift": 2})
        >>> progress.hear("gift", 0, 60_000, idle=False)
        >>> progress.lowest(("gift",)) is None  # partition 1 is busy, and has no watermark yet
        True
        >>> progress.hear("gift", 1, None, idle=True)
        >>> progress.lowest(("gift",))
        60000

    A topic that nobody writes to any more ends where it ended only while all stand still:

        >>> progress = Progress({"gift": 1, "ad": 1})
        >>> progress.hear("ad", 0, 90_000, idle=False)
        >>> progress.hear("gift", 0, 60_000, idle=True)
        >>> progress.lowest(("gift",))
        90000
    """

    def __init__(self, partitions: Mapping[str, int]) -> None:
        self._sources = {
            (topic, number): Source() for topic, count in partitions.items() for number in range(count)
        }
        self._lowest: dict[tuple[str, ...], int | None] = {}
        # By topics, until a watermark moves: each window asks with every commit.

    def hear(self, topic: str, partition: int, watermark: int | None, *, idle: bool) -> None:
        """Take a source lane's report."""
        before = self._sources[topic, partition]
        self._sources[topic, partition] = Source(watermark, idle, before.read)
        self._lowest.clear()
        if idle:
            # Only its own word moves it on: of a lane that has died nobody knows whether records wait for it.
            busy = self._lowest_beside(topic)
            empty_until = before.empty_until if before.idle else None
            self._sources[topic, partition].empty_until = empty_until if busy is None else busy

    def passed(self, topics: Iterable[str], closed: dict[str, int]) -> Iterator[tuple[str, int]]:
        """The topics whose watermark has passed their closed time, each with the watermark.

        Args:
            topics: to look at, without prefix.
            closed: topic -> up to where it is closed, epoch ms; it is moved on.
        """
        for topic in topics:
            until = self.lowest((topic,))
            if until is not None and until > closed.get(topic, NONE):
                closed[topic] = until
                yield topic, until

    def follow(self, topic: str, partition: int, since: int, read: int) -> None:
        """Take how many records a source lane has read: each must be told of once.

        Args:
            topic: of the source lane, without prefix.
            partition: its number, from 0.
            since: records read before those that are told of now.
            read: records read after them, >= ``since``.

        Raises:
            ChangelogError: some were told of before, by a lane whose state has gone back since.
        """
        source = self._sources[topic, partition]
        # Fewer than were heard of before: the source lane went back, and would add twice what windows hold.
        if since < source.read:
            raise ChangelogError(
                f"{topic}-{partition} counts again from its record {since}, but windows hold {source.read} "
                "of them: its changelog was deleted or lost its end; stop the workers and begin afresh, as "
                "docs/exactness.md says"
            )
        source.read = read

    def lowest(self, topics: tuple[str, ...]) -> int | None:
        """The watermark that closes windows made from some topics.

        It is the lowest of the partitions that are not idle. If all are idle, nobody holds a
        window back: it is the highest, or as far as the busy partitions of other topics had come when all
        idle ones last said that nothing comes. None while a partition that is not idle has no watermark.
        """
        if topics not in self._lowest:
            self._lowest[topics] = self._lowest_of(topics)
        return self._lowest[topics]

    def _lowest_of(self, topics: tuple[str, ...]) -> int | None:
        wanted = set(topics)
        sources = [source for (topic, _), source in self._sources.items() if topic in wanted]
        busy = [source.watermark for source in sources if not source.idle]
        if busy:
            return None if None in busy else min(mark for mark in busy if mark is not None)
        marks = [source.watermark for source in sources if source.watermark is not None]
        ends = [source.empty_until for source in sources]
        if ends and None not in ends:
            marks.append(min(end for end in ends if end is not None))
        return max(marks, default=None)

    def _lowest_beside(self, own: str) -> int | None:
        """The lowest watermark of other topics' busy partitions; None if one has none, or all are idle."""
        others = (source for (topic, _), source in self._sources.items() if topic != own)
        busy = [source.watermark for source in others if not source.idle]
        return None if not busy or None in busy else min(mark for mark in busy if mark is not None)

    def completeness(self, topics: Iterable[str], end: int) -> float:
        """The share of source partitions whose watermark has passed a window's end."""
        wanted = set(topics)
        marks = [source.watermark for (topic, _), source in self._sources.items() if topic in wanted]
        return sum(mark is not None and mark >= end for mark in marks) / len(marks)

    def packed(self) -> list[tuple[str, int, Source]]:
        """For the changelog."""
        return [(topic, partition, source) for (topic, partition), source in self._sources.items()]

    def restore(self, packed: Iterable[tuple[str, int, Source]]) -> None:
        """Take back what ``packed`` gave; a partition that no longer exists is passed over."""
        self._sources.update({(t, p): source for t, p, source in packed if (t, p) in self._sources})
        self._lowest.clear()
