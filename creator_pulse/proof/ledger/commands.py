"""The commands ``pulse produce`` and ``pulse verify``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from creator_pulse.agents.duration import Duration
from creator_pulse.agents.fault_options import SizedScenario, chosen_faults, fault_options
from creator_pulse.agents.option_types import RATE, SEED, SHARE, HttpAddress, Output, Servers
from creator_pulse.agents.options import DURATION, JSON
from creator_pulse.agents.report import give, progress_line, say
from creator_pulse.agents.stopping import stop_on_signals
from creator_pulse.agents.world_options import chosen_world, world_options
from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.proof.ledger.produce import produce as produce_with_ledger
from creator_pulse.proof.ledger.truth import Truth
from creator_pulse.proof.ledger.verify import Difference, verify_prometheus, verify_workers, wait_equal
from creator_pulse.proof.ledger.verify_windows import verify_windows
from creator_pulse.stream.clock import SystemClock
from creator_pulse.stream.errors import SettingsError, words
from creator_pulse.stream.generator.producer import Plan, ProducerProgress
from creator_pulse.stream.transport.kafka_log import KafkaLog
from creator_pulse.stream.transport.names import WINDOW_TOPIC
from creator_pulse.stream.transport.topics import declared, ensure

if TYPE_CHECKING:
    from creator_pulse.stream.secret import Address
    from creator_pulse.stream.settings import Settings

_REPORT_SECONDS = 1.0


@click.command()
@click.option("--rate", type=RATE, default=1000.0, show_default=True, help="Records per second.")
@click.option("--seed", type=SEED, default=1, show_default=True, help="The same seed makes the same events.")
@click.option("--for", "seconds", type=DURATION, metavar="TIME", help="Stop after it, else at Ctrl-C.")
@click.option("--limit", type=click.IntRange(1), help="Stop after so many records.")
@world_options
@fault_options
@click.option(
    "--offenders", type=SHARE, default=0.0, show_default=True, help="Share of records for fraud guardrails."
)
@click.option("--fast", is_flag=True, help="As fast as Kafka takes them, of a time that ends now.")
@click.option(
    "--ledger",
    "ledger_file",
    type=Output(),
    metavar="FILE",
    help="Write the exact ledger there at the end.",
)
@JSON
@click.pass_obj
def produce(
    settings: Settings,
    /,
    target: Path | None,
    world: str,
    *,
    fast: bool,
    steady: bool,
    growth: float | None,
    day: float | None,
    faults: tuple[SizedScenario, ...],
    fault_at: float,
    fault_for: float,
    **chosen: Any,
) -> None:
    """Write synthetic events to Kafka, with an exact ledger beside them.

    The ledger is of the records as they were sent, faults included.
    """
    wrong = chosen_faults(faults, fault_at, fault_for)
    for fault in wrong:
        if fault.scenario.flow == "pause":
            raise click.UsageError(f"{fault.scenario.name} pauses workers: `pulse demo --fault` can")
    plan = Plan(
        paced=not fast,
        world=chosen_world(world, steady=steady, growth=growth, day=day),
        faults=wrong,
        **chosen,
    )
    give(asyncio.run(_produce(settings, plan)), target)


@click.command()
@click.option(
    "--ledger",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="As `pulse produce --ledger` wrote it.",
)
@click.option(
    "--workers", type=Servers(), metavar="HOST:PORT,...", help="Compare with the pages of these workers."
)
@click.option(
    "--prometheus", type=HttpAddress(), metavar="URL", help="Compare with what this Prometheus stores."
)
@click.option("--windows", is_flag=True, help="Compare with the records of pulse.window too.")
@click.option(
    "--wait",
    "seconds",
    type=Duration(least=0.0),
    default=30.0,
    show_default=True,
    metavar="TIME",
    help="How long to wait for equality.",
)
@JSON
@click.pass_obj
def verify(
    settings: Settings,
    ledger: Path,
    workers: tuple[str, ...] | None,
    prometheus: Address | None,
    windows: bool,
    seconds: float,
    target: Path | None,
) -> None:
    """Compare a ledger with tables and Prometheus, and name each difference.

    Exits 1 when anything differs. The stack must have counted nothing but the ledger's records.
    """
    report = asyncio.run(_verify(settings, ledger, workers, prometheus, windows, seconds))
    give(report, target)
    if not report["ledger_equal"]:
        sys.exit(1)


async def _produce(settings: Settings, plan: Plan) -> dict[str, object]:
    """Produce until the plan ends or Ctrl-C; a report."""
    stop, clock, show = stop_on_signals(), SystemClock(), progress_line()
    await ensure(settings, declared(settings))
    began = reported = clock.monotonic()

    def tell(progress: ProducerProgress) -> None:
        nonlocal reported
        if clock.monotonic() - reported >= _REPORT_SECONDS:
            reported = clock.monotonic()
            rate = progress.records / (reported - began)
            show(f"{progress.records:,} records, {rate:,.0f}/s, {progress.behind_ms} ms behind")

    done = await produce_with_ledger(settings, plan, Ledger(settings), clock, stop=stop, on_progress=tell)
    seconds = max(clock.monotonic() - began, 1e-9)
    say(f"\nproduced {done.records:,} records in {seconds:.1f} s")
    return {
        "records": done.records,
        "seconds": round(seconds, 3),
        "events_per_second": round(done.records / seconds, 1),
    }


async def _verify(
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
        differences: list[Difference] = []
        if urls:
            differences += await verify_workers(truth, settings, urls)
        if prometheus:
            differences += await verify_prometheus(truth, settings, prometheus)
        if windows:
            differences += verify_windows(truth, settings, await _window_records(settings))
        return differences

    differences = await wait_equal(check, SystemClock(), seconds)
    for difference in differences:
        labels = ", ".join(f"{name}={text}" for name, text in sorted(difference.labels.items()))
        figure = f"{difference.where}: {difference.series}{{{labels}}}"
        say(f"{figure} is {difference.actual}, the ledger says {difference.expected}")
    say(f"{len(differences)} differences" if differences else "every number equals the ledger")
    return {
        "ledger_equal": not differences,
        "differences": [difference._asdict() for difference in differences],
    }


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


async def _window_records(settings: Settings) -> list[tuple[str, dict[str, Any]]]:
    log = KafkaLog(settings)
    records: list[tuple[str, dict[str, Any]]] = []
    for number in range(settings.merge_partitions):
        first, end = await log.bounds(WINDOW_TOPIC, number)
        async for batch in log.read(WINDOW_TOPIC, number, first, end):
            records += [
                (key.decode(), msgspec.json.decode(value))
                for key, value in zip(batch.keys, batch.values, strict=True)
                if key is not None and value is not None
            ]
    return records
