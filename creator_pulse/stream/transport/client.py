"""How every Kafka client of the project connects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.transport.oauth_token import token_provider

if TYPE_CHECKING:
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
    """The part of the connection arguments that says how to speak, and as whom."""
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
