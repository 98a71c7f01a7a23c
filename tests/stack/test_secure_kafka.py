"""A real broker with logins, certificates and an authorizer: what lets us in, and what keeps us out."""

from __future__ import annotations

import asyncio
import re
import shlex
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio

from creator_pulse.agents.tools import begin_afresh
from creator_pulse.stream.api.server import serving_api
from creator_pulse.stream.clock import SystemClock
from creator_pulse.stream.errors import BusyError, PulseError
from creator_pulse.stream.local.process import until
from creator_pulse.stream.settings import Settings, child_environ, load
from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.kafka_log import KafkaLog
from creator_pulse.stream.transport.names import CASE_TOPIC
from creator_pulse.stream.transport.topics import Topic, declared, ensure, missing, permitted
from tests.support.pulse_process import pulse, wait_for
from tests.support.secure_kafka import KEY_PASSWORD, PASSWORD, SUPER, Right, SecureKafka, secure_kafka
from tests.support.token_server import token_server, unsigned

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="module")]

PAGE = (Path(__file__).parents[2] / "docs/operate.md").read_text(encoding="utf-8")
LISTENER = "is PULSE_KAFKA_SECURITY that of its listener?"
SMALL = {"partitions": 2, "merge_partitions": 1, "metrics_port": 0, "redis": "redis://127.0.0.1:1/0"}
RECORDS = 3_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SecureKafka]:
    """One broker for all tests here, with all topics."""
    async with secure_kafka(tmp_path_factory.mktemp("secure")) as broker:
        plain = load({}, kafka=broker.plain, **SMALL)
        await ensure(plain, declared(plain))
        yield broker


def by_password(broker: SecureKafka, user: str = SUPER, /, **changes: Any) -> Settings:
    """Settings of a user with a password over TLS."""
    given: dict[str, Any] = {
        "kafka": broker.sasl,
        "kafka_security": "SASL_SSL",
        "kafka_sasl_mechanism": "SCRAM-SHA-512",
        "kafka_ca_file": str(broker.authority.cert),
        "kafka_username": user,
        "kafka_password": PASSWORD,
    }
    return load({}, **{**SMALL, **given, **changes})


def by_certificate(broker: SecureKafka, /, **changes: Any) -> Settings:
    """Settings of a client with a certificate, whose key is under a password."""
    given: dict[str, Any] = {
        "kafka": broker.mtls,
        "kafka_security": "SSL",
        "kafka_ca_file": str(broker.authority.cert),
        "kafka_cert_file": str(broker.client.cert),
        "kafka_key_file": str(broker.locked),
        "kafka_key_password": KEY_PASSWORD,
    }
    return load({}, **{**SMALL, **given, **changes})


def by_token(broker: SecureKafka, path: Path, text: str, /, **changes: Any) -> Settings:
    """Settings of a user with a token in a file."""
    path.write_text(f"{text}\n")
    token = {"kafka_sasl_mechanism": "OAUTHBEARER", "kafka_oauth_token_file": str(path)}
    return by_password(broker, **{"kafka_username": "", "kafka_password": "", **token, **changes})


async def lacking(settings: Settings) -> tuple[str, ...]:
    """What `pulse topics --check` finds missing."""
    return await missing(settings, declared(settings))


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_a_password_lets_us_in(kafka: SecureKafka, mechanism: str) -> None:
    """By each mechanism that has one, over TLS."""
    assert await lacking(by_password(kafka, kafka_sasl_mechanism=mechanism)) == ()


async def test_a_certificate_lets_us_in(kafka: SecureKafka) -> None:
    """With its key in another file under a password, and with both in one file."""
    assert await lacking(by_certificate(kafka)) == ()
    both = {"kafka_cert_file": str(kafka.client.both), "kafka_key_file": "", "kafka_key_password": ""}
    assert await lacking(by_certificate(kafka, **both)) == ()


async def test_a_token_from_a_file_lets_us_in(kafka: SecureKafka, tmp_path: Path) -> None:
    """The file is read at each connection: a token that was put there later is used."""
    settings = by_token(kafka, tmp_path / "token", "not yet")
    (tmp_path / "token").write_text(unsigned(SUPER))
    assert await lacking(settings) == ()


async def test_a_token_for_client_credentials_lets_us_in(kafka: SecureKafka) -> None:
    """It is asked for by id, secret and scope, once for all clients of a process."""
    async with token_server("pulse:1", "ge%heim", SUPER) as (address, forms):
        settings = by_password(
            kafka,
            kafka_sasl_mechanism="OAUTHBEARER",
            kafka_oauth_endpoint=address,
            kafka_oauth_client_id="pulse:1",
            kafka_oauth_client_secret="ge%heim",  # noqa: S106 - of the test's own server
            kafka_oauth_scope="kafka",
        )
        assert [await lacking(settings), await lacking(settings)] == [(), ()]
    assert forms == [{"grant_type": "client_credentials", "scope": "kafka"}]


async def assert_refused(cases: Iterable[tuple[Settings, str]]) -> None:
    """Check that each of some settings is refused with its line."""
    for settings, line in cases:
        with pytest.raises(PulseError) as caught:
            await lacking(settings)
        assert str(caught.value) == line


async def test_a_wrong_certificate_is_one_line(kafka: SecureKafka) -> None:
    """Of the server: another authority, another host, an old date; of ours: none, and an unknown one."""
    near = kafka.sasl.replace("127.0.0.1", "localhost")
    nowhere = {"kafka_cert_file": "", "kafka_key_file": "", "kafka_key_password": ""}
    stranger = str(kafka.stranger.cert)
    other = kafka.stranger.issue("guest")
    await assert_refused(
        (
            (
                by_password(kafka, kafka_ca_file=stranger),
                (
                    f"Kafka at {kafka.sasl} has a certificate that no authority of PULSE_KAFKA_CA_FILE "
                    f"({stranger}) has signed: unable to get local issuer certificate"
                ),
            ),
            (
                by_password(kafka, kafka=near),
                (
                    f"Kafka at {near} has a certificate for another host: put a name that it holds into "
                    "PULSE_KAFKA"
                ),
            ),
            (
                by_certificate(kafka, kafka=kafka.old),
                (
                    f"Kafka at {kafka.old} has a certificate that has expired: renew it, or look at the "
                    "clock of this machine"
                ),
            ),
            (
                by_certificate(kafka, **nowhere),
                (
                    f"Kafka at {kafka.mtls} closed the connection: it may ask for a certificate, "
                    f"PULSE_KAFKA_CERT_FILE, or {LISTENER}"
                ),
            ),
            (
                by_certificate(kafka, **nowhere | {"kafka_cert_file": str(other.both)}),
                (
                    f"Kafka at {kafka.mtls} closed the connection: it may refuse the certificate of "
                    f"PULSE_KAFKA_CERT_FILE, or {LISTENER}"
                ),
            ),
        )
    )


async def test_a_wrong_login_is_one_line(kafka: SecureKafka, tmp_path: Path) -> None:
    """A wrong password by two mechanisms, a mechanism that is not offered, an old token, and none."""
    login = f"Kafka at {kafka.sasl} refuses the login of {SUPER} with"
    right = "are PULSE_KAFKA_USERNAME and PULSE_KAFKA_PASSWORD right?"
    wrong = {"kafka_password": "falsch"}
    await assert_refused(
        (
            (by_password(kafka, **wrong), f"{login} SCRAM-SHA-512: {right}"),
            (by_password(kafka, **wrong, kafka_sasl_mechanism="PLAIN"), f"{login} PLAIN: {right}"),
            (
                by_password(kafka, kafka=kafka.few),
                (
                    f"Kafka at {kafka.few} does not offer SCRAM-SHA-512: set PULSE_KAFKA_SASL_MECHANISM to "
                    "one that it offers"
                ),
            ),
            (
                by_token(kafka, tmp_path / "old", unsigned(SUPER, -10)),
                f"Kafka at {kafka.sasl} refuses the token of PULSE_KAFKA_OAUTH_TOKEN_FILE",
            ),
            (
                by_token(kafka, tmp_path / "empty", ""),
                f"PULSE_KAFKA_OAUTH_TOKEN_FILE: {tmp_path}/empty holds no token",
            ),
        )
    )


async def test_a_wrong_listener_is_one_line(kafka: SecureKafka) -> None:
    """A login for one that wants none, no TLS for one that wants it, and no login for one that wants one."""
    plain = {"kafka_security": "SASL_PLAINTEXT"}
    await assert_refused(
        (
            (
                by_password(kafka, kafka=kafka.plain, **plain),
                f"Kafka at {kafka.plain} asks for no login: {LISTENER}",
            ),
            (
                by_password(kafka, **plain),
                f"Kafka at {kafka.sasl} closed the connection: {LISTENER}",
            ),
            (
                by_password(kafka, kafka_security="SSL"),
                f"Kafka at {kafka.sasl} closed the connection at the first request: {LISTENER}",
            ),
        )
    )


async def test_a_command_says_no_more_than_the_line(kafka: SecureKafka) -> None:
    """`pulse topics --check` with a wrong password: one line, exit 1, and no password in it."""
    environ = child_environ(by_password(kafka, kafka_password="falsch"))  # noqa: S106 - wrong on purpose
    told = await asyncio.to_thread(pulse, "topics", "--check", environ=environ)
    assert told.returncode == 1
    assert len(told.stderr.splitlines()) == 1
    assert "falsch" not in told.stdout + told.stderr


def listed(user: str) -> list[Right]:
    """The rights that the page gives a user."""
    found = []
    for line in PAGE.splitlines():
        words = shlex.split(line) if line.startswith("kafka-acls.sh ") else []
        if f"User:{user}" not in words:
            continue
        kind = next(kind for kind in ("topic", "group", "transactional-id") if f"--{kind}" in words)
        name = words[words.index(f"--{kind}") + 1]
        for at, word in enumerate(words):
            if word == "--operation":
                found.append(Right(words[at + 1].lower(), kind, name, "prefixed" in words))
    assert found
    return found


async def test_topics_are_made_with_the_listed_rights(kafka: SecureKafka) -> None:
    """`pulse topics` of another installation on the same Kafka, whose prefix begins alike."""
    settings = by_password(kafka, "setup", prefix="creator.setup")
    with pytest.raises(PulseError, match=r"^Kafka denies the user setup a right on a topic \(describing "):
        await ensure(settings, declared(settings))
    await kafka.allow("setup", listed("setup"))
    assert "creator.setup.gift" in await ensure(settings, declared(settings))
    create = Right("create", "topic", "creator.", prefixed=True)
    await kafka.allow("setup", set(listed("setup")) - {create})
    again = by_password(kafka, "setup", prefix="creator.again")
    with pytest.raises(
        PulseError, match=r"^Kafka denies the user setup a right on a topic \(creating creator\.again"
    ):
        await ensure(again, declared(again))


async def start(settings: Settings, topics: tuple[Topic, ...]) -> None:
    """What a worker does before it counts, and the first thing that a lane does."""
    await ensure(settings, topics)
    await permitted(settings, topics)
    await (await KafkaLog(settings).producer("pulse-creator.gift-0")).close()


async def test_a_right_that_is_taken_away_is_named(kafka: SecureKafka) -> None:
    """Each of a worker's rights in turn: it does not start, and says which one is missing."""
    settings = by_password(kafka, "worker", app_id="pulse")
    topics = declared(settings)
    rights = [right for right in listed("worker") if right.operation != "describeconfigs"]
    told = {}
    for taken in rights:
        await kafka.allow("worker", set(rights) - {taken})
        with pytest.raises(PulseError) as caught:
            await start(settings, topics)
        told[taken.operation, taken.kind, taken.name] = str(caught.value)
    end = "docs/operate.md lists the rights that are needed"
    user = "Kafka denies the user worker a right on a"
    first = r"describing creator\.\w+"
    assert re.fullmatch(rf"{user} topic \({first}\): {end}", told.pop(("read", "topic", "creator.")))
    assert told == {
        ("read", "topic", "pulse"): f"{user} topic (read pulse-creator.ad-changelog): {end}",
        ("write", "topic", "pulse"): f"{user} topic (write pulse-creator.ad-changelog): {end}",
        ("read", "group", "pulse"): f"{user} group (read pulse): {end}",
        ("write", "transactional-id", "pulse-"): (
            f"{user} transactional id (taking the transactional id pulse-creator.gift-0): {end}"
        ),
    }


async def test_a_worker_without_a_right_does_not_start(kafka: SecureKafka) -> None:
    """It exits with one line, before it counts anything."""
    await kafka.allow("worker", set(listed("worker")) - {Right("write", "topic", "pulse", prefixed=True)})
    environ = child_environ(by_password(kafka, "worker"))
    told = await asyncio.to_thread(pulse, "worker", environ=environ)
    assert told.returncode == 1
    assert re.fullmatch(
        r"pulse: Kafka denies the user worker a right on a topic \(write pulse-.*\n", told.stderr
    )


@asynccontextmanager
async def granted(kafka: SecureKafka, *users: str) -> AsyncIterator[None]:
    """Users with the listed rights, and no others, while the block lasts."""
    for user in users:
        await kafka.allow(user, listed(user))
    yield
    for user in users:
        await kafka.allow(user, ())


def started(settings: Settings, ready: Path, log: Path) -> subprocess.Popen[bytes]:
    """A worker process."""
    words = [sys.executable, "-m", "creator_pulse", "worker", "--ready", str(ready)]
    with log.open("wb") as target:
        return subprocess.Popen(words, env=child_environ(settings), stderr=target)


async def test_workers_count_over_a_password_and_over_a_certificate(
    kafka: SecureKafka, tmp_path: Path
) -> None:
    """Two workers of one group, one by SASL_SSL with exactly its rights, one by mTLS: the ledger is exact."""
    ledger = tmp_path / "ledger.json"
    async with granted(kafka, "worker", "producer"):
        sender = child_environ(by_password(kafka, "producer", kafka_sasl_mechanism="PLAIN"))
        words = ("produce", "--fast", "--limit", str(RECORDS), "--ledger", str(ledger))
        sent = pulse(*words, environ=sender)
        assert sent.returncode == 0, sent.stderr
        logs = [tmp_path / f"{name}.log" for name in ("password", "certificate")]
        ready = [log.with_suffix(".ready") for log in logs]
        processes = [
            started(settings, *files)
            for settings, files in zip(
                (by_password(kafka, "worker"), by_certificate(kafka)),
                zip(ready, logs, strict=True),
                strict=True,
            )
        ]
        try:
            for path in ready:
                wait_for(path.exists, 90, "the workers")
            pages = ",".join(path.read_text().split()[1] for path in ready)
            run = pulse(
                "verify",
                "--ledger",
                str(ledger),
                "--workers",
                pages,
                "--wait",
                "60s",
                environ=sender,
                seconds=100,
            )
            assert run.returncode == 0, run.stderr
        finally:
            for process in processes:
                process.terminate()
            ends = [process.wait(60) for process in processes]
    said = [log.read_text() for log in logs]
    assert ends == [0, 0], said
    assert all(re.search(r"own [1-9]\d* lanes", text) for text in said)
    assert not any(PASSWORD in text or KEY_PASSWORD in text for text in said)


async def test_records_are_declared_void_with_the_listed_rights(kafka: SecureKafka) -> None:
    """`pulse void` reads an input and may write to the reference topic, in a transaction of its own."""
    async with granted(kafka, "void"):
        settings = by_password(kafka, "void")
        told = await asyncio.to_thread(pulse, "void", "gift", "0", environ=child_environ(settings))
        assert told.returncode == 0, told.stderr
        producer = await KafkaLog(settings).producer("pulse-void")
        # An entry that nobody can read: it is refused, and changes nothing.
        await producer.commit([OutRecord("creator.reference", b"none", b"none", 0)])
        await producer.close()


async def test_the_api_does_with_the_listed_rights(kafka: SecureKafka) -> None:
    """Without the right on cases it answers 503 by name; with all of them it writes a verdict on one."""
    case = {
        "rule": "minor_gift",
        "rule_version": 1,
        "app": "tiktok",
        "kind": "viewer_id",
        "id": "v1",
        "end": 1,
    }
    key = b"minor_gift|tiktok|v1|1"
    writer = await KafkaLog(by_password(kafka)).producer("test-cases")
    await writer.commit([OutRecord(CASE_TOPIC, key, msgspec.json.encode(case), 0)])
    await writer.close()
    settings = by_password(kafka, "api", api_port=0, prometheus="http://127.0.0.1:1")
    await kafka.allow("api", set(listed("api")) - {Right("read", "topic", "pulse.case")})
    async with serving_api(settings, SystemClock()) as url, aiohttp.ClientSession() as session:
        verdict = f"{url}v1/cases/{key.decode()}/verdict"
        async with session.post(verdict, json={"confirmed": True}) as answer:
            assert answer.status == 503
            assert "a right on a topic (reading pulse.case)" in (await answer.json())["detail"]
        await kafka.allow("api", listed("api"))
        async with session.get(f"{url}v1/health") as answer:
            parts = {part["name"]: part["up"] for part in (await answer.json())["parts"]}
        assert parts["kafka"] is True
        async with session.post(verdict, json={"confirmed": True}) as answer:
            assert answer.status == 201, await answer.text()


async def afresh_once_idle(settings: Settings) -> dict[str, object]:
    """Begin afresh as soon as the broker has forgotten the workers that an earlier test killed (10 s)."""
    report: dict[str, object] = {}

    async def begun() -> bool:
        try:
            report.update(await begin_afresh(settings, write=True))
        except BusyError:
            return False
        return True

    async with asyncio.timeout(60):
        await until(begun)
    return report


async def test_all_is_begun_afresh_with_the_listed_rights(kafka: SecureKafka) -> None:
    """`pulse afresh` deletes the state; without the right to, it says so."""
    settings = by_password(kafka, "afresh")
    await kafka.allow("afresh", set(listed("afresh")) - {Right("delete", "topic", "pulse", prefixed=True)})
    with pytest.raises(
        PulseError, match=r"^Kafka denies the user afresh a right on a topic \(deleting pulse"
    ):
        await afresh_once_idle(settings)
    async with granted(kafka, "afresh"):
        assert "pulse.pane" in str((await begin_afresh(settings, write=True))["deleted"])
    assert "pulse.pane" in await lacking(by_password(kafka))
