"""Redis as people have it: a cluster of three masters, a master with a sentinel, a server that evicts."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

from creator_pulse.stream.local.ports import choose_ports
from tests.support.pulse_process import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SERVICE = "pulse"
"""Name of the master that the sentinel watches."""
_SLOTS = 16_384


@contextmanager
def server(folder: Path, port: int, *options: str) -> Iterator[Redis]:
    """A ``redis-server`` while the block lasts.

    Args:
        folder: of its own.
        port: on 127.0.0.1.
        options: of its command line, words apart; a first one without dashes is a configuration file.
    """
    folder.mkdir(exist_ok=True)
    own = ("--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "")
    with (folder / "log").open("wb") as log:
        at = 1 if options and not options[0].startswith("--") else 0
        process = subprocess.Popen(
            ["redis-server", *options[:at], *own, *options[at:]], stdout=log, stderr=subprocess.STDOUT
        )
    client = Redis(port=port, socket_timeout=5)
    try:
        wait_for(lambda: _answers(client), 20, f"redis-server on port {port}")
        yield client
    finally:
        client.close()
        process.terminate()
        process.wait(20)


@contextmanager
def cluster() -> Iterator[tuple[Redis, ...]]:
    """Three masters that share the slots."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="pulse-cluster-")))
        ports = choose_ports({f"{kind}{number}": 0 for kind in ("node", "bus") for number in range(3)})
        nodes = tuple(
            stack.enter_context(
                server(
                    folder / f"{number}",
                    ports[f"node{number}"],
                    *("--cluster-enabled", "yes", "--cluster-port", str(ports[f"bus{number}"])),
                )
            )
            for number in range(3)
        )
        for number, node in enumerate(nodes):
            first, behind = _SLOTS * number // 3, _SLOTS * (number + 1) // 3
            told(node, "CLUSTER", "ADDSLOTSRANGE", first, behind - 1)
            told(node, "CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            told(nodes[0], "CLUSTER", "MEET", "127.0.0.1", ports[f"node{number}"], ports[f"bus{number}"])
        wait_for(lambda: all(_is_whole(node) for node in nodes), 30, "a whole cluster")
        yield nodes


@contextmanager
def watched() -> Iterator[tuple[Redis, Redis, Redis]]:
    """A master, its replica, and a sentinel that watches them."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="pulse-sentinel-")))
        ports = choose_ports(dict.fromkeys(("master", "replica", "sentinel"), 0))
        master = stack.enter_context(server(folder / "master", ports["master"]))
        replica = stack.enter_context(
            server(folder / "replica", ports["replica"], "--replicaof", f"127.0.0.1 {ports['master']}")
        )
        wait_for(lambda: replica.info("replication")["master_link_status"] == "up", 20, "a replica")
        config = folder / "sentinel.conf"
        config.write_text(
            f"sentinel monitor {SERVICE} 127.0.0.1 {ports['master']} 1\n"
            f"sentinel down-after-milliseconds {SERVICE} 1000\n"
            f"sentinel failover-timeout {SERVICE} 5000\n",
            encoding="ascii",
        )
        sentinel = stack.enter_context(
            server(folder / "sentinel", ports["sentinel"], str(config), "--sentinel")
        )
        wait_for(lambda: _ready_to_promote(sentinel), 30, "a sentinel that knows a good replica")
        yield master, replica, sentinel


def told(client: Redis, *words: str | int) -> Any:
    """The answer to a command."""
    return client.execute_command(*words)  # type: ignore[no-untyped-call]


def url_of(client: Redis, scheme: str = "redis", path: str = "") -> str:
    """The address of a server."""
    return f"{scheme}://127.0.0.1:{client.connection_pool.connection_kwargs['port']}{path}"


@pytest.fixture(scope="session")
def cluster_url() -> Iterator[str]:
    """Address of the run's cluster, by one of its nodes."""
    with cluster() as nodes:
        yield url_of(nodes[1], "redis+cluster")


@pytest.fixture(scope="session")
def sentinel_url() -> Iterator[str]:
    """Address of a master, by its sentinel."""
    with watched() as (_, _, sentinel):
        yield url_of(sentinel, "redis+sentinel", f"/{SERVICE}/0")


@pytest.fixture(scope="session")
def evicting_url() -> Iterator[str]:
    """Address of a server that evicts any key once it holds 4 MB."""
    with TemporaryDirectory(prefix="pulse-evicting-") as folder:
        port = choose_ports({"evicting": 0})["evicting"]
        options = ("--maxmemory", "4mb", "--maxmemory-policy", "allkeys-random")
        with server(Path(folder), port, *options) as client:
            yield url_of(client)


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except (RedisError, OSError):
        return False


def _is_whole(node: Redis) -> bool:
    state = told(node, "CLUSTER INFO")
    return (state["cluster_state"], state["cluster_known_nodes"]) == ("ok", "3")


def _ready_to_promote(sentinel: Redis) -> bool:
    replicas: Sequence[Mapping[str, int]] = sentinel.sentinel_slaves(SERVICE)
    # Its priority is read with its first INFO, a good while after it was first heard of.
    return any(replica["info-refresh"] and replica["last-ok-ping-reply"] < 1_500 for replica in replicas)
