"""How every Kafka client of the project connects."""

from __future__ import annotations

import asyncio
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


class CoordinatorSearch:
    """Looks for the coordinators of a client, and remembers whether Kafka names none.

    A broker names none while the coordinator's partition (of ``__consumer_offsets`` or of
    ``__transaction_state``) has no leader, and for a moment after a cluster was made: so it is asked again
    for a while, before aiokafka hears of it and writes an ERROR line. Who looks for coordinators there, the
    sender of a transactional producer and the member of a group, asks again after an error that says "not
    available".

    A broker that is fenced, for example because it was too slow to tell the controller that it is alive,
    names no brokers at all. aiokafka asserts that there is one; here that is "not available", too.

    Args:
        client: of a producer or a consumer, before it starts.
        pause: seconds between two questions.

    Attributes:
        rounds: how often in a row ``TRIES`` questions were in vain.
    """

    TRIES = 10

    def __init__(self, client: AIOKafkaClient, pause: float = 0.5) -> None:
        self._client = client
        self._ask = client.coordinator_lookup
        self._pause = pause
        self.rounds = 0
        client.coordinator_lookup = self._look_up

    async def _look_up(self, kind: int, key: str) -> int:
        if not self._client.cluster.brokers():
            raise CoordinatorNotAvailableError("the cluster names no broker")
        for _ in range(self.TRIES):
            try:
                node: int = await self._ask(kind, key)
            except CoordinatorNotAvailableError:
                await asyncio.sleep(self._pause)
            else:
                self.rounds = 0
                return node
        self.rounds += 1
        raise CoordinatorNotAvailableError(f"no broker coordinates {key}")
