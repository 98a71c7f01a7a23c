"""What workers expose to put a series that only Prometheus records at a chosen number."""

from __future__ import annotations

import math
from itertools import accumulate, pairwise, repeat
from typing import TYPE_CHECKING

from creator_pulse.stream.monitoring.points import (
    DECOY,
    HOUR,
    LABELS,
    MINUTES,
    QUIET,
    WARM,
    Point,
    Series,
    line,
    steady,
)
from creator_pulse.stream.tables.delays import BOUNDS

if TYPE_CHECKING:
    from collections.abc import Callable


def _freshness(point: Point) -> list[Series]:
    """The oldest partition decides; an idle one does not."""
    name = 'pulse_watermark_timestamp_seconds{topic="gift",partition="%d"}'
    return [
        line(name % 0, f"{-point.value!r}+60x{MINUTES}"),
        line(name % 1, f"-5+60x{MINUTES}"),
        line(name % 2, f"1+0x{MINUTES}"),
        line('pulse_partition_idle{topic="gift",partition="0"}', steady(0)),
        line('pulse_partition_idle{topic="gift",partition="2"}', steady(1)),
    ]


def _ahead(point: Point) -> list[Series]:
    """The partition that is furthest ahead decides."""
    name = 'pulse_watermark_timestamp_seconds{topic="gift",partition="%d"}'
    return [line(name % 0, f"{point.value!r}+60x{MINUTES}"), line(name % 1, f"-5+60x{MINUTES}")]


def _refused(point: Point) -> list[Series]:
    """By two reasons and under another key, after an hour; ten entries were refused before."""
    place = 'topic="gift",partition="0"'
    refused = f'pulse_reference_refused_total{{{place},reason="%s"}}'
    return [
        line(refused % "not_json", f"10x60 {10 + point.value * 0.5!r}x{MINUTES}"),
        line(refused % "out_of_range", f"_x61 {point.value * 0.25!r}x{MINUTES}"),
        line(f"pulse_reference_miskeyed_total{{{place}}}", f"0x60 {point.value * 0.25!r}x{MINUTES}"),
    ]


def _lag(point: Point) -> list[Series]:
    """One record a second, so that lag in records equals lag in seconds."""
    name = 'pulse_consumer_lag_records{topic="gift",partition="%d"}'
    return [
        line(name % 0, steady(point.value * 0.75, WARM)),
        line(name % 1, steady(point.value * 0.25, WARM)),
        line('pulse_records_total{topic="gift",outcome="counted",partition="0"}', f"0+60x{MINUTES}"),
    ]


def _rate(point: Point) -> list[Series]:
    name = 'pulse_records_total{topic="gift",partition="0",outcome="%s"}'
    return [
        line(name % "counted", f"0+{point.value * 60!r}x{MINUTES}"),
        line(name % "test", f"0+{60_000}x{MINUTES}"),
    ]


def _activity(point: Point) -> list[Series]:
    """Of two partitions; another region does as ever."""
    name = 'pulse_gifts_total{app="tiktok",region="%s",partition="%d"}'
    return [
        line(name % ("US", 0), f"0+{point.value * 15!r}x{MINUTES}"),
        line(name % ("US", 1), f"0+{point.value * 45!r}x{MINUTES}"),
        line(name % ("DE", 0), f"0+{DECOY * 60}x{MINUTES}"),
    ]


def _delay(point: Point) -> list[Series]:
    """All but a part of the records take between two bounds; the part below puts the quantile where it is."""
    name = 'pulse_export_delay_seconds_bucket{topic="gift",le="%s",instance="worker-%d:9464"}'
    low, high = next((low, high) for low, high in pairwise((0.0, *BOUNDS)) if low < point.value <= high)
    place = (point.value - low) / (high - low)
    below = (0.99 - place) / (1 - place)
    # histogram_quantile interpolates within the bucket (low, high]: below + place * (1 - below) = 0.99.
    shares = {low: below, high: 1.0, math.inf: 1.0}
    return [
        line(name % (f"{bound:g}".replace("inf", "+Inf"), worker), f"0+{share * 6_000!r}x{MINUTES}")
        for bound, share in shares.items()
        for worker in (1, 2)
    ]


def _invalid(point: Point) -> list[Series]:
    """Of two partitions and two reasons; test traffic does not count."""
    read = 'pulse_records_total{topic="gift",outcome="%s",partition="0"}'
    broken = 'pulse_invalid_records_total{topic="gift",reason="%s",partition="%d"}'
    number = point.sample / 5 * (1 + 1e-9)  # an increase is not exact to its last digit
    return [
        line(read % "counted", f"0+{number * (1 - point.value)!r}x{MINUTES}"),
        line(read % "invalid", f"0+{number * point.value!r}x{MINUTES}"),
        line(read % "test", f"0+{60_000}x{MINUTES}"),
        line(broken % ("not_json", 0), f"0+{number * point.value * 0.75!r}x{MINUTES}"),
        line(broken % ("no_rate", 1), f"0+{number * point.value * 0.25!r}x{MINUTES}"),
    ]


def _dead(point: Point) -> list[Series]:
    broken = 'pulse_invalid_records_total{topic="gift",reason="%s",partition="0"}'
    return [
        line(broken % "not_json", f"0+{point.value * 0.075!r}x{MINUTES}"),
        line(broken % "no_rate", f"0+{point.value * 0.025!r}x{MINUTES}"),
    ]


def _recovery(point: Point) -> list[Series]:
    """One lane recovers anew; another one took as long, an hour ago."""
    name = 'pulse_lane_recovery_seconds{topic="gift",partition="%d"}'
    return [line(name % 0, f"5x20 {point.value!r}x{MINUTES}"), line(name % 1, steady(point.value + 1))]


def _rebalance(point: Point) -> list[Series]:
    name = 'pulse_rebalance_seconds{job="pulse",instance="worker-%d:9464"}'
    return [line(name % 1, steady(point.value)), line(name % 2, steady(0))]


def _rise(name: str) -> Callable[[Point], list[Series]]:
    """A total that rises once, beside one that stands still."""

    def probe(point: Point) -> list[Series]:
        selector = name + '{topic="gift",partition="%d"}'
        return [line(selector % 0, f"0x20 {point.value!r}x{MINUTES}"), line(selector % 1, steady(3))]

    return probe


def _uncounted(point: Point) -> list[Series]:
    """Records of one reason, once; records that break the contract do not count, however many."""
    name = 'pulse_invalid_records_total{topic="gift",reason="%s",partition="%d"}'
    return [
        line(name % ("unreadable", 0), f"0x20 {point.value!r}x{MINUTES}"),
        line(name % ("unreadable", 1), steady(3)),
        line(name % ("not_json", 0), f"0+{DECOY}x{MINUTES}"),
    ]


def _waiting(point: Point) -> list[Series]:
    """Partitions waiting for one reason; the others show 0."""
    name = 'pulse_partition_waiting{topic="gift",reason="%s",partition="%d"}'
    return [
        line(name % (LABELS["reason"], 0), steady(point.value)),
        line(name % (LABELS["reason"], 1), steady(0)),
        line(name % ("no_leader", 0), steady(0)),
    ]


def _beyond(point: Point) -> list[Series]:
    """Both workers show the same."""
    name = 'pulse_uncounted_partitions{topic="gift",instance="worker-%d:9464"}'
    return [line(name % worker, steady(point.value)) for worker in (1, 2)]


def _strangers(point: Point) -> list[Series]:
    """Both workers see them."""
    name = 'pulse_group_strangers{job="pulse",instance="worker-%d:9464"}'
    return [line(name % worker, steady(point.value)) for worker in (1, 2)]


def _budget(point: Point) -> list[Series]:
    """Rewards of both regions add up to a multiple of the plan, which every worker shows."""
    name = 'pulse_reward_accrual_usd{app="tiktok",region="%s",window="24h",state="%s"}'
    plan = 'pulse_reward_budget_usd{app="tiktok",region="%s",instance="worker-%d:9464"}'
    return [
        line(name % ("US", "provisional"), steady(point.value * 75_000)),
        line(name % ("GB", "provisional"), steady(point.value * 25_000)),
        line(name % ("US", "final"), steady(point.value * DECOY)),
        *(line(plan % place, steady(50_000)) for place in (("US", 1), ("US", 2), ("GB", 1), ("GB", 2))),
    ]


def _take(tool: str, creators: str, whole: str, count: str) -> Callable[[Point], list[Series]]:
    """Two regions with contracts of their own; the first is off by the gap, weighted by its value."""

    def probe(point: Point) -> list[Series]:
        series = []
        for region, weight, contract in (("US", 0.75, 0.5), ("GB", 0.25, 0.3)):
            place = f'app="tiktok",region="{region}"'
            selector = f'{{{place},window="1h",state="provisional"}}'
            # Weighted by value: only the US is off, by so much that the whole app is off by the point.
            gap = point.value / weight if region == "US" else 0
            series += [
                line(f"pulse_{whole}{selector}", steady(1e6 * weight)),
                line(f"pulse_{creators}{selector}", steady(1e6 * weight * (contract + gap))),
                line(f"pulse_{count}{selector}", steady(10_000)),
                line(f'pulse_contracted_take_ratio{{{place},tool="{tool}"}}', steady(contract)),
            ]
        return series

    return probe


def _realised(point: Point) -> list[Series]:
    """One region is off by the gap; another keeps the agreed share; a third has too little value."""
    series = []
    for region, gap, usd in (("US", point.value, 2_000), ("GB", 0.0, 2_000), ("DE", 0.4, 900)):
        place = f'app="tiktok",region="{region}"'
        selector = f'{{{place},window="24h",state="provisional"}}'
        series += [
            line(f"pulse_gift_realised_take_ratio{selector}", steady(0.5 + gap)),
            line(f"pulse_gift_booked_value_usd{selector}", steady(usd)),
            line(f'pulse_contracted_take_ratio{{{place},tool="gift"}}', steady(0.5)),
        ]
    return series


def _overdue(point: Point) -> list[Series]:
    """Of two partitions; another state does not count."""
    name = 'pulse_overdue_deals{state="%s",partition="%d",topic="deal"}'
    return [
        line(name % ("submitted", 0), steady(point.value * 0.75)),
        line(name % ("submitted", 1), steady(point.value * 0.25)),
        line(name % ("posted", 0), steady(1)),
    ]


def _oldest(point: Point) -> list[Series]:
    """The oldest of two tools decides; 0 is none. Ages grow: the number is that of the alert's minute."""
    name = 'pulse_oldest_due_payout_timestamp_seconds{app="tiktok",tool="%s",partition="0",topic="payout"}'
    return [
        line(name % "gift", f"{-point.value!r}+60x{MINUTES}"),
        line(name % "ad", f"-5+60x{MINUTES}"),
        line(name % "deal", steady(0)),
    ]


def _books(point: Point) -> list[Series]:
    """Two regions' lanes, two days ago as the books; another day and another tool are further away.

    So is a tool whose day in the books had begun when the last lane began to count: as another day began.
    """
    stream = 'pulse_closed_day_{}{{app="tiktok",tool="%s",back="%d",partition="%d",topic="pane"}}'
    ledger = 'pulse_ledger_day_{}{{app="tiktok",tool="%s",instance="worker-%d:9464"}}'
    usd, since = stream.format("usd"), stream.format("timestamp_seconds")
    began = 'pulse_counting_began_timestamp_seconds{topic="%s",partition="%d"}'
    return [
        line(usd % ("gift", 2, 0), steady(75_000 * (1 + point.value))),
        line(usd % ("gift", 2, 1), steady(25_000 * (1 + point.value))),
        line(usd % ("gift", 1, 0), steady(500_000)),
        line(usd % ("ad", 2, 0), steady(100)),
        *(line(since % (tool, 2, 0), steady(1_000_000)) for tool in ("gift", "ad")),
        line(since % ("gift", 2, 1), steady(1_000_000)),
        line(since % ("gift", 1, 0), steady(1_086_400)),
        *(line(ledger.format("usd") % ("gift", number), steady(100_000)) for number in (1, 2)),
        *(
            line(ledger.format("timestamp_seconds") % ("gift", number), steady(1_000_000))
            for number in (1, 2)
        ),
        line(usd % ("commerce", 3, 0), steady(500_000)),
        line(since % ("commerce", 3, 0), steady(913_600)),
        line(ledger.format("usd") % ("commerce", 1), steady(100_000)),
        line(ledger.format("timestamp_seconds") % ("commerce", 1), steady(913_600)),
        line(began % ("gift", 0), steady(500_000)),
        line(began % ("pane", 0), steady(1_000_000)),
        line(ledger.format("usd") % ("ad", 1), steady(100)),
        line(ledger.format("timestamp_seconds") % ("ad", 1), steady(1_000_000)),
    ]


def _verdicts(point: Point) -> list[Series]:
    name = 'pulse_verdicts{rule="FR1",verdict="%s",instance="worker-1:9464"}'
    return [
        line(name % "confirmed", steady(1_000 * point.value)),
        line(name % "rejected", steady(1_000 * (1 - point.value))),
    ]


def _suspended(point: Point) -> list[Series]:
    """Of ten thousand creators a share is suspended each hour."""
    name = 'pulse_tool_changes_total{app="tiktok",tool="gift",change="%s",partition="0"}'
    return [
        line(name % "enrolled", steady(10_500, HOUR)),
        line(name % "left", steady(500, HOUR)),
        line(name % "suspended", f"0+{point.value * 10_000 / 60!r}x{MINUTES}"),
    ]


def _owed(point: Point) -> list[Series]:
    """Of 100,000 USD of a day in two regions; final sums do not count."""
    series = []
    for region, usd in (("US", 75_000), ("GB", 25_000)):
        place = f'app="tiktok",region="{region}",tool="gift",window="24h",state="%s"'
        growth = f"pulse_creator_owed_growth_usd{{{place}}}"
        series += [
            line(f"pulse_creator_net_earnings_usd{{{place}}}" % "provisional", steady(usd)),
            line(growth % "provisional", steady(point.value * usd)),
            line(growth % "final", steady(point.value * usd * DECOY)),
        ]
    return series


def _exported(point: Point) -> list[Series]:
    name = 'scrape_samples_post_metric_relabeling{job="%s",instance="worker-%d:9464"}'
    return [
        *_known(),
        line(name % ("pulse", 1), steady(point.value * 0.75)),
        line(name % ("pulse", 2), steady(point.value * 0.25)),
        line(name % ("prometheus", 1), steady(point.value)),
    ]


def _known() -> list[Series]:
    """What tells the workers from other targets."""
    name = 'pulse_worker_info{job="pulse",instance="worker-%d:9464",version="1"}'
    return [line(name % number, steady(1)) for number in (1, 2)]


def _table(point: Point) -> list[Series]:
    """Of two lanes the fuller one counts, and each kind by itself."""
    name = 'pulse_table_fill_ratio{topic="gift",kind="%s",partition="%d"}'
    return [
        line(name % ("ids", 0), steady(point.value)),
        line(name % ("ids", 1), steady(0)),
        line(name % ("streaks", 0), steady(0.1)),
    ]


def _worker(point: Point) -> list[Series]:
    """A worker that does not answer shows nothing either; another target of the job is none of ours."""
    name = 'pulse_worker_info{job="pulse",instance="worker-%d:9464",version="1"}'
    return [
        line(name % 1, steady(1) if point.value else "1 stale"),
        line(name % 2, steady(1)),
        line('up{job="pulse",instance="exporter:9100"}', steady(0)),
        line('up{job="pulse",instance="worker-1:9464"}', steady(point.value)),
        line('up{job="pulse",instance="worker-2:9464"}', steady(1)),
        line('up{job="prometheus",instance="localhost:9090"}', steady(0)),
    ]


def _redis(point: Point) -> list[Series]:
    return [
        line('pulse_redis_up{job="pulse",instance="worker-1:9464"}', steady(point.value)),
        line('pulse_redis_up{job="pulse",instance="worker-2:9464"}', steady(1)),
    ]


def _busy(point: Point) -> str:
    """A counter of so many in each 5 minutes of an hour, and then of the point's value."""
    before = point.sample / 5 * (1 + 1e-9)  # an increase is not exact to its last digit
    # Added up as promtool does: a product would differ in its last digit, which is an increase.
    *_, ends = accumulate(repeat(before, QUIET))
    return f"0+{before!r}x{QUIET} {ends!r}+{point.value / 5!r}x{MINUTES}"


def _sent(point: Point) -> list[Series]:
    """Test traffic keeps time going; another topic goes on; rewards come in batches; nothing waits."""
    name = 'pulse_records_total{topic="%s",outcome="%s",partition="0"}'
    return [
        line(name % ("gift", "counted"), _busy(point)),
        line(name % ("gift", "test"), f"0+{DECOY}x{MINUTES}"),
        line(name % ("ad", "counted"), f"0+{60_000}x{MINUTES}"),
        line(name % ("reward", "counted"), f"0+{60_000}x{QUIET} {60_000 * QUIET}x{MINUTES}"),
        line('pulse_consumer_lag_records{topic="gift",partition="0"}', steady(0)),
    ]


def _app(point: Point) -> list[Series]:
    """The topic goes on by another app; in another region nobody ever gave."""
    name = 'pulse_gifts_total{app="%s",region="%s",partition="0"}'
    return [
        line('pulse_records_total{topic="gift",outcome="counted",partition="0"}', f"0+{60_000}x{MINUTES}"),
        line(name % ("tiktok", "US"), _busy(point)),
        line(name % ("tiktok", "GB"), steady(0)),
        line(name % ("douyin", "CN"), f"0+{60_000}x{MINUTES}"),
    ]


def _rules_fail(point: Point) -> list[Series]:
    """Failures in two groups of ours, and in somebody else's, which must not count."""
    name = 'prometheus_rule_evaluation_failures_total{rule_group="/etc/prometheus/%s"}'
    return [
        line(name % "rules/sums.yml;pulse-sums", f"0+{point.value * 0.15!r}x{MINUTES}"),
        line(name % "alerts/business.yml;pulse-GI1", f"0+{point.value * 0.05!r}x{MINUTES}"),
        line(name % "rules/other.yml;other", f"0+{DECOY}x{MINUTES}"),
    ]


def _rules_late(point: Point) -> list[Series]:
    name = 'prometheus_rule_group_iterations_missed_total{rule_group="/etc/prometheus/rules/%s"}'
    return [
        line(name % "sums.yml;pulse-sums", f"0x20 {point.value!r}x{MINUTES}"),
        line(name % "other.yml;other", f"0+{DECOY}x{MINUTES}"),
    ]


def _history(point: Point) -> list[Series]:
    return [line("prometheus_tsdb_retention_limit_seconds", steady(point.value))]


def _undelivered(point: Point) -> list[Series]:
    """For two reasons; another integration delivers, and so does Prometheus."""
    name = 'alertmanager_notifications_failed_total{integration="%s",reason="%s"}'
    return [
        line(name % ("slack", "clientError"), f"0+{point.value * 0.15!r}x{MINUTES}"),
        line(name % ("slack", "other"), f"0+{point.value * 0.05!r}x{MINUTES}"),
        line(name % ("email", "other"), steady(DECOY)),
        line("prometheus_notifications_dropped_total", steady(DECOY)),
    ]


def _loaded(point: Point) -> list[Series]:
    """Of two that run the one that refused its configuration decides."""
    name = '%s_config_last_reload_successful{instance="%s"}'
    return [
        line(name % ("prometheus", "a:9090"), steady(point.value)),
        line(name % ("prometheus", "b:9090"), steady(1)),
        line(name % ("alertmanager", "a:9093"), steady(1)),
    ]


def _watched(point: Point) -> list[Series]:
    name = '%s_build_info{instance="%s",version="1"}'
    return [
        line(name % ("alertmanager", "a:9093"), steady(1)),
        *(line(name % ("prometheus", f"{number}:9090"), steady(1)) for number in range(int(point.value))),
    ]


def _nothing(_: Point) -> list[Series]:
    return []


RECORDED: dict[str, Callable[[Point], list[Series]]] = {
    "topic:pulse_freshness_seconds:max": _freshness,
    "topic:pulse_watermark_ahead_seconds:max": _ahead,
    "topic:pulse_reference_refused:increase1h": _refused,
    "topic:pulse_consumer_lag_seconds:ratio": _lag,
    "topic:pulse_export_delay_seconds:p99_5m": _delay,
    "topic:pulse_invalid_records_ratio:increase5m": _invalid,
    "job_instance:pulse_rebalance_seconds:max": _rebalance,
    "topic:pulse_lane_recovery_seconds:max15m": _recovery,
    "topic:pulse_dead_letters:increase10m": _dead,
    "topic:pulse_records:rate5m": _rate,
    "topic_app_region:pulse_activity:rate5m": _activity,
    "app:pulse_reward_budget_ratio:24h": _budget,
    "app:pulse_gift_take_gap:1h": _take("gift", "gift_kept_usd", "gift_booked_value_usd", "gift_count"),
    "app:pulse_ad_take_gap:1h": _take(
        "ad", "ad_eligible_kept_usd", "ad_eligible_value_usd", "ad_valid_impressions"
    ),
    "app:pulse_commerce_take_gap:1h": _take("commerce", "commerce_fee_usd", "order_value_usd", "order_count"),
    "app_region_tool:pulse_realised_take_gap:24h": _realised,
    "state:pulse_overdue_deals:sum": _overdue,
    "app:pulse_oldest_due_payout_seconds:max": _oldest,
    "rule:pulse_case_precision:ratio7d": _verdicts,
    "app_tool:pulse_reconciliation_ratio:day": _books,
    "app_tool:pulse_suspended_creators_ratio:increase1h": _suspended,
    "app_tool:pulse_creator_owed_growth_ratio:24h": _owed,
    "global:pulse_exported_series:sum": _exported,
    "topic_reason:pulse_uncounted_records:increase15m": _uncounted,
    "topic:pulse_lost_records:increase15m": _rise("pulse_lost_records_total"),
    "topic:pulse_source_resets:increase15m": _rise("pulse_source_resets_total"),
    "topic_kind:pulse_table_fill_ratio:max": _table,
    "topic_reason:pulse_partitions_waiting:sum": _waiting,
    "topic:pulse_uncounted_partitions:max": _beyond,
    "job:pulse_group_strangers:max": _strangers,
    "job_instance:pulse_worker_up:min": _worker,
    "job_instance:pulse_redis_up:min": _redis,
    "topic:pulse_records_sent:sum5m": _sent,
    "app_topic_tool:pulse_activity:increase5m": _app,
    "global:pulse_rule_failures:increase5m": _rules_fail,
    "global:pulse_rule_iterations_missed:increase15m": _rules_late,
    "global:pulse_history_kept_seconds:min": _history,
    "integration:pulse_notifications_failed:increase5m": _undelivered,
    "part:pulse_config_loaded:min": _loaded,
    "part:pulse_alerting_watched:sum": _watched,
    "vector(1)": _nothing,
}
"""Recorded series -> what workers expose."""
