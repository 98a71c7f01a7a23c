"""A real Apache Kafka: one node that is both broker and controller (KRaft)."""

from __future__ import annotations

import asyncio
import base64
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from creator_pulse.stream.local.folders import make_folder, write_atomically
from creator_pulse.stream.local.jars import JarSource, ensure_jars
from creator_pulse.stream.local.java import find_java
from creator_pulse.stream.local.part import StackPart
from creator_pulse.stream.local.ports import HOST, choose_ports
from creator_pulse.stream.local.process import Child, Program
from creator_pulse.stream.local.start_cache import ensure_start_cache

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from creator_pulse.stream.local.maven import Say

FORMAT_WITHIN = 60.0
ANSWER_WITHIN_MS = 5_000

# Relative to the broker's folder, where it runs: Java's property files hold no path as it is written.
DATA = "log"
SERVER_FILE = "server.properties"
LOGGING_FILE = "log4j2.properties"

SERVER = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    # One node has one replica of everything.
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # Fewer internal partitions start faster and hold fewer files.
    "offsets.topic.num.partitions": "8",
    "transaction.state.log.num.partitions": "8",
    "share.coordinator.state.topic.num.partitions": "4",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "2000",
    # A transaction that was left open holds up its readers: look for it often.
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
    # After a crash the node is let in again only when its old session is over (default 9 s).
    "broker.heartbeat.interval.ms": "500",
    "broker.session.timeout.ms": "4000",
    # A record of 10 MB is taken, so that its reader has to say that it is wrong.
    "message.max.bytes": str(16 << 20),
    "log.message.timestamp.after.max.ms": str(2**63 - 1),
    "log.retention.ms": "-1",
    "log.retention.check.interval.ms": "10000",
    # Changelogs are compacted while one watches; the default buffer is a sixth of this heap.
    "log.cleaner.backoff.ms": "1000",
    "log.cleaner.dedupe.buffer.size": str(32 << 20),
    # Two cores are shared with the workers.
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "4",
}

JVM = (
    "-Xms256m",
    "-Xmx768m",
    "-XX:+UseSerialGC",  # starts as fast as the others here, with the least memory and no threads of its own
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
)

LOGGING = b"""\
status = warn
shutdownHook = disable
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
"""


@dataclass(frozen=True, kw_only=True)
class KafkaOptions:
    """Options of a broker.

    Attributes:
        controller_port: port of the controller, on 127.0.0.1.
        jars: where the jars come from.
        config: server properties that override ``SERVER``.
        format: further arguments for formatting a new data folder, for example ``--add-scram``.
    """

    controller_port: int
    jars: JarSource = field(default_factory=JarSource)
    config: Mapping[str, str] = field(default_factory=dict)
    format: tuple[str, ...] = ()


class Kafka(StackPart):
    """One broker; a data folder that was formatted before is used again.

    Args:
        folder: holds its data; created if it is missing.
        log: file for its output.
        port: TCP port on 127.0.0.1 where it listens.
        options: the settings that differ between brokers.
        say: takes progress lines while jars are fetched.
    """

    title: ClassVar[str] = "Kafka"
    grace: ClassVar[float] = 20.0

    def __init__(self, folder: Path, log: Path, port: int, options: KafkaOptions, say: Say) -> None:
        super().__init__(folder, log, port)
        self.options = options
        self._say = say

    @property
    def address(self) -> str:
        """``host:port``."""
        return f"{HOST}:{self.port}"

    async def prepare(self) -> tuple[str, ...]:
        """Fetch missing jars, write the configuration, format a new folder; returns the command line.

        Raises:
            MissingPartError: Java, Maven or a jar is missing.
            ChecksumError: a jar is not the pinned one.
            StackError: the folder cannot be written or formatted.
        """
        java = await self._java()
        make_folder(self.folder / "tmp", "the temporary files of Kafka")
        purpose = "the configuration of Kafka"
        write_atomically(self.folder / LOGGING_FILE, LOGGING, purpose)
        write_atomically(self.folder / SERVER_FILE, self._configuration(), purpose)
        command = (
            *java,
            f"-Dlog4j2.configurationFile={LOGGING_FILE}",
            f"-Djava.io.tmpdir={self.folder / 'tmp'}",  # native codecs are unpacked there
        )
        if not (self.folder / DATA / "meta.properties").exists():
            await self._format(command)
        return (*command, "kafka.Kafka", SERVER_FILE)

    async def answers(self) -> bool:
        """Whether it answers a metadata request, names one broker, and has a controller."""
        if not await _listens(self.port):  # aiokafka writes an error for each refused connection
            return False
        admin = AIOKafkaAdminClient(bootstrap_servers=self.address, request_timeout_ms=ANSWER_WITHIN_MS)
        try:
            await admin.start()
            cluster = await admin.describe_cluster()
        except (KafkaError, OSError):
            return False
        finally:
            await admin.close()
        return bool(cluster["brokers"]) and cluster["controller_id"] >= 0

    async def _java(self) -> tuple[str, ...]:
        """Java and its arguments, with the class path."""
        return await ensure_kafka(self.options.jars, self._say)

    def _configuration(self) -> bytes:
        controller = f"{HOST}:{self.options.controller_port}"
        own = {
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.address}",
            "controller.quorum.voters": f"1@{controller}",
            "log.dirs": DATA,
        }
        merged = {**SERVER, **own, **self.options.config}
        return "".join(f"{name}={value}\n" for name, value in merged.items()).encode()

    async def _format(self, command: tuple[str, ...]) -> None:
        tool = ("kafka.tools.StorageTool", "format", "--config", SERVER_FILE, "--cluster-id", cluster_id())
        name = "formatting Kafka's data folder"
        program = Program(
            name=name, argv=(*command, *tool, *self.options.format), log=self.log, folder=self.folder
        )
        child = Child(program)
        await child.start()
        await child.finish(FORMAT_WITHIN)


class _Training(Kafka):
    """A broker whose Java writes a start cache when it ends.

    Args:
        output: file for the cache; the broker lives in its folder.
        java: and its arguments, without a start cache.
        say: takes progress lines.
    """

    title: ClassVar[str] = "Kafka, to write its start cache,"
    grace: ClassVar[float] = 120.0  # it is when it ends that the cache is written: some seconds of work

    def __init__(self, output: Path, java: tuple[str, ...], say: Say) -> None:
        ports = choose_ports({"broker": 0, "controller": 0})
        options = KafkaOptions(controller_port=ports["controller"])
        super().__init__(output.parent / "broker", output.parent / "log", ports["broker"], options, say)
        self._output, self._plain = output, java

    async def prepare(self) -> tuple[str, ...]:
        """As of every broker; only the run itself writes a cache, not what formats its folder."""
        java, *arguments = await super().prepare()
        # Java also writes down what is worth compiling: told by its second compiler that costs a start two
        # seconds of a core, told by its first nothing.
        return (java, f"-XX:AOTCacheOutput={self._output}", "-XX:TieredStopAtLevel=1", *arguments)

    async def _java(self) -> tuple[str, ...]:
        return self._plain


async def ensure_kafka(source: JarSource, say: Say) -> tuple[str, ...]:
    """Java and its arguments for a broker or one of its tools: what is missing is fetched, or written once.

    Raises:
        MissingPartError: Java, Maven or a jar is missing.
        ChecksumError: a jar is not the pinned one.
        StackError: the cache cannot be written.
    """
    java, jars = await asyncio.gather(find_java(), ensure_jars(source, say))
    arguments = (*JVM, "-cp", ":".join(str(jar) for jar in jars))

    async def train(output: Path) -> None:
        broker = _Training(output, (java.path, *arguments), say)
        await broker.start()
        await broker.stop()

    cache = await ensure_start_cache(source.cache_folder, java, arguments, train, say)
    return (java.path, *arguments, *(() if cache is None else (f"-XX:AOTCache={cache}",)))


def cluster_id() -> str:
    """A random cluster id that does not begin with a hyphen, which the tool would take for an option."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
