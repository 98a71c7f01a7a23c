"""The environment of a benchmark: a broker whose topics are kept, a cache folder, and the number of runs."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError, for_code

from creator_pulse.agents.local_stack import pointed_at
from creator_pulse.stream.clock import Clock, SystemClock
from creator_pulse.stream.errors import UnreachableError
from creator_pulse.stream.local.jars import JarSource
from creator_pulse.stream.local.stack import PARTS, Stack, StackOptions
from creator_pulse.stream.transport.client import client_kwargs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence

    from creator_pulse.stream.settings import Settings

T = TypeVar("T")
CACHE = Path(".cache/bench")
_STACK = frozenset({"kafka", "redis"})


@dataclass(frozen=True, slots=True)
class Bench:
    """One call of ``pulse bench``.

    Attributes:
        settings: settings with the addresses of the running broker.
        folder: cache folder, which is kept between calls.
        runs: number of runs of each competitor, 1 or more.
        quick: whether counts are small, to try a scenario rather than to measure.
        say: takes lines for people.
        clock: times the measurements.
        admin: client for topics and groups.
    """

    settings: Settings
    folder: Path
    runs: int
    quick: bool
    say: Callable[[str], None]
    clock: Clock
    admin: AIOKafkaAdminClient

    def size(self, full: int, quick: int) -> int:
        """The full count, or the small one if the call is quick."""
        return quick if self.quick else full

    def at(self, **changes: Any) -> Settings:
        """A copy of the settings with some values changed."""
        return msgspec.structs.replace(self.settings, **changes)

    def by_turns(self, items: Sequence[T], describe: Callable[[T], str]) -> Iterator[T]:
        """Yield all items once per round, so that a drift of the machine affects all alike.

        Args:
            items: for example, competitors or rates.
            describe: text of an item in the progress line.
        """
        for number in range(1, self.runs + 1):
            for item in items:
                self.say(f"round {number} of {self.runs}: {describe(item)}")
                yield item

    async def topics(self) -> list[str]:
        """Names of all topics."""
        return list(await self.admin.list_topics())

    async def remove(self, names: Iterable[str]) -> None:
        """Delete topics; a name that does not exist is ignored.

        Raises:
            UnreachableError: the broker refuses.
        """
        wanted = list(names)
        if not wanted:
            return
        reply = await self.admin.delete_topics(wanted)
        for name, code in reply.topic_error_codes:
            if code and for_code(code) is not UnknownTopicOrPartitionError:
                raise UnreachableError(f"topic {name} cannot be deleted: {for_code(code).__name__}")


@asynccontextmanager
async def bench_place(
    settings: Settings, runs: int, quick: bool, say: Callable[[str], None]
) -> AsyncIterator[Bench]:
    """A broker and a Redis on free ports, with the topics of earlier calls.

    Raises:
        StackError: a part did not start, or another call is under way.
    """
    folder = (CACHE / ("quick" if quick else "full")).resolve()
    options = StackOptions(
        parts=_STACK,
        data_dir=folder / "stack",
        ports=dict.fromkeys(PARTS, 0),
        jars=JarSource(
            cache=Path(settings.cache_dir) if settings.cache_dir else None,
            jar_dir=Path(settings.jar_dir) if settings.jar_dir else None,
        ),
    )
    async with Stack(options, say) as stack:
        addresses = stack.addresses
        own = msgspec.structs.replace(
            pointed_at(settings, addresses), log_level="info", metrics_host="127.0.0.1"
        )
        admin = AIOKafkaAdminClient(**client_kwargs(own), request_timeout_ms=30_000)
        try:
            await admin.start()
            yield Bench(own, folder, runs, quick, say, SystemClock(), admin)
        except KafkaError as error:
            raise UnreachableError(f"Kafka of the benchmark: {error!r}") from error
        finally:
            await admin.close()
