"""``pulse catalog``: the metrics as a table for readers, or as JSON for programs."""

from __future__ import annotations

from itertools import zip_longest
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import click

from creator_pulse.agents.report import give, width_of_lines
from creator_pulse.stream.errors import SettingsError
from creator_pulse.stream.monitoring.catalog_page import catalog_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from creator_pulse.stream.settings import Settings

CatalogRow = dict[str, Any]

# Characters of a line if the output is no terminal.
_WIDTH = 120
_NARROWEST = 100
_GAP = "  "
_FIXED: Mapping[str, Callable[[CatalogRow], str]] = {
    "id": lambda row: row["id"],
    "tool": lambda row: row["tool"],
    "tier": lambda row: row["tier"],
    "for": lambda row: ", ".join(row["stakeholders"]),
    "windows": lambda row: " ".join(row["windows"]) or "-",
}
# Maximal width, in characters, of the columns whose text is wrapped.
_MOST = {"for": 14, "windows": 11}


def show_catalog(
    settings: Settings, tool: str | None, stakeholder: str | None, tier: str | None, target: Path | None
) -> None:
    """Print the catalogue.

    Args:
        settings: with the prefix of topic names.
        tool: only metrics of this tool; None: of all.
        stakeholder: only metrics for this stakeholder; None: for all.
        tier: only metrics of this tier; None: of all.
        target: file for the JSON, ``-`` for standard output; None: print the table.

    Raises:
        SettingsError: no metric matches; the text lists the words that can be given.
    """
    everything = catalog_json(settings)
    rows = [
        row
        for row in everything
        if tool in {None, row["tool"]}
        and tier in {None, row["tier"]}
        and (stakeholder is None or stakeholder in row["stakeholders"])
    ]
    if not rows:
        raise SettingsError(f"no metric matches; {_words(everything)}")
    if target is not None:
        give({"metrics": rows}, target)
        return
    for line in table(rows, width_of_lines(_WIDTH, _NARROWEST)):
        click.echo(line)


def table(rows: Sequence[CatalogRow], width: int) -> Iterator[str]:
    """The metrics as lines, with a title above each column.

    Args:
        rows: as ``catalog_json`` gives them.
        width: characters per line, at most.
    """
    sizes = {
        name: min(max(len(name), *(len(cell(row)) for row in rows)), _MOST.get(name, width))
        for name, cell in _FIXED.items()
    }
    # The last column takes the characters that the others and the gaps leave.
    rest = width - sum(sizes.values()) - len(_GAP) * len(sizes)
    sizes["what it answers, how, and what guards it"] = rest
    yield _GAP.join(name.ljust(size) for name, size in sizes.items()).rstrip()
    yield "-" * width
    for row in rows:
        cells = [wrap(cell(row), sizes[name]) for name, cell in _FIXED.items()]
        # A row is as many lines as its longest cell has; the shorter cells are filled up with blanks.
        lines = zip_longest(
            *cells, [part for text in _described(row) for part in wrap(text, rest)], fillvalue=""
        )
        for line in lines:
            yield _GAP.join(
                part.ljust(size) for part, size in zip(line, sizes.values(), strict=True)
            ).rstrip()
        yield ""


def _described(row: CatalogRow) -> Iterator[str]:
    yield f"{row['title']} ({row['unit']}). {row['question']}"
    yield f"= {row['formula']}"
    alerts = dict.fromkeys(f"{guard['alert']} ({guard['severity']})" for guard in row["guardrails"])
    if alerts:
        yield f"! {', '.join(alerts)}"


def _words(rows: Sequence[CatalogRow]) -> str:
    tools = dict.fromkeys(row["tool"] for row in rows)
    tiers = dict.fromkeys(row["tier"] for row in rows)
    people = dict.fromkeys(name for row in rows for name in row["stakeholders"])
    return (
        f"tools are {', '.join(tools)}; stakeholders {', '.join(people)}; tiers {', '.join(tiers)} "
        "(together they may have none)"
    )
