"""The shape of the package: rooms import to the left only, no cycles, and importing does nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = (
    "creator_pulse.stream.errors",
    "creator_pulse.stream.secret",
    "creator_pulse.stream.setting_rules",
    "creator_pulse.stream.receivers",
    "creator_pulse.stream.redis_place",
    "creator_pulse.stream.tls",
    "creator_pulse.stream.settings",
    "creator_pulse.stream.clock",
    "creator_pulse.stream.native",
    "creator_pulse.stream.events",
    "creator_pulse.stream.aggregates",
    "creator_pulse.stream.catalog.declaration",
    "creator_pulse.stream.catalog.viewers",
    "creator_pulse.stream.catalog.engagement",
    "creator_pulse.stream.catalog.gift",
    "creator_pulse.stream.catalog.ad",
    "creator_pulse.stream.catalog.commerce",
    "creator_pulse.stream.catalog.fund",
    "creator_pulse.stream.catalog.deal",
    "creator_pulse.stream.catalog.creators",
    "creator_pulse.stream.catalog.growth",
    "creator_pulse.stream.catalog.platform",
    "creator_pulse.stream.catalog.spending",
    "creator_pulse.stream.catalog.competitors",
    "creator_pulse.stream.catalog.fraud",
    "creator_pulse.stream.catalog.pipeline",
    "creator_pulse.stream.catalog",
    "creator_pulse.stream.transport",
    "creator_pulse.stream.lanes",
    "creator_pulse.stream.panes",
    "creator_pulse.stream.evidence",
    "creator_pulse.stream.contributors",
    "creator_pulse.stream.keyed",
    "creator_pulse.stream.ingestion",
    "creator_pulse.stream.windows",
    "creator_pulse.stream.sinks",
    "creator_pulse.stream.tables",
    "creator_pulse.stream.topology",
    "creator_pulse.stream.reference_series",
    "creator_pulse.stream.exposition",
    "creator_pulse.stream.monitoring",
    "creator_pulse.stream.generator",
    "creator_pulse.stream.local",
    "creator_pulse.stream.past",
    "creator_pulse.stream.api",
    "creator_pulse.stream.board",
    "creator_pulse.agents",
    "creator_pulse.proof.ledger",
    "creator_pulse.proof.simulation",
    "creator_pulse.proof.past",
    "creator_pulse.proof.demo",
    "creator_pulse.proof.soak",
    "creator_pulse.proof.bench",
    "creator_pulse.proof.chaos",
    "creator_pulse.proof.backtest",
)
"""From left to right, what runs before what proves; the first eight stand beside one another."""
BASE = 8
PURE = ("lanes", "panes", "evidence", "contributors", "keyed", "ingestion", "windows", "sinks")
"""The rooms that must give the same for the same records, whatever the clock says."""
IMPURE = {
    "asyncio",
    "logging",
    "os",
    "pathlib",
    "random",
    "secrets",
    "socket",
    "subprocess",
    "threading",
    "time",
}
IMPORT_ALL = """
import importlib, os, sys

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND

def watch(event, args):
    written = event == "open" and isinstance(args[2], int) and args[2] & WRITES and args[0] != os.devnull
    others = {"socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.mkdir"}
    if written or event in others:
        raise AssertionError(f"an import does I/O: {event} {args}")

sys.dont_write_bytecode = True
for name in ("faust.transport.drivers.aiokafka", "polars", "redis.asyncio", "aiohttp.web"):
    importlib.import_module(name)
sys.addaudithook(watch)
for name in sys.argv[1:]:
    importlib.import_module(name)
print(len(sys.argv) - 1)
"""
"""Libraries first: what they do when they are imported is theirs."""


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the project, parsed."""
    trees = {}
    for path in sorted((ROOT / "creator_pulse").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        trees[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return trees


def imported(tree: ast.AST, known: frozenset[str]) -> set[str]:
    """Names of the project's modules that a module imports, also for types only or within a function."""
    wanted = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            wanted |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            inside = {f"{node.module}.{name.name}" for name in node.names} & known
            wanted |= inside or {node.module}
    return {name for name in wanted if name in known}


def graph() -> dict[str, set[str]]:
    """Module -> modules that it imports."""
    known = frozenset(modules())
    return {name: imported(tree, known) for name, tree in modules().items()}


def room(name: str) -> int | None:
    """Place of a module's room, None for the package itself."""
    places = [place for place, one in enumerate(ROOMS) if name == one or name.startswith(f"{one}.")]
    return places[0] if places else None


def test_every_module_has_a_room() -> None:
    """No module stands beside the rooms."""
    packages = {"creator_pulse", "creator_pulse.__main__", "creator_pulse.stream", "creator_pulse.proof"}
    assert {name for name in modules() if room(name) is None} == packages


def test_rooms_import_to_the_left_only() -> None:
    """In the order of ``ROOMS``, imports for types included."""
    wrong = []
    for name, others in graph().items():
        mine = room(name)
        for other in others:
            place = room(other)
            if mine is not None and place is not None and place > mine and not (mine < BASE and place < BASE):
                wrong.append((name, other))
    assert wrong == []


def test_modules_import_in_no_circle() -> None:
    """There is an order in which each module comes after all that it imports, imports for types included."""
    others = {name: imports - {name} for name, imports in graph().items()}
    assert len(tuple(TopologicalSorter(others).static_order())) == len(modules())


def test_no_import_is_relative() -> None:
    """A module is always named in full."""
    relative = [
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


@pytest.mark.parametrize(
    ("library", "place"),
    [
        ("prometheus_client", "creator_pulse.stream.exposition"),
        ("grafana_foundation_sdk", "creator_pulse.stream.monitoring"),
    ],
)
def test_a_library_stays_in_its_room(library: str, place: str) -> None:
    """Nothing else may depend on how series are exposed, or on how boards are written."""
    users = {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == library)
        or (isinstance(node, ast.Import) and any(name.name.split(".")[0] == library for name in node.names))
    }
    assert users
    assert [name for name in users if not name.startswith(place)] == []


@pytest.mark.parametrize("place", PURE)
def test_the_middle_is_pure(place: str) -> None:
    """It never awaits, does no I/O, reads no clock, and logs nothing."""
    impure = []
    for name, tree in modules().items():
        if name.startswith(f"creator_pulse.stream.{place}."):
            for node in ast.walk(tree):
                libraries = [name.name for name in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom):
                    libraries = [node.module or ""]
                waits = isinstance(node, ast.Await | ast.AsyncFunctionDef)
                if waits or IMPURE & {library.split(".")[0] for library in libraries}:
                    impure.append((name, ast.unparse(node)))
    assert impure == []


def test_only_the_topology_makes_lanes() -> None:
    """Worker, simulation and benchmark cannot differ in what a lane is made of."""
    classes = {"SourceLane", "MergeLane", "ReferenceLane", "LaneRunner", "LaneId"}
    makers = {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in classes
    }
    assert makers == {"creator_pulse.stream.topology"}


@pytest.mark.slow
@pytest.mark.parametrize("package", sorted((ROOT / "creator_pulse").rglob("__init__.py")), ids=str)
def test_each_package_says_its_bounds(package: Path) -> None:
    """Its docstring says what is in it, what it may import, and what it never does."""
    text = ast.get_docstring(ast.parse(package.read_text(encoding="utf-8"))) or ""
    words = text.lower()
    assert ("may import" in words or "imports nothing" in words, "never" in words) == (True, True), text


def test_importing_does_no_io() -> None:
    """All of ``stream`` can be imported with no socket and no file opened for writing."""
    names = [name for name in modules() if name.startswith("creator_pulse.stream")]
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout.strip()) == (0, str(len(names))), done.stderr
