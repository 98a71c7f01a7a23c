"""The map of stakeholders and tools as a page (``docs/map.md``)."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.catalog.stakeholder_map import STAKEHOLDER_MAP, STAKEHOLDERS, TOOLS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.stream.catalog.declaration.declare import Metric
    from creator_pulse.stream.catalog.stakeholder_map import MapCell

PAGE = "docs/map.md"
"""Path of the page, from the root of the project."""
_TITLES = {
    "gift": "Gifts",
    "ad": "Ads",
    "reward": "Creator fund",
    "deal": "Brand deals",
    "commerce": "Commerce",
}
_INTRODUCTION = """# Stakeholders and tools

Generated from `creator_pulse/stream/catalog/stakeholder_map.py` by `pulse generate`; the API gives it at
`/v1/map`.

Each cell says what a stakeholder looks at in a tool. **Core** metrics judge the tool, **supporting** ones
explain them, **guardrails** keep them honest: a core metric may rise only while its guardrails hold. What an
id means stands in the [catalogue](catalogue.md).
"""


def map_page() -> bytes:
    """The map as a Markdown page: the map, its notes, and the metrics that stand in no cell."""
    titles = [_TITLES[tool] for tool in TOOLS]
    lines = [_INTRODUCTION, f"| | {' | '.join(titles)} |", "|---" * (len(TOOLS) + 1) + "|"]
    lines += [
        f"| **{who.capitalize()}** | "
        + " | ".join(_cell(STAKEHOLDER_MAP.cell(who, tool)) for tool in TOOLS)
        + " |"
        for who in STAKEHOLDERS
    ]
    notes = [cell for cell in STAKEHOLDER_MAP.cells if cell.note]
    lines += ["", "## Which part is meant", ""]
    lines += [
        f"- {cell.stakeholder.capitalize()}, {_TITLES[cell.tool].lower()}: {cell.note}." for cell in notes
    ]
    lines += ["", "## Beside the map", "", "Metrics that stand in no cell, with those who ask for them.", ""]
    lines += ["| id | metric | tool | tier | for |", "|---|---|---|---|---|"]
    lines += [_row(metric) for metric in _beside()]
    return ("\n".join(lines) + "\n").encode()


def _cell(cell: MapCell) -> str:
    tiers = (("core", cell.core), ("supporting", cell.supporting), ("guardrails", cell.guardrail))
    return "<br>".join(f"{tier} {_ids(ids)}" for tier, ids in tiers if ids) or "-"


def _ids(ids: Sequence[str]) -> str:
    """Ids with runs of three and more shortened: ``PL1-PL15``."""
    numbers = [(name.rstrip("0123456789"), int(name[len(name.rstrip("0123456789")) :])) for name in ids]
    runs = []
    for _, run in groupby(enumerate(numbers), key=lambda pair: (pair[1][0], pair[1][1] - pair[0])):
        names = [f"{prefix}{number}" for _, (prefix, number) in run]
        runs += [f"{names[0]}-{names[-1]}"] if len(names) > 2 else names
    return ", ".join(runs)


def _beside() -> list[Metric]:
    named = {name for cell in STAKEHOLDER_MAP.cells for name in cell.ids}
    return [metric for metric in METRICS if metric.id not in named]


def _row(metric: Metric) -> str:
    who = ", ".join(metric.stakeholders)
    return f"| {metric.id} | {metric.title} | {metric.tool} | {metric.tier} | {who} |"
