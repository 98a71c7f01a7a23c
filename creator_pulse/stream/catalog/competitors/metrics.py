"""Terms here beside published ones: BM1 to BM3.

Published terms are of no app, so each app is compared with all of them.
"""

from __future__ import annotations

from creator_pulse.stream.catalog.declaration.declare import Metric
from creator_pulse.stream.settings import APPS

_SOURCE = "reference entries of the kind `benchmark`, each with its source: docs/benchmark-terms.md"


def _of_tool(expr: str, tool: str) -> str:
    return f'label_replace({expr}, "tool", "{tool}", "", "")'


def _published(what: str, *by: str) -> str:
    """Terms as every worker shows them, once."""
    return f'max by ({", ".join(("platform", "tool", *by))}) (pulse_benchmark{{what=~"{what}"}})'


def _gap(own: str, theirs: str, *on: str) -> str:
    """Ours less theirs, for each app and term."""
    # Many terms to one value here; PromQL has no product of two sets, so the terms are named for each app.
    each = "\n  or ".join(f'label_replace({theirs}, "app", "{app}", "", "")' for app in APPS)
    return f"{own}\n- on ({', '.join(('app', *on))}) group_right ()\n(\n  {each}\n)"


def _term(what: str, tool: str) -> str:
    """A term of a tool, by platform."""
    return f'max by (platform) (pulse_benchmark{{what="{what}",tool="{tool}"}})'


def _line(expr: str, word: str = "published") -> dict[str, str]:
    """Published terms as lines beside ours, for example *youtube shorts, published*."""
    named = f'label_replace({expr}, "platform", "$1 $2", "platform", "(.+)_(.+)")'
    return {f"{{{{platform}}}}, {word}": named}


_SHARE, _TAKE = "app_tool:pulse_creator_share_ratio:1h", "app_tool:pulse_take_ratio:1h"
_PAY = "app_tool:pulse_pay_per_1000_views_usd:24h"
_TAKES = {tool: f"app:pulse_{tool}_take_ratio:1h" for tool in ("gift", "ad", "commerce")}
_PAYS = {
    "ad": "app:pulse_creator_ad_per_1000_views_usd:24h",
    "reward": "app:pulse_reward_per_1000_views_usd:24h",
}
# Gifts and ads are shared between two: where only the creator's part is published, the other is the rest.
_TAKEN = (
    f"({_published('take_rate')} or 1 - max by (platform, tool) "
    '(pulse_benchmark{what="creator_share",tool=~"gift|ad"}))'
)
_PAID = _published("pay_per_1000_views_(low|high)", "what")

BM1 = Metric(
    id="BM1",
    title="Creator share vs competitors",
    question="Do creators keep more of gifts and ads here than elsewhere?",
    tier="supporting",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="ratio",
    formula=(
        "per tool: creators' part of the net value of gifts, and of the ad revenue that is shared; gap = it "
        "less the published creator share of each platform"
    ),
    source=_SOURCE,
    recorded={
        "app_platform_tool:pulse_creator_share_gap_ratio:1h": _gap(
            _SHARE, _published("creator_share"), "tool"
        ),
        _SHARE: "\nor ".join(_of_tool(f"1 - {_TAKES[tool]}", tool) for tool in ("gift", "ad")),
    },
    beside={tool: _line(_term("creator_share", tool)) for tool in ("gift", "ad")},
    note="A gap above 0: creators keep more here. A term that has ended, or is yet to begin, gives no gap.",
)

BM2 = Metric(
    id="BM2",
    title="Pay per 1,000 views vs competitors",
    question="Does a thousand views pay a creator more here than elsewhere?",
    tier="supporting",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="USD per 1,000 views",
    formula=(
        "per tool: rewards x 1000 / views of rewarded videos (CF2); creators' share of ad revenue x 1000 / "
        "videos begun (AD2); gap = it less the low and the high end of what each platform pays"
    ),
    source=_SOURCE,
    recorded={
        "app_platform_tool_what:pulse_pay_per_1000_views_gap_usd:24h": _gap(_PAY, _PAID, "tool"),
        _PAY: "\nor ".join(_of_tool(series, tool) for tool, series in _PAYS.items()),
    },
    beside={
        tool: _line(_term("pay_per_1000_views_low", tool), "published low")
        | _line(_term("pay_per_1000_views_high", tool), "published high")
        for tool in _PAYS
    },
    note=(
        "A gap above 0: a view pays more here. Of all views, as most platforms state it; what the fund pays "
        "for qualified views alone is reward_rpm_usd, beside which the terms of TikTok itself stand."
    ),
)

BM3 = Metric(
    id="BM3",
    title="Take rate vs competitors",
    question="Does the platform keep more here than others do?",
    tier="supporting",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="ratio",
    formula=(
        "per tool: what the platform keeps of gifts, of shared ad revenue, of GMV (CR6), less the published "
        "take rate of each platform; of gifts and ads 1 - creator share where no take rate is published"
    ),
    source=_SOURCE,
    recorded={
        "app_platform_tool:pulse_take_gap_ratio:1h": _gap(_TAKE, _TAKEN, "tool"),
        _TAKE: "\nor ".join(_of_tool(series, tool) for tool, series in _TAKES.items()),
    },
    beside={
        **{
            tool: _line(f"{_term('take_rate', tool)} or 1 - {_term('creator_share', tool)}")
            for tool in ("gift", "ad")
        },
        "commerce": _line(_term("take_rate", "commerce")),
    },
    note="A gap above 0: the platform keeps more here. Deals have no take rate in their records, so no gap.",
)

METRICS = (
    BM1,
    BM2,
    BM3,
)
