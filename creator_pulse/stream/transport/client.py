"""How every Kafka client of the project connects."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from creator_pulse.stream.settings import Settings


def client_kwargs(settings: Settings) -> dict[str, object]:
    """Connection arguments that aiokafka's producer, consumer and admin client share.

    Args:
        settings: servers, protocol, SASL mechanism and names, file of certificate authorities.

    Returns:
        Keyword arguments; SSL and SASL ones only where the protocol needs them.
    """
    kwargs: dict[str, object] = {
        "bootstrap_servers": settings.bootstrap,
        "security_protocol": settings.kafka_security,
    }
    if settings.kafka_security.endswith("SSL"):
        kwargs["ssl_context"] = settings.kafka_tls.context()
    if settings.kafka_security.startswith("SASL_"):
        kwargs["sasl_mechanism"] = settings.kafka_sasl_mechanism
        kwargs["sasl_plain_username"] = settings.kafka_username
        kwargs["sasl_plain_password"] = settings.kafka_password.reveal()
    return kwargs
