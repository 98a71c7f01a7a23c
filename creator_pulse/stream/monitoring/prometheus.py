"""Prometheus' configuration, for the local stack and for compose."""

from __future__ import annotations

from typing import Any

from creator_pulse.stream.monitoring.yaml_text import to_yaml

JOB = "pulse"
INTERVAL = "5s"
FLAGS = ("--storage.tsdb.retention.time=45d", "--rules.alert.for-grace-period=1m")
"""Baselines look back 37 days; a pending alert survives a restart of Prometheus."""
# A series of a partition goes on when the partition moves to another worker.
_ONE_OWNER = {"source_labels": ["partition"], "regex": ".+", "target_label": "instance", "replacement": ""}


def prometheus_config(*, alertmanager: str, targets_file: str, rules_dir: str) -> bytes:
    """The configuration of a Prometheus whose workers are listed in a file.

    Args:
        alertmanager: ``host:port``.
        targets_file: JSON or YAML file of ``file_sd_configs``, read again when it changes.
        rules_dir: folder that holds ``rules/`` and ``alerts/``.
    """
    return _config(alertmanager, rules_dir, {"file_sd_configs": [_file_targets(targets_file)]})


def compose_config() -> bytes:
    """The configuration inside the compose stack."""
    workers = {"targets": ["worker-1:9464", "worker-2:9464"]}
    return _config("alertmanager:9093", "/etc/prometheus", {"static_configs": [workers]})


def _file_targets(targets_file: str) -> dict[str, Any]:
    return {"files": [targets_file], "refresh_interval": INTERVAL}


def _config(alertmanager: str, rules_dir: str, targets: dict[str, Any]) -> bytes:
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
            "scrape_configs": [job],
        }
    )
