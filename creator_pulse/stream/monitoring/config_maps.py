"""The boards as ConfigMaps, which a sidecar beside Grafana in Kubernetes picks up by their label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.monitoring.boards_push import FOLDER
from creator_pulse.stream.monitoring.yaml_text import to_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

LABEL = ("grafana_dashboard", "1")
"""The label that the sidecar of Grafana's Helm charts looks for, unless it is told otherwise."""
FOLDER_ANNOTATION = "grafana_folder"
"""Where that sidecar finds the folder, if ``sidecar.dashboards.folderAnnotation`` names it."""
MOST_BYTES = 1 << 20
"""Bytes of a ConfigMap's data, by Kubernetes: so each board has its own."""


def config_maps(
    boards: Mapping[str, bytes], namespace: str = "", label: tuple[str, str] = LABEL, folder: str = FOLDER
) -> dict[str, bytes]:
    """A manifest for each board, by file name.

    Args:
        boards: file name -> classic JSON.
        namespace: of the ConfigMaps; empty: that of whoever applies them.
        label: name and value that the sidecar looks for.
        folder: title of the folder in Grafana.
    """
    manifests: dict[str, bytes] = {}
    for name, content in boards.items():
        board = name.removesuffix(".json")
        where = {"namespace": namespace} if namespace else {}
        manifests[f"{board}.yaml"] = to_yaml(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {
                    "name": f"creator-pulse-board-{board}",
                    **where,
                    "labels": {label[0]: label[1], "app.kubernetes.io/part-of": "creator-pulse"},
                    "annotations": {FOLDER_ANNOTATION: folder},
                },
                "data": {f"pulse-{name}": content.decode()},
            }
        )
    return manifests
