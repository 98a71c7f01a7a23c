"""Every series that an installation can expose, by the declarations: family and labels, without numbers."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple

from creator_pulse.stream.catalog.declaration.causes import ALL_TOOLS
from creator_pulse.stream.catalog.declaration.labels import (
    IDENTITIES,
    OTHER,
    OUTCOMES,
    REASONS,
    TOOLS,
    combinations,
)
from creator_pulse.stream.catalog.declaration.signals import EVERY_TOPIC
from creator_pulse.stream.catalog.registry import CATALOGUE, METRICS, VALUES
from creator_pulse.stream.catalog.series_budget import EXPECTED, SCORED, SPEEDS, STATES, TRUST
from creator_pulse.stream.events.benchmarks import BENCHMARKS
from creator_pulse.stream.settings import INPUT_TOPICS, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creator_pulse.stream.catalog.declaration.declare import Value
    from creator_pulse.stream.catalog.declaration.signals import Signal

Labels = tuple[tuple[str, str], ...]
PANE: Final = "pane"
SPEED_NAMES: Final = ("fast", "slow")
STATE_NAMES: Final = ("final", "provisional")
WORKERS: Final = ("worker-1:9464", "worker-2:9464")
DEAL_STATES: Final = ("submitted", "agreed", "posted")
BUCKETS: Final = ("1.0", "2.5", "5.0", "10.0", "30.0", "+Inf")
OWN_VALUES: Final = {"rank": (*map(str, range(1, 21)), OTHER)}
"""Label that a formula makes -> its values."""
KINDS: Final = ("ids", "totals", "streaks")
FIELDS: Final = ("age_source", "device_hash")
EXPLAINED: Final = ("gifts", "orders", "impressions")
"""Signals that are not as usual at once, so that contributors are shown."""
RANKS: Final = ("1", "2", "3")
OVERRIDDEN: Final = ("AdLoadOverCap", "GiftValueDrop")
VERDICTS: Final = ("confirmed", "rejected")


class Exposed(NamedTuple):
    """One series.

    Attributes:
        family: its name.
        labels: names and values, in the order of the names, with ``job`` where a scrape adds it.
    """

    family: str
    labels: Labels


def exposed(settings: Settings) -> tuple[Exposed, ...]:
    """All series that workers expose with these settings, and those of the alerting, each once.

    As Prometheus has it, a partition's series has no instance.
    """
    # Several measures may feed one counter, and several values share a name.
    return tuple(
        dict.fromkeys(
            (
                *_of_measures(settings),
                *(series for value in VALUES for series in _of_value(value, settings)),
                *(series for signal in CATALOGUE.signals for series in _of_signal(signal, settings)),
                *_of_lanes(settings),
                *_of_references(settings),
                *_of_overrides(settings),
                *_of_keyed(settings),
                *_of_workers(),
                *_of_the_alerting(),
            )
        )
    )


def _of_measures(settings: Settings) -> Iterator[Exposed]:
    for measure in CATALOGUE.measures.values():
        if measure.counter is None:
            continue
        for topic in INPUT_TOPICS if measure.topic == "*" else (measure.topic,):
            for values in combinations(measure.labels, settings, topic):
                own = dict(zip(measure.labels, values, strict=True)) | dict(measure.fixed)
                for partition in range(settings.partitions_of(topic)):
                    yield _series(
                        f"pulse_{measure.counter}", {"topic": topic, "partition": str(partition)} | own
                    )


def _series(family: str, labels: dict[str, str]) -> Exposed:
    return Exposed(family, tuple(sorted(({"job": "pulse"} | labels).items())))


def _of_value(value: Value, settings: Settings) -> Iterator[Exposed]:
    if not IDENTITIES.isdisjoint(value.labels):
        return
    plain = tuple(name for name in value.labels if name not in value.formula.own_labels)
    free = product(*(OWN_VALUES[name] for name in value.formula.own_labels))
    beside = {"partition": "0", "topic": PANE} | dict(value.fixed)
    for values, own, window, state in product(
        list(combinations(plain, settings, "*")), list(free), value.windows, STATE_NAMES[:STATES]
    ):
        labels = beside | dict(zip(plain, values, strict=True))
        labels |= dict(zip(value.formula.own_labels, own, strict=True))
        labels |= {"window": window, "state": state}
        yield _series(f"pulse_{value.name}", labels)
        for name in TRUST:
            yield _series(f"pulse_value_{name}", labels | {"value": value.name})


def _of_signal(signal: Signal, settings: Settings) -> Iterator[Exposed]:
    if signal.topic == EVERY_TOPIC:
        places: list[dict[str, str]] = [{"topic": topic} for topic in INPUT_TOPICS]
    else:
        places = [
            {"app": app, "region": region}
            for app, regions in settings.regions.items()
            for region in (*regions, OTHER, "all")
        ]
    for place in places:
        labels = {"signal": signal.name, "partition": "0"} | place
        for name in EXPECTED:
            yield _series(f"pulse_{name}", labels)
        for name, speed, direction in product(SCORED, SPEED_NAMES[:SPEEDS], signal.directions):
            yield _series(f"pulse_{name}", labels | {"speed": speed, "direction": direction})

    if signal.name in EXPLAINED:
        for app, rank in product(settings.regions, RANKS):
            place = {"app": app, "rank": rank, "what": f"region {rank}"}
            yield _series("pulse_contributor_ratio", {"signal": signal.name, "partition": "0"} | place)


def _of_lanes(settings: Settings) -> Iterator[Exposed]:
    places = [
        {"topic": topic, "partition": str(partition)}
        for topic in (*INPUT_TOPICS, PANE)
        for partition in range(1 if topic == PANE else settings.partitions_of(topic))
    ]
    for place in places:
        for name in (
            "watermark_timestamp_seconds",
            "partition_idle",
            "consumer_lag_records",
            "lane_checkpoint_seconds",
            "lane_recovery_seconds",
            "counting_began_timestamp_seconds",
            "committed_offset",
            "lost_records_total",
            "source_resets_total",
        ):
            yield _series(f"pulse_{name}", place)
        yield _series("pulse_partition_waiting", place | {"reason": "leader"})
        for kind in KINDS:
            for name in ("table_entries", "table_fill_ratio", "table_overflow_total"):
                yield _series(f"pulse_{name}", place | {"kind": kind})
        for reason in REASONS:
            yield _series("pulse_invalid_records_total", place | {"reason": reason})
        if place["topic"] == PANE:
            yield _series("pulse_restatements_total", place)
            yield _series("pulse_dropped_cells_total", place)
            yield from (_series("pulse_records_total", place | {"outcome": outcome}) for outcome in OUTCOMES)
        else:
            yield _series("pulse_unknown_fields_total", place)
    rules = [metric.id for metric in METRICS if metric.id.startswith("FR")]
    for app, rule in product(settings.regions, rules):
        yield _series("pulse_cases_total", {"topic": PANE, "partition": "0", "app": app, "rule": rule})


def _of_references(settings: Settings) -> Iterator[Exposed]:
    regions = [(app, region) for app in settings.regions for region in (*settings.regions[app], OTHER)]
    for worker, (app, region) in product(WORKERS, regions):
        place = {"instance": worker, "app": app, "region": region}
        yield _series("pulse_reward_budget_usd", place)
        for tool in TOOLS:
            yield _series("pulse_contracted_take_ratio", place | {"tool": tool})
    for worker, app in product(WORKERS, settings.regions):
        yield _series("pulse_opening_coins", {"instance": worker, "app": app})
        for tool in (*TOOLS, ALL_TOOLS):
            place = {"instance": worker, "app": app, "tool": tool}
            yield _series("pulse_calendar_factor", place)
            if tool != ALL_TOOLS:
                yield _series("pulse_opening_owed_usd", place)
                yield _series("pulse_ledger_day_usd", place)
                yield _series("pulse_ledger_day_timestamp_seconds", place)
    yield _series("pulse_reference_miskeyed_total", {"topic": "reference", "partition": "0"})
    for reason in REASONS:
        labels = {"topic": "reference", "partition": "0", "reason": reason}
        yield _series("pulse_reference_refused_total", labels)
    for worker in WORKERS:
        for platform, tool, what in sorted({(term.platform, term.tool, term.what) for term in BENCHMARKS}):
            labels = {"instance": worker, "platform": platform, "tool": tool, "what": what}
            yield _series("pulse_benchmark", labels)
        for rule, verdict in product(("FR1", "FR3", "FR7"), VERDICTS):
            yield _series("pulse_verdicts", {"instance": worker, "rule": rule, "verdict": verdict})


def _of_overrides(settings: Settings) -> Iterator[Exposed]:
    """What on-call set, as each worker shows it."""
    for worker, alert, app in product(WORKERS, OVERRIDDEN, settings.regions):
        place = {"instance": worker, "alert": alert, "app": app, "region": "all"}
        yield _series("pulse_override_bound", place)
        words = {"reason": "a sale", "who": "on-call"}
        yield _series("pulse_override_until_timestamp_seconds", place | words)


def _of_keyed(settings: Settings) -> Iterator[Exposed]:
    """What is open of deals and payouts, and what the last days were."""
    for state in DEAL_STATES:
        place = {"topic": "deal", "partition": "0", "state": state}
        for name in ("open_deals", "overdue_deals", "oldest_open_deal_timestamp_seconds"):
            yield _series(f"pulse_{name}", place)
    for app, tool in product(settings.regions, TOOLS):
        place = {"topic": "payout", "partition": "0", "app": app, "tool": tool}
        for name in ("open_payouts", "overdue_payout_usd", "oldest_due_payout_timestamp_seconds"):
            yield _series(f"pulse_{name}", place)
        for back in map(str, range(1, 8)):
            day = {"topic": PANE, "partition": "0", "app": app, "tool": tool, "back": back}
            yield _series("pulse_closed_day_usd", day)
            yield _series("pulse_closed_day_timestamp_seconds", day)


def _of_workers() -> Iterator[Exposed]:
    for worker in WORKERS:
        place = {"instance": worker}
        for name in (
            "up",
            "scrape_samples_post_metric_relabeling",
            "process_cpu_seconds_total",
            "process_resident_memory_bytes",
            "process_start_time_seconds",
            "pulse_redis_up",
            "pulse_rebalance_seconds",
            "pulse_group_strangers",
            "pulse_loop_stall_seconds",
        ):
            yield _series(name, place)
        yield _series("pulse_worker_info", place | {"version": "1.0"})
        for topic in INPUT_TOPICS:
            yield _series("pulse_uncounted_partitions", place | {"topic": topic})
            for bucket in BUCKETS:
                yield _series("pulse_export_delay_seconds_bucket", place | {"topic": topic, "le": bucket})


def _of_the_alerting() -> Iterator[Exposed]:
    server = {"job": "prometheus", "instance": "127.0.0.1:9090"}
    for name in (
        "up",
        "prometheus_build_info",
        "prometheus_config_last_reload_successful",
        "prometheus_config_last_reload_success_timestamp_seconds",
        "prometheus_notifications_dropped_total",
        "prometheus_tsdb_lowest_timestamp_seconds",
        "prometheus_tsdb_retention_limit_seconds",
        "prometheus_tsdb_size_retentions_total",
        "prometheus_tsdb_time_retentions_total",
    ):
        yield _series(name, server)
    for name in (
        "prometheus_rule_evaluation_failures_total",
        "prometheus_rule_group_iterations_missed_total",
    ):
        yield _series(name, server | {"rule_group": "/etc/prometheus/rules/sums.yml;pulse-sums"})
    notifier = {"job": "alertmanager", "instance": "127.0.0.1:9093"}
    for name in ("up", "alertmanager_build_info", "alertmanager_config_last_reload_successful"):
        yield _series(name, notifier)
    yield _series("alertmanager_notifications_failed_total", notifier | {"integration": "slack"})
