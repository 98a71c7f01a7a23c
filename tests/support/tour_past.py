"""An incident of the tour, and what was before it, in a real Prometheus.

Records of the generator with one of its scenarios in them go through all lanes; what the series were becomes
blocks. The generated rules are asked minute by minute: what they would have recorded, and which alerts they
would have fired, stands beside.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from creator_pulse.proof.past.drawn_lane import DrawnLane
from creator_pulse.proof.past.learning import counted_signals, learnt
from creator_pulse.proof.past.lots import Lots
from creator_pulse.stream.aggregates.spans import HOUR_MS, MINUTE_MS
from creator_pulse.stream.catalog.declaration.signals import SLOT_MS
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.generator.generator import events
from creator_pulse.stream.generator.scenarios.injection import Injection, injected
from creator_pulse.stream.generator.scenarios.listed import SCENARIOS
from creator_pulse.stream.generator.world import DENSE
from creator_pulse.stream.lanes.lane import Sample
from creator_pulse.stream.monitoring.build import generated
from creator_pulse.stream.past.alert_rule import alert_rules
from creator_pulse.stream.past.blocks import make_blocks
from creator_pulse.stream.past.firing import firing, spans
from creator_pulse.stream.past.lanes import PastLanes
from creator_pulse.stream.past.open_metrics import SampleFiles
from creator_pulse.stream.past.reads import Reads, expressions
from creator_pulse.stream.past.records import ListedRecords, PastRecord
from creator_pulse.stream.past.walk import walk
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import LaneClasses, Topology
from creator_pulse.stream.transport.batch import Batch
from creator_pulse.stream.transport.names import CASE_TOPIC
from creator_pulse.stream.windows.app_evidence import entry_name
from creator_pulse.stream.windows.merge_lane import MergeLane
from tests.support.hash_key import HASH_KEY
from tests.support.past_server import past_server
from tests.support.recorded_history import ordered, record_rule, recordings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.past.alert_rule import AlertRule
    from creator_pulse.stream.transport.batch import OutRecord
    from tests.support.past_server import PastServer

SETTINGS: Final = Settings(partitions=1, quiet_partitions=1, merge_partitions=1)
SEED: Final = 7
RATE: Final = 20.0
"""Records a second of event time, all topics together."""
WORLD: Final = replace(DENSE, payouts=4.0)
"""Every kind of record within seconds; payouts as many a minute as tell a stop from chance."""
START_MS: Final = 1_760_000_400_000
"""2025-10-09 09:00 UTC, a full hour."""
TAUGHT: Final = 25
"""Hours before the start from which what is usual is learnt: a rise is told from a day on."""
CALM: Final = 30
"""Minutes of records before the incident."""
SHOWN: Final = 20
"""Minutes before the first look: boards show what comes after them."""
LASTS: Final = 16
"""Minutes of an incident."""
SEEN: Final = 10
"""Minutes after its begin when somebody looks at it."""
OFTEN_MS: Final = 20_000
"""Between the last looks: what grew in the last minute needs two of them in it."""
STEP: Final = 120
"""Seconds between two evaluations of the rules."""
SEEN_MS: Final = START_MS + (CALM + SEEN) * MINUTE_MS
"""When somebody looks at an incident, epoch ms."""
_BEGIN_MS: Final = START_MS + SHOWN * MINUTE_MS
_WORKER: Final = (("instance", "worker-1:9464"), ("job", "pulse"))
_WELL: Final = (
    Sample("up", _WORKER, 1.0),
    Sample("pulse_worker_info", _WORKER, 1.0),
    Sample("up", (("instance", "prometheus:9090"), ("job", "prometheus")), 1.0),
    Sample("up", (("instance", "alertmanager:9093"), ("job", "alertmanager")), 1.0),
    Sample("prometheus_build_info", (("instance", "prometheus:9090"), ("job", "prometheus")), 1.0),
    Sample("alertmanager_build_info", (("instance", "alertmanager:9093"), ("job", "alertmanager")), 1.0),
)
"""What scrapes tell of a stack that does well."""


class Shown(NamedTuple):
    """What an API has when somebody looks.

    Attributes:
        views: key -> JSON, as merge lanes publish them in Redis.
        cases: records of ``pulse.case``.
    """

    views: Mapping[str, bytes]
    cases: tuple[OutRecord, ...]


def _records(scenario: str) -> Iterator[PastRecord]:
    fault = SCENARIOS[scenario]
    injection = Injection(fault, fault.size, CALM * MINUTE_MS, LASTS * MINUTE_MS)
    run = events(SEED, RATE, START_MS, 1, 1, world=WORLD)
    for record in injected(run, (injection,), START_MS, SEED):
        if record.timestamp_ms > SEEN_MS:
            return
        yield PastRecord(record.topic, record.partition, record.key, record.value, record.timestamp_ms)


@cache
def _taught() -> tuple[tuple[bytes, bytes], ...]:
    """Evidence that has seen the calm minutes, slot by slot at random, since the begin of what is taught."""
    by_topic: dict[str, list[Produced]] = {}
    end_ms = START_MS + CALM * MINUTE_MS
    run = events(SEED, RATE, START_MS, 1, 1, world=WORLD)
    for record in takewhile(lambda record: record.timestamp_ms < end_ms, run):
        by_topic.setdefault(record.topic, []).append(record)
    # What it counts is told by slots; nothing is drawn.
    counting = partial(DrawnLane, {}, {}, Lots(0, 2**60), lambda _: None)
    sources = Topology(SETTINGS, HASH_KEY, classes=LaneClasses(source=counting))
    span = START_MS - TAUGHT * HOUR_MS, START_MS
    slots, rng = np.arange(span[0], span[1], SLOT_MS), np.random.default_rng(SEED)
    calm = np.arange(START_MS, START_MS + CALM * MINUTE_MS, SLOT_MS)
    signals = []
    for topic, of_topic in by_topic.items():
        lane = sources.source_lane(topic)
        assert isinstance(lane, DrawnLane)
        lane.start_at(0, lost=0)
        lane.go_on(START_MS, end_ms)
        columns = zip(*((r.key, r.value, r.timestamp_ms) for r in of_topic), strict=True)
        keys, values, times = map(list, columns)
        lane.apply(Batch.of(range(len(times)), times, keys, values))
        lane.checkpoint(times[-1])
        for one in counted_signals(lane.signals):
            seen = dict(zip(one.starts.tolist(), one.totals.tolist(), strict=True))
            totals = np.array([seen.get(start, 0) for start in calm.tolist()], np.int64)
            signals.append(one._replace(starts=slots, totals=rng.choice(totals, len(slots))))
    return tuple(
        (entry_name(app, key), value)
        for app in (*SETTINGS.regions, "")
        for key, value in learnt(app, [], signals, span, {}).items()
    )


class _TaughtLane(MergeLane):
    """A merge lane that knows what was usual before its first record."""

    def __init__(self, taught: Iterable[tuple[bytes, bytes]], *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        for name, value in taught:
            self._evidence.restore(name, value)
        self._evidence.resume()


def _moments() -> list[int]:
    """When the series are looked at: each other minute, at last often."""
    seldom = range(_BEGIN_MS, SEEN_MS + 1, 2 * MINUTE_MS)
    return sorted({*seldom, *range(SEEN_MS - 2 * MINUTE_MS, SEEN_MS + 1, OFTEN_MS)})


async def _write(scenario: str, folder: Path, files: SampleFiles) -> Shown:
    """Count all records, and write what the series were; what an API has in the end."""
    cases: list[OutRecord] = []
    records = list(_records(scenario))
    merge = partial(_TaughtLane, _taught())
    lanes = PastLanes(
        Topology(SETTINGS, HASH_KEY, classes=LaneClasses(merge=merge)),
        SETTINGS,
        TOPICS,
        lambda record: cases.append(record) if record.topic == CASE_TOPIC else None,
    )
    reads = Reads(expressions())
    counted = ListedRecords(records, SETTINGS)
    async for moment in walk(lanes, counted, (START_MS, SEEN_MS), _moments(), lambda _: None):
        lanes.pass_by(moment)
        files.take(moment, (*lanes.look(reads), *_WELL))
    files.close()
    await make_blocks(files.files, folder)
    return Shown(lanes.views(), tuple(cases))


@contextmanager
def tour_past(scenario: str, folder: Path) -> Iterator[tuple[PastServer, Shown]]:
    """A Prometheus with an incident and what was before it, and what an API has then.

    Args:
        scenario: name of the incident, as ``pulse demo --fault`` takes it.
        folder: empty.
    """
    data, samples = folder / "data", folder / "samples"
    data.mkdir()
    samples.mkdir()
    shown = asyncio.run(_write(scenario, data, SampleFiles(samples, target=())))
    # A series that a look does not find any more is gone two minutes later.
    with past_server(data, flags=("--query.lookback-delta=121s",)) as server:
        _evaluate(server)
        yield server, shown


def _evaluate(server: PastServer) -> None:
    """Write what the rules would have recorded and fired."""
    first, last = _BEGIN_MS // 1000, SEEN_MS // 1000
    by_name = recordings()
    over = [(first, last, STEP)]
    later = _reading_alerts(by_name)
    order = ordered(by_name)
    for name in (
        *(name for name in order if name not in later),
        None,
        *(name for name in order if name in later),
    ):
        if name is None:
            for alert in alert_rules(generated("alerts")):
                server.write(_fired(server, alert, first, last))
        else:
            for rule in by_name[name]:
                record_rule(server, rule, over)


def _reading_alerts(by_name: Mapping[str, list[Any]]) -> set[str]:
    """Names of recordings that read alerts, or recordings that do."""
    reading = {name for name, rules in by_name.items() if any("ALERTS" in rule.expr for rule in rules)}
    while more := {
        name
        for name, rules in by_name.items()
        if name not in reading and any(other in rule.expr for rule in rules for other in reading)
    }:
        reading |= more
    return reading


def _fired(
    server: PastServer, alert: AlertRule, first: int, last: int
) -> Iterator[tuple[dict[str, str], list[tuple[float, float]]]]:
    """The series that Prometheus writes of an alert."""
    answer = server.over(alert.expression, first, last, STEP)
    assert not answer.error, f"{alert.alert}: {answer.error}"
    count = (last - first) // STEP + 1
    for one in answer.series:
        holds = np.zeros(count, np.bool_)
        holds[[round(time - first) // STEP for time, _ in one["values"]]] = True
        held = spans(holds)
        fires = firing(held, alert.wait, alert.linger, STEP)
        labels = {name: text for name, text in one["metric"].items() if name != "__name__"}
        labels |= {**alert.labels, "alertname": alert.alert}
        at = {place for span in fires for place in range(span.start, min(span.end, count))}
        waits = {place for span in held for place in range(span.start, span.end)} - at
        for state, places in (("firing", at), ("pending", waits)):
            if places:
                active = {**labels, "__name__": "ALERTS", "alertstate": state}
                yield active, [(float(first + STEP * place), 1.0) for place in sorted(places)]
        began = {
            place: next(span.start for span in reversed(held) if span.start <= place) for place in at | waits
        }
        if began:
            since = [
                (float(first + STEP * place), float(first + STEP * began[place])) for place in sorted(began)
            ]
            yield {**labels, "__name__": "ALERTS_FOR_STATE"}, since
