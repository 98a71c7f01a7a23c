"""Panels on the grid of 24 columns, without holes and without overlaps.

Panels go left to right in as few lines as hold them, and the lines are about equally full: of seven tiles
that could be six and one, four stand over three. A panel of all columns has a line of its own. Each line is
stretched over all columns, and its panels have one height: the tallest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COLUMNS = 24


class Size(NamedTuple):
    """The size that a panel asks for: columns, and grid rows."""

    width: int
    height: int


class GridCell(NamedTuple):
    """Where a panel lies, and its size, in columns and grid rows."""

    x: int
    y: int
    width: int
    height: int


def placed(sizes: Sequence[Size], top: int) -> tuple[int, list[GridCell]]:
    """The place of each panel, and the next free grid row.

    Args:
        sizes: of the panels, in their order.
        top: the grid row of the first line.
    """
    cells: list[GridCell] = []
    for line in _lines(sizes):
        height = max(size.height for size in line)
        widths = _stretched([size.width for size in line])
        left = 0
        for width in widths:
            cells.append(GridCell(left, top, width, height))
            left += width
        top += height
    return top, cells


def _lines(sizes: Sequence[Size]) -> list[list[Size]]:
    """As few lines as hold the panels, the fullest one as empty as can be."""
    fewest = len(_broken(sizes, COLUMNS))
    narrowest = max((size.width for size in sizes if size.width < COLUMNS), default=COLUMNS)
    least = next(most for most in range(narrowest, COLUMNS + 1) if len(_broken(sizes, most)) == fewest)
    return _broken(sizes, least)


def _broken(sizes: Iterable[Size], most: int) -> list[list[Size]]:
    """Lines of at most so many columns."""
    lines: list[list[Size]] = []
    for size in sizes:
        if lines and sum(drawn.width for drawn in lines[-1]) + size.width <= most:
            lines[-1].append(size)
        else:
            lines.append([size])
    return lines


def _stretched(widths: list[int]) -> list[int]:
    """The widths in proportion, such that together they are 24."""
    total, ends, at = sum(widths), [], 0
    for width in widths:
        at += width
        # The right edge of each panel, rounded: the last one is the last column whatever was rounded before.
        ends.append(round(at * COLUMNS / total))
    return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]
