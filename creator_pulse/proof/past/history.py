"""A history kept in a folder: made once, and continued up to now whenever a demo starts."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from itertools import islice, pairwise
from multiprocessing import get_context
from pathlib import Path  # noqa: TC003 - processes are handed it
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from zlib import crc32

import msgspec

from creator_pulse.proof.past.agreement import Agreement, PastLedger
from creator_pulse.proof.past.calibration import TopicRates, measured
from creator_pulse.proof.past.learning import Signalled, counted_signals, drawn_signals, learnt, split
from creator_pulse.proof.past.lots import Lots
from creator_pulse.proof.past.merging import MergeProcesses, MergesOf
from creator_pulse.proof.past.money import money
from creator_pulse.proof.past.processes import begin_process, idle
from creator_pulse.proof.past.windows import PastOf, PastSources, without_past
from creator_pulse.stream.aggregates.spans import DAY_MS, HOUR_MS, MINUTE_MS
from creator_pulse.stream.catalog.declaration.signals import SLOT_MS
from creator_pulse.stream.clock import SystemClock
from creator_pulse.stream.evidence.changelog import topic_of
from creator_pulse.stream.evidence.history import BLOCK_MS
from creator_pulse.stream.generator.generator import audience
from creator_pulse.stream.lanes.lane import FORMAT
from creator_pulse.stream.local.folders import make_folder, sole_user
from creator_pulse.stream.monitoring.records import WEEKS
from creator_pulse.stream.native.hash_key import KEY_BYTES, HashKey
from creator_pulse.stream.panes.pane_record import route
from creator_pulse.stream.past.blocks import make_blocks
from creator_pulse.stream.past.marks import MarkSpan, marks
from creator_pulse.stream.past.open_metrics import SampleFiles, joined
from creator_pulse.stream.past.reads import Reads, expressions
from creator_pulse.stream.past.recorded import with_recordings
from creator_pulse.stream.past.records import ListedRecords, PastRecord
from creator_pulse.stream.settings import APPS, INPUT_TOPICS
from creator_pulse.stream.topology import PRODUCT
from creator_pulse.stream.windows.evidence_samples import EvidenceSamples

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Iterator
    from concurrent.futures import Future
    from multiprocessing.sharedctypes import Synchronized
    from multiprocessing.synchronize import Event
    from typing import Self

    from creator_pulse.stream.evidence.verdict import SignalVerdict
    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.generator.world import World
    from creator_pulse.stream.panes.cells import Cell
    from creator_pulse.stream.settings import Settings

LAYOUT = 15
"""Of the folder: another one is made anew."""
CLOSED_DAYS = 2
"""Slots of so many days are closed one by one, which teaches how far counts stray: one day does.
What was before teaches what is usual by its sums of five minutes."""
OLDEST_MS = 7 * DAY_MS
"""A history that ended longer ago is made anew."""
LONG_STEP_MS, STEP_MS = DAY_MS, 6 * HOUR_MS
"""Between two looks at what is long ago, and in the last eight days."""
LINE_MS, LINE_STEP_MS = 6 * HOUR_MS, 5 * MINUTE_MS
"""What boards show at first, at most, and between two looks there."""
FIRST_MS = 15 * MINUTE_MS
"""The range with which most boards open: each minute is looked at."""
DAY_STEP_MS = 30 * MINUTE_MS
"""Between two looks of the last day."""
FINE_MS = 2 * HOUR_MS
"""At the end each minute has its own sums: windows of an hour that slide on hold a part of them."""
WINDOWS_SHARE = 0.75
"""Part of the time that windows take; the rest learns and makes blocks."""
_WEEK_MS = 7 * DAY_MS
_ABOUT, _BLOCKS = "about.msgpack", "blocks"
_PROCESSES = 2
_NOTHING_YET = 0.02
_DAYS_AHEAD = 8
"""Events of so many days may wait until they are counted, some 20 MB a day: they are made while the live
generator is measured."""
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
        rates: by topic, as measured; none before the first windows are made.
        blocks: names of Prometheus' blocks that belong to it.
        checked: the comparison with the ledger.
    """

    layout: int
    format: int
    of: str
    key: bytes
    began_ms: int
    until_ms: int
    now_ms: int
    rates: dict[str, TopicRates] = {}
    blocks: list[str] = []
    checked: Agreement = msgspec.field(default_factory=Agreement)


class PastState(NamedTuple):
    """What workers go on from.

    Attributes:
        key: secret of the installation.
        lanes: changelog entries by merge lane.
        evidence: changelog entries by app; empty for the pipeline.
    """

    key: bytes
    lanes: dict[int, dict[bytes, bytes]]
    evidence: dict[str, dict[bytes, bytes]]


class PreparedHistory(NamedTuple):
    """A history that is ready.

    Attributes:
        until_ms: where it ends, epoch ms.
        began_ms: where it begins.
        blocks: folder of Prometheus' blocks.
        checked: the comparison with the ledger.
    """

    until_ms: int
    began_ms: int
    blocks: Path
    checked: Agreement


class PastStages(NamedTuple):
    """The stages of making a history, for what starts while its last parts are made.

    Attributes:
        windows: is set once these are made: what is left does not fill two cores.
        state: the state of workers at its end, while blocks are made.
    """

    windows: asyncio.Event
    state: asyncio.Future[PastState]


class Made(NamedTuple):
    """The result of a process that has made the windows of a span.

    Attributes:
        rates: by topic, by which is drawn.
        lanes: changelog entries by merge lane.
        files: samples for Prometheus.
        signals: sums by slot of the records that were counted.
        checked: the comparison with the ledger.
        looks: when series were looked at, rising; the last one is the end, epoch ms.
    """

    rates: dict[str, TopicRates]
    lanes: dict[int, dict[bytes, bytes]]
    files: list[Path]
    signals: list[Signalled]
    checked: Agreement
    looks: list[int]


class Stopped(Exception):  # noqa: N818 - no error: somebody has asked for it
    """Somebody wants the process that makes a history to end."""


def moments(begin_ms: int, span: tuple[int, int]) -> list[int]:
    """When the series of a span are looked at: more often near its end, and about its time in weeks before.

    A line is drawn where two looks are less than five minutes apart, as Prometheus looks back no further: so
    are those of the last hours, and of the hours a week ago that stand beside them and beside what comes.

    Args:
        begin_ms: of the whole history, epoch ms.
        span: begin and end of the moments; the last one is the end.
    """
    since, until = span
    week_ago = until - _WEEK_MS
    spans = (
        MarkSpan(begin_ms, until, LONG_STEP_MS),
        MarkSpan(week_ago - DAY_MS, until, STEP_MS),
        # Baselines are medians of what was an hour about this time, in each of these weeks.
        *(
            MarkSpan(until - weeks * _WEEK_MS - LINE_MS, until - weeks * _WEEK_MS + LINE_MS, HOUR_MS)
            for weeks in WEEKS
        ),
        MarkSpan(week_ago - HOUR_MS, week_ago + LINE_MS // 2, LINE_STEP_MS),
        # One more, so that something stands a day before the end: a day is compared with the day before.
        MarkSpan(until - DAY_MS - DAY_STEP_MS, until, DAY_STEP_MS),
        MarkSpan(until - LINE_MS, until, LINE_STEP_MS),
        MarkSpan(until - FIRST_MS, until, MINUTE_MS),
    )
    return sorted({each for each in marks(spans) if since < each < until} | {until})


async def ready(
    plan: HistoryPlan,
    folder: Path,
    now_ms: Callable[[], int],
    say: Callable[[str], None],
    progress: Callable[[str], None],
    stop: asyncio.Event,
    stages: PastStages,
) -> PreparedHistory | None:
    """The history up to now: of the folder, continued; made, if it holds none that fits.

    Args:
        plan: parameters of the history.
        folder: that keeps the history.
        now_ms: gives the time, epoch ms.
        say: takes lines for people.
        progress: takes a line that the next one replaces.
        stop: ends it early: the unfinished part is left out, and the next start goes on or begins anew.
        stages: are told how far it is.

    Returns:
        None if it was stopped.

    Raises:
        StackError: promtool refuses its samples, or another process makes the history.
        MissingPartError: promtool is not installed.
    """
    make_folder(folder, "the history")
    with sole_user(folder, "is making the history of"):
        about, until = _kept(folder, plan, now_ms()), _floor(now_ms())
        if about is None:
            _empty(folder)
            say(f"making {plan.days:g} days of history, once: some minutes; it is kept in {folder}")
            about = _new(plan, until)
        else:
            _sweep(folder, about)
        with _Making(plan, about, folder, progress, stages) as making:
            if not await _unless(stop, making.go_on(until), making.give_up):
                _sweep(folder, about)
                say("stopped: of the unfinished history nothing is left")
                return None
        return PreparedHistory(about.until_ms, about.began_ms, folder / _BLOCKS, about.checked)


async def _unless(
    stop: asyncio.Event, work: Coroutine[object, object, None], end: Callable[[], None]
) -> bool:
    """Do some work, or end it when somebody wants to stop, or cancels this; say whether it is done."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        if not working.done():
            end()
            await asyncio.wait({working})
            if not working.cancelled():
                # If this is cancelled nobody asks how the work ended; else it is asked below.
                working.exception()
    try:
        await working
    except Stopped:
        return False
    return True


def _floor(now_ms: int) -> int:
    # A whole slot of every signal, and not the minute that is still running.
    return now_ms // SLOT_MS * SLOT_MS


def _new(plan: HistoryPlan, now_ms: int) -> About:
    key = bytes(plan.seed % 251 for _ in range(KEY_BYTES))
    begin = (now_ms - round(plan.days * DAY_MS)) // HOUR_MS * HOUR_MS
    return About(LAYOUT, FORMAT, _described(plan), key, begin, begin, now_ms)


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


class _EvidencePart(NamedTuple):
    """Evidence that is learnt by itself: of an app, or of a topic of the pipeline.

    Attributes:
        app: empty for the pipeline.
        topic: of the pipeline; empty for an app.
    """

    app: str
    topic: str

    def has(self, place: tuple[str, str]) -> bool:
        """Whether a signal is of this part: by app and region, or by topic."""
        return place[0] == self.app and self.topic in {"", place[1]}

    def of(self, entries: dict[bytes, bytes]) -> dict[bytes, bytes]:
        """The part's own changelog entries of those of the app, or of the pipeline."""
        return {key: value for key, value in entries.items() if self.topic in {"", topic_of(key)}}


_PARTS = (*(_EvidencePart(app, "") for app in APPS), *(_EvidencePart("", topic) for topic in INPUT_TOPICS))
"""The longest first: together they fill the processes."""


class _Making:
    """Makes a history, or goes on with it: windows first, then expectations, and blocks beside it.

    Args:
        plan: parameters of the history.
        about: the content of the folder.
        folder: in which it is kept, with unfinished parts.
        progress: takes a line that the next one replaces.
        stages: are told how far it is.
    """

    def __init__(
        self,
        plan: HistoryPlan,
        about: About,
        folder: Path,
        progress: Callable[[str], None],
        stages: PastStages,
    ) -> None:
        self._plan, self._about, self._folder, self._progress = plan, about, folder, progress
        self._stages = stages
        context = get_context("spawn")
        self._share, self._ending = context.Value("d", 0.0), context.Event()
        self._pool = ProcessPoolExecutor(_PROCESSES, context, _begin, (self._share, self._ending))
        self._clock = SystemClock()
        self._reads: Reads | None = None
        self._finishing: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        """Start the processes: their first work finds them ready."""
        for _ in range(_PROCESSES):
            self._pool.submit(idle)
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes, once their work at hand is done."""
        self._pool.shutdown()

    def give_up(self) -> None:
        """End the processes soon; ``go_on`` raises Stopped then."""
        self._ending.set()
        if self._finishing is not None:
            self._finishing.cancel()

    async def go_on(self, until_ms: int) -> None:
        """Go on to a time.

        Raises:
            Stopped: it was given up.
        """
        plan, about, folder = self._plan, self._about, self._folder
        lanes: dict[int, dict[bytes, bytes]] = {}
        evidence: dict[str, dict[bytes, bytes]] = {}
        if about.until_ms > about.began_ms:
            self._stages.windows.set()
            lanes = _read(_file(folder, "lanes", about.until_ms), dict[int, dict[bytes, bytes]])
            evidence = _read(_file(folder, "evidence", about.until_ms), dict[str, dict[bytes, bytes]])
        if until_ms == about.until_ms:
            self._stages.state.set_result(PastState(about.key, lanes, evidence))
            return
        samples, blocks = folder / "samples", folder / "samples" / _BLOCKS
        shutil.rmtree(samples, ignore_errors=True)
        if self._reads is None:
            # Made once, and handed to all processes: of the boards and rules it takes seconds.
            self._reads = await asyncio.to_thread(lambda: Reads(expressions()))
        reads = self._reads
        windows = samples / "windows"
        for each in (blocks, windows):
            each.mkdir(parents=True)
        loop = asyncio.get_running_loop()
        self._share.value = 0.0
        telling = asyncio.create_task(self._tell(until_ms))
        try:
            windows_made = await loop.run_in_executor(
                self._pool, _windows, plan, about, until_ms, lanes, windows, reads
            )
            self._stages.windows.set()
            about.rates = windows_made.rates
            looks = windows_made.looks
            evidence, folders = await self._learn(windows_made, evidence, samples, reads)
            if self._ending.is_set():
                raise Stopped
            self._stages.state.set_result(PastState(about.key, windows_made.lanes, evidence))
            files = joined([windows, *folders], samples)
            self._finishing = asyncio.create_task(self._blocks(looks, files, blocks))
            await asyncio.wait([self._finishing])
        finally:
            telling.cancel()
        if self._finishing.cancelled():
            raise Stopped
        self._finishing.result()
        self._keep(looks[-1], windows_made.lanes, evidence, blocks, windows_made.checked)

    async def _learn(
        self, windows_made: Made, evidence: dict[str, dict[bytes, bytes]], samples: Path, reads: Reads
    ) -> tuple[dict[str, dict[bytes, bytes]], list[Path]]:
        """Learn what is usual, the longest part first: each app, and each topic of the pipeline.

        Args:
            windows_made: looks, and sums by slot of the records that were counted.
            evidence: changelog entries before, by app; empty for the pipeline.
            samples: folder for the series that a worker would have shown.
            reads: tells the series that somebody reads.

        Returns:
            changelog entries after, likewise, and folders of samples.
        """
        plan, about, looks = self._plan, self._about, windows_made.looks
        span = _closed_from(about, looks[-1]), looks[-1]
        blocks, slots = _signals(plan, about, span, windows_made.signals)
        loop = asyncio.get_running_loop()
        folders, learning = [], []
        for part in _PARTS:
            folder = samples / f"evidence-{part.app}{part.topic}"
            folder.mkdir()
            folders.append(folder)
            own_blocks = [signal for signal in blocks if part.has(signal.place)]
            own_slots = [signal for signal in slots if part.has(signal.place)]
            before = part.of(evidence.get(part.app, {}))
            of = EvidenceOf(plan.settings, span, looks, before, folder, reads)
            learning.append(loop.run_in_executor(self._pool, _learnt, part.app, own_blocks, own_slots, of))
        after: dict[str, dict[bytes, bytes]] = {}
        for part, entries in zip(_PARTS, await asyncio.gather(*learning), strict=True):
            after.setdefault(part.app, {}).update(entries)
        return after, folders

    async def _blocks(self, looks: list[int], files: list[Path], blocks: Path) -> None:
        """Make blocks of all samples, and of the recordings on them and on former blocks."""
        samples, before = blocks.parent, self._folder / _BLOCKS
        # Prometheus may put blocks together, and removes what it has put together: it gets links.
        if before.exists():
            shutil.copytree(before, samples / "data", copy_function=os.link)
        await make_blocks(await with_recordings(files, looks, samples), blocks)

    def _keep(
        self,
        until_ms: int,
        lanes: dict[int, dict[bytes, bytes]],
        evidence: dict[str, dict[bytes, bytes]],
        blocks: Path,
        checked: Agreement,
    ) -> None:
        """Put all in its place; it belongs to the history once the description is replaced."""
        about, folder = self._about, self._folder
        _write(_file(folder, "lanes", until_ms), lanes)
        _write(_file(folder, "evidence", until_ms), evidence)
        (folder / _BLOCKS).mkdir(exist_ok=True)
        for block in blocks.iterdir():
            about.blocks.append(block.name)
            block.rename(folder / _BLOCKS / block.name)
        about.until_ms, about.checked = until_ms, checked
        _write(folder / _ABOUT, about)
        _sweep(folder, about)

    async def _tell(self, until_ms: int) -> None:
        """Say now and then how far it is."""
        began, days = self._clock.monotonic(), (until_ms - self._about.until_ms) / DAY_MS
        while True:
            await asyncio.sleep(1.0)
            seconds, share = self._clock.monotonic() - began, self._share.value
            if share == 1.0:
                self._progress("history: learning what is usual, evaluating rules, and making blocks")
            elif share > _NOTHING_YET:
                left = seconds * (1 / (share * WINDOWS_SHARE) - 1)
                self._progress(f"history: {share * days:.1f} of {days:.1f} days, {left:.0f} s left")
            else:
                self._progress(f"history: {days:.1f} days")


_share: Synchronized[float] | None = None
_ending: Event | None = None


def _begin(share: Synchronized[float], ending: Event) -> None:
    """Prepare a process: the one that has started it says when to end."""
    global _share, _ending
    begin_process()
    _share, _ending = share, ending


def _reached(share: float) -> None:
    """Say how far the windows are.

    Raises:
        Stopped: nobody wants the rest.
    """
    if _ending is not None and _ending.is_set():
        raise Stopped
    if _share is not None:
        _share.value = share


def _windows(
    plan: HistoryPlan,
    about: About,
    until_ms: int,
    before: dict[int, dict[bytes, bytes]],
    samples: Path,
    reads: Reads,
) -> Made:
    def windows(sent: Iterable[Produced]) -> Made:
        now_ms = SystemClock().now_ms
        return asyncio.run(windows_of(plan, about, until_ms, before, samples, reads, sent, now_ms))

    if about.rates and until_ms - about.until_ms < DAY_MS:
        # A process for these events would take longer to start than they take to make.
        return windows(money(plan.seed, plan.rate, about.until_ms, until_ms, about.now_ms, plan.world))
    pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=begin_process)
    try:
        sent = _made_ahead(pool, plan, about, until_ms)
        if not about.rates:
            of_run = plan.seed, plan.rate, plan.world, plan.settings, HashKey(about.key)
            about.rates = measured(*of_run, go_on=lambda: _reached(0.0))
        return windows(sent)
    finally:
        pool.shutdown(cancel_futures=True)


def _made_ahead(
    pool: ProcessPoolExecutor, plan: HistoryPlan, about: About, until_ms: int
) -> Iterator[Produced]:
    """The events of a span, made in another process from now on, some days ahead."""
    spans = pairwise([about.until_ms, *_midnights(about.until_ms, until_ms), until_ms])

    def submitted(days: int) -> list[Future[list[Produced]]]:
        return [pool.submit(_money, plan, about.now_ms, span) for span in islice(spans, days)]

    ahead = deque(submitted(_DAYS_AHEAD))

    def events() -> Iterator[Produced]:
        while ahead:
            yield from ahead.popleft().result()
            ahead.extend(submitted(1))

    return events()


def _midnights(begin_ms: int, until_ms: int) -> range:
    return range((begin_ms // DAY_MS + 1) * DAY_MS, until_ms, DAY_MS)


def _money(plan: HistoryPlan, now_ms: int, span: tuple[int, int]) -> list[Produced]:
    return list(money(plan.seed, plan.rate, *span, now_ms, plan.world))


async def windows_of(
    plan: HistoryPlan,
    about: About,
    until_ms: int,
    before: dict[int, dict[bytes, bytes]],
    samples: Path,
    reads: Reads,
    sent: Iterable[Produced],
    now_ms: Callable[[], int],
    report: Callable[[list[Cell]], None] = lambda _: None,
) -> Made:
    """Make the windows of a span, from where the history ends up to a time, and what passes meanwhile.

    Args:
        plan: parameters of the history.
        about: the history as it is, up to the begin of the span.
        until_ms: end of the span, epoch ms: at least so far.
        before: changelog entries of the merge lanes at its begin; empty: it is the first.
        samples: folder for what Prometheus gets.
        reads: tells the series that somebody reads.
        sent: the span's events of money and content, in send order.
        now_ms: gives the time, epoch ms: once the span is made, what has passed since its end is too, if it
            is a minute or more, so that the live run has little to catch up.
        report: takes the drawn sums of cells.
    """
    begin = about.until_ms
    looks = moments(about.began_ms, (begin, until_ms))
    lots = Lots(plan.settings.out_of_orderness_ms, until_ms - FINE_MS, looks)
    ledger = PastLedger(plan.settings, about.began_ms, about.checked)

    def drawn(cells: list[Cell]) -> None:
        ledger.drawn(cells)
        report(cells)

    def counted(sent: Iterable[Produced]) -> Iterator[PastRecord]:
        for each in sent:
            ledger.add(each)
            yield PastRecord(each.topic, 0, each.key, each.value, each.timestamp_ms)

    sources = PastSources(_past_of(plan, about), begin, lots, drawn)
    # All in the first partition of their topics: sums are the same, and fewer lanes have something to say.
    records = ListedRecords(counted(sent), plan.settings)
    merges = MergesOf(plan.settings, about.key, without_past(about.rates), reads)
    with MergeProcesses(merges, before, samples) as merging:

        async def look(moment: int) -> None:
            panes = sources.go_on(await records.until(moment), moment)
            ledger.look(moment)
            merging.go_on(panes, moment, sources.look(reads))
            _reached(min(1.0, (moment - begin) / (until_ms - begin)))

        for moment in looks:
            await look(moment)
        now = _floor(now_ms())
        if now - until_ms >= MINUTE_MS:
            records.extend(counted(money(plan.seed, plan.rate, until_ms, now, about.now_ms, plan.world)))
            # These looks need no cuts of their own: at the end each minute is a lot.
            later = moments(about.began_ms, (until_ms, now))
            for moment in later:
                await look(moment)
            looks += later
        lanes, files = merging.end(looks[-1])
    signals, checked = counted_signals(sources.signals()), ledger.agreement(files)
    return Made(about.rates, lanes, files, signals, checked, looks)


def _signals(
    plan: HistoryPlan, about: About, span: tuple[int, int], counted: list[Signalled]
) -> tuple[list[Signalled], list[Signalled]]:
    """Sums of blocks before a span, and of its slots: those of money are counted, those of viewing drawn."""
    of = _past_of(plan, about)
    blocks, slots = split(counted, about.began_ms, span[0])

    def drawn(since: int, until: int, step_ms: int) -> list[Signalled]:
        return drawn_signals(of.rates, of.settings, of.world, (since, until), of.now_ms, of.seed, step_ms)

    before = drawn(about.until_ms, span[0], BLOCK_MS) if span[0] > about.until_ms else []
    return [*blocks, *before], [*slots, *drawn(*span, SLOT_MS)]


def _closed_from(about: About, until_ms: int) -> int:
    """From where on slots are closed one by one: the last days the first time, then all."""
    if about.until_ms > about.began_ms:
        return about.until_ms
    return max(about.began_ms, until_ms // HOUR_MS * HOUR_MS - CLOSED_DAYS * DAY_MS)


class EvidenceOf(NamedTuple):
    """When the evidence of an app is learnt, and looked at.

    Attributes:
        settings: of the workers.
        span: begin and end of the time that is closed slot by slot, epoch ms.
        looks: when series are looked at, epoch ms.
        before: its changelog entries at the begin.
        samples: folder for what Prometheus gets.
        reads: tells the series that somebody reads.
    """

    settings: Settings
    span: tuple[int, int]
    looks: list[int]
    before: dict[bytes, bytes]
    samples: Path
    reads: Reads


def _learnt(
    app: str, blocks: list[Signalled], signals: list[Signalled], of: EvidenceOf
) -> dict[bytes, bytes]:
    """The expectations of an app; nothing if nobody wants them any more."""
    if _ending is not None and _ending.is_set():
        return {}
    return evidence_of(app, blocks, signals, of)


def evidence_of(
    app: str, blocks: list[Signalled], signals: list[Signalled], of: EvidenceOf
) -> dict[bytes, bytes]:
    """Learn the expectations of an app, and write the series that a worker would have shown.

    Args:
        app: empty for the pipeline.
        blocks: sums by block of the time before the span.
        signals: sums by slot of 10 s, of all places.
        of: the span, and when is looked.

    Returns:
        changelog entries.
    """
    files = SampleFiles(of.samples)
    lane = route((app,) if app else (), of.settings.merge_partitions)
    # A worker closes slots with the watermark, which stays behind.
    late_ms = of.settings.out_of_orderness_ms

    def take(look: int, verdicts: Iterator[SignalVerdict]) -> None:
        files.take(look, filter(of.reads.sample, EvidenceSamples(tuple(verdicts), lane)))

    looks = {look - late_ms: look for look in of.looks}
    entries = learnt(app, blocks, signals, of.span, of.before, looks, take)
    files.close()
    return entries


def _past_of(plan: HistoryPlan, about: About) -> PastOf:
    seats = audience(plan.rate, plan.world)
    return PastOf(plan.settings, HashKey(about.key), plan.world, seats, about.rates, about.now_ms, plan.seed)


def _file(folder: Path, content: str, until_ms: int) -> Path:
    return folder / f"{content}-{until_ms}.msgpack"


def _empty(folder: Path) -> None:
    """Remove a history of something else, its description first."""
    (folder / _ABOUT).unlink(missing_ok=True)
    for path in folder.glob("*.msgpack"):
        path.unlink()
    shutil.rmtree(folder / _BLOCKS, ignore_errors=True)


def _sweep(folder: Path, about: About) -> None:
    """Remove files that do not belong to a history: leftovers of an unfinished one, and its former state."""
    own = {_file(folder, content, about.until_ms).name for content in ("lanes", "evidence")} | {_ABOUT}
    for path in [*folder.glob("*.msgpack"), *folder.glob("*.part")]:
        if path.name not in own:
            path.unlink()
    for block in (folder / _BLOCKS).glob("*"):
        if block.name not in about.blocks:
            shutil.rmtree(block)
    shutil.rmtree(folder / "samples", ignore_errors=True)


def _read(path: Path, kind: type[Kept]) -> Kept:
    return msgspec.msgpack.decode(path.read_bytes(), type=kind)


def _write(path: Path, content: object) -> None:
    half = path.with_suffix(".part")
    half.write_bytes(msgspec.msgpack.encode(content))
    half.replace(path)
