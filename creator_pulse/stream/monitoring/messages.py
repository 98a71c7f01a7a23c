"""Messages to people: a receiver's configuration for Alertmanager, with its templates.

They are templates of Alertmanager, not of Prometheus: it knows since when an alert fires, and how long one
that is over did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creator_pulse.stream.receivers import Receiver

_FIRST = "(index .Alerts 0)"
TITLE = (
    '[{{ .Status | toUpper }}{{ if eq .Status "firing" }} {{ .Alerts.Firing | len }}{{ end }}] '
    "{{ .CommonLabels.alertname }} {{ .CommonLabels.app }} {{ .CommonLabels.topic }}"
)
_NANOSECONDS = 1_000_000_000
# The board from three hours before the alert on: the annotation can only say how long before now.
_BOARD = (
    '{{ reReplaceAll "from=now-[0-9]+h" '
    f'(printf "from=%d" (.StartsAt.Add -{3 * 3600 * _NANOSECONDS}).UnixMilli) '
    ".Annotations.dashboard_url }}"
)
_ONE = (
    "{{ .Annotations.summary }}\n"
    "{{ .Annotations.description }}\n"
    'since {{ .StartsAt.Format "2006-01-02 15:04 MST" }}'
    '{{ if eq .Status "resolved" }}, over after {{ .EndsAt.Sub .StartsAt }}{{ end }}'
    "{{ with .Annotations.lost_usd }}, cost about {{ . }} USD {{ end }}"
    '{{ if .Annotations.lost_usd }}{{ if eq .Status "resolved" }}in all{{ else }}so far{{ end }}{{ end }}\n'
    "{{ with .Annotations.where_url }}who explains it {{ . }}\n{{ end }}"
    "team {{ .Labels.team }}, hurt first: {{ .Labels.stakeholder }}\n"
)
_RUNBOOK = "{{ .Annotations.runbook_url }}"
TEXT = f"{{{{ range .Alerts }}}}{_ONE}board {_BOARD}\nrunbook {_RUNBOOK}\n\n{{{{ end }}}}"
_SLACK_TEXT = f"{{{{ range .Alerts }}}}{_ONE}<{_BOARD}|Board> <{_RUNBOOK}|Runbook>\n\n{{{{ end }}}}"
_SUMMARY = f"{TITLE}: {{{{ {_FIRST}.Annotations.summary }}}}"


def receiver(name: str, where: Receiver) -> dict[str, Any]:
    """A receiver as Alertmanager's configuration has it.

    Args:
        name: ``page``, ``ticket``, or a team's.
        where: the places to which its messages go.
    """
    return {"name": name, **dict(_places(name, where))}


def posts_to(name: str, address: str, *, resolved: bool = True) -> dict[str, Any]:
    """A receiver that posts Alertmanager's JSON to an address.

    Args:
        name: of the receiver, for example ``ads.page``.
        address: ``http://`` or ``https://`` URL of the webhook.
        resolved: whether it also gets messages about alerts that are over.
    """
    return {"name": name, "webhook_configs": [{"url": address, "send_resolved": resolved}]}


def _places(name: str, where: Receiver) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    if where.webhook:
        yield "webhook_configs", [{"url": where.webhook, "send_resolved": True}]
    if where.slack_url_file:
        yield "slack_configs", [_slack(where)]
    if where.pagerduty_key_file:
        yield "pagerduty_configs", [_pagerduty(name, where)]
    if where.opsgenie_key_file:
        yield "opsgenie_configs", [_opsgenie(name, where)]
    if where.email_to:
        yield "email_configs", [_email(where)]


def _slack(where: Receiver) -> dict[str, Any]:
    channel = {"channel": where.slack_channel} if where.slack_channel else {}
    return {
        "api_url_file": where.slack_url_file,
        **channel,
        "send_resolved": True,
        "title": TITLE,
        "title_link": f"{{{{ {_FIRST}.Annotations.runbook_url }}}}",
        "fallback": _SUMMARY,
        "text": _SLACK_TEXT,
    }


def _pagerduty(name: str, where: Receiver) -> dict[str, Any]:
    return {
        "routing_key_file": where.pagerduty_key_file,
        "send_resolved": True,
        "description": _SUMMARY,
        "severity": "critical" if name.endswith("page") else "warning",
        "group": "{{ .CommonLabels.team }}",
        "component": "{{ .CommonLabels.tool }}",
        "details": {"alerts": TEXT},
        "links": [
            {"href": f"{{{{ {_FIRST}.Annotations.runbook_url }}}}", "text": "Runbook"},
            {"href": f"{{{{ {_FIRST}.Annotations.dashboard_url }}}}", "text": "Board"},
        ],
    }


def _opsgenie(name: str, where: Receiver) -> dict[str, Any]:
    return {
        "api_key_file": where.opsgenie_key_file,
        "send_resolved": True,
        "message": TITLE,
        "description": TEXT,
        "priority": "P1" if name.endswith("page") else "P3",
        "tags": "{{ .CommonLabels.team }},{{ .CommonLabels.tool }},{{ .CommonLabels.severity }}",
    }


def _email(where: Receiver) -> dict[str, Any]:
    login = (
        {"auth_username": where.smtp_username, "auth_password_file": where.smtp_password_file}
        if where.smtp_username
        else {}
    )
    return {
        "to": where.email_to,
        "from": where.email_from,
        "smarthost": where.smtp,
        **login,
        "send_resolved": True,
        "headers": {"Subject": TITLE},
        "html": "",
        "text": TEXT,
    }
