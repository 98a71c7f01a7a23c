"""Prometheus' configuration, for the local stack and for compose."""

from __future__ import annotations

from typing import Any

from creator_pulse.stream.monitoring.yaml_text import to_yaml

JOB = "pulse"
INTERVAL = "5s"
SELDOM = "15s"
"""How often the alerting scrapes itself."""
FLAGS = ("--storage.tsdb.retention.time=45d", "--rules.alert.for-grace-period=1m")
"""Rules look back 22 days, boards five weeks; a pending alert survives a restart of Prometheus."""
# A series of a partition goes on when the partition moves to another worker.
_ONE_OWNER = {"source_labels": ["partition"], "regex": ".+", "target_label": "instance", "replacement": ""}


def prometheus_config(*, prometheus: str, alertmanager: str, targets_file: str, rules_dir: str) -> bytes:
    """The configuration of a Prometheus whose workers are listed in a file.

    Args:
        prometheus: ``host:port`` at which it scrapes itself.
        alertmanager: ``host:port`` that alerts are sent to.
        targets_file: JSON or YAML file of ``file_sd_configs``, read again when it changes.
        rules_dir: folder that holds ``rules/`` and ``alerts/``.
    """
    return _config(prometheus, alertmanager, rules_dir, {"file_sd_configs": [_file_targets(targets_file)]})


def compose_config() -> bytes:
    """The configuration inside the compose stack."""
    workers = {"targets": ["worker-1:9464", "worker-2:9464"]}
    return _config("127.0.0.1:9090", "alertmanager:9093", "/etc/prometheus", {"static_configs": [workers]})


def _file_targets(targets_file: str) -> dict[str, Any]:
    return {"files": [targets_file], "refresh_interval": INTERVAL}


def _watched(job: str, target: str) -> dict[str, Any]:
    """A part of the alerting, which its own alerts are about (OP6)."""
    return {"job_name": job, "scrape_interval": SELDOM, "static_configs": [{"targets": [target]}]}


def _config(prometheus: str, alertmanager: str, rules_dir: str, targets: dict[str, Any]) -> bytes:
    job = {
        "job_name": JOB,
        "scrape_timeout": "4s",
        "honor_timestamps": True,
        **targets,
        "metric_relabel_configs": [_ONE_OWNER],
    }
    return to_yaml(
        {
            "global": {"scrape_interval": INTERVAL, "evaluation_interval": INTERVAL},
            "rule_files": [f"{rules_dir}/rules/*.yml", f"{rules_dir}/alerts/*.yml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
            "scrape_configs": [
                job,
                _watched("prometheus", prometheus),
                _watched("alertmanager", alertmanager),
            ],
        }
    )
