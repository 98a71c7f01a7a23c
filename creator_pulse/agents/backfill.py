"""``pulse backfill``: the past of a new installation, for Prometheus and for its workers."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from contextlib import AsyncExitStack
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from creator_pulse.agents.options import JSON
from creator_pulse.agents.report import give, progress_line, say
from creator_pulse.agents.utc import to_minute
from creator_pulse.stream.clock import SystemClock
from creator_pulse.stream.errors import PastError
from creator_pulse.stream.events.references import References
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.local.folders import make_folder
from creator_pulse.stream.native.hash_key import KEY_BYTES, HashKey
from creator_pulse.stream.past.backfill import backfill as fill
from creator_pulse.stream.past.blocks import make_blocks
from creator_pulse.stream.past.files import PastFiles
from creator_pulse.stream.past.lanes import PastLanes
from creator_pulse.stream.past.log_records import LogRecords
from creator_pulse.stream.past.marks import marks, usual_spans
from creator_pulse.stream.past.open_metrics import SampleFiles
from creator_pulse.stream.past.reads import Reads, expressions
from creator_pulse.stream.past.recorded import with_recordings
from creator_pulse.stream.past.records import ListedRecords
from creator_pulse.stream.past.state import check_empty, commit, following, pane_ends
from creator_pulse.stream.reference_series import reference_samples
from creator_pulse.stream.tables.installation import Installation
from creator_pulse.stream.topology import Topology
from creator_pulse.stream.transport.kafka_log import KafkaLog
from creator_pulse.stream.transport.reference_log import Followed
from creator_pulse.stream.transport.state_topics import there
from creator_pulse.stream.transport.topics import declared, ensure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from creator_pulse.stream.lanes.lane import Sample
    from creator_pulse.stream.past.records import PastRecords
    from creator_pulse.stream.past.walk import Reached
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.transport.batch import OutRecord


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Put the blocks there: the folder of Prometheus' database, or one to copy them from.",
)
@click.option(
    "--history-only",
    is_flag=True,
    help="Write no state: blocks alone, also beside workers that run and count the same topics themselves.",
)
@JSON
@click.pass_obj
def backfill(
    settings: Settings, files: tuple[Path, ...], out: Path, history_only: bool, target: Path | None
) -> None:
    """Count past events, and write the series of that time into Prometheus blocks.

    Reads the records that the input topics still hold, or FILES (JSON lines or Parquet, in the order of
    time), through the same lanes as workers, in event time. Every series that boards and rules read, and
    every recording that is looked at over time, is written into blocks of Prometheus (by promtool and a
    Prometheus of its own): each hour, every five minutes for the last day and the same day a week before,
    every minute for the last hour.

    The learnt expectations go into the changelogs: workers that are started then go on from there, after the
    last record that was counted. All workers must be stopped, and there must be no state yet.

    \b
      pulse backfill --out /var/lib/prometheus              what the topics hold
      pulse backfill --out blocks gift.jsonl ad.parquet     files
      pulse backfill --out blocks --history-only            leave state to the workers
    """  # noqa: D301 - to click it means: do not wrap
    give(asyncio.run(_run(settings, files, out, history_only=history_only)), target)


async def _run(
    settings: Settings, files: Sequence[Path], out: Path, *, history_only: bool
) -> dict[str, object]:
    log = KafkaLog(settings)
    async with AsyncExitStack() as stack:
        references = References(day_offsets=settings.day_offsets, most=settings.most_references)
        key = HashKey(secrets.token_bytes(KEY_BYTES))
        if not (history_only and files):
            # Files alone need no Kafka.
            if not history_only:
                await ensure(settings, declared(settings))
            await stack.enter_async_context(Followed(settings, references))
        if not history_only:
            await there(settings)
            await check_empty(log, settings, TOPICS)
            key = await Installation(log, settings, TOPICS).key()
        records: PastRecords
        if files:
            of_files = PastFiles(files, settings)
            last_ms = await asyncio.to_thread(of_files.last_ms)
            records = ListedRecords(of_files, settings)
            first = await records.span()
            assert first is not None
            span = first[0], last_ms
        else:
            of_log = await stack.enter_async_context(LogRecords(log, settings, tuple(TOPICS)))
            records = of_log
            there_is = await of_log.span()
            if there_is is None:
                raise PastError(
                    "the input topics hold no record: name files, or let workers count what comes"
                )
            span = there_is
        past = Past(settings, Topology(settings, key, references), references)
        if not files:
            past.lanes.start_at(of_log.starts)
        report = await past.write(records, span, out)
        if not history_only:
            going_on = (
                await following(log, settings, TOPICS, span[1]) if files else await pane_ends(log, settings)
            )
            now_ms = SystemClock().now_ms()
            report["entries"] = await commit(log, past.topology, past.lanes, span[1] + 1, now_ms, going_on)
            say(f"{report['entries']} entries of state are in the changelogs: workers go on from them")
        return report


class Past:
    """The past of an installation.

    Args:
        settings: apps, regions and limits of every lane.
        topology: makes the lanes as a worker would.
        references: that the lanes have.
        keep: takes the records that lanes would write into ``pulse.window``, ``pulse.case`` and others.

    Attributes:
        topology: as given.
        lanes: in the state that they have reached.
    """

    def __init__(
        self,
        settings: Settings,
        topology: Topology,
        references: References,
        keep: Callable[[OutRecord], None] = lambda _: None,
    ) -> None:
        self._settings, self._references = settings, references
        self.topology = topology
        self.lanes = PastLanes(topology, settings, TOPICS, keep)

    async def write(self, records: PastRecords, span: tuple[int, int], out: Path) -> dict[str, object]:
        """Count records, and write the past of the series into blocks.

        Args:
            records: all of the past.
            span: when the first and the last were written, epoch ms.
            out: folder of the blocks.

        Returns:
            the report: records, samples, seconds, and the ends of the past.

        Raises:
            PastError: a record cannot be counted.
            StackError: promtool refuses the samples, or Prometheus a rule.
            MissingPartError: promtool or Prometheus is not installed.
        """
        reads = Reads(expressions())
        show = progress_line()
        seconds = 0.0

        def reached(now: Reached) -> None:
            nonlocal seconds
            seconds = now.seconds
            rate = now.records / now.seconds if now.seconds else 0.0
            left = f"{now.left_seconds:.0f} s left"
            show(f"{to_minute(now.moment_ms)}: {now.records} records, {rate:.0f} a second, {left}")

        make_folder(out, "the blocks")
        with tempfile.TemporaryDirectory(prefix="pulse-backfill-") as folder:
            files = SampleFiles(Path(folder))

            def take(moment_ms: int, samples: Iterable[Sample]) -> None:
                more = filter(reads.sample, reference_samples(self._references, self._settings, moment_ms))
                files.take(moment_ms, chain(samples, more))

            looks = marks(usual_spans(*span))
            await fill(self.lanes, records, span, looks, reads, take, reached)
            files.close()
            say(f"\n{self.lanes.records} records counted, {files.samples} samples; evaluating rules")
            whole = await with_recordings(files.files, looks, Path(folder))
            say("making blocks")
            await make_blocks(whole, out)
        say(f"{len(files.files)} blocks are in {out}: a Prometheus there takes them in within minutes")
        return {
            "records": self.lanes.records,
            "samples": files.samples,
            "blocks": len(files.files),
            "seconds": round(seconds, 3),
            "from": span[0],
            "to": span[1],
        }
