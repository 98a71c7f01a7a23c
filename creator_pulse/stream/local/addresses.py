"""Addresses of a stack's parts, and the monitoring configuration that is built from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

PROMETHEUS_FILE = "prometheus.yml"
ALERTMANAGER_FILE = "alertmanager.yml"


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Addresses of the parts; empty for a part that does not run."""

    kafka: str = ""
    """``host:port``."""
    redis: str = ""
    """``redis://host:port/0``."""
    prometheus: str = ""
    """``http://host:port``."""
    alertmanager: str = ""
    """``http://host:port``."""


Monitoring = Callable[[Addresses], Mapping[str, bytes]]
"""Builds the configuration of Prometheus and Alertmanager: file name -> content.

``prometheus.yml`` and ``alertmanager.yml`` must be among them. Names are relative to one folder, as are the
paths within the files (``rules/gift.yaml``, ``targets/pulse.json``).
"""


def plain_monitoring(addresses: Addresses) -> dict[str, bytes]:
    """A Prometheus that scrapes the targets of the job ``pulse``; an Alertmanager that notifies nobody."""
    prometheus = [
        "global: {scrape_interval: 1s, evaluation_interval: 1s}",
        "scrape_configs:",
        "  - job_name: pulse",
        "    file_sd_configs: [{files: [targets/pulse.json], refresh_interval: 5s}]",
    ]
    if addresses.alertmanager:
        target = addresses.alertmanager.removeprefix("http://")
        prometheus.append(f"alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{target}']}}]}}]}}")
    return {
        PROMETHEUS_FILE: ("\n".join(prometheus) + "\n").encode(),
        ALERTMANAGER_FILE: b"route: {receiver: nobody}\nreceivers: [{name: nobody}]\n",
    }
