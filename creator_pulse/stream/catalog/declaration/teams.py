"""Who answers an alert: the team that owns the metric, by the first letters of its id."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.catalog.declaration.declare import Metric

OWNERS: Mapping[str, str] = MappingProxyType(
    {
        "AD": "ads",
        "AV": "ads",
        "BD": "brand-deals",
        "CF": "creator-fund",
        "CR": "creator-success",
        "EC": "commerce",
        "EN": "viewer-experience",
        "FR": "trust-and-safety",
        "GI": "gifts",
        "GR": "creator-success",
        "N": "creator-success",
        "OP": "data-platform",
        "PL": "data-platform",
        "SP": "viewer-experience",
        "VX": "viewer-experience",
    }
)
"""Letters of a metric's id -> team."""
OF_METRIC: Mapping[str, str] = MappingProxyType(
    {
        "CR4": "finance",  # payout failures
        "CR5": "finance",  # payout delay
        "CR6": "finance",  # take rate
        "CR10": "finance",  # money owed
        "EC6": "payments",  # checkout success
        "FR9": "payments",  # disputed card payments
        "GI7": "payments",  # top-up success
        "SP6": "payments",  # coins bought
        "SP7": "payments",  # their disputes
        "PL12": "finance",  # the stream against the books
    }
)
"""Id of a metric that another team owns than its neighbours -> team."""
OF_TOOL: Mapping[str, str] = MappingProxyType(
    {"gift": "gifts", "ad": "ads", "commerce": "commerce", "reward": "creator-fund", "deal": "brand-deals"}
)
"""Tool of a metric whose letters are new -> team; of all tools: creator-success."""
TEAMS = frozenset({*OWNERS.values(), *OF_METRIC.values(), *OF_TOOL.values()})


def team_of(metric: Metric) -> str:
    """The team that a metric's alerts go to, as the value of their label ``team``.

    For example ``gifts`` for GI1, and ``payments`` for GI7.
    """
    letters = metric.id.rstrip("0123456789")
    return OF_METRIC.get(metric.id) or OWNERS.get(letters) or OF_TOOL.get(metric.tool, "creator-success")
