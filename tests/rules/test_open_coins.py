"""What viewers hold of the coins that they bought: promtool makes it from what workers show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from creator_pulse.stream.catalog.gift.metrics import GI8
from tests.support.promtool import said_of_rules, samples

if TYPE_CHECKING:
    from pathlib import Path

_PLACE = 'app="tiktok",region="{}",partition="0"'
_COUNTED = {
    f"pulse_topup_coins_total{{{_PLACE.format('US')}}}": 700,
    f"pulse_topup_coins_total{{{_PLACE.format('GB')}}}": 70,
    f'pulse_late_coins_total{{{_PLACE.format("US")},flow="bought"}}': 30,
    f'pulse_late_coins_total{{{_PLACE.format("US")},flow="given"}}': 5,
    f'pulse_late_coins_total{{{_PLACE.format("US")},flow="returned"}}': 4,
    f"pulse_returned_coins_total{{{_PLACE.format('US')}}}": 1,
    f"pulse_gift_coins_total{{{_PLACE.format('US')}}}": 1_000,
}
GROWTH = 700 + 70 + 30 - 5 + 4 + 1 - 1_000
"""Bought, given and returned, in time and late: 200 coins that were given had been bought before."""
_OPENING = {f'pulse_opening_coins{{app="tiktok",instance="worker-{number}:9464"}}': 900 for number in (1, 2)}


@pytest.mark.parametrize(
    ("name", "opening", "wanted"),
    [
        pytest.param("app:pulse_open_coins_growth:total", {}, GROWTH, id="growth, which may be below 0"),
        pytest.param("app:pulse_open_coins:total", {}, None, id="no balance without an opening one"),
        pytest.param("app:pulse_open_coins:total", _OPENING, 900 + GROWTH, id="the balance outstanding"),
    ],
)
def test_open_coins(tmp_path: Path, name: str, opening: dict[str, int], wanted: int | None) -> None:
    """Of both regions; the opening balance counts once for all workers."""
    rules = [{"record": record, "expr": expr} for record, expr in GI8.recorded.items()]
    shown = {series: f"{value}x5" for series, value in (_COUNTED | opening).items()}
    expected = {} if wanted is None else {f'{name}{{app="tiktok"}}': wanted}
    assert said_of_rules(tmp_path, rules, shown, samples(name, 3, expected)) == ""
