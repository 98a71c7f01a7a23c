"""A kind of condition or aggregate is one class in one file, and nobody asks which kind it has before it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from creator_pulse.stream import aggregates
from creator_pulse.stream.aggregates import rules
from creator_pulse.stream.catalog.declaration import conditions

ROOT = Path(__file__).parents[2]
READ = (
    "aggregate",
    "buckets",
    "definition",
    "each",
    "figures",
    "keys",
    "over_each",
    "over_panel",
    "people",
    "reading",
)
ROOMS = {
    conditions: {"condition", "scale"},
    aggregates: {*READ, "result", "spans"},
    rules: {"partners", "rule"},
}
"""Package -> its modules that are of all kinds."""
KINDS = {name for package in ROOMS for name in package.__all__}
TESTS_OF_KIND = {"isinstance", "issubclass", "type"}


@cache
def modules() -> dict[Path, ast.Module]:
    """Every module of the project, parsed."""
    return {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "creator_pulse").rglob("*.py"))
    }


def names(node: ast.AST) -> set[str]:
    """Every name that stands in a part of a module."""
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}


def asked(module: ast.Module) -> set[str]:
    """The kinds of which a module asks whether something is one, by a call or by a pattern."""
    kinds: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TESTS_OF_KIND:
            kinds |= set().union(*(names(argument) for argument in node.args))
        elif isinstance(node, ast.MatchClass):
            kinds |= names(node.cls)
        elif isinstance(node, ast.Compare) and "type" in names(node.left):
            kinds |= set().union(*(names(other) for other in node.comparators))
    return kinds & KINDS


def test_nobody_asks_which_kind_it_is() -> None:
    """No isinstance, no match, no comparison of types: each kind does for itself what differs."""
    assert {
        str(path.relative_to(ROOT)): asked(module) for path, module in modules().items() if asked(module)
    } == {}


@pytest.mark.parametrize(
    "text",
    [
        "isinstance(x, Limit)",
        "isinstance(x.formula, TopK)",
        "isinstance(condition, Below)",
        "isinstance(x, int | Against)",
        "isinstance(x, (Limit, Range))",
        "type(x) is Limit",
        "match x:\n    case Limit(): pass",
    ],
)
def test_it_would_be_seen(text: str) -> None:
    """Each way to ask is found."""
    assert asked(ast.parse(text))


@pytest.mark.parametrize("package", ROOMS, ids=lambda one: one.__name__.rpartition(".")[2])
def test_a_kind_is_one_class_in_one_file(package: object) -> None:
    """Each module beside those of all kinds has one class, and the package gives it out."""
    (folder,) = package.__path__  # type: ignore[attr-defined]
    classes = {
        path.stem: [node.name for node in modules()[path].body if isinstance(node, ast.ClassDef)]
        for path in sorted(Path(folder).glob("*.py"))
        if path.stem not in {*ROOMS[package], "__init__"}  # type: ignore[index]
    }
    assert [len(found) for found in classes.values()] == [1] * len(classes)
    assert {found[0] for found in classes.values()} <= set(package.__all__)  # type: ignore[attr-defined]
