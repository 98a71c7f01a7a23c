"""Current values as workers publish them in Redis: ``stream/tables/views.py`` writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from creator_pulse.stream.contributors.timeline import VIEW, Timeline
from creator_pulse.stream.errors import UnreachableError, words
from creator_pulse.stream.tables.views import CURRENT, GENERATION
from creator_pulse.stream.transport.redis_client import REDIS_ERRORS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

_CHUNK = 1_000
T = TypeVar("T")


class Published(msgspec.Struct, frozen=True):
    """The JSON of one view.

    Attributes:
        value: the exposed number.
        end: of the window, exclusive, epoch ms.
        watermark: lowest of the busy partitions, epoch ms.
        completeness_ratio: share of the partitions whose watermark has passed the end.
        late_ratio: share of late records in the value's topics and window; likewise the other ratios.
        who: of a rank, the ids that identify its holder.
    """

    value: float | None
    end: int
    watermark: int
    completeness_ratio: float
    late_ratio: float
    duplicate_ratio: float
    invalid_ratio: float
    who: tuple[str, ...] = ()


class View(msgspec.Struct, frozen=True):
    """A view and the labels in the key, those of the lane included."""

    labels: dict[str, str]
    published: Published


class CurrentValues(Protocol):
    """The API's interface to Redis."""

    async def of(self, name: str) -> list[View]:
        """The views of a value.

        Raises:
            UnreachableError: Redis does not answer.
        """
        ...

    async def timelines(self, signal: str) -> list[Timeline]:
        """The timelines of a signal, by app.

        Raises:
            UnreachableError: Redis does not answer.
        """
        ...

    async def are_published(self) -> bool:
        """Whether a worker has published anything since Redis was last emptied.

        Raises:
            UnreachableError: Redis does not answer.
        """
        ...


class RedisReader(Protocol):
    """The two commands of ``RedisClient`` that are used."""

    def hscan_iter(
        self, name: str, match: str | None = None, count: int | None = None
    ) -> AsyncIterator[tuple[bytes, bytes]]:
        """Fields and values of a hash; a field may be repeated."""
        ...

    async def exists(self, *names: str) -> int:
        """How many of the keys exist."""
        ...


class LiveViewReader:
    """Reads current values.

    Args:
        redis: a client of the Redis in which workers publish.
        where: its address without user and password, for errors.
        trouble: explains a Redis error in one line.
    """

    def __init__(self, redis: RedisReader, where: str, trouble: Callable[[Exception], str] = words) -> None:
        self._redis = redis
        self._where = where
        self._trouble = trouble

    async def of(self, name: str) -> list[View]:
        """The views of a value, by key.

        Args:
            name: of a value of the catalogue, so it contains no pattern.

        Raises:
            UnreachableError: Redis does not answer, or holds something else.
        """
        views = await self._matching(f"name={name}|*")
        return [self._decode(_decoded, key, view) for key, view in views]

    async def timelines(self, signal: str) -> list[Timeline]:
        """The timelines of a signal, by app.

        Args:
            signal: its name, so it contains no pattern.

        Raises:
            UnreachableError: Redis does not answer, or holds something else.
        """
        views = await self._matching(f"name={VIEW}|*|signal={signal}")
        return [self._decode(_timeline, key, view) for key, view in views]

    async def _matching(self, pattern: str) -> list[tuple[bytes, bytes]]:
        try:
            views = {
                key: view async for key, view in self._redis.hscan_iter(CURRENT, match=pattern, count=_CHUNK)
            }
        except REDIS_ERRORS as error:
            raise self._unreachable(error) from error
        return sorted(views.items())

    def _decode(self, decode: Callable[[bytes, bytes], T], key: bytes, view: bytes) -> T:
        try:
            return decode(key, view)
        except msgspec.MsgspecError as error:
            raise UnreachableError(
                f"Redis at {self._where} holds a view of another version: {error}"
            ) from error

    async def are_published(self) -> bool:
        """Whether a worker has published anything since Redis was last emptied.

        Raises:
            UnreachableError: Redis does not answer.
        """
        try:
            return bool(await self._redis.exists(GENERATION))
        except REDIS_ERRORS as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> UnreachableError:
        return UnreachableError(
            f"Redis at {self._where} does not answer: {self._trouble(error)}; is it running?"
        )


def _decoded(key: bytes, view: bytes) -> View:
    # A key is spelt ``name=gift_value_usd|app=tiktok|...``; the name is known from the question.
    pairs = (part.partition("=") for part in key.decode().split("|"))
    labels = {name: text for name, _, text in pairs if name != "name"}
    return View(labels, msgspec.json.decode(view, type=Published))


def _timeline(_key: bytes, view: bytes) -> Timeline:
    return msgspec.json.decode(view, type=Timeline)
