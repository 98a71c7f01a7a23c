"""A runbook page for each alert: prose that people write, with blocks that follow from its guardrails.

The prose is ``catalog/runbooks/<alert>.md``. A comment such as ``<!-- number -->`` on a line of its own marks
where a block goes; a page has each of the blocks once.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

from creator_pulse.stream.errors import CatalogError
from creator_pulse.stream.monitoring.alerts import board_of, declared, expression
from creator_pulse.stream.monitoring.families import series_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

    from creator_pulse.stream.catalog.declaration.declare import Guardrail, Metric

PROSE = files("creator_pulse.stream.catalog") / "runbooks"
PLACE = "creator_pulse/stream/catalog/runbooks"
"""The same folder, as a message names it."""
BLOCKS = ("meaning", "board", "number", "verify")
_MARK = re.compile(r"^<!-- (\w+) -->$", re.MULTILINE)

Forms = list[tuple["Metric", "Guardrail"]]
"""An alert's guardrails, one for each severity, with their metrics."""


def pages(prose: Traversable = PROSE) -> dict[str, bytes]:
    """Markdown pages by file name under ``runbooks/``, one per alert name.

    Args:
        prose: the folder of what people wrote.

    Raises:
        CatalogError: an alert has no page, a page no alert, or a page has not each block once.
    """
    by_alert: dict[str, Forms] = {}
    for metric, guardrail in declared():
        by_alert.setdefault(guardrail.alert, []).append((metric, guardrail))
    written = {entry.name: entry.read_text(encoding="utf-8") for entry in prose.iterdir()}
    for alert in by_alert:
        if f"{alert}.md" not in written:
            raise CatalogError(f"{alert} has no runbook: write {PLACE}/{alert}.md")
    for name in written:
        if name.removesuffix(".md") not in by_alert:
            raise CatalogError(f"{PLACE}/{name} is of no alert: rename or remove it")
    return {f"{alert}.md": _page(alert, forms, written[f"{alert}.md"]) for alert, forms in by_alert.items()}


def _page(alert: str, forms: Forms, prose: str) -> bytes:
    marks = _MARK.findall(prose)
    if sorted(marks) != sorted(BLOCKS):
        wanted = ", ".join(f"<!-- {name} -->" for name in BLOCKS)
        raise CatalogError(f"{PLACE}/{alert}.md: each of {wanted} must stand once on a line of its own")
    blocks = _blocks(forms)
    return _MARK.sub(lambda mark: blocks[mark[1]], prose).encode()


def _blocks(forms: Forms) -> Mapping[str, str]:
    metric, first = forms[0]
    board = board_of(metric)
    about = f"{metric.title} ({metric.id}): {metric.formula}. {metric.note}".rstrip()
    when = [
        f"{_severity(guardrail)} when this {_duration(guardrail)}:\n\n{_query(expression(guardrail))}"
        for _, guardrail in forms
    ]
    last = expression(forms[-1][1])
    return {
        "meaning": "\n\n".join((first.summary, about, *when, *_usual(first))),
        "board": f"Start on the board `/d/{board}`.",
        "number": f"The number itself, by its labels:\n\n{_query(series_of(first))}",
        "verify": f"The alert is gone once this stays empty:\n\n{_query(last)}",
    }


def _severity(guardrail: Guardrail) -> str:
    return {"page": "Page", "ticket": "Ticket", "none": "Heartbeat"}[guardrail.severity]


def _duration(guardrail: Guardrail) -> str:
    return f"holds for {guardrail.minutes} minutes" if guardrail.minutes else "holds"


def _query(expr: str) -> str:
    return f"```promql\n{expr}\n```"


def _usual(guardrail: Guardrail) -> list[str]:
    text = guardrail.condition.runbook()
    return [f"{text}:\n\n{_query(guardrail.condition.usual(series_of(guardrail)))}"] if text else []
