"""What Grafana reads when it starts: its data source and where the boards lie."""

from __future__ import annotations

from creator_pulse.stream.monitoring.yaml_text import to_yaml

DATASOURCE_UID = "pulse-prometheus"


def provisioning_files() -> dict[str, bytes]:
    """Provisioning files by path under ``provisioning/``."""
    return {
        "datasources/prometheus.yml": to_yaml(
            {
                "apiVersion": 1,
                "datasources": [
                    {
                        "name": "Prometheus",
                        "uid": DATASOURCE_UID,
                        "type": "prometheus",
                        "access": "proxy",
                        "url": "http://prometheus:9090",
                        "isDefault": True,
                        "editable": False,
                        "jsonData": {
                            "httpMethod": "POST",
                            "timeInterval": "5s",
                            "prometheusType": "Prometheus",
                        },
                    }
                ],
            }
        ),
        "dashboards/pulse.yml": to_yaml(
            {
                "apiVersion": 1,
                "providers": [
                    {
                        "name": "pulse",
                        "folder": "Creator Pulse",
                        "type": "file",
                        "allowUiUpdates": False,
                        "disableDeletion": True,
                        "updateIntervalSeconds": 30,
                        "options": {"path": "/var/lib/grafana/dashboards"},
                    }
                ],
            }
        ),
    }
