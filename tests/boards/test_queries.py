"""Every query of boards and rules parses and reads only what is exposed."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import promql_parser
import yaml

from creator_pulse.stream.catalog.declaration.lane_series import LANE_COUNTERS
from creator_pulse.stream.catalog.registry import MEASURES, VALUES
from creator_pulse.stream.monitoring.build import generate

if TYPE_CHECKING:
    from pathlib import Path

EXPOSED = {
    "pulse_value_window_end_timestamp_seconds",
    "pulse_value_watermark_timestamp_seconds",
    "pulse_value_completeness_ratio",
    "pulse_value_late_ratio",
    "pulse_value_duplicate_ratio",
    "pulse_value_invalid_ratio",
    "pulse_contributor_ratio",
    "pulse_expected",
    "pulse_expected_history",
    "pulse_expected_lower",
    "pulse_expected_upper",
    "pulse_score",
    "pulse_score_left",
    "pulse_score_lost_usd",
    "pulse_score_since_timestamp_seconds",
    "pulse_seen",
    "pulse_watermark_timestamp_seconds",
    "pulse_consumer_lag_records",
    "pulse_partition_idle",
    "pulse_partition_waiting",
    "pulse_group_strangers",
    "pulse_uncounted_partitions",
    "pulse_lane_checkpoint_seconds",
    "pulse_lane_recovery_seconds",
    "pulse_rebalance_seconds",
    "pulse_table_fill_ratio",
    "pulse_export_delay_seconds_bucket",
    "pulse_redis_up",
    "pulse_worker_info",
    "pulse_lost_records_total",
    "pulse_source_resets_total",
    "pulse_counting_began_timestamp_seconds",
    "pulse_unknown_fields_total",
    "pulse_restatements_total",
    "pulse_contracted_take_ratio",
    "pulse_reward_budget_usd",
    "pulse_ledger_day_usd",
    "pulse_ledger_day_timestamp_seconds",
    "pulse_closed_day_usd",
    "pulse_closed_day_timestamp_seconds",
    "pulse_benchmark",
    "pulse_opening_coins",
    "pulse_opening_owed_usd",
    "pulse_calendar_factor",
    "pulse_override_bound",
    "pulse_override_until_timestamp_seconds",
    "pulse_verdicts",
    "pulse_overdue_deals",
    "pulse_overdue_payout_usd",
    "pulse_oldest_due_payout_timestamp_seconds",
    "scrape_samples_post_metric_relabeling",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "up",
    "ALERTS",
    "ALERTS_FOR_STATE",
}
"""Series of the workers and of Prometheus that no measure or value declares."""
OF_THE_ALERTING = {
    "prometheus_build_info",
    "prometheus_config_last_reload_successful",
    "prometheus_config_last_reload_success_timestamp_seconds",
    "prometheus_notifications_dropped_total",
    "prometheus_rule_evaluation_failures_total",
    "prometheus_rule_group_iterations_missed_total",
    "prometheus_tsdb_lowest_timestamp_seconds",
    "prometheus_tsdb_retention_limit_seconds",
    "prometheus_tsdb_size_retentions_total",
    "prometheus_tsdb_time_retentions_total",
    "alertmanager_build_info",
    "alertmanager_config_last_reload_successful",
    "alertmanager_notifications_failed_total",
}
"""What Prometheus and Alertmanager show of themselves."""
_SELECTOR = re.compile(r"pulse_(\w+)\{([^}]*)\}")
_OVER = r"(?:increase|rate|last_over_time)\("
_COUNTER = re.compile(r"[a-z_]+_total\b")


def _known() -> set[str]:
    counters = {f"pulse_{m.counter}" for m in MEASURES.values() if m.counter}
    recordings = set(
        re.findall(r"record: (\S+)", "".join(t.decode() for n, t in generate().items() if "rules/" in n))
    )
    return EXPOSED | OF_THE_ALERTING | counters | {f"pulse_{value.name}" for value in VALUES} | recordings


def _rules() -> list[str]:
    found = [
        yaml.safe_load(text) for name, text in generate().items() if name.startswith(("rules/", "alerts/"))
    ]
    return [rule["expr"] for file in found for group in file["groups"] for rule in group["rules"]]


def _names(expr: str) -> set[str]:
    """Metric names that an expression selects."""
    text = re.sub(r'"[^"]*"', '""', expr)
    text = re.sub(r"\{[^}]*\}", "{}", text)
    text = re.sub(r"\b(by|without|on|group_left)\s*\([^)]*\)", "", text)
    text = re.sub(r"\[[^\]]*\]|offset -?\w+", "", text)
    words = re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*(?!\w|\s*\()", text)
    return {word for word in words if word not in {"or", "and", "unless", "by", "on", "bool"}}


def test_board_queries_parse(expressions: list[str]) -> None:
    """Each query parses in the 3.x grammar."""
    assert all(promql_parser.parse(expr) for expr in expressions)


def test_matchers_are_of_labels_that_there_are(expressions: list[str]) -> None:
    """A value without regions is not asked by region: the query would find nothing but with *All*."""
    labels = {value.name: {*value.labels, *value.fixed, "window", "state"} for value in VALUES}
    wrong = [
        (name, label)
        for expr in expressions
        for name, matchers in _SELECTOR.findall(expr)
        if name in labels
        for label in re.findall(r"(\w+)=", matchers)
        if label not in labels[name]
    ]
    assert wrong == []


def test_board_queries_parse_in_promtool(expressions: list[str], tmp_path: Path) -> None:
    """Each query parses in the grammar of the installed Prometheus."""
    rules = [{"record": f"board:query:{place}", "expr": expr} for place, expr in enumerate(expressions)]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "board", "rules": rules}]}))
    command = ["promtool", "check", "rules", "rules.yml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_names_are_exposed(expressions: list[str]) -> None:
    """No board and no rule reads a series that nothing exposes or records."""
    read = {name for expr in (*expressions, *_rules()) for name in _names(expr)}
    assert read - _known() == set()


def test_counters_are_read_as_increases(expressions: list[str]) -> None:
    """A counter's level means nothing: it stands under rate, increase or last_over_time only.

    Or it is recorded by its own labels, to be read like that.
    """
    wrong = []
    recorded = {f"max by ({', '.join(labels)}) ({counter})" for counter, labels in LANE_COUNTERS.items()}
    for expr in (expression for expression in (*expressions, *_rules()) if expression not in recorded):
        reads = len(_COUNTER.findall(expr))
        covered = len(re.findall(_OVER + r"(?:[a-z_]+:)?[a-z_]+_total\b", expr))
        label_query = _COUNTER.fullmatch(re.sub(r"\{.*\}", "", expr))
        if reads != covered and not label_query:
            wrong.append(expr)
    assert wrong == []


def test_ranges_hold_four_scrapes(expressions: list[str]) -> None:
    """A range is at least four times the five-second scrape interval."""
    seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    ranges = [
        found
        for expr in (*expressions, *_rules())
        for found in re.findall(r"\[(\d+)([smhd])(?::\w+)?\]", expr)
    ]
    assert ranges
    assert min(int(count) * seconds[unit] for count, unit in ranges) >= 20


def test_no_identity_on_boards(expressions: list[str]) -> None:
    """No board or rule asks for a viewer, creator, device, room or order."""
    assert not [
        e for e in (*expressions, *_rules()) if re.search(r"(viewer|creator|device|room|order)_id", e)
    ]
