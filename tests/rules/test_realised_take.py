"""Take rate as it is beside what was agreed: promtool makes the gap from what workers show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from creator_pulse.stream.catalog.platform.metrics import N6
from tests.support.promtool import said_of_rules, samples

if TYPE_CHECKING:
    from pathlib import Path

REALISED, AGREED, GAP = N6.recorded


def _gauge(name: str, region: str) -> str:
    return f'pulse_{name}{{app="tiktok",region="{region}",window="24h",state="provisional",partition="0"}}'


def _agreed(region: str, tool: str, worker: int) -> str:
    place = f'app="tiktok",region="{region}",tool="{tool}"'
    return f'pulse_contracted_take_ratio{{{place},instance="worker-{worker}:9464"}}'


SHOWN = {
    _gauge("gift_realised_take_ratio", "US"): 0.45,
    _gauge("gift_booked_value_usd", "US"): 1_000,
    _gauge("commerce_realised_take_ratio", "US"): 0.08,
    _gauge("order_net_value_usd", "US"): 20_000,
    _gauge("gift_realised_take_ratio", "GB"): 0.3,
    _gauge("gift_booked_value_usd", "GB"): 999,
    **{
        _agreed(region, tool, number): part
        for region in ("US", "GB")
        for tool, part in (("gift", 0.5), ("commerce", 0.06))
        for number in (1, 2)
    },
}
"""Both workers tell the agreed shares."""


@pytest.mark.parametrize(
    ("name", "region", "tool", "wanted"),
    [
        pytest.param(REALISED, "US", "gift", 0.45, id="as it is"),
        pytest.param(AGREED, "US", "gift", 0.5, id="what was agreed, once for all workers"),
        pytest.param(GAP, "US", "gift", -0.05, id="0.45 of gifts where 0.50 were agreed"),
        pytest.param(GAP, "US", "commerce", 0.02, id="0.08 of orders where 0.06 were agreed"),
        pytest.param(REALISED, "GB", "gift", 0.3, id="as it is, however little there was"),
        pytest.param(GAP, "GB", "gift", None, id="of 999 USD a gap says nothing"),
    ],
)
def test_take_rate_beside_what_was_agreed(
    tmp_path: Path, name: str, region: str, tool: str, wanted: float | None
) -> None:
    """By region and tool."""
    rules = [{"record": record, "expr": expr} for record, expr in N6.recorded.items()]
    labels = f'{{app="tiktok",region="{region}",tool="{tool}"}}'
    expr = f'round({name}{{region="{region}",tool="{tool}"}}, 0.0001)'
    shown = {series: f"{value}x5" for series, value in SHOWN.items()}
    expected = samples(expr, 3, {} if wanted is None else {labels: wanted})
    assert said_of_rules(tmp_path, rules, shown, expected) == ""
