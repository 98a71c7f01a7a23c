"""Money owed to creators: its age and its growth, made by promtool from what workers show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from creator_pulse.stream.catalog.creators.metrics import CR10, CR13
from creator_pulse.stream.monitoring.alerts import expression
from tests.support.promtool import firing, said_of_rules, samples

if TYPE_CHECKING:
    from pathlib import Path

_PLACE = 'app="tiktok",region="US",partition="0"'
_DUE = 'pulse_oldest_due_payout_timestamp_seconds{app="tiktok",tool="%s",partition="%d"}'
_SHOWN = {
    f"pulse_creator_gift_usd_total{{{_PLACE}}}": "1000x5",
    f'pulse_reversed_usd_total{{{_PLACE},tool="gift"}}': "100x5",
    f'pulse_payout_usd_total{{{_PLACE},tool="gift",outcome="paid"}}': "250x5",
    f'pulse_payout_usd_total{{{_PLACE},tool="gift",outcome="failed"}}': "9000x5",
    f'pulse_late_earned_usd_total{{{_PLACE},tool="gift"}}': "50x5",
    f"pulse_reward_usd_total{{{_PLACE}}}": "40x5",
    'app_tool:pulse_creator_net_earnings_usd:24h{app="tiktok",tool="gift"}': "100x5",
    'app_tool:pulse_creator_net_earnings_usd:24h{app="tiktok",tool="reward"}': "0x5",
    # Time begins at 0: at the third minute it is 180.
    _DUE % ("gift", 0): "60x5",
    _DUE % ("gift", 1): "120x5",
    _DUE % ("ad", 0): "0x5",
}
_OPENING = {
    f'pulse_opening_owed_usd{{app="tiktok",tool="gift",instance="worker-{number}:9464"}}': "300x5"
    for number in (1, 2)
}
_GROWTH, _OWED = "app_tool:pulse_creator_owed_growth_usd:total", "app_tool:pulse_creator_owed_usd:total"
_DAYS, _OLDEST = "app_tool:pulse_creator_owed_days:ratio", "app_tool:pulse_oldest_due_payout_seconds:max"


@pytest.mark.parametrize(
    ("name", "opening", "wanted"),
    [
        # 1,000 + 50 - 100 - 250 more are owed than when counting began.
        pytest.param(_GROWTH, {}, {"gift": 700, "reward": 40}, id="by how much it has grown"),
        pytest.param(_OWED, {}, {}, id="no balance without an opening one"),
        pytest.param(_OWED, _OPENING, {"gift": 1_000}, id="what is owed, the opening one counted once"),
        # 100 are earned a day. Nothing was earned with rewards: no age.
        pytest.param(_DAYS, _OPENING, {"gift": 10}, id="so many days of earnings"),
        pytest.param(_DAYS, {}, {}, id="no age of what nobody knows"),
        # Of both partitions the older one; 0 is none.
        pytest.param(_OLDEST, {}, {"gift": 120}, id="the oldest payout"),
    ],
)
def test_the_age_of_money_owed(
    tmp_path: Path, name: str, opening: dict[str, str], wanted: dict[str, int]
) -> None:
    """By tool, and of what there is no age of there is no series."""
    rules = [
        {"record": record, "expr": expr} for record, expr in (*CR10.recorded.items(), *CR13.recorded.items())
    ]
    expected = {f'{name}{{app="tiktok",tool="{tool}"}}': value for tool, value in wanted.items()}
    assert said_of_rules(tmp_path, rules, _SHOWN | opening, samples(name, 3, expected)) == ""


_SHARE = 'app_tool:pulse_creator_owed_growth_ratio:%s{app="tiktok",tool="gift"}'


@pytest.mark.parametrize(
    ("growth", "usual", "fires"),
    [
        # Shares of a day's earnings; 1.3 times a usual below 0 lies below that usual.
        pytest.param(-0.64, -0.65, False, id="payouts keep up as ever"),
        pytest.param(0.05, 0.001, False, id="fifty times next to nothing"),
        pytest.param(0.4, -0.65, True, id="more is owed where less was"),
        pytest.param(0.31, 0.2, True, id="a third of a day stays unpaid"),
        pytest.param(0.31, 0.25, False, id="less than 1.3 times the usual"),
    ],
)
def test_only_a_real_rise_of_money_owed_is_told(
    tmp_path: Path, growth: float, usual: float, *, fires: bool
) -> None:
    """By more than 30 % of a day's earnings, and by 1.3 times what is usual, if that is anything."""
    (liability,) = CR10.guardrails
    shown = {_SHARE % "24h": f"{growth}x3", _SHARE % "baseline_24h": f"{usual}x3"}
    rule = {"alert": "LiabilityHigh", "expr": expression(liability)}
    labels = [{"app": "tiktok", "tool": "gift"}] if fires else []
    assert said_of_rules(tmp_path, [rule], shown, firing("LiabilityHigh", 2, *labels)) == ""
