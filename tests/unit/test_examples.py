"""The examples in docstrings give what they say."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "creator_pulse"
MODULES = [
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for path in sorted((PACKAGE / "stream").rglob("*.py"))
    if "    >>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", MODULES)
def test_an_example_gives_what_it_says(name: str) -> None:
    """Each line after a prompt is what the interpreter answers."""
    failed, tried = doctest.testmod(import_module(name))
    assert tried
    assert failed == 0


def test_there_are_examples() -> None:
    """The rooms of the middle have them, so the search looks at the right place."""
    assert {f"creator_pulse.stream.{room}" for room in ("panes", "keyed", "ingestion", "windows")} <= {
        name.rpartition(".")[0] for name in MODULES
    }
