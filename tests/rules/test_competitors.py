"""Ours less theirs: promtool makes the gaps from what workers show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from creator_pulse.stream.catalog.competitors.metrics import METRICS
from tests.support.promtool import said_of_rules, samples

if TYPE_CHECKING:
    from pathlib import Path

_OURS = {
    "app:pulse_gift_take_ratio:1h": 0.5,
    "app:pulse_ad_take_ratio:1h": 0.48,
    "app:pulse_commerce_take_ratio:1h": 0.0625,
    "app:pulse_reward_per_1000_views_usd:24h": 0.25,
    "app:pulse_creator_ad_per_1000_views_usd:24h": 0.04,
}
_THEIRS = {
    ("youtube", "gift", "creator_share"): 0.7,
    ("twitch", "ad", "creator_share"): 0.55,
    ("instagram", "commerce", "take_rate"): 0.05,
    ("youtube_shorts", "ad", "pay_per_1000_views_low"): 0.01,
    ("tiktok", "reward", "pay_per_1000_views_high"): 0.5,
}
_LEVEL = "app_platform_tool"
GAPS: dict[str, dict[tuple[str, ...], float]] = {
    # Ours 0.5 and 0.52.
    f"{_LEVEL}:pulse_creator_share_gap_ratio:1h": {("youtube", "gift"): -0.2, ("twitch", "ad"): -0.03},
    # Theirs 0.3 and 0.45, as the rest of what creators get, and 0.05.
    f"{_LEVEL}:pulse_take_gap_ratio:1h": {
        ("youtube", "gift"): 0.2,
        ("twitch", "ad"): 0.03,
        ("instagram", "commerce"): 0.0125,
    },
    f"{_LEVEL}_what:pulse_pay_per_1000_views_gap_usd:24h": {
        ("youtube_shorts", "ad", "pay_per_1000_views_low"): 0.03,
        ("tiktok", "reward", "pay_per_1000_views_high"): -0.25,
    },
}
"""Recorded series -> platform, tool and what -> ours less theirs, by hand."""


def _series() -> dict[str, str]:
    """Each app's own values, and terms as two workers show them."""
    own = [f'{name}{{app="{app}"}} {value}' for name, value in _OURS.items() for app in ("tiktok", "douyin")]
    theirs = [
        f'pulse_benchmark{{platform="{platform}",tool="{tool}",what="{what}",instance="{worker}"}} {value}'
        for (platform, tool, what), value in _THEIRS.items()
        for worker in ("worker-1:9464", "worker-2:9464")
    ]
    lines = [line.rpartition(" ") for line in (*own, *theirs)]
    return {name: f"{value}x5" for name, _, value in lines}


def _labels(app: str, term: tuple[str, ...]) -> str:
    named = zip(("app", "platform", "tool", "what"), (app, *term), strict=False)
    return ",".join(f'{name}="{value}"' for name, value in named).join("{}")


@pytest.mark.parametrize("name", GAPS)
def test_a_gap_is_ours_less_theirs(tmp_path: Path, name: str) -> None:
    """Of each app, once for all workers, and of the same tool only."""
    rules = [
        {"record": record, "expr": expr} for metric in METRICS for record, expr in metric.recorded.items()
    ]
    # In whole millionths: a difference of two shares is no exact number.
    expected = {
        _labels(app, key): round(value * 10**6)
        for key, value in GAPS[name].items()
        for app in ("tiktok", "douyin")
    }
    assert said_of_rules(tmp_path, rules, _series(), samples(f"round(1e6 * {name})", 3, expected)) == ""
