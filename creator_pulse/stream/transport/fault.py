"""Explains why Kafka does not do as asked, in words for the person who set it up."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from creator_pulse.stream.errors import DeniedError, UnreachableError, words
from creator_pulse.stream.transport.client import login_kwargs
from creator_pulse.stream.transport.oauth_token import TokenError

if TYPE_CHECKING:
    from creator_pulse.stream.settings import Settings

_PATIENCE_MS = 5_000
_LISTENER = "is PULSE_KAFKA_SECURITY that of its listener?"
# OpenSSL's codes for the result of checking a certificate (x509_vfy.h).
_EXPIRED, _NOT_YET, _OTHER_HOST, _OTHER_ADDRESS = 10, 9, 62, 64
_RIGHTS = {
    TopicAuthorizationFailedError: "topic",
    GroupAuthorizationFailedError: "group",
    TransactionalIdAuthorizationFailed: "transactional id",
    ClusterAuthorizationFailedError: "cluster",
}


async def unreachable(settings: Settings, error: Exception, doing: str) -> UnreachableError:
    """Turn an error of aiokafka into one for people.

    aiokafka says of a failed bootstrap only that it failed, so one more connection is made to learn why.

    Args:
        settings: with Kafka's servers, user and certificates.
        error: as the client raised it.
        doing: the operation, for example ``reading creator.gift``; it identifies a missing right.
    """
    on = denied(error)
    if on:
        return DeniedError(denial(settings, on, doing))
    why = await _trouble(settings)
    if why:
        return UnreachableError(why)
    return UnreachableError(
        f"no Kafka at {settings.kafka} ({words(error)}, {doing}); is it running, and is PULSE_KAFKA right?"
    )


def denied(error: BaseException) -> str:
    """The kind of resource on which a right is missing; empty if the error has another cause."""
    return next((on for kind, on in _RIGHTS.items() if isinstance(error, kind)), "")


def denial(settings: Settings, on: str, doing: str) -> str:
    """The line that says which right is missing.

    Args:
        settings: with the name of Kafka's user.
        on: topic, group, transactional id or cluster.
        doing: the operation that was tried, as a phrase: ``read a topic``.
    """
    who = settings.kafka_username if settings.kafka_security.startswith("SASL") else ""
    user = f"the user {who}" if who else "us"
    return (
        f"Kafka denies {user} a right on a {on} ({doing}): docs/operate.md lists the rights that are needed"
    )


async def _trouble(settings: Settings) -> str:
    """Why the first of the servers that refuses us does so; empty if none does."""
    for host, port, family in collect_hosts(settings.bootstrap, randomize=False):
        del family
        server = f"{host}:{port}"
        try:
            connection = await create_conn(
                host, port, request_timeout_ms=_PATIENCE_MS, **login_kwargs(settings)
            )
        except (KafkaError, OSError, TimeoutError) as error:
            return _refusal(settings, server, error)
        try:
            # A broker that awaits a login, or has refused a token, answers as if there were none.
            lets_in = bool((await connection.send(MetadataRequest([]))).brokers)
        except (KafkaError, OSError, TimeoutError):
            lets_in = False
        finally:
            connection.close()
        if not lets_in:
            return f"Kafka at {server} {_after_login(settings)}"
    return ""


def _refusal(settings: Settings, server: str, error: Exception) -> str:
    """Why a connection failed, in one line."""
    if isinstance(error, TokenError):
        return str(error.args[0])
    why = _by_tls(settings, error) or _by_login(settings, error)
    if why:
        return f"Kafka at {server} {why}"
    return f"no Kafka at {settings.kafka} ({words(error)}); is it running, and is PULSE_KAFKA right?"


def _by_tls(settings: Settings, error: Exception) -> str:
    """The problem with TLS; empty if the cause is another one."""
    is_tls = settings.kafka_security.endswith("SSL")
    doubt = _of_own_certificate(settings) if is_tls else ""
    # The order matters: an error of a certificate is an SSLError too.
    match error:
        case ssl.SSLCertVerificationError():
            return _by_certificate(settings, error)
        case ssl.SSLError():
            # By TLS 1.2 a server that wants another certificate says so by an alert, before we are connected.
            doubt = doubt if "ALERT" in (error.reason or "") else ""
            return f"does not speak TLS with us ({words(error)}): {doubt}{_LISTENER}"
        case ConnectionResetError() if is_tls:
            return f"does not speak TLS with us ({words(error)}): {doubt}{_LISTENER}"
        case KafkaConnectionError():
            return f"closed the connection: {doubt}{_LISTENER}"
    return ""


def _of_own_certificate(settings: Settings) -> str:
    """Why a server with TLS may refuse us, if it does not say so or nobody could read it."""
    if settings.kafka_cert_file:
        return "it may refuse the certificate of PULSE_KAFKA_CERT_FILE, or "
    return "it may ask for a certificate, PULSE_KAFKA_CERT_FILE, or "


def _by_certificate(settings: Settings, error: ssl.SSLCertVerificationError) -> str:
    """The problem with the server's certificate."""
    if error.verify_code in {_EXPIRED, _NOT_YET}:
        state = "has expired" if error.verify_code == _EXPIRED else "is not valid yet"
        return f"has a certificate that {state}: renew it, or look at the clock of this machine"
    if error.verify_code in {_OTHER_HOST, _OTHER_ADDRESS}:
        return "has a certificate for another host: put a name that it holds into PULSE_KAFKA"
    where = settings.kafka_ca_file or "empty: the system's"
    return (
        f"has a certificate that no authority of PULSE_KAFKA_CA_FILE ({where}) has signed: "
        f"{error.verify_message}"
    )


def _by_login(settings: Settings, error: Exception) -> str:
    """The problem with the login; empty if the cause is another one."""
    mechanism = settings.kafka_sasl_mechanism
    match error:
        case SaslAuthenticationFailed():
            return (
                f"refuses the login of {settings.kafka_username} with {mechanism}: "
                "are PULSE_KAFKA_USERNAME and PULSE_KAFKA_PASSWORD right?"
            )
        case UnsupportedSaslMechanismError():
            return f"does not offer {mechanism}: set PULSE_KAFKA_SASL_MECHANISM to one that it offers"
        case IllegalSaslStateError():
            return f"asks for no login: {_LISTENER}"
    return ""


def _after_login(settings: Settings) -> str:
    """Why a server accepts the connection and closes it at the first request."""
    if settings.kafka_security.startswith("SASL") and settings.kafka_sasl_mechanism == "OAUTHBEARER":
        where = "TOKEN_FILE" if settings.kafka_oauth_token_file else "ENDPOINT"
        return f"refuses the token of PULSE_KAFKA_OAUTH_{where}"
    return f"closed the connection at the first request: {_LISTENER}"
