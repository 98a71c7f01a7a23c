"""What alerts would have fired in the past, by rules in a Prometheus that is thrown away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp

from creator_pulse.stream.aggregates.spans import MINUTE_MS
from creator_pulse.stream.lanes.lane import Sample
from creator_pulse.stream.past.alert_rule import AlertRule, alert_rules, rules_of
from creator_pulse.stream.past.blocks import make_blocks
from creator_pulse.stream.past.firing import firing, spans
from creator_pulse.stream.past.open_metrics import SampleFiles
from creator_pulse.stream.past.prometheus import ANSWER, PastPrometheus, serving
from creator_pulse.stream.past.rule_order import in_steps, needed, series_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from creator_pulse.stream.past.firing import Span

# A series that a scrape does not find any more is gone at once, not five minutes later.
_LOOK_BACK = "--query.lookback-delta=59s"


Recordings = Mapping[str, Sequence[Mapping[str, Any]]]
"""Name of a recorded series -> its rules."""


class Fired(NamedTuple):
    """An alert that would have fired, or did.

    Attributes:
        alert: its name.
        labels: of the alert.
        start_ms: the first evaluation at which it fires, epoch ms.
        end_ms: the first after them, epoch ms.
    """

    alert: str
    labels: frozenset[tuple[str, str]]
    start_ms: int
    end_ms: int


class PastRules(NamedTuple):
    """Rules that can be judged with some series.

    Attributes:
        alerts: whose series are there.
        others: names of alerts that read something else, such as how a worker does.
        recordings: name of a recorded series -> its rules, in steps: the series that the rules of a
            step read were scraped, or are recorded by the steps before.
    """

    alerts: tuple[AlertRule, ...]
    others: tuple[str, ...]
    recordings: tuple[Recordings, ...]


def past_rules(files: Mapping[str, bytes], families: Iterable[str]) -> PastRules:
    """The rules that read nothing but some series, and recordings over those.

    Args:
        files: rule files, name -> YAML: alerts, and the recordings that they read.
        families: names of the series that there are.
    """
    recordings: dict[str, list[Mapping[str, Any]]] = {}
    for rule in rules_of(files):
        if "record" in rule:
            recordings.setdefault(rule["record"], []).append(rule)
    reads = {
        name: {read for rule in rules for read in series_in(rule["expr"], recordings)}
        for name, rules in recordings.items()
    }
    # Those that read each other, as what was before, never can be made.
    ordered, usable = in_steps(list(reads.items()), families)
    alerts = alert_rules(files)
    judged = tuple(rule for rule in alerts if set() < series_in(rule.expression, recordings) <= usable)
    wanted = needed({name for rule in judged for name in series_in(rule.expression, recordings)}, reads)
    in_order = list(reads)
    steps = [[in_order[place] for place in step] for step in ordered]
    names = {rule.alert for rule in judged}
    return PastRules(
        judged,
        tuple(sorted({rule.alert for rule in alerts} - names)),
        tuple(
            {name: recordings[name] for name in step if name in wanted}
            for step in steps
            if not wanted.isdisjoint(step)
        ),
    )


async def would_fire(
    samples: Iterable[Path],
    folder: Path,
    rules: PastRules,
    span: tuple[int, int],
    show: Callable[[str], None],
) -> list[Fired]:
    """Evaluate rules at every minute of a stretch.

    Args:
        samples: files with the values of the series, minute by minute.
        folder: empty; for everything that is thrown away.
        rules: recordings in steps, and the alerts.
        span: first and last evaluation, epoch ms, whole minutes.
        show: takes lines of progress.

    Raises:
        StackError: Prometheus refuses a rule.
        MissingPartError: Prometheus or promtool is not installed.
    """
    data = folder / "data"
    data.mkdir()
    await make_blocks(samples, data)
    for number, recordings in enumerate(rules.recordings, 1):
        show(f"recording {len(recordings)} series by rules, step {number}")
        texts = folder / f"recorded-{number}"
        texts.mkdir()
        async with _serving(folder, data, span) as prometheus:
            files = await _recorded(prometheus, recordings, texts)
        await make_blocks(files, data)
    fired: list[Fired] = []
    async with _serving(folder, data, span) as prometheus:
        show(f"judging {len(rules.alerts)} alerts")
        for rule in rules.alerts:
            for series in await prometheus.evaluate(rule.expression):
                labels = frozenset({**series.labels, **rule.labels}.items())
                fired += [
                    Fired(rule.alert, labels, *_times(stretch, span[0]))
                    for stretch in firing(spans(series.holds), rule.wait, rule.linger, 60.0)
                ]
    return fired


async def did_fire(url: str, span: tuple[int, int]) -> list[Fired]:
    """The alerts that fired, as a Prometheus has them.

    Args:
        url: of the Prometheus, without a slash at its end.
        span: first and last evaluation, epoch ms, whole minutes.

    Raises:
        StackError: it refuses the question.
        aiohttp.ClientError: it does not answer.
    """
    async with aiohttp.ClientSession(timeout=ANSWER) as session:
        prometheus = PastPrometheus(url, session, span[0] // MINUTE_MS, _minutes(span))
        series = await prometheus.evaluate('ALERTS{alertstate="firing"}')
    return [
        Fired(
            alert.labels["alertname"],
            frozenset(pair for pair in alert.labels.items() if pair[0] not in {"alertname", "alertstate"}),
            *_times(stretch, span[0]),
        )
        for alert in series
        for stretch in spans(alert.holds)
    ]


def _minutes(span: tuple[int, int]) -> int:
    return (span[1] - span[0]) // MINUTE_MS + 1


def _times(stretch: Span, first_ms: int) -> tuple[int, int]:
    return first_ms + stretch.start * MINUTE_MS, first_ms + stretch.end * MINUTE_MS


async def _recorded(prometheus: PastPrometheus, recordings: Recordings, folder: Path) -> list[Path]:
    by_minute: dict[int, list[Sample]] = {}
    for name, rules in recordings.items():
        for rule in rules:
            for series in await prometheus.values(rule["expr"]):
                labels = {**series.labels, **rule.get("labels", {})}
                labels.pop("__name__", None)
                pairs = tuple(sorted(labels.items()))
                for minute, value in series.points:
                    by_minute.setdefault(minute, []).append(Sample(name, pairs, value))
    files = SampleFiles(folder, target=())
    for minute in sorted(by_minute):
        files.take(minute * MINUTE_MS, by_minute[minute])
    files.close()
    return files.files


def _serving(folder: Path, data: Path, span: tuple[int, int]) -> AbstractAsyncContextManager[PastPrometheus]:
    return serving(folder, data, span[0] // MINUTE_MS, _minutes(span), (_LOOK_BACK,))
