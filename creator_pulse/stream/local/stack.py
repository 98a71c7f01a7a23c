"""The local stack: its parts started together, watched, and stopped in the reverse order."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Self

from creator_pulse.stream.errors import StackError
from creator_pulse.stream.local.addresses import (
    ALERTMANAGER_FILE,
    PROMETHEUS_FILE,
    Addresses,
    Monitoring,
    plain_monitoring,
)
from creator_pulse.stream.local.alertmanager import Alertmanager
from creator_pulse.stream.local.folders import make_folder, sole_user, write_atomically
from creator_pulse.stream.local.jars import JarSource
from creator_pulse.stream.local.kafka import Kafka, KafkaOptions
from creator_pulse.stream.local.ports import HOST, choose_ports
from creator_pulse.stream.local.prometheus import PrometheusServer
from creator_pulse.stream.local.redis_server import RedisServer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from types import TracebackType

    from creator_pulse.stream.local.maven import Say
    from creator_pulse.stream.local.part import StackPart

PARTS = ("kafka", "redis", "alertmanager", "prometheus")
"""In the order of their dependencies: they are stopped from the end."""
USUAL_PORTS = {"kafka": 9092, "redis": 6379, "alertmanager": 9093, "prometheus": 9090}
CONTROLLER = "kafka controller"
ROOM = 256 << 20
"""Free bytes that the data folder must have."""


@dataclass(frozen=True, kw_only=True)
class StackOptions:
    """Options of a stack.

    Attributes:
        parts: names of ``PARTS`` to run.
        data_dir: folder to keep data in; None: a temporary one, removed at the end.
        log_dir: folder of the parts' logs; None: ``logs`` in the data folder.
        ports: preferred port by part, 0 for any free one; if it is taken, a free one is used.
        jars: where Kafka's jars come from.
        kafka_config: server properties that override the usual ones.
        monitoring: builds the configuration of Prometheus and Alertmanager.
        waits: name of a part -> the wait before its start, for example until its data lies in its folder.
    """

    parts: frozenset[str] = frozenset(PARTS)
    data_dir: Path | None = None
    log_dir: Path | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    jars: JarSource = field(default_factory=JarSource)
    kafka_config: Mapping[str, str] = field(default_factory=dict)
    monitoring: Monitoring = plain_monitoring
    waits: Mapping[str, Callable[[], Awaitable[object]]] = field(default_factory=dict)


def _silent(_line: str) -> None:
    """Ignore a progress line."""


class Stack:
    """Runs the parts while its ``async with`` block runs.

    Entering returns once every part answers. If a part does not start, a StackError names it, and the others
    are stopped.

    For example, ``async with Stack() as stack:`` and then ``stack.addresses.kafka``.

    Args:
        options: parts, folders and ports; None: the usual ones.
        say: takes progress lines for the user.
    """

    def __init__(self, options: StackOptions | None = None, say: Say = _silent) -> None:
        self.options = options or StackOptions()
        unknown = self.options.parts - set(PARTS)
        if unknown:
            raise StackError(
                f"no such part of the stack: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}"
            )
        self.addresses = Addresses()
        self.folder = Path()
        self._logs = Path()
        self._say = say
        self._parts: dict[str, StackPart] = {}
        self._exit = AsyncExitStack()
        self._ready = {name: asyncio.Event() for name in self.options.parts}

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as exiting:
            self.folder = self._open_folder(exiting)
            self._logs = make_folder(
                (self.options.log_dir or self.folder / "logs").resolve(), "the logs of the parts"
            )
            ports = choose_ports({**USUAL_PORTS, CONTROLLER: 0, **self.options.ports})
            self._tell_taken(ports)
            self.addresses = self._address(ports)
            self._parts = self._build(ports)
            self.write_monitoring()
            for part in self._parts.values():
                exiting.push_async_callback(part.stop)
            await self._start_all()
            self._exit = exiting.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exit.aclose()

    @property
    def prometheus(self) -> PrometheusServer:
        """Prometheus, to set its targets."""
        part = self.part("prometheus")
        assert isinstance(part, PrometheusServer)
        return part

    def part(self, name: str) -> StackPart:
        """One part, to inspect, kill or start again.

        Raises:
            StackError: this stack does not run it.
        """
        if name not in self._parts:
            raise StackError(f"{name} is not part of this stack ({', '.join(self._parts)})")
        return self._parts[name]

    async def ready(self, name: str) -> None:
        """Wait until one part answers, while others still start.

        Raises:
            KeyError: this stack does not run it.
        """
        await self._ready[name].wait()

    async def watch(self) -> NoReturn:
        """Wait until a part dies unexpectedly; run this beside the code that uses the stack.

        A part that is stopped or killed through :meth:`part` may be started again.

        Raises:
            StackError: always; the text names the part and ends with its log.
        """
        watching = [asyncio.ensure_future(part.watch()) for part in self._parts.values()]
        try:
            done, _ = await asyncio.wait(watching, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
        raise StackError("this stack runs no part")

    def write_monitoring(self) -> None:
        """Write the configuration of Prometheus and Alertmanager; after SIGHUP they read it again.

        Raises:
            StackError: a file cannot be written, or its name leads out of the folder.
        """
        if not self.options.parts & {"prometheus", "alertmanager"}:
            return
        root = self.folder / "monitoring"
        for name, content in self.options.monitoring(self.addresses).items():
            if Path(name).is_absolute() or ".." in Path(name).parts:
                raise StackError(f"the monitoring file {name} leads out of {root}")
            write_atomically(root / name, content, "the configuration of Prometheus and Alertmanager")

    def _open_folder(self, exiting: AsyncExitStack) -> Path:
        wanted = self.options.data_dir or exiting.enter_context(_temporary_folder())
        folder = make_folder(wanted.resolve(), "the data of the local stack", room=ROOM)
        exiting.enter_context(sole_user(folder))
        return folder

    def _tell_taken(self, ports: Mapping[str, int]) -> None:
        for name in PARTS:
            liked = self.options.ports.get(name, USUAL_PORTS[name])
            if name in self.options.parts and liked not in {0, ports[name]}:
                self._say(f"port {liked} is taken, {name} listens on {ports[name]}")

    def _address(self, ports: Mapping[str, int]) -> Addresses:
        at = {name: f"{HOST}:{ports[name]}" if name in self.options.parts else "" for name in PARTS}
        return Addresses(
            kafka=at["kafka"],
            redis=at["redis"] and f"redis://{at['redis']}/0",
            prometheus=at["prometheus"] and f"http://{at['prometheus']}",
            alertmanager=at["alertmanager"] and f"http://{at['alertmanager']}",
        )

    def _build(self, ports: Mapping[str, int]) -> dict[str, StackPart]:
        options = KafkaOptions(
            controller_port=ports[CONTROLLER], jars=self.options.jars, config=self.options.kafka_config
        )
        monitoring = self.folder / "monitoring"
        places = {name: (self.folder / name, self._logs / f"{name}.log", ports[name]) for name in PARTS}
        parts: dict[str, StackPart] = {
            "kafka": Kafka(*places["kafka"], options, self._say),
            "redis": RedisServer(*places["redis"]),
            "alertmanager": Alertmanager(*places["alertmanager"], monitoring / ALERTMANAGER_FILE),
            "prometheus": PrometheusServer(*places["prometheus"], monitoring / PROMETHEUS_FILE),
        }
        return {name: part for name, part in parts.items() if name in self.options.parts}

    async def _start_all(self) -> None:
        """Start all parts at once: none needs another to become ready, and clients retry."""
        starting = [asyncio.ensure_future(self._start(name, part)) for name, part in self._parts.items()]
        try:
            await asyncio.gather(*starting)
        finally:
            for task in starting:
                task.cancel()
            await asyncio.gather(*starting, return_exceptions=True)

    async def _start(self, name: str, part: StackPart) -> None:
        if name in self.options.waits:
            await self.options.waits[name]()
        await part.start()
        self._ready[name].set()
        self._say(f"{part.title} is ready on {HOST}:{part.port}")


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    try:
        folder = tempfile.mkdtemp(prefix="pulse-")
    except OSError as error:
        raise StackError(f"cannot make a temporary folder: {error.strerror or error}") from error
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
