"""What rules would have recorded over five weeks.

Each recording is asked for the past, in the order in which they read each other, and its answers are written
beside the blocks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import yaml

from creator_pulse.stream.monitoring.build import generate
from tests.support.five_weeks import DAY, HOUR, NOW, OFTEN_SPAN, WEEKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tests.support.past_server import PastServer

LATELY: Final = HOUR
"""Seconds up to now in which every recording has a value each minute."""
STEP: Final = 300
"""Seconds between the steps in which rules look back over days."""
WATCHDOG: Final = "Watchdog"
_NAME: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_BACK: Final = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{[^}]*\})?(?:\[[^\]]*\])?(?: offset|(?<=[dhm]\]))")
_OVER_DAYS: Final = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{[^}]*\})?\[\d+d:")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of Prometheus.

    Attributes:
        name: of the recorded series, or of the alert.
        expr: PromQL.
        labels: that it adds.
        alerts: whether it is an alert.
    """

    name: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)
    alerts: bool = False


def rules() -> list[Rule]:
    """All rules that are generated."""
    return [
        Rule(rule.get("record") or rule["alert"], rule["expr"], rule.get("labels", {}), "alert" in rule)
        for name, text in generate().items()
        if name.startswith(("rules/", "alerts/"))
        for group in yaml.safe_load(text)["groups"]
        for rule in group["rules"]
    ]


def looked_back_over_days() -> frozenset[str]:
    """Exposed families whose recordings rules look back at over days, in steps of minutes."""
    by_name = recordings()
    names = {name for rule in rules() for name in _OVER_DAYS.findall(rule.expr)}
    return frozenset(
        family for name in names for rule in by_name.get(name, ()) for family in _NAME.findall(rule.expr)
    )


def fired() -> Iterator[tuple[dict[str, str], list[tuple[float, float]]]]:
    """Series of alerts: some fire, some wait to, some did a day ago and a week ago, one always does.

    One of each severity, tool and party fired half a day ago.
    """
    kinds: set[tuple[str, ...]] = set()
    for place, rule in enumerate(rule for rule in rules() if rule.alerts):
        spans = [(NOW - 7 * DAY, 40), (NOW - DAY, 20)] if place % 5 == 0 else []
        if place % 9 == 0:
            spans.append((NOW, 25))
        kind = tuple(rule.labels.get(name, "") for name in ("severity", "tool", "stakeholder"))
        if kind not in kinds:
            kinds.add(kind)
            spans.append((NOW - DAY // 2, 2))
        if rule.name == WATCHDOG:
            spans = [(NOW, 60)]
        own = {**rule.labels, "alertname": rule.name} | ({} if rule.name == WATCHDOG else {"app": "tiktok"})
        since = [
            (time, float(end - 60 * minutes)) for end, minutes in spans for time in _minutes([(end, minutes)])
        ]
        yield own | {"__name__": "ALERTS", "alertstate": "firing"}, [(time, 1.0) for time, _ in since]
        yield own | {"__name__": "ALERTS_FOR_STATE"}, since
        waits = [(time, 1.0) for time in _minutes([(NOW, 4)])] if place % 9 == 4 else []
        yield own | {"__name__": "ALERTS", "alertstate": "pending"}, waits


def _minutes(spans: Iterable[tuple[int, int]]) -> list[float]:
    """Each minute of some spans, given by their ends and lengths in minutes."""
    return [end - 60.0 * back for end, minutes in spans for back in range(minutes, -1, -1)]


def record(server: PastServer) -> None:
    """Write what every recording rule gives: lately, and in the past where something looks back at it."""
    by_name = recordings()
    over_days = {name for rule in rules() for name in _OVER_DAYS.findall(rule.expr)}
    back = _closure({name for rule in rules() for name in _BACK.findall(rule.expr)} & set(by_name))
    weeks_ago = [(NOW - week * 7 * DAY - 600, NOW - week * 7 * DAY - 1, 300) for week in range(1, WEEKS)]
    order, empty = ordered(by_name), list[str]()
    for name in order:
        spans = [(NOW - LATELY, NOW, 60)]
        if name in back:
            step = STEP if name in over_days else HOUR
            spans = [
                (NOW - WEEKS * 7 * DAY, NOW - OFTEN_SPAN - 1, 3 * HOUR),
                (NOW - OFTEN_SPAN, NOW - LATELY - 1, step),
                *(span for span in weeks_ago if name not in over_days or span[1] < NOW - OFTEN_SPAN),
                *spans,
            ]
        if not sum([record_rule(server, rule, spans) for rule in by_name[name]]):
            empty.append(name)
    # Of two that read each other one comes first: it is asked again.
    for name in empty:
        for rule in by_name[name]:
            record_rule(server, rule, [(NOW - LATELY, NOW, 60)])


def record_rule(server: PastServer, rule: Rule, spans: Iterable[tuple[int, int, int]]) -> int:
    """Write what a rule gives over some spans; how many series that is."""
    count = 0
    for start, end, step in spans:
        answer = server.over(rule.expr, start, end, step)
        assert not answer.error, f"{rule.name}: {answer.error}"
        if answer.series:
            server.write(_named(rule, answer.series))
        count += len(answer.series)
    return count


def _named(
    rule: Rule, series: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[dict[str, str], list[tuple[float, float]]]]:
    for labelled in series:
        labels = {**labelled["metric"], **rule.labels, "__name__": rule.name}
        yield labels, [(time, float(value)) for time, value in labelled["values"]]


def recordings() -> dict[str, list[Rule]]:
    """Name of a recorded series -> its rules."""
    found: dict[str, list[Rule]] = {}
    for rule in rules():
        if not rule.alerts:
            found.setdefault(rule.name, []).append(rule)
    return found


def _reads(by_name: Mapping[str, list[Rule]]) -> dict[str, set[str]]:
    return {
        name: {read for rule in of_name for read in _NAME.findall(rule.expr)} & set(by_name) - {name}
        for name, of_name in by_name.items()
    }


def _closure(names: set[str]) -> set[str]:
    """The names, and all recordings that they are made of."""
    reads, left, closed = _reads(recordings()), set(names), set[str]()
    while left:
        name = left.pop()
        closed.add(name)
        left |= reads[name] - closed
    return closed


def ordered(by_name: Mapping[str, list[Rule]]) -> list[str]:
    """Each after those that it reads; where two read each other, in the order of the files."""
    reads, done = _reads(by_name), dict[str, None]()

    def visit(name: str, path: frozenset[str]) -> None:
        if name in done or name in path:
            return
        for read in sorted(reads[name]):
            visit(read, path | {name})
        done.setdefault(name)

    for name in by_name:
        visit(name, frozenset())
    return list(done)
