"""The map of stakeholders and tools, held to the catalogue and to what it should say."""

from __future__ import annotations

import re

import pytest

from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.catalog.stakeholder_map import STAKEHOLDER_MAP, STAKEHOLDERS, TOOLS, MapCell
from creator_pulse.stream.monitoring.map_page import map_page

DECLARED = frozenset(metric.id for metric in METRICS)
NAMED = frozenset(name for cell in STAKEHOLDER_MAP.cells for name in cell.ids)
PL = " ".join(f"PL{number}" for number in range(1, 14))
WANTED = {
    ("creators", "gift"): "GI2 N1 / GI5 GI6 / CR1 CR2 CR3 CR6",
    ("creators", "ad"): "AD2 / AD3 / CR1 CR6",
    ("creators", "reward"): "CF1 / CF2 / CR1 CR4 CR5",
    ("creators", "deal"): "BD1 / BD2 / CR8",
    ("creators", "commerce"): "EC5 / EC4 / CR4 CR5 CR7",
    ("viewers", "gift"): "GI3 / GI4 / FR1 FR2 FR3 FR4",
    ("viewers", "ad"): "VX6 / AD5 / VX1 VX2 VX3 VX4 VX5 VX7",
    ("viewers", "reward"): "EN1 / CF2 EN4 / VX6 EN3",
    ("viewers", "deal"): "/ BD3 / VX5",
    ("viewers", "commerce"): "EC4 / EC3 / FR10 FR11",
    ("advertisers", "gift"): "/ /",
    ("advertisers", "ad"): "AV2 / AD3 AD4 AD5 / FR12 AV1 AV3",
    ("advertisers", "reward"): "/ /",
    ("advertisers", "deal"): "BD2 / BD2 / CR8",
    ("advertisers", "commerce"): "AV2 EC1 / / FR11",
    ("platform", "gift"): "GI1 CR6 / GI3 / FR5 FR6 FR7 FR8 FR9 FR13 CR6",
    ("platform", "ad"): "AD1 / AD4 / FR12 VX1",
    ("platform", "reward"): "CF1 / / CR2",
    ("platform", "deal"): "BD1 / / CR8",
    ("platform", "commerce"): "EC2 / EC3 / FR9 FR10",
} | {("on-call", tool): f"/ / {PL}" for tool in TOOLS}
"""Core / supporting / guardrail ids of each cell, as the product's owners drew the map."""


def test_every_id_is_declared() -> None:
    """A cell names nothing that the catalogue does not have."""
    assert set() == NAMED - DECLARED


def test_every_cell_is_there_once() -> None:
    """Row by row, column by column."""
    places = [(cell.stakeholder, cell.tool) for cell in STAKEHOLDER_MAP.cells]
    assert places == [(who, tool) for who in STAKEHOLDERS for tool in TOOLS]


@pytest.mark.parametrize(("who", "tool"), sorted(WANTED))
def test_a_cell_holds_what_was_drawn(who: str, tool: str) -> None:
    """Nothing of a tier is missing; the declaration may name more."""
    cell = STAKEHOLDER_MAP.cell(who, tool)
    wanted = [set(part.split()) for part in WANTED[who, tool].split("/")]
    tiers = [set(cell.core), set(cell.supporting), set(cell.guardrail)]
    assert [part - tier for part, tier in zip(wanted, tiers, strict=True)] == [set(), set(), set()]


@pytest.mark.parametrize("cell", STAKEHOLDER_MAP.cells, ids=lambda cell: f"{cell.stakeholder}-{cell.tool}")
def test_a_tier_names_an_id_once(cell: MapCell) -> None:
    """Each tier by itself: a metric may be core and its own guardrail."""
    for tier in (cell.core, cell.supporting, cell.guardrail):
        assert len(tier) == len(set(tier))


def test_an_unknown_cell_is_an_error() -> None:
    """Not an empty one."""
    with pytest.raises(KeyError):
        STAKEHOLDER_MAP.cell("creators", "lottery")


def test_every_metric_stands_on_the_page() -> None:
    """In a cell, or in the table beside the map."""
    page = map_page().decode()
    rows = set(re.findall(r"^\| ([A-Z]+\d+) \|", page, re.MULTILINE))
    assert rows == DECLARED - NAMED


def test_runs_of_ids_are_shortened() -> None:
    """VX1 to VX5 is a run, FR1 to FR4 too; two ids are none."""
    page = map_page().decode()
    assert "guardrails VX1-VX5, VX7 " in page
    assert "guardrails CR1, CR4, CR5 " in page
