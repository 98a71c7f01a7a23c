"""The steps of ``docs/adding-a-metric.md``, read from the page itself."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/adding-a-metric.md").read_text(encoding="utf-8")
_STEP = re.compile(
    r"(?:In `(?P<file>[^`]+)`, (?P<where>after|before) `(?P<anchor>[^`]+)`|At the end of `(?P<end>[^`]+)`"
    r"|In the new\s+file `(?P<new>[^`]+)`)"
    r":\n\n"
    r"```(?P<kind>\w+)\n(?P<block>.*?)^```",
    re.MULTILINE | re.DOTALL,
)
_COMMANDS = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)


class Step(NamedTuple):
    """One edit.

    Attributes:
        file: path under the root.
        where: ``after`` or ``before`` the first line that holds the anchor, at the ``end``, or ``new`` if the
            edit makes the file.
        anchor: text of that line.
        block: lines to put there.
    """

    file: str
    where: str
    anchor: str
    block: str

    def before(self, root: Path) -> str:
        """The file before the edit, empty if the edit makes it.

        Args:
            root: of the project, or of a copy.
        """
        path = root / self.file
        return "" if self.where == "new" else path.read_text(encoding="utf-8")

    def applied(self, text: str) -> str:
        """The file with the block in its place.

        Raises:
            ValueError: no line holds the anchor.
        """
        if self.where in {"end", "new"}:
            return text + self.block
        lines = text.splitlines(keepends=True)
        numbers = [number for number, line in enumerate(lines) if self.anchor in line]
        if not numbers:
            raise ValueError(f"{self.file} has no line with {self.anchor!r}")
        place = numbers[0] + (self.where == "after")
        return "".join((*lines[:place], self.block, *lines[place:]))


def steps() -> tuple[Step, ...]:
    """Every edit of the page, in its order."""
    return tuple(
        Step(
            match["file"] or match["end"] or match["new"],
            match["where"] or ("end" if match["end"] else "new"),
            match["anchor"] or "",
            _apart(match),
        )
        for match in _STEP.finditer(PAGE)
    )


def _apart(one: re.Match[str]) -> str:
    """The block; a whole statement has an empty line between itself and the next one."""
    if one["kind"] != "python":
        return one["block"]
    return f"{one['block']}\n" if one["where"] else f"\n{one['block']}"


def blocks() -> int:
    """How many blocks the page has, commands left out."""
    return len(re.findall(r"^```(?!bash)\w+$", PAGE, re.MULTILINE))


def commands() -> tuple[tuple[str, ...], ...]:
    """Every command of the page as words, in its order."""
    return tuple(tuple(shlex.split(line)) for block in _COMMANDS.findall(PAGE) for line in block.splitlines())


def apply(root: Path) -> None:
    """Do every edit in a copy of the project."""
    for step in steps():
        (root / step.file).write_text(step.applied(step.before(root)), encoding="utf-8")
