"""What the smaller commands do."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

import creator_pulse
from creator_pulse.agents.report import say
from creator_pulse.agents.stopping import stop_on_signals
from creator_pulse.agents.void import Voider
from creator_pulse.stream.api.server import serving_api
from creator_pulse.stream.board.server import serving_board
from creator_pulse.stream.clock import SystemClock
from creator_pulse.stream.errors import PulseError, SettingsError, TopicError, words
from creator_pulse.stream.monitoring.build import (
    differing,
    generated,
    stale,
    with_rule_tests,
    write,
    write_to,
)
from creator_pulse.stream.synthetic.ledger import Ledger
from creator_pulse.stream.synthetic.producer import Plan, Progress, produce
from creator_pulse.stream.synthetic.truth import Truth
from creator_pulse.stream.synthetic.verify import Difference, verify_prometheus, verify_workers, wait_equal
from creator_pulse.stream.synthetic.verify_windows import verify_windows
from creator_pulse.stream.transport.kafka_log import KafkaLog
from creator_pulse.stream.transport.names import WINDOW_TOPIC
from creator_pulse.stream.transport.state_topics import delete, there
from creator_pulse.stream.transport.topic_clocks import clock_warning
from creator_pulse.stream.transport.topics import declared, ensure, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from creator_pulse.agents.void import Range
    from creator_pulse.stream.secret import Address
    from creator_pulse.stream.settings import Settings

_TELL_EVERY = 1.0
_NAMED = 10
"""Generated files named in one line."""


def progress_line() -> Callable[[str], None]:
    """Writes one line again and again on a terminal, or a line every ten looks elsewhere."""
    terminal, count = sys.stderr.isatty(), 0

    def show(line: str) -> None:
        nonlocal count
        if terminal:
            click.echo(f"\r\x1b[2K{line}", nl=False, err=True)
        elif count % 5 == 0:
            say(line)
        count += 1

    return show


async def produce_events(settings: Settings, plan: Plan) -> dict[str, object]:
    """Produce until the plan ends or Ctrl-C; a report."""
    stop, clock, show = stop_on_signals(), SystemClock(), progress_line()
    await ensure(settings, declared(settings))
    began = told = clock.monotonic()

    def tell(progress: Progress) -> None:
        nonlocal told
        if clock.monotonic() - told >= _TELL_EVERY:
            told = clock.monotonic()
            rate = progress.records / (told - began)
            show(f"{progress.records:,} records, {rate:,.0f}/s, {progress.behind_ms} ms behind")

    done = await produce(settings, plan, Ledger(settings), clock, stop=stop, on_progress=tell)
    seconds = max(clock.monotonic() - began, 1e-9)
    say(f"\nproduced {done.records:,} records in {seconds:.1f} s")
    return {
        "records": done.records,
        "seconds": round(seconds, 3),
        "events_per_second": round(done.records / seconds, 1),
    }


async def verify_ledger(
    settings: Settings,
    ledger: Path,
    workers: tuple[str, ...] | None,
    prometheus: Address | None,
    windows: bool,
    seconds: float,
) -> dict[str, object]:
    """Compare, say every difference, and report.

    Raises:
        SettingsError: nothing to compare with was named.
    """
    if not (workers or prometheus or windows):
        raise SettingsError("name what to compare with: --workers, --prometheus or --windows")
    truth = await asyncio.to_thread(_read_truth, ledger)
    urls = [f"http://{part}/metrics" for part in workers or ()]

    async def check() -> list[Difference]:
        found: list[Difference] = []
        if urls:
            found += await verify_workers(truth, settings, urls)
        if prometheus:
            found += await verify_prometheus(truth, settings, prometheus)
        if windows:
            found += verify_windows(truth, settings, await _window_records(settings))
        return found

    found = await wait_equal(check, SystemClock(), seconds)
    for one in found:
        labels = ", ".join(f"{name}={text}" for name, text in sorted(one.labels.items()))
        say(f"{one.where}: {one.series}{{{labels}}} is {one.found}, the ledger says {one.expected}")
    say(f"{len(found)} differences" if found else "every number equals the ledger")
    return {"ledger_equal": not found, "differences": [one._asdict() for one in found]}


def _read_truth(ledger: Path) -> Truth:
    """The sums of a ledger.

    Raises:
        SettingsError: the file is none, or has nothing in it to compare with.
    """
    try:
        truth = Truth.from_json(ledger.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"--ledger: cannot read {ledger}: {error.strerror}") from error
    except (ValueError, TypeError, LookupError, AttributeError, msgspec.MsgspecError) as error:
        raise SettingsError(f"--ledger: {ledger} is no ledger of `pulse produce`: {words(error)}") from error
    if not truth.records:
        raise SettingsError(f"--ledger: {ledger} holds no record: nothing would be compared")
    return truth


async def serve_board(
    settings: Settings, host: str | None, port: int | None, prometheus: Address | None
) -> None:
    """Serve the boards until Ctrl-C."""
    chosen = msgspec.structs.replace(
        settings,
        board_host=host or settings.board_host,
        board_port=settings.board_port if port is None else port,
        prometheus=prometheus or settings.prometheus,
    )
    files = generated("dashboards"), generated("runbooks")
    stop = stop_on_signals()
    async with serving_board(chosen, files, SystemClock()) as url:
        say(f"board at {url} from {chosen.prometheus}; Ctrl-C stops it")
        await stop.wait()


async def serve_api(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve the API until Ctrl-C."""
    chosen = msgspec.structs.replace(
        settings, api_host=host or settings.api_host, api_port=settings.api_port if port is None else port
    )
    stop = stop_on_signals()
    async with serving_api(chosen, SystemClock()) as url:
        say(f"API at {url}; Ctrl-C stops it")
        await stop.wait()


async def make_topics(settings: Settings, *, check: bool) -> None:
    """Create the topics, or only look.

    Raises:
        TopicError: with ``check``, a topic is missing.
    """
    wanted = declared(settings)
    if check:
        absent = await missing(settings, wanted)
        if absent:
            raise TopicError(f"missing: {', '.join(absent)}; `pulse topics` creates them")
        made: tuple[str, ...] = ()
    else:
        made = await ensure(settings, wanted)
    say(f"created {', '.join(made)}" if made else f"all {len(wanted)} topics are as declared")
    clocks = await clock_warning(settings, wanted)
    if clocks:
        say(f"warning: {clocks}")


async def begin_afresh(settings: Settings, write: bool) -> dict[str, object]:
    """Show the topics that hold what workers made, and delete them if that is wanted; a report."""
    names = await there(settings)
    if write:
        await delete(settings, names)
    for name in names:
        say(f"{'deleted' if write else 'would delete'} {name}")
    if not write and names:
        say("nothing is deleted yet: the same with --yes deletes them")
    if write or not names:
        say("workers that are started now count everything anew from what the inputs hold")
    return {"deleted": list(names) if write else [], "topics": list(names)}


async def declare_void(settings: Settings, asked: Range, why: str, write: bool) -> dict[str, object]:
    """Show records of an input, and declare them void if that is wanted; a report."""
    return await Voider(settings, KafkaLog(settings), SystemClock(), say).run(asked, why, write=write)


def write_generated(out: Path | None, *, check: bool) -> None:
    """Write the generated files, or say which are out of date.

    Args:
        out: a folder for them; None: that of the checkout, with the pages of its documentation.
        check: write nothing.

    Raises:
        PulseError: with ``check``, some are out of date.
        SettingsError: without a folder, this is no checkout; or the folder cannot be written.
    """
    root = Path(creator_pulse.__file__).parents[1]
    if out is None and not all((root / name).is_dir() for name in ("docs", "grafana")):
        raise SettingsError("this is no checkout, which would hold the files: name a folder, --out DIR")
    try:
        if check:
            old = stale(root) if out is None else differing(out, with_rule_tests())
            if old:
                raise PulseError(f"out of date: {_names(old)}; `pulse generate` writes them")
        elif out is None:
            old = stale(root)
            write(root)
        else:
            old = write_to(out)
    except OSError as error:
        raise SettingsError(
            f"cannot write {error.filename}: {error.strerror}; choose another --out"
        ) from error
    say(f"wrote {', '.join(old)}" if old else "all generated files are current")


def _names(paths: Sequence[str]) -> str:
    """The first paths, and how many there are beside them."""
    rest = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return ", ".join(paths[:_NAMED]) + rest


async def _window_records(settings: Settings) -> list[tuple[str, dict[str, Any]]]:
    log = KafkaLog(settings)
    found: list[tuple[str, dict[str, Any]]] = []
    for number in range(settings.merge_partitions):
        first, end = await log.bounds(WINDOW_TOPIC, number)
        async for batch in log.read(WINDOW_TOPIC, number, first, end):
            found += [
                (key.decode(), msgspec.json.decode(value))
                for key, value in zip(batch.keys, batch.values, strict=True)
                if key is not None and value is not None
            ]
    return found
