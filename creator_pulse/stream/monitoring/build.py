"""Writes everything that is generated from the catalogue, and finds files that are out of date."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from creator_pulse.stream.monitoring import (
    alerts,
    board_alerts,
    board_growth,
    board_guardrails,
    board_now,
    board_parties,
    board_pipeline,
    board_tools,
    board_tradeoffs,
    board_where,
    guardrail_records,
    records,
    rule_tests,
    runbooks,
)
from creator_pulse.stream.monitoring.alertmanager import alertmanager_config
from creator_pulse.stream.monitoring.benchmark_page import PAGE as BENCHMARK_PAGE
from creator_pulse.stream.monitoring.benchmark_page import benchmark_page
from creator_pulse.stream.monitoring.board_parts import to_json
from creator_pulse.stream.monitoring.catalog_page import PAGE, catalogue_page
from creator_pulse.stream.monitoring.map_page import PAGE as MAP_PAGE
from creator_pulse.stream.monitoring.map_page import map_page
from creator_pulse.stream.monitoring.prometheus import compose_config
from creator_pulse.stream.monitoring.provisioning import provisioning_files
from creator_pulse.stream.monitoring.site import USUAL, Site
from creator_pulse.stream.monitoring.value_rules import RULES_PAGE, rules_page
from creator_pulse.stream.monitoring.yaml_text import to_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from creator_pulse.stream.monitoring.board_parts import Board

FOLDERS = ("rules", "alerts", "tests", "runbooks", "dashboards", "provisioning", "prometheus", "alertmanager")
"""Folders under ``grafana/`` that hold generated files only; what an older version wrote to ``tests``
goes."""


@cache
def generate(site: Site = USUAL) -> Mapping[str, bytes]:
    """What an installation needs, by path under ``grafana/``; made once, as a process has one catalogue.

    Args:
        site: its addresses, receivers and hours.
    """
    files: dict[str, bytes] = {}
    rules_of_files = records.groups() | guardrail_records.groups()
    files |= {f"rules/{name}": to_yaml({"groups": rules}) for name, rules in rules_of_files.items()}
    files |= {f"alerts/{name}": to_yaml({"groups": rules}) for name, rules in alerts.groups(site).items()}
    files |= {f"runbooks/{name}": page for name, page in runbooks.pages().items()}
    files |= {f"provisioning/{name}": text for name, text in provisioning_files().items()}
    files |= {f"dashboards/{name}.json": to_json(board, site.api) for name, board in _boards().items()}
    files["prometheus/prometheus.yml"] = compose_config()
    files["alertmanager/alertmanager.yml"] = alertmanager_config(site)
    return MappingProxyType(files)


def _boards() -> dict[str, Board]:
    """The boards by name, in the order in which a reader meets them; the first is home."""
    return {
        "now": board_now.board(),
        **{f"party-{name}": board for name, board in board_parties.boards().items()},
        **{f"tool-{name}": board for name, board in board_tools.boards().items()},
        "where": board_where.board(),
        "guardrails": board_guardrails.board(),
        "tradeoffs": board_tradeoffs.board(),
        "growth": board_growth.board(),
        "alerts": board_alerts.board(),
        "pipeline": board_pipeline.board(),
    }


def with_rule_tests(site: Site = USUAL) -> dict[str, bytes]:
    """What ``generate`` gives, and promtool's tests of the alerts under ``tests/``.

    These are 30,000 lines that follow from the alerts: they are made if somebody asks for them, and are not
    committed.
    """
    return {
        **generate(site),
        **{f"tests/{name}": to_yaml(content) for name, content in rule_tests.files(site).items()},
    }


def generated(folder: str, site: Site = USUAL) -> dict[str, bytes]:
    """The generated files of one folder by their names in it.

    Args:
        folder: one of ``FOLDERS``.
        site: the installation that they are for.
    """
    start = f"{folder}/"
    return {name.removeprefix(start): text for name, text in generate(site).items() if name.startswith(start)}


def wanted() -> dict[str, bytes]:
    """The generated files that are committed, by path under the root of the project."""
    pages = {
        PAGE: catalogue_page(),
        MAP_PAGE: map_page(),
        RULES_PAGE: rules_page(),
        BENCHMARK_PAGE: benchmark_page(),
    }
    return {f"grafana/{name}": content for name, content in generate().items()} | pages


def write(root: Path) -> None:
    """Write the generated files under the project's root, and remove those no longer generated."""
    files = wanted()
    for name in stale(root):
        if name in files:
            _write(root / name, files[name])
        else:
            (root / name).unlink()


def write_to(folder: Path, site: Site = USUAL) -> list[str]:
    """Write the generated files and the tests of the alerts into any folder, and touch nothing else in it.

    Args:
        folder: created if it is missing.
        site: the installation that they are for.

    Returns:
        the paths that were missing or differed.

    Raises:
        OSError: one cannot be written.
    """
    files = with_rule_tests(site)
    old = differing(folder, files)
    for name in old:
        _write(folder / name, files[name])
    return old


def differing(root: Path, files: Mapping[str, bytes]) -> list[str]:
    """Paths of the files under a folder that are missing, or differ from the generated ones."""
    return [
        name
        for name, content in files.items()
        if not (root / name).is_file() or (root / name).read_bytes() != content
    ]


def stale(root: Path) -> list[str]:
    """Paths under the project's root that differ, are missing, or are left over."""
    files = wanted()
    present = {
        path.relative_to(root).as_posix()
        for folder in FOLDERS
        for path in (root / "grafana" / folder).rglob("*")
        if path.is_file()
    }
    return sorted({*differing(root, files), *(present - set(files))})


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
