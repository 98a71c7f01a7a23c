"""One real broker with every kind of listener: SASL over TLS, client certificates, one that has expired.

Everybody may do everything on its plain listener; a user of the others only what an ACL grants.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest

from creator_pulse.stream.local.kafka import Kafka, KafkaOptions
from creator_pulse.stream.local.ports import HOST, choose_ports
from creator_pulse.stream.local.process import until
from tests.support.certificates import Authority, Certificate, encrypted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping
    from pathlib import Path

LISTENERS = {"sasl": "SASL_SSL", "few": "SASL_SSL", "mtls": "SSL", "old": "SSL"}
MECHANISMS = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER"
SUPER = "chief"
"""A user of every mechanism who may do everything."""
PASSWORD = "geheim"  # noqa: S105 - of the test's own broker
KEY_PASSWORD = "offen"  # noqa: S105 - likewise
USERS = (SUPER, "setup", "worker", "api", "void", "afresh", "producer")
_LOGIN = "org.apache.kafka.common.security"
_ALLOW = 3
_ANY = 1
_TYPES = {"topic": 2, "group": 3, "cluster": 4, "transactional-id": 5}
_PATTERNS = {"literal": 3, "prefixed": 4}
_OPERATIONS = {
    "read": 3,
    "write": 4,
    "create": 5,
    "delete": 6,
    "describe": 8,
    "describeconfigs": 10,
}


@dataclass(frozen=True)
class Right:
    """One entry of an access list.

    Attributes:
        operation: what is allowed.
        kind: of what: topic, group, cluster, transactional-id.
        name: its name, or the beginning of it.
        prefixed: whether every name that begins so is meant.
    """

    operation: str
    kind: str
    name: str
    prefixed: bool = False


@dataclass(frozen=True)
class SecureKafka:
    """A running broker.

    Attributes:
        plain: ``host:port`` of the listener without security.
        sasl: of the one with SASL over TLS.
        mtls: of the one that asks for a client's certificate.
        few: of one that offers SCRAM-SHA-256 alone.
        old: of the one whose certificate has expired.
        authority: signs all certificates but that of ``stranger``.
        stranger: an authority that nobody believes.
        client: a client's certificate; it may do everything.
        locked: the key of it under a password.
    """

    plain: str
    sasl: str
    few: str
    mtls: str
    old: str
    authority: Authority
    stranger: Authority
    client: Certificate
    locked: Path

    async def allow(self, user: str, rights: Iterable[Right]) -> None:
        """Let a user do this and nothing else; returns once the broker acts by it."""
        wanted = frozenset(rights)
        admin = AIOKafkaAdminClient(bootstrap_servers=self.plain)
        await admin.start()
        try:
            everything = (_ANY, None, _ANY, f"User:{user}", None, _ANY, _ANY)
            reply = await admin._send_to_controller(DeleteAclsRequest(*everything))
            assert reply.filter_responses[0][0] == 0, reply
            for right in wanted:
                entry = (*_place(right), f"User:{user}", "*", _OPERATIONS[right.operation], _ALLOW)
                reply = await admin._send_to_controller(CreateAclsRequest(*entry))
                assert reply.creation_responses[0][0] == 0, reply
            # The controller has taken it; the broker reads it from the metadata log a moment later.
            expected = {(*_place(right), _OPERATIONS[right.operation]) for right in wanted}
            await until(lambda: _is_known(admin, everything, expected))
        finally:
            await admin.close()


async def _is_known(
    admin: AIOKafkaAdminClient, everything: tuple[Any, ...], expected: set[tuple[Any, ...]]
) -> bool:
    """Whether the broker's own list is as expected."""
    reply = (await admin._send_request(DescribeAclsRequest(*everything))).to_object()
    assert reply["error_code"] == 0, reply
    return expected == {
        (
            resource["resource_type"],
            resource["resource_name"],
            resource["resource_pattern_type"],
            acl["operation"],
        )
        for resource in reply["resources"]
        for acl in resource["acls"]
    }


def _place(right: Right) -> tuple[int, str, int]:
    pattern = _PATTERNS["prefixed" if right.prefixed else "literal"]
    return _TYPES[right.kind], right.name, pattern


def _config(
    at: Mapping[str, str], authority: Authority, server: Certificate, old: Certificate
) -> dict[str, str]:
    """The broker's properties: a listener for each way to log in, and one that asks for nothing.

    Args:
        at: name of each listener -> ``host:port``; ``plain`` and ``controller`` among them.
        authority: has signed the certificates of server and clients.
        server: certificate of all listeners but ``old``.
        old: certificate that has expired.
    """
    listeners = [f"PLAINTEXT://{at['plain']}", *(f"{name.upper()}://{at[name]}" for name in LISTENERS)]
    return {
        "listeners": ",".join([*listeners, f"CONTROLLER://{at['controller']}"]),
        "advertised.listeners": ",".join(listeners),
        "listener.security.protocol.map": ",".join(
            ["PLAINTEXT:PLAINTEXT", "CONTROLLER:PLAINTEXT"]
            + [f"{name.upper()}:{protocol}" for name, protocol in LISTENERS.items()]
        ),
        "inter.broker.listener.name": "PLAINTEXT",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(server.both),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority.cert),
        "listener.name.mtls.ssl.client.auth": "required",
        "listener.name.old.ssl.keystore.type": "PEM",
        "listener.name.old.ssl.keystore.location": str(old.both),
        "listener.name.sasl.sasl.enabled.mechanisms": MECHANISMS,
        "listener.name.few.sasl.enabled.mechanisms": "SCRAM-SHA-256",
        "listener.name.few.scram-sha-256.sasl.jaas.config": _LOGIN + ".scram.ScramLoginModule required;",
        "listener.name.sasl.plain.sasl.jaas.config": f"{_LOGIN}.plain.PlainLoginModule required "
        + " ".join(f'user_{user}="{PASSWORD}"' for user in USERS)
        + ";",
        **{
            f"listener.name.sasl.scram-sha-{bits}.sasl.jaas.config": _LOGIN
            + ".scram.ScramLoginModule required;"
            for bits in (256, 512)
        },
        "listener.name.sasl.oauthbearer.sasl.jaas.config": (
            f'{_LOGIN}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";'
        ),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:ANONYMOUS;User:{SUPER};User:CN=client",
    }


@asynccontextmanager
async def secure_kafka(folder: Path) -> AsyncIterator[SecureKafka]:
    """Run the broker while the block lasts.

    Args:
        folder: of its data and certificates.
    """
    authority, stranger = Authority(folder), Authority(folder, "stranger")
    server, client = authority.issue("server", f"IP:{HOST}"), authority.issue("client")
    old = authority.issue("old", f"IP:{HOST}", days=-1)
    ports = choose_ports(dict.fromkeys(("plain", "controller", *LISTENERS), 0))
    at = {name: f"{HOST}:{port}" for name, port in ports.items()}
    scram = [
        word
        for user in USERS
        for bits in (256, 512)
        for word in ("--add-scram", f"SCRAM-SHA-{bits}=[name={user},password={PASSWORD}]")
    ]
    config = _config(at, authority, server, old)
    options = KafkaOptions(controller_port=ports["controller"], config=config, format=tuple(scram))
    kafka = Kafka(folder / "kafka", folder / "kafka.log", ports["plain"], options, lambda _: None)
    try:
        await kafka.start()
        yield SecureKafka(
            at["plain"],
            at["sasl"],
            at["few"],
            at["mtls"],
            at["old"],
            authority,
            stranger,
            client,
            encrypted(client.key, KEY_PASSWORD),
        )
    finally:
        await kafka.stop()
