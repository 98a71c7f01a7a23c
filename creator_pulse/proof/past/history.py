"""A history kept in a folder: made once, and continued up to now whenever a demo starts."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path  # noqa: TC003 - processes are handed it
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from zlib import crc32

import msgspec

from creator_pulse.proof.past.calibration import TopicRates, measured
from creator_pulse.proof.past.drawn_lane import DrawnLane
from creator_pulse.proof.past.learning import Signalled, counted_signals, drawn_signals, learnt
from creator_pulse.proof.past.money import MONEY_TOPICS, money
from creator_pulse.proof.past.windows import PastOf, PastWindows
from creator_pulse.stream.aggregates.spans import DAY_MS, HOUR_MS, MINUTE_MS
from creator_pulse.stream.lanes.lane import FORMAT
from creator_pulse.stream.native.hash_key import KEY_BYTES, HashKey
from creator_pulse.stream.past.blocks import make_blocks
from creator_pulse.stream.past.marks import MarkSpan, marks
from creator_pulse.stream.past.open_metrics import SampleFiles
from creator_pulse.stream.past.reads import Reads, expressions
from creator_pulse.stream.settings import APPS
from creator_pulse.stream.topology import PRODUCT, LaneClasses, Topology
from creator_pulse.stream.transport.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.generator.world import World
    from creator_pulse.stream.panes.cells import Cell
    from creator_pulse.stream.settings import Settings

LAYOUT = 1
"""Of the folder: another one is made anew."""
LEARNT_DAYS = 15
"""At most so much teaches what is usual: two weeks and a day, so that the same hour of two weeks is there."""
OLDEST_MS = 7 * DAY_MS
"""A history that ended longer ago is made anew."""
_WEEK_MS = 7 * DAY_MS
_ABOUT, _LANES, _EVIDENCE, _BLOCKS = "about.msgpack", "lanes.msgpack", "evidence.msgpack", "blocks"
_PIPELINE = ""
_SLICE_MS = 6 * HOUR_MS
Kept = TypeVar("Kept")


class HistoryPlan(NamedTuple):
    """The parameters of a history.

    Attributes:
        settings: of the workers.
        world: of the live run.
        rate: of the live run, records per second.
        seed: of the live run.
        days: how far it goes back.
    """

    settings: Settings
    world: World
    rate: float
    seed: int
    days: float


class About(msgspec.Struct):
    """The content of a folder.

    Attributes:
        layout: of the folder.
        format: of the changelog entries.
        of: the history's parameters, as a text to compare.
        key: secret under which identities are hashed.
        began_ms: where it begins, epoch ms.
        until_ms: where it ends.
        now_ms: the moment at which the audience has the size that the rate gives.
        rates: by topic, as measured.
    """

    layout: int
    format: int
    of: str
    key: bytes
    began_ms: int
    until_ms: int
    now_ms: int
    rates: dict[str, TopicRates]


class PreparedHistory(NamedTuple):
    """What workers and Prometheus go on from.

    Attributes:
        until_ms: where it ends, epoch ms.
        began_ms: where it begins.
        key: secret of the installation.
        lanes: changelog entries by merge lane.
        evidence: changelog entries by app; empty for the pipeline.
        blocks: folder of Prometheus' blocks.
    """

    until_ms: int
    began_ms: int
    key: bytes
    lanes: dict[int, dict[bytes, bytes]]
    evidence: dict[str, dict[bytes, bytes]]
    blocks: Path


def moments(begin_ms: int, span: tuple[int, int]) -> list[int]:
    """When the series of a span are looked at: every six hours, each hour of the last day and of a week ago.

    Args:
        begin_ms: of the whole history, epoch ms.
        span: begin and end of the moments; the last one is the end.
    """
    since, until = span
    spans = (
        MarkSpan(begin_ms, until, 6 * HOUR_MS),
        MarkSpan(until - _WEEK_MS - 6 * HOUR_MS, until - _WEEK_MS + 6 * HOUR_MS, HOUR_MS),
        MarkSpan(until - DAY_MS, until, HOUR_MS),
        MarkSpan(until - HOUR_MS, until, 15 * MINUTE_MS),
    )
    return sorted({each for each in marks(spans) if since < each < until} | {until})


async def ready(
    plan: HistoryPlan, folder: Path, now_ms: Callable[[], int], say: Callable[[str], None]
) -> PreparedHistory:
    """The history up to now: of the folder, continued; made, if it holds none that fits.

    Args:
        plan: parameters of the history.
        folder: that keeps the history.
        now_ms: gives the time, epoch ms.
        say: takes lines for people.

    Raises:
        StackError: promtool refuses its samples.
        MissingPartError: promtool is not installed.
    """
    about = _kept(folder, plan, now_ms())
    if about is None:
        shutil.rmtree(folder, ignore_errors=True)
        (folder / _BLOCKS).mkdir(parents=True)
        say(f"making {plan.days:g} days of history: some minutes, once; it is kept in {folder}")
        now = _floor(now_ms())
        about = _new(plan, now)
        await _continue(plan, about, folder, now, say)
    now = _floor(now_ms())
    if now - about.until_ms > 0:
        await _continue(plan, about, folder, now, say)
    return PreparedHistory(
        about.until_ms,
        about.began_ms,
        about.key,
        _read(folder / _LANES, dict[int, dict[bytes, bytes]]),
        _read(folder / _EVIDENCE, dict[str, dict[bytes, bytes]]),
        folder / _BLOCKS,
    )


def _floor(now_ms: int) -> int:
    # A whole slot of every signal, and not the minute that is still running.
    return now_ms // 10_000 * 10_000


def _new(plan: HistoryPlan, now_ms: int) -> About:
    key = bytes(plan.seed % 251 for _ in range(KEY_BYTES))
    rates = measured(plan.seed, plan.rate, plan.world, plan.settings, HashKey(key))
    begin = (now_ms - round(plan.days * DAY_MS)) // HOUR_MS * HOUR_MS
    return About(LAYOUT, FORMAT, _described(plan), key, begin, begin, now_ms, rates)


def _described(plan: HistoryPlan) -> str:
    settings = plan.settings
    shape = settings.regions, settings.partitions, settings.quiet_partitions, settings.merge_partitions
    declared = sorted(PRODUCT.catalogue.measures), [str(value) for value in PRODUCT.catalogue.values]
    mark = crc32(f"{shape} {declared}".encode())
    return f"{plan.world} {plan.rate} {plan.seed} {plan.days} {mark:x}"


def _kept(folder: Path, plan: HistoryPlan, now_ms: int) -> About | None:
    try:
        about = _read(folder / _ABOUT, About)
    except (OSError, msgspec.MsgspecError):
        return None
    fits = (about.layout, about.format, about.of) == (LAYOUT, FORMAT, _described(plan))
    return about if fits and 0 <= now_ms - about.until_ms <= OLDEST_MS else None


async def _continue(
    plan: HistoryPlan, about: About, folder: Path, until_ms: int, say: Callable[[str], None]
) -> None:
    """Go on to a time: windows in one process, evidence in others."""
    of = (plan, about, until_ms)
    first = about.until_ms == about.began_ms
    lanes = {} if first else _read(folder / _LANES, dict[int, dict[bytes, bytes]])
    evidence = {} if first else _read(folder / _EVIDENCE, dict[str, dict[bytes, bytes]])
    samples = folder / "samples"
    shutil.rmtree(samples, ignore_errors=True)
    samples.mkdir(parents=True)
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        windows = loop.run_in_executor(pool, _windows, *of, lanes, samples)
        signals = await loop.run_in_executor(pool, _signals, *of)
        span = _learnt_from(plan, about, until_ms), until_ms
        learning = {
            app: loop.run_in_executor(pool, learnt, app, signals, span, evidence.get(app, {}))
            for app in (*APPS, _PIPELINE)
        }
        evidence = {app: await task for app, task in learning.items()}
        if first:
            say("what is usual is learnt; the windows of the past take longer")
        lanes, files = await windows
    await make_blocks(files, folder / _BLOCKS)
    shutil.rmtree(samples, ignore_errors=True)
    about.until_ms = until_ms
    _write(folder / _LANES, lanes)
    _write(folder / _EVIDENCE, evidence)
    # Last: what it says is there.
    _write(folder / _ABOUT, about)


def _windows(
    plan: HistoryPlan, about: About, until_ms: int, before: dict[int, dict[bytes, bytes]], samples: Path
) -> tuple[dict[int, dict[bytes, bytes]], list[Path]]:
    begin = about.until_ms
    windows = PastWindows(_past_of(plan, about), begin, before)
    records = _Slices(money(plan.seed, plan.rate, begin, until_ms, about.now_ms, plan.world))
    looks = set(moments(about.began_ms, (begin, until_ms)))
    reads = Reads(expressions())
    files = SampleFiles(samples)
    for moment in sorted({*looks, *range(begin + _SLICE_MS, until_ms, _SLICE_MS)}):
        windows.go_on(records.batches(moment), moment, until_ms)
        if moment in looks:
            files.take(moment, windows.look(reads))
    files.close()
    return windows.state(until_ms), files.files


def _signals(plan: HistoryPlan, about: About, until_ms: int) -> list[Signalled]:
    """The sums by slot that evidence learns now: those of money are counted, those of viewing drawn."""
    begin = _learnt_from(plan, about, until_ms)
    of = _past_of(plan, about)
    topology = Topology(of.settings, of.key, classes=LaneClasses(source=partial(DrawnLane, {}, _unheard)))
    records = _Slices(money(plan.seed, plan.rate, begin, until_ms, about.now_ms, plan.world))
    lanes: dict[str, DrawnLane] = {}
    for topic in MONEY_TOPICS:
        lane = topology.source_lane(topic)
        assert isinstance(lane, DrawnLane)
        lane.start_at(0, lost=0)
        lanes[topic] = lane
    for moment in (*range(begin + _SLICE_MS, until_ms, _SLICE_MS), until_ms):
        for topic, batch in records.batches(moment).items():
            lanes[topic].apply(batch)
            lanes[topic].checkpoint(moment)
    counted = counted_signals(chain.from_iterable(lane.signals for lane in lanes.values()))
    span = begin, until_ms
    return [*counted, *drawn_signals(of.rates, of.settings, of.world, span, of.now_ms, of.seed)]


def _learnt_from(plan: HistoryPlan, about: About, until_ms: int) -> int:
    """Where learning begins: days before the end the first time, then where it ended."""
    if about.until_ms > about.began_ms:
        return about.until_ms
    return max(about.began_ms, until_ms - round(min(plan.days, LEARNT_DAYS) * DAY_MS) // HOUR_MS * HOUR_MS)


def _unheard(_cells: list[Cell]) -> None:
    """Nobody asks what is drawn here."""


def _past_of(plan: HistoryPlan, about: About) -> PastOf:
    return PastOf(plan.settings, HashKey(about.key), plan.world, about.rates, about.now_ms, plan.seed)


class _Slices:
    """Records by topic, in batches up to a time.

    Args:
        records: in the order in which they were sent.
    """

    def __init__(self, records: Iterator[Produced]) -> None:
        self._records = records
        self._next = next(records, None)
        self._counts: Counter[str] = Counter()

    def batches(self, until_ms: int) -> dict[str, Batch]:
        """The records sent since the last call and before a time."""
        by_topic: dict[str, list[Produced]] = defaultdict(list)
        while self._next is not None and self._next.timestamp_ms < until_ms:
            by_topic[self._next.topic].append(self._next)
            self._next = next(self._records, None)
        return {topic: self._batch(topic, records) for topic, records in by_topic.items()}

    def _batch(self, topic: str, records: list[Produced]) -> Batch:
        first = self._counts[topic]
        self._counts[topic] += len(records)
        return Batch.of(
            range(first, first + len(records)),
            [record.timestamp_ms for record in records],
            [record.key for record in records],
            [record.value for record in records],
        )


def _read(path: Path, kind: type[Kept]) -> Kept:
    return msgspec.msgpack.decode(path.read_bytes(), type=kind)


def _write(path: Path, content: object) -> None:
    half = path.with_suffix(".part")
    half.write_bytes(msgspec.msgpack.encode(content))
    half.replace(path)
