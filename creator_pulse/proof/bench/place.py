"""Where benchmarks run: a broker whose topics are kept, a cache folder, and how often."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    from collections.abc import AsyncIterator, Callable, Iterable

    from creator_pulse.stream.settings import Settings

CACHE = Path(".cache/bench")
_STACK = frozenset({"kafka", "redis"})


@dataclass(frozen=True, slots=True)
class Bench:
    """One call of ``pulse bench``.

    Attributes:
        settings: that lead to the running broker.
        folder: kept between calls.
        runs: of each competitor.
        quick: whether counts are small: to see it work, not to learn a figure.
        say: takes progress lines.
        clock: of the measurements.
        admin: of the broker.
    """

    settings: Settings
    folder: Path
    runs: int
    quick: bool
    say: Callable[[str], None]
    clock: Clock
    admin: AIOKafkaAdminClient

    def size(self, full: int, quick: int) -> int:
        """A count: the full one, or the small one of a quick call."""
        return quick if self.quick else full

    def at(self, **changes: Any) -> Settings:
        """The settings with some changed."""
        return msgspec.structs.replace(self.settings, **changes)

    async def topics(self) -> list[str]:
        """Names of all topics."""
        return list(await self.admin.list_topics())

    async def remove(self, names: Iterable[str]) -> None:
        """Delete topics; one that is not there is passed over.

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
