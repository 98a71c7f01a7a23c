"""Who looks at what: for each stakeholder and tool the core, supporting and guardrail metrics.

The tools are the flow's ways to earn; what concerns all of them (``N1``, ``CR1``) stands in each cell
where its stakeholder would look for it. A cell names ids of the catalogue only; ``note`` says which part
of a metric is meant where that is not all of it.
"""

from __future__ import annotations

import msgspec

TOOLS = ("gift", "ad", "reward", "deal", "commerce")
"""The columns, by the ids that metrics use."""
STAKEHOLDERS = ("creators", "viewers", "advertisers", "platform", "on-call")
"""The rows."""


class MapCell(msgspec.Struct, frozen=True):
    """The metrics that one stakeholder looks at in one tool; all parts may be empty.

    Attributes:
        stakeholder: the row.
        tool: the column.
        core: ids of the metrics by which the tool is judged.
        supporting: ids of those that explain them.
        guardrail: ids of those that keep them honest.
        note: which part of a metric is meant.
    """

    stakeholder: str
    tool: str
    core: tuple[str, ...] = ()
    supporting: tuple[str, ...] = ()
    guardrail: tuple[str, ...] = ()
    note: str = ""

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids, core first."""
        return (*self.core, *self.supporting, *self.guardrail)


class StakeholderMap(msgspec.Struct, frozen=True):
    """The map: one cell for each stakeholder and tool, row by row."""

    stakeholders: tuple[str, ...]
    tools: tuple[str, ...]
    cells: tuple[MapCell, ...]

    def cell(self, stakeholder: str, tool: str) -> MapCell:
        """One cell.

        Raises:
            KeyError: no such row or column.
        """
        for cell in self.cells:
            if (cell.stakeholder, cell.tool) == (stakeholder, tool):
                return cell
        raise KeyError((stakeholder, tool))


_PIPELINE = tuple(f"PL{number}" for number in range(1, 16))
_CREATORS = (
    MapCell("creators", "gift", ("GI2", "N1"), ("GI5", "GI6", "BM1"), ("CR1", "CR2", "CR3", "CR6")),
    MapCell("creators", "ad", ("AD2",), ("AD3", "BM1", "BM2"), ("CR1", "CR6")),
    MapCell("creators", "reward", ("CF1",), ("CF2", "BM2"), ("CR1", "CR4", "CR5")),
    MapCell("creators", "deal", ("BD1",), ("BD2", "BD4", "BD5"), ("CR8",)),
    MapCell("creators", "commerce", ("EC5",), ("EC4", "EC7"), ("CR4", "CR5", "CR7")),
)
_VIEWERS = (
    MapCell("viewers", "gift", ("GI3",), ("GI4",), ("FR1", "FR2", "FR3", "FR4")),
    MapCell("viewers", "ad", ("VX6",), ("AD5",), ("VX1", "VX2", "VX3", "VX4", "VX5", "VX7")),
    MapCell("viewers", "reward", ("EN1",), ("CF2", "EN4"), ("VX6", "EN3")),
    MapCell("viewers", "deal", (), ("BD3",), ("VX5",), "BD3: the share of posts with a disclosure label"),
    MapCell("viewers", "commerce", ("EC4",), ("EC3",), ("FR10", "FR11")),
)
_ADVERTISERS = (
    MapCell("advertisers", "gift"),
    MapCell("advertisers", "ad", ("AV2",), ("AD3", "AD4", "AD5", "AV7"), ("FR12", "AV1", "AV3", "AV5")),
    MapCell("advertisers", "reward"),
    MapCell(
        "advertisers",
        "deal",
        ("BD2",),
        ("BD2", "BD4", "BD5"),
        ("CR8",),
        "core: acceptance; supporting: time in each state",
    ),
    MapCell(
        "advertisers", "commerce", ("AV2", "EC1"), (), ("FR11",), "AV2 over EC1: return on what was spent"
    ),
)
_PLATFORM = (
    MapCell(
        "platform",
        "gift",
        ("GI1", "CR6"),
        ("GI3", "BM3"),
        ("FR5", "FR6", "FR7", "FR8", "FR9", "FR13", "CR6"),
        "core CR6: the take rate as a number; guardrail CR6: that it is the contracted one",
    ),
    MapCell("platform", "ad", ("AD1",), ("AD4", "BM3"), ("FR12", "VX1")),
    MapCell(
        "platform",
        "reward",
        ("CF1", "VX8"),
        ("CF4",),
        ("CR2",),
        "CF1 over VX8 is CF4: reward cost per viewing hour",
    ),
    MapCell("platform", "deal", ("BD1",), (), ("CR8",)),
    MapCell(
        "platform",
        "commerce",
        ("EC2", "CR6"),
        ("EC3", "EC7", "BM3"),
        ("FR9", "FR10"),
        "EC2 times the fee of CR6",
    ),
)
_ON_CALL = tuple(MapCell("on-call", tool, guardrail=_PIPELINE) for tool in TOOLS)

STAKEHOLDER_MAP = StakeholderMap(
    STAKEHOLDERS, TOOLS, (*_CREATORS, *_VIEWERS, *_ADVERTISERS, *_PLATFORM, *_ON_CALL)
)
