"""What fell silent, by Prometheus' clock and without any expectation (OP5).

It shares nothing with expectations or with event time, so it also sees what these cannot: a topic without
records has no watermark that moves, and in the first week nothing is usual yet.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.conditions import Limit
from creator_pulse.stream.catalog.declaration.declare import Guardrail, Metric
from creator_pulse.stream.catalog.declaration.lane_series import lane_counter, lane_gauge

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAST = 50
"""In each 5 minutes of the half hour before.

Fewer may well stop by chance: counts that scatter thirty times as much as Poisson's and are 100 in the mean
are 0 in 5 minutes once in a hundred thousand times (negative binomial), and then seldom had 50 each time.
"""
SENT, SENT_BEFORE = "topic:pulse_records_sent:sum5m", "topic:pulse_records_sent_before:min30m"
DONE, DONE_BEFORE = (
    "app_topic_tool:pulse_activity:increase5m",
    "app_topic_tool:pulse_activity_before:min30m",
)
_RECORDS = lane_counter("pulse_records_total")
_LAG = lane_gauge("pulse_consumer_lag_records", "topic")
_IN_BATCHES = 'topic!~"reward|deal|payout"'
_READ = "topic:pulse_records_read:increase5m"

# (topic, tool) -> the counter that tells whether an app's records come, and what is one of them.
_COUNTERS: Mapping[tuple[str, str], tuple[str, int]] = MappingProxyType(
    {
        ("gift", "gift"): ("pulse_gifts_total", 1),
        ("wallet", "all"): ("pulse_topup_coins_total", 100),
        ("ad", "ad"): ("pulse_ad_impressions_total", 1),
        ("purchase", "commerce"): ("pulse_orders_total", 1),
        ("watch", "all"): ("pulse_watch_seconds_total", 60),
    }
)


def _done() -> str:
    """What each app did by topic and tool; nothing of a topic that is not read at all."""
    terms = []
    for (topic, tool), (counter, unit) in _COUNTERS.items():
        counted = f"sum by (app) (increase({lane_counter(counter)}[5m]))"
        by = counted if unit == 1 else f"{counted} / {unit}"
        labelled = f'label_replace({by}, "topic", "{topic}", "", "")'
        terms.append(f'label_replace({labelled}, "tool", "{tool}", "", "")')
    each = "\n  or ".join((*terms, f"0 * {DONE_BEFORE}"))
    return f"(\n  {each}\n) and on (topic) {_READ} > 0"


def _before(now: str, before: str) -> str:
    """The least of the half hour that ended 5 minutes ago; in a silence, the least as of its begin.

    The record reads itself, as it was made last. Six hours of silence end it: that is how things are now.
    """
    return (
        f"min_over_time({now}[30m] offset 5m) and {now} offset 35m and {now} > 0\n"
        f"or last_over_time({before}[15m]) and max_over_time({now}[6h]) > 0"
    )


SILENT = (
    Guardrail(
        alert="TopicSilent",
        severity="page",
        series=SENT,
        window="",
        condition=Limit("==", 0),
        minutes=0,
        by=("topic",),
        guard=(SENT_BEFORE, LEAST),
        yields_to=("WorkerDown", "DataStale", "ConsumerLagHigh"),
        summary="Nobody sends a topic any more: what is made of it stands still.",
        description=(
            '{{ $labels.topic }}: {{ printf "%.0f" $value }} records in 5 minutes, and none waits to be '
            f"read; in each 5 minutes of the half hour before there were {LEAST} or more."
        ),
    ),
    Guardrail(
        alert="AppSilent",
        severity="page",
        series=DONE,
        window="",
        condition=Limit("==", 0),
        minutes=0,
        by=("app", "topic", "tool"),
        guard=(DONE_BEFORE, LEAST),
        yields_to=(
            "WorkerDown",
            "DataStale",
            "ConsumerLagHigh",
            "TopicSilent",
            "AppDown",
            "ActiveViewersDrop",
            "GiftValueDrop",
            "AdRevenueDrop",
            "CheckoutOutage",
            "CheckoutFailing",
        ),
        summary="Viewers of an app do nothing any more of what a topic counts, while the topic goes on.",
        description=(
            '{{ $labels.app }}, {{ $labels.topic }}: {{ printf "%.0f" $value }} in 5 minutes (of gifts, '
            "100 coins of top-ups, impressions, orders or minutes of viewing); in each 5 minutes of the half "
            f"hour before there were {LEAST} or more."
        ),
    ),
)

OP5 = Metric(
    id="OP5",
    title="Silence",
    question="Did something fall silent that was busy a moment ago?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=("on-call",),
    unit="records, or what an app did, in 5 minutes",
    formula=(
        "records of 5 minutes without test traffic, and those that wait; gifts, coins of top-ups / 100, "
        "valid impressions, orders and minutes of viewing of 5 minutes by app; and the least of either in "
        "any 5 minutes of the half hour before"
    ),
    source="docs/operate.md, Silence: a backstop that knows no expectation and no event time",
    note=(
        "By Prometheus' clock. Of rewards, deals and payouts nothing is said: they come in batches. A topic "
        "of which no worker shows anything counts as silent. Six hours of silence end the alert."
    ),
    recorded={
        SENT: (
            f'sum by (topic) (increase({_RECORDS}{{outcome!="test",{_IN_BATCHES}}}[5m]) '
            f"or {_LAG.replace('records)', f'records{{{_IN_BATCHES}}})')})\n"
            f"or 0 * {SENT_BEFORE}"
        ),
        SENT_BEFORE: _before(SENT, SENT_BEFORE),
        DONE: _done(),
        DONE_BEFORE: _before(DONE, DONE_BEFORE),
    },
    guardrails=SILENT,
)

METRICS = (OP5,)
