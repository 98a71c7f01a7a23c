"""Who is told of an alert: a receiver of the setting ``PULSE_RECEIVERS``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.setting_rules import is_http, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"([a-z][a-z-]*\.)?(page|ticket)")


class Receiver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the messages of one route go: to each place that is given.

    Secrets are named by their files, which Alertmanager reads by itself.

    For example ``Receiver(slack_url_file="/run/secrets/slack", slack_channel="#pages")``.

    Attributes:
        webhook: address to which Alertmanager's JSON is posted.
        slack_url_file: file with the address of an incoming webhook.
        slack_channel: for example ``#pages``; empty: the channel of the webhook.
        pagerduty_key_file: file with an integration key (Events API v2).
        opsgenie_key_file: file with an API key.
        email_to: addresses, separated by commas.
        email_from: the sender.
        smtp: ``host:port`` of the server that takes mail.
        smtp_username: for its login; empty: none.
        smtp_password_file: file with the password of the login.
    """

    webhook: str = ""
    slack_url_file: str = ""
    slack_channel: str = ""
    pagerduty_key_file: str = ""
    opsgenie_key_file: str = ""
    email_to: str = ""
    email_from: str = ""
    smtp: str = ""
    smtp_username: str = ""
    smtp_password_file: str = ""


def check(receivers: Mapping[str, Receiver]) -> None:
    """Check the names of receivers, and that each has all that its places need.

    Raises:
        ValueError: one has another name than ``page``, ``ticket``, ``TEAM.page`` or ``TEAM.ticket``, goes
            nowhere, or lacks a part.
    """
    for name, receiver in receivers.items():
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"{quoted(name)} is no receiver; they are page, ticket, and such of a team: ads.page"
            )
        if not (
            receiver.webhook
            or receiver.slack_url_file
            or receiver.pagerduty_key_file
            or receiver.opsgenie_key_file
            or receiver.email_to
        ):
            raise ValueError(f"{name} goes nowhere; give it a webhook, or a file or address of another place")
        if receiver.webhook and not is_http(receiver.webhook):
            raise ValueError(f"the webhook of {name} is no http:// or https:// address")
        if receiver.email_to and not (receiver.email_from and receiver.smtp):
            raise ValueError(f"{name} has email_to, and needs email_from and smtp (host:port) beside it")
        if receiver.smtp_username and not receiver.smtp_password_file:
            raise ValueError(f"{name} has smtp_username, and needs smtp_password_file beside it")
