"""Writes everything that is generated from the catalogue, and finds what is out of date."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from creator_pulse.stream.monitoring import (
    alerts,
    board_overview,
    board_pipeline,
    board_stakeholders,
    board_tools,
    records,
    rule_tests,
    runbooks,
)
from creator_pulse.stream.monitoring.alertmanager import alertmanager_config
from creator_pulse.stream.monitoring.board_parts import to_json
from creator_pulse.stream.monitoring.catalog_page import PAGE, catalogue_page
from creator_pulse.stream.monitoring.map_page import PAGE as MAP_PAGE
from creator_pulse.stream.monitoring.map_page import map_page
from creator_pulse.stream.monitoring.prometheus import compose_config
from creator_pulse.stream.monitoring.provisioning import provisioning_files
from creator_pulse.stream.monitoring.yaml_text import to_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDERS = ("rules", "alerts", "tests", "runbooks", "dashboards", "provisioning", "prometheus", "alertmanager")
"""Folders under ``grafana/`` that hold generated files only."""


@cache
def generate() -> Mapping[str, bytes]:
    """All generated files by path under ``grafana/``; made once, as a process has one catalogue."""
    found: dict[str, bytes] = {}
    found |= {f"rules/{name}": to_yaml({"groups": rules}) for name, rules in records.groups().items()}
    found |= {f"alerts/{name}": to_yaml({"groups": rules}) for name, rules in alerts.groups().items()}
    found |= {f"tests/{name}": to_yaml(tests) for name, tests in rule_tests.files().items()}
    found |= {f"runbooks/{name}": page for name, page in runbooks.pages().items()}
    found |= {f"provisioning/{name}": text for name, text in provisioning_files().items()}
    found["dashboards/overview.json"] = to_json(board_overview.board())
    found["dashboards/pipeline.json"] = to_json(board_pipeline.board())
    found["dashboards/stakeholders.json"] = to_json(board_stakeholders.board())
    found |= {f"dashboards/{name}.json": to_json(board) for name, board in board_tools.boards().items()}
    found["prometheus/prometheus.yml"] = compose_config()
    found["alertmanager/alertmanager.yml"] = alertmanager_config()
    return MappingProxyType(found)


def wanted() -> dict[str, bytes]:
    """All generated files by path under the root of the project."""
    pages = {PAGE: catalogue_page(), MAP_PAGE: map_page()}
    return {f"grafana/{name}": content for name, content in generate().items()} | pages


def write(root: Path) -> None:
    """Write the generated files under the project's root, and remove those no longer generated."""
    files = wanted()
    for name in stale(root):
        path = root / name
        if name in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[name])
        else:
            path.unlink()


def stale(root: Path) -> list[str]:
    """Paths under the root that differ from what the catalogue gives, are missing, or are left over."""
    files = wanted()
    differing = [
        name
        for name, content in files.items()
        if not (root / name).is_file() or (root / name).read_bytes() != content
    ]
    present = {
        path.relative_to(root).as_posix()
        for folder in FOLDERS
        for path in (root / "grafana" / folder).rglob("*")
        if path.is_file()
    }
    return sorted({*differing, *(present - set(files))})


if __name__ == "__main__":
    write(Path.cwd())
