"""What a server does that is no Kafka for us, and the line that it gives."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import struct
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp.test_utils import unused_port
from aiokafka.errors import KafkaConnectionError, TopicAuthorizationFailedError

from creator_pulse.stream.settings import Settings, load
from creator_pulse.stream.transport.fault import unreachable
from creator_pulse.stream.transport.kafka_log import KafkaLog
from tests.support.certificates import Authority

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.certificates import Certificate

LISTENER = "is PULSE_KAFKA_SECURITY that of its listener?"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One authority for all tests."""
    return Authority(tmp_path_factory.mktemp("fault"))


@asynccontextmanager
async def serving(
    certificate: Certificate | None = None, clients: Authority | None = None, *, resets: bool = False
) -> AsyncIterator[int]:
    """A server that hangs up on whoever says something; its port.

    With an authority of clients it speaks TLS 1.2, and refuses whoever shows no certificate of it.
    """

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        if resets:
            # Closed without lingering, a socket sends a reset: what the other side has not read is lost.
            said = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, said)
        writer.close()

    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate.cert, certificate.key)
        if clients is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(clients.cert)
            context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]


async def line(**changes: Any) -> str:
    """What a command says that found no Kafka there."""
    return str(await unreachable(load({}, **changes), KafkaConnectionError("it failed"), "looking"))


async def test_nobody_there_is_said_with_the_setting() -> None:
    """A refused connection: where it was looked, and by which setting."""
    at = f"127.0.0.1:{unused_port()}"
    told = await line(kafka=at)
    assert told.startswith(f"no Kafka at {at} (")
    assert told.endswith("); is it running, and is PULSE_KAFKA right?")


async def test_another_kind_of_listener_is_said() -> None:
    """One that hangs up, and one that does not speak TLS."""
    async with serving() as port:
        at = f"127.0.0.1:{port}"
        assert await line(kafka=at) == f"Kafka at {at} closed the connection: {LISTENER}"
        told = await line(kafka=at, kafka_security="SSL")
    assert told.startswith(f"Kafka at {at} does not speak TLS with us (")
    assert told.endswith(LISTENER)


async def test_a_certificate_that_is_not_believed_is_said(authority: Authority) -> None:
    """Of another host, expired, or of an authority that is not among ours."""
    good, old = authority.issue("good", "IP:127.0.0.1"), authority.issue("old", "IP:127.0.0.1", days=-1)
    tls = {"kafka_security": "SSL", "kafka_ca_file": str(authority.cert)}
    async with serving(good) as port:
        near, far = f"localhost:{port}", f"127.0.0.1:{port}"
        assert await line(kafka=near, **tls) == (
            f"Kafka at {near} has a certificate for another host: put a name that it holds into PULSE_KAFKA"
        )
        assert (await line(kafka=far, kafka_security="SSL")).startswith(
            f"Kafka at {far} has a certificate that no authority of PULSE_KAFKA_CA_FILE (empty: the system's)"
        )
    async with serving(old) as port:
        assert await line(kafka=f"127.0.0.1:{port}", **tls) == (
            f"Kafka at 127.0.0.1:{port} has a certificate that has expired: renew it, or look at the clock "
            "of this machine"
        )


@pytest.mark.parametrize(
    ("own", "doubt"),
    [
        ({}, "it may ask for a certificate, PULSE_KAFKA_CERT_FILE, or "),
        ({"kafka_cert_file": "both"}, "it may refuse the certificate of PULSE_KAFKA_CERT_FILE, or "),
    ],
)
async def test_a_refused_certificate_of_ours_is_named(
    authority: Authority, own: dict[str, str], doubt: str
) -> None:
    """Whether the server says so before we are connected (TLS 1.2), hangs up, or resets the connection."""
    good = authority.issue("mutual", "IP:127.0.0.1")
    stranger = Authority(authority.cert.parent, "another").issue("guest")
    tls = {"kafka_security": "SSL", "kafka_ca_file": str(authority.cert)}
    tls |= {name: str(getattr(stranger, file)) for name, file in own.items()}
    async with serving(good, authority) as port:
        at = f"Kafka at 127.0.0.1:{port}"
        said = await line(kafka=f"127.0.0.1:{port}", **tls)
        assert said.startswith(f"{at} does not speak TLS with us (")
        assert said.endswith(f": {doubt}{LISTENER}")
    async with serving(good) as port:
        said = await line(kafka=f"127.0.0.1:{port}", **tls)
        assert said == f"Kafka at 127.0.0.1:{port} closed the connection: {doubt}{LISTENER}"
    async with serving(resets=True) as port:
        said = await line(kafka=f"127.0.0.1:{port}", **tls)
        assert said.startswith(f"Kafka at 127.0.0.1:{port} does not speak TLS with us (")
        assert said.endswith(f": {doubt}{LISTENER}")


async def test_a_missing_right_is_said_by_what_was_done() -> None:
    """And by who lacks it; nobody is asked once more."""
    settings = load({}, kafka_security="SASL_SSL", kafka_username="worker", kafka_password="x")  # noqa: S106
    told = await unreachable(settings, TopicAuthorizationFailedError(), "reading pulse.window")
    assert str(told) == (
        "Kafka denies the user worker a right on a topic (reading pulse.window): docs/operate.md lists the "
        "rights that are needed"
    )


@pytest.mark.slow
async def test_a_read_that_is_cancelled_leaves_nothing_open() -> None:
    """A rebalance cancels the opening of lanes: their consumers are stopped, wherever they were."""
    asked, gone, left = asyncio.Event(), asyncio.Event(), list[str]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: left.append(context["message"]))

    async def stay_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        asked.set()
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    async with await asyncio.start_server(stay_silent, "127.0.0.1", 0) as server:
        settings = Settings(kafka=f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
        reading = asyncio.create_task(KafkaLog(settings).bounds("creator.gift", 0))
        await asked.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        del reading
        gc.collect()
        await asyncio.wait_for(gone.wait(), 5)
    assert left == []
