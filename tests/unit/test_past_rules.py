"""Which rules a replay can judge, and the steps in which what they read is recorded."""

from __future__ import annotations

import yaml

from creator_pulse.stream.past.would_fire import past_rules

RULES = [
    {"record": "app:pulse_gifts:per_hour", "expr": "60 * app:pulse_gifts:sum"},
    {"record": "app:pulse_gifts:sum", "expr": "sum by (app) (pulse_gifts)"},
    {"record": "app:pulse_orders:sum", "expr": "sum by (app) (pulse_orders)"},
    {"record": "app:pulse_gifts:once", "expr": "app:pulse_gifts:again or pulse_gifts"},
    {"record": "app:pulse_gifts:again", "expr": "app:pulse_gifts:once or pulse_gifts"},
    {"alert": "FewGifts", "expr": "app:pulse_gifts:per_hour < 100"},
    {"alert": "Circle", "expr": "app:pulse_gifts:once < 100"},
    {"alert": "OfWorkers", "expr": "pulse_redis_up == 0"},
]
FILES = {"rules.yml": yaml.safe_dump({"groups": [{"name": "all", "rules": RULES}]}).encode()}


def test_alerts_are_judged_if_what_they_read_is_there_or_can_be_recorded() -> None:
    """Not one that reads what a worker says, nor one of recordings that read each other."""
    rules = past_rules(FILES, {"pulse_gifts", "pulse_orders"})
    assert [rule.alert for rule in rules.alerts] == ["FewGifts"]
    assert rules.others == ("Circle", "OfWorkers")


def test_what_others_read_is_recorded_before_them() -> None:
    """A step for each recording that stands between an alert and what was scraped, and nothing else."""
    rules = past_rules(FILES, {"pulse_gifts", "pulse_orders"})
    assert [list(step) for step in rules.recordings] == [
        ["app:pulse_gifts:sum"],
        ["app:pulse_gifts:per_hour"],
    ]
