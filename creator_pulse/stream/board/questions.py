"""Allowed queries to Prometheus: those of the boards, with any values of their variables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

NAME = re.compile(r"\$(\w+)|\$\{(\w+)(?::\w+)?\}|\[\[(\w+)\]\]")
"""A variable or macro, as ``static/variables.js`` fills them in."""
MACROS = {
    "__interval": r"\d{1,9}s",
    "__rate_interval": r"\d{1,9}s",
    "__range": r"\d{1,9}s",
    "__interval_ms": r"\d{1,16}",
    "__range_s": r"\d{1,16}",
    "__range_ms": r"\d{1,16}",
    "__from": r"\d{1,16}",
    "__to": r"\d{1,16}",
}
# Values within quotes: anything that cannot end them.
WITHIN_QUOTES = r'(?:[^"\\\n]|\\[^\n])*'
"""Allowed values of a variable within quotes: anything that does not end them."""
# Outside of quotes a value is one word, so that no expression can be built from it.
OUTSIDE = r"\w*"
LABEL_VALUES = re.compile(r"label_values\((?:(.+),)?\s*(\w+)\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Questions:
    """The queries of some boards.

    Attributes:
        expressions: a pattern per expression, with any values for the variables.
        values: a label, and a pattern of the selector by which its values are requested.
    """

    expressions: tuple[re.Pattern[str], ...]
    values: tuple[tuple[str, re.Pattern[str]], ...]

    def allow(self, expression: str) -> bool:
        """Whether a board has such a query."""
        return any(pattern.fullmatch(expression) for pattern in self.expressions)

    def allow_values(self, label: str, selector: str) -> bool:
        """Whether a variable of a board has such values."""
        return any(label == name and pattern.fullmatch(selector) for name, pattern in self.values)


def of(boards: Iterable[Mapping[str, Any]]) -> Questions:
    """The queries of dashboards: of their panels, annotations and variables.

    Args:
        boards: classic dashboards, as decoded from JSON.
    """
    expressions: dict[str, None] = {}
    values: dict[tuple[str, str], None] = {}
    for board in boards:
        expressions |= dict.fromkeys(_expressions(board))
        values |= dict.fromkeys(_label_values(board))
    return Questions(
        tuple(re.compile(_pattern(expression)) for expression in expressions),
        tuple((label, re.compile(_pattern(selector))) for label, selector in values),
    )


def _expressions(board: Mapping[str, Any]) -> Iterator[str]:
    for panel in _panels(board.get("panels", ())):
        for target in panel.get("targets", ()):
            yield str(target.get("expr", "")).strip()
    for annotation in board.get("annotations", {}).get("list", ()):
        yield str(annotation.get("expr") or annotation.get("target", {}).get("expr", "")).strip()


def _panels(panels: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """All panels, including those within rows."""
    for panel in panels:
        yield panel
        yield from _panels(panel.get("panels", ()))


def _label_values(board: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for variable in board.get("templating", {}).get("list", ()):
        query = variable.get("query", "")
        text = query if isinstance(query, str) else str(query.get("query", ""))
        match = LABEL_VALUES.fullmatch(text.strip())
        if variable.get("type") == "query" and match:
            yield match[2], (match[1] or "").strip()


def _pattern(template: str) -> str:
    """A regular expression for a template: the text literally, with allowed values for the variables."""
    # Text and variables alternate; ``at`` is where the text behind the last variable begins.
    at, parts = 0, []
    for match in NAME.finditer(template):
        parts.append(re.escape(template[at : match.start()]))
        name = match[1] or match[2] or match[3]
        # What stands before the variable says whether it is within quotes.
        filled = WITHIN_QUOTES if _is_quoted(template[: match.start()]) else OUTSIDE
        parts.append(MACROS.get(name, filled))
        at = match.end()
    return "".join((*parts, re.escape(template[at:])))


def _is_quoted(before: str) -> bool:
    """Whether a text ends within quotes: then it has an odd number of quotes that are not escaped."""
    return bool(re.sub(r"\\.", "", before).count('"') % 2)
