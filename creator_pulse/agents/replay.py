"""``pulse replay``: what would have fired in past hours, by today's rules or by others."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import click

from creator_pulse.agents.options import DURATION, JSON
from creator_pulse.agents.report import give, progress_line, say
from creator_pulse.agents.utc import to_minute
from creator_pulse.stream.aggregates.spans import MINUTE_MS
from creator_pulse.stream.errors import PastError, PulseError
from creator_pulse.stream.events.references import References
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.exposition.helps import HELPS as LANE_HELPS
from creator_pulse.stream.monitoring.build import generated
from creator_pulse.stream.native.hash_key import KEY_BYTES, HashKey
from creator_pulse.stream.past.files import PastFiles
from creator_pulse.stream.past.lanes import PastLanes
from creator_pulse.stream.past.log_records import LogRecords
from creator_pulse.stream.past.open_metrics import SampleFiles
from creator_pulse.stream.past.reads import Reads, expressions_of
from creator_pulse.stream.past.records import ListedRecords
from creator_pulse.stream.past.replay import LEAD_MS
from creator_pulse.stream.past.replay import replay as run_again
from creator_pulse.stream.past.would_fire import did_fire, past_rules, would_fire
from creator_pulse.stream.reference_series import HELPS as REFERENCE_HELPS
from creator_pulse.stream.reference_series import reference_samples
from creator_pulse.stream.topology import PRODUCT, Topology
from creator_pulse.stream.transport.kafka_log import KafkaLog
from creator_pulse.stream.transport.reference_log import Followed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from creator_pulse.stream.lanes.lane import Sample
    from creator_pulse.stream.past.records import PastRecords
    from creator_pulse.stream.past.walk import Reached
    from creator_pulse.stream.past.would_fire import Fired, PastRules
    from creator_pulse.stream.settings import Settings

OF_WORKERS = frozenset(
    {
        "pulse_committed_offset",
        "pulse_consumer_lag_records",
        "pulse_counting_began_timestamp_seconds",
        "pulse_export_delay_seconds",
        "pulse_group_strangers",
        "pulse_lane_checkpoint_seconds",
        "pulse_lane_recovery_seconds",
        "pulse_loop_stall_seconds",
        "pulse_partition_waiting",
        "pulse_rebalance_seconds",
        "pulse_redis_up",
        "pulse_source_resets_total",
        "pulse_uncounted_partitions",
        "pulse_worker_info",
    }
)
"""Series of a worker about itself and its log, which lanes do not have."""
_NEAR_MS = 5 * MINUTE_MS
"""A live alert that began so near to one of the replay is the same."""


class WholeMinute(click.ParamType):
    """A time as epoch ms, a whole minute: ``2026-11-29T20:15`` (UTC, unless it says another zone)."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Epoch ms of a text in ISO 8601."""
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time; write 2026-11-29T20:15", param, ctx)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return round(moment.timestamp()) // 60 * MINUTE_MS


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--from", "first", type=WholeMinute(), required=True, metavar="T", help="For example 2026-11-29T20:15."
)
@click.option("--to", "last", type=WholeMinute(), required=True, metavar="T", help="Likewise; both are UTC.")
@click.option(
    "--rules",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="A rule file whose alerts and recordings are judged instead of the generated alerts.",
)
@click.option(
    "--overrides",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Entries of the reference topic, one JSON a line, which hold besides those of the topic.",
)
@click.option(
    "--warm-up",
    type=DURATION,
    default="25h",
    show_default=True,
    help="Records of so long before are counted first: windows and evidence need their past.",
)
@JSON
@click.pass_obj
def replay(
    settings: Settings,
    files: tuple[Path, ...],
    first: int,
    last: int,
    rules: Path | None,
    overrides: Path | None,
    warm_up: float,
    target: Path | None,
) -> None:
    """Say which alerts would have fired in past hours, and how that differs from those that did.

    Counts the records of the topics again (or of FILES, as `pulse backfill` reads them), through the same
    lanes in event time, and judges today's rules, or those of a file, in a Prometheus that is thrown
    away. Nothing is written to Kafka, so workers may run.

    \b
      pulse replay --from 2026-11-29T18:00 --to 2026-11-29T20:00
      pulse replay --from ... --to ... --rules candidates.yml --overrides bounds.jsonl
    """  # noqa: D301 - to click it means: do not wrap
    if last <= first:
        raise click.UsageError("--to must be later than --from")
    run = _Replay(settings, (first, last), warm_up)
    give(asyncio.run(run.run(files, rules, overrides)), target)


class _Replay:
    def __init__(self, settings: Settings, span: tuple[int, int], warm_up: float) -> None:
        self._settings, self._span = settings, span
        self._begin_ms = span[0] - LEAD_MS - round(warm_up * 1000)
        self._references = References(day_offsets=settings.day_offsets, most=settings.most_references)

    async def run(
        self, paths: Sequence[Path], rules: Path | None, overrides: Path | None
    ) -> dict[str, object]:
        """Replay, judge and compare; returns the report."""
        # Folders have files of the same name.
        files = {f"rules/{name}": text for name, text in generated("rules").items()}
        if rules is None:
            files |= {f"alerts/{name}": text for name, text in generated("alerts").items()}
        else:
            files[str(rules)] = await asyncio.to_thread(rules.read_bytes)
        async with AsyncExitStack() as stack:
            # Temporary files go last, whatever else fails.
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pulse-replay-")))
            records = await self._records(stack, paths)
            if overrides is not None:
                self._override(overrides)
            samples, families = await self._counted(records, folder, files)
            judged = past_rules(files, families)
            evaluated = self._span[0] - LEAD_MS, self._span[1]
            work = folder / "work"
            work.mkdir()
            fired = await would_fire(samples.files, work, judged, evaluated, say)
        fired = self._within(fired)
        did = await self._live()
        return self._told(fired, did, judged)

    async def _records(self, stack: AsyncExitStack, paths: Sequence[Path]) -> PastRecords:
        if paths:
            of_files = PastFiles(paths, self._settings)
            return ListedRecords(
                (record for record in of_files if record.timestamp_ms >= self._begin_ms), self._settings
            )
        await stack.enter_async_context(Followed(self._settings, self._references))
        log = KafkaLog(self._settings)
        return await stack.enter_async_context(
            LogRecords(log, self._settings, tuple(TOPICS), since_ms=self._begin_ms)
        )

    def _override(self, path: Path) -> None:
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            ignored = self._references.ignored
            self._references.add(line)
            if self._references.ignored > ignored:
                raise PastError(f"{path}, line {number} is no entry of the reference topic")

    async def _counted(
        self, records: PastRecords, folder: Path, rules: Mapping[str, bytes]
    ) -> tuple[SampleFiles, set[str]]:
        """Files with the series of the past, and the names of the series' families."""
        there = await records.span()
        if there is None or there[0] >= self._span[1]:
            raise PastError(f"there is no record before {to_minute(self._span[1])}")
        begin_ms = max(self._begin_ms, there[0])
        lead_ms = self._span[0] - LEAD_MS
        warm = max(0, lead_ms - begin_ms) / 3_600_000
        say(
            f"{warm:.1f} h of records before {to_minute(lead_ms)} are counted first; longer windows lack the "
            "rest"
        )
        topology = Topology(self._settings, HashKey(secrets.token_bytes(KEY_BYTES)), self._references)
        lanes = PastLanes(topology, self._settings, TOPICS, lambda _: None)
        if isinstance(records, LogRecords):
            lanes.start_at(records.starts)
        reads = Reads(expressions_of(rules))
        texts = folder / "samples"
        texts.mkdir()
        # A family that has no series now, as no bound is overridden, is there all the same.
        declared = PRODUCT.helps.keys() | LANE_HELPS.keys() | REFERENCE_HELPS.keys()
        samples, families, show = SampleFiles(texts), declared - OF_WORKERS, progress_line()

        def take(moment_ms: int, of_lanes: Iterable[Sample]) -> None:
            more = filter(reads.sample, reference_samples(self._references, self._settings, moment_ms))
            present = [*of_lanes, *more]
            families.update(sample.family for sample in present)
            samples.take(moment_ms, present)

        def reached(now: Reached) -> None:
            show(f"{to_minute(now.moment_ms)}: {now.records} records, {now.left_seconds:.0f} s left")

        first_ms = max(lead_ms, begin_ms // MINUTE_MS * MINUTE_MS + MINUTE_MS)
        await run_again(lanes, records, begin_ms, (first_ms, self._span[1]), reads, take, reached)
        samples.close()
        say(f"\n{lanes.records} records counted, {samples.samples} samples")
        return samples, families

    def _within(self, fired: Iterable[Fired]) -> list[Fired]:
        first, last = self._span
        inside = [alert for alert in fired if alert.start_ms <= last and alert.end_ms > first]
        return sorted(inside, key=lambda alert: (alert.start_ms, alert.alert, sorted(alert.labels)))

    async def _live(self) -> list[Fired] | None:
        """What did fire; None if nobody can be asked."""
        try:
            return self._within(await did_fire(self._settings.prometheus.reveal(), self._span))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError, PulseError):
            return None

    def _told(self, fired: Sequence[Fired], did: Sequence[Fired] | None, rules: PastRules) -> dict[str, Any]:
        others, names = rules.others, {rule.alert for rule in rules.alerts}
        for alert in fired:
            minutes = (alert.end_ms - alert.start_ms) // MINUTE_MS
            say(f"would fire  {to_minute(alert.start_ms)}  {minutes:>5} min  {alert.alert}  {_labels(alert)}")
        first, last = map(to_minute, self._span)
        say(f"{len(fired)} alerts would have fired from {first} to {last}")
        say(f"{len(others)} alerts are not judged, as they read what workers or Prometheus say of themselves")
        report: dict[str, Any] = {"fired": [_field(alert) for alert in fired], "not_judged": list(others)}
        if did is None:
            say("the live Prometheus does not answer: there is nothing to compare with")
            return report
        missing = [alert for alert in did if alert.alert in names and not _has(fired, alert)]
        # Of a file with a few candidates the others are no subject.
        elsewhere = sorted({alert.alert for alert in did} - names - set(others))
        new = [alert for alert in fired if not _has(did, alert)]
        for alert in new:
            say(f"new         {to_minute(alert.start_ms)}  {alert.alert}  {_labels(alert)}")
        for alert in missing:
            say(f"not any more {to_minute(alert.start_ms)}  {alert.alert}  {_labels(alert)}")
        say(f"{len(did)} did fire: {len(new)} are new, {len(missing)} would not fire any more")
        if elsewhere:
            say(f"no rule that is judged here is of {', '.join(elsewhere)}, which did fire")
        return report | {
            "of_no_rule": elsewhere,
            "new": [_field(alert) for alert in new],
            "not_any_more": [_field(alert) for alert in missing],
        }


def _has(alerts: Iterable[Fired], wanted: Fired) -> bool:
    """Whether an alert with the same labels, as far as both have them, fired about then."""
    own = dict(wanted.labels)
    return any(
        alert.alert == wanted.alert
        and alert.start_ms <= wanted.end_ms + _NEAR_MS
        and wanted.start_ms <= alert.end_ms + _NEAR_MS
        and all(own.get(name, text) == text for name, text in alert.labels)
        for alert in alerts
    )


def _field(alert: Fired) -> dict[str, object]:
    labels = dict(sorted(alert.labels))
    return {"alert": alert.alert, "labels": labels, "start": alert.start_ms, "end": alert.end_ms}


def _labels(alert: Fired) -> str:
    return " ".join(
        f"{name}={text}"
        for name, text in sorted(alert.labels)
        if name in {"app", "region", "tool", "topic", "severity", "signal"}
    )
