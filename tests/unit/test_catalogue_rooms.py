"""The rooms of the catalogue: where a metric stands follows from its id, as the page on adding one says."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import pytest

from creator_pulse.stream import catalog
from creator_pulse.stream.catalog.registry import METRICS, ORDER

if TYPE_CHECKING:
    from creator_pulse.stream.catalog.declaration.declare import Metric

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-metric.md"
NAME = re.compile(r"`(\w+)`")


def rooms_by_prefix() -> dict[str, str]:
    """First letters of an id -> room, by the page; a row names several rooms with an id each, or one."""
    table = PAGE.read_text(encoding="utf-8").split("| room | ids |\n")[1].split("\n\n")[0]
    rooms: dict[str, str] = {}
    for line in table.splitlines()[1:]:
        names, prefixes = (NAME.findall(cell) for cell in line.strip("| ").split(" | "))
        rooms |= dict(zip(prefixes, names if len(names) > 1 else names * len(prefixes), strict=True))
    return rooms


def declared() -> dict[str, tuple[Metric, ...]]:
    """Room -> the metrics of its modules."""
    metrics: dict[str, tuple[Metric, ...]] = {}
    for room in iter_modules(catalog.__path__, f"{catalog.__name__}."):
        if room.ispkg:
            for module in iter_modules(import_module(room.name).__path__, f"{room.name}."):
                own = getattr(import_module(module.name), "METRICS", ())
                metrics[room.name.rpartition(".")[2]] = (*metrics.get(room.name.rpartition(".")[2], ()), *own)
    return metrics


@pytest.mark.parametrize(("room", "metrics"), declared().items())
def test_a_metric_stands_in_the_room_of_its_id(room: str, metrics: tuple[Metric, ...]) -> None:
    """The letters of each id in a room are among those that the page gives it."""
    letters = {metric.id.rstrip("0123456789") for metric in metrics}
    assert letters <= {prefix for prefix, name in rooms_by_prefix().items() if name == room}


def test_every_declared_metric_is_registered() -> None:
    """None of a room's metrics is left out of the registry, and none is there twice."""
    ids = [metric.id for metrics in declared().values() for metric in metrics]
    assert sorted(ids) == sorted(metric.id for metric in METRICS)
    assert len(ids) == len(set(ids))


def test_the_order_of_pages_names_metrics_only() -> None:
    """Each id that ``ORDER`` names is declared, and named once."""
    order = ORDER.split()
    assert len(order) == len(set(order))
    assert set(order) <= {metric.id for metric in METRICS}
