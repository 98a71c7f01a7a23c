"""The ledger and its comparisons share nothing with what they judge but the contract's constants."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from creator_pulse.proof.ledger.expected import figures
from creator_pulse.proof.ledger.formulas import FORMULAS
from creator_pulse.proof.ledger.measures import MEASURES
from creator_pulse.stream.catalog.registry import MEASURES as DECLARED
from creator_pulse.stream.catalog.registry import VALUES
from creator_pulse.stream.settings import INPUT_TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.stream.catalog.declaration.declare import Value

ROOT = Path(__file__).parents[2]
OURS = "creator_pulse."
ROOM = ROOT / "creator_pulse/proof/ledger"
JUDGES = ("ledger", "bookkeeping", "verify", "verify_windows", "verify_cases")
"""Where the walks begin; they reach the arithmetic, what is expected, and all else that these are made of."""
SHARED = {
    "stream.settings": "topics, regions, lateness, business days: an operator's, not the engine's",
    "stream.setting_rules": "of the settings",
    "stream.receivers": "of the settings",
    "stream.redis_place": "of the settings",
    "stream.tls": "of the settings",
    "stream.secret": "of the settings",
    "stream.errors": "what a command says",
    "stream.clock": "how long a command waits",
    "stream.events.defaults": "the contract's rates",
    "stream.events.benchmarks": "of these: published terms of other platforms",
    "stream.events.reference_entry": "the contract's fields of the reference topic",
    "stream.events.fields": "of these",
    "stream.transport.names": "the contract's names of topics",
    "stream.generator.model": "what the generator hands over",
    "stream.exposition.bounded_body": "reads no more of an HTTP answer than it should",
}
"""What else they may import, and why."""


def imports_of(module: str) -> set[str]:
    """The project's modules that a module imports, for types too, without what they have in common."""
    path = ROOT / f"{(OURS + module).replace('.', '/')}.py"
    if not path.exists():
        return set()  # compiled, or a package, which imports nothing
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(OURS):
            named = [f"{node.module}.{name.name}" for name in node.names]
            inside = [name for name in named if (ROOT / f"{name.replace('.', '/')}.py").exists()]
            names |= {name.removeprefix(OURS) for name in inside or [str(node.module)]}
        elif isinstance(node, ast.Import):
            names |= {name.name.removeprefix(OURS) for name in node.names if name.name.startswith(OURS)}
    return names


def reached(module: str) -> set[str]:
    """All modules that a module imports, or that one of these imports."""
    seen: set[str] = set()
    new = {module}
    while new:
        seen |= new
        new = {name for module in new for name in imports_of(module)} - seen
    return seen


def test_the_walks_reach_every_judge() -> None:
    """All arithmetic, and what the windows must show."""
    judging = {"truth", "streaks", "deals", "books", "validation", "expected", "formulas", "measures"}
    judging |= {path.stem for path in ROOM.glob("arithmetic*.py")}
    modules = set().union(*(reached(f"proof.ledger.{name}") for name in JUDGES))
    assert {f"proof.ledger.{module}" for module in judging} <= modules


@pytest.mark.parametrize("name", JUDGES)
def test_a_judge_imports_nothing_of_the_engine(name: str) -> None:
    """Nor does anything that it imports: no lane, no window, no decoder, no declaration of the catalogue."""
    others = {module for module in reached(f"proof.ledger.{name}") if not module.startswith("proof.ledger.")}
    assert others <= SHARED.keys()


def test_the_walk_finds_what_is_imported() -> None:
    """Of a module that reads the catalogue it says so: else the walk would find nothing anywhere."""
    imported = reached("stream.windows.merge_lane")
    assert {
        "stream.catalog.registry",
        "stream.catalog.declaration.declare",
        "stream.lanes.lane",
    } <= imported


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_a_measure_is_known_to_the_ledger(name: str) -> None:
    """Topic, labels, unit and counter, which stand there once more: whoever adds a measure adds both."""
    declared, measure = DECLARED[name], MEASURES[name]
    labels = tuple({"bucket": "size", "amount": "size"}.get(label, label) for label in declared.labels)
    topics = INPUT_TOPICS if declared.topic == "*" else (declared.topic,)
    assert (measure.labels, measure.scale, measure.counter) == (
        labels,
        declared.scale,
        declared.counter or "",
    )
    assert measure.topics == topics or declared.first is not None


def told_apart(name: str, fixed: Iterable[tuple[str, str]], measures: Iterable[str]) -> str:
    """A value among all: several have a name in common, and some the labels as well."""
    labels = ",".join(f"{label}={text}" for label, text in fixed)
    return f"{name} {labels} {' '.join(sorted(measures))}"


FIGURES = [figure for several in figures().values() for figure in several]
EXPECTED = {
    **{told_apart(formula.name, formula.fixed, formula.measures): formula.windows for formula in FORMULAS},
    **{told_apart(figure.name, figure.fixed, figure.measures): figure.windows for figure in FIGURES},
}


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.name)
def test_a_value_is_known_to_the_ledger(value: Value) -> None:
    """Its measures and windows, which stand there once more: whoever adds a value adds both."""
    assert EXPECTED[told_apart(value.name, value.fixed.items(), value.measures)] == value.windows


def test_the_ledger_knows_no_other_value() -> None:
    """What nobody declares, nobody shows: a line that is left over would be a difference in every run."""
    assert EXPECTED.keys() == {
        told_apart(value.name, value.fixed.items(), value.measures) for value in VALUES
    }
