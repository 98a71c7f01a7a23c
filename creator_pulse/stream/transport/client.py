"""How every Kafka client of the project connects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiokafka.errors import CoordinatorNotAvailableError

from creator_pulse.stream.transport.oauth_token import token_provider

if TYPE_CHECKING:
    from aiokafka.client import AIOKafkaClient

    from creator_pulse.stream.settings import Settings


def client_kwargs(settings: Settings) -> dict[str, object]:
    """Connection arguments that aiokafka's producer, consumer and admin client share.

    Args:
        settings: servers, protocol, SASL mechanism with its credentials, certificates.

    Returns:
        Keyword arguments; SSL and SASL ones only where the protocol needs them.
    """
    return {"bootstrap_servers": settings.bootstrap, **login_kwargs(settings)}


def login_kwargs(settings: Settings) -> dict[str, object]:
    """The part of the connection arguments that concerns encryption and login."""
    kwargs: dict[str, object] = {"security_protocol": settings.kafka_security}
    if settings.kafka_security.endswith("SSL"):
        kwargs["ssl_context"] = settings.kafka_tls.context()
    if settings.kafka_security.startswith("SASL_"):
        kwargs["sasl_mechanism"] = settings.kafka_sasl_mechanism
        if settings.kafka_sasl_mechanism == "OAUTHBEARER":
            kwargs["sasl_oauth_token_provider"] = token_provider(settings)
        else:
            kwargs["sasl_plain_username"] = settings.kafka_username
            kwargs["sasl_plain_password"] = settings.kafka_password.reveal()
    return kwargs


def ask_again_without_brokers(client: AIOKafkaClient) -> None:
    """Let a client whose cluster has no broker look for coordinators later, instead of failing.

    A broker answers so if it is fenced, for example because it was too slow to tell the controller that it is
    alive. aiokafka asserts then that there is a broker. Both callers that look for coordinators, the sender
    of a transactional producer and the member of a group, retry after an error that says "not available".

    Args:
        client: of a producer or a consumer, before it starts.
    """
    look_up = client.coordinator_lookup

    async def patient_look_up(kind: int, key: str) -> int:
        if not client.cluster.brokers():
            raise CoordinatorNotAvailableError("the cluster names no broker")
        node: int = await look_up(kind, key)
        return node

    client.coordinator_lookup = patient_look_up
