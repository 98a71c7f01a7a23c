"""The command line. Each command reads its options and hands over; nothing is computed here."""

from __future__ import annotations

import asyncio
import logging
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from creator_pulse.agents import tools
from creator_pulse.agents.bench.command import bench
from creator_pulse.agents.catalog_table import show_catalog
from creator_pulse.agents.chaos.command import chaos
from creator_pulse.agents.demo import Demo, Options
from creator_pulse.agents.duration import Duration
from creator_pulse.agents.option_types import (
    PORT,
    RATE,
    SEED,
    SHARE,
    Folder,
    Host,
    HttpAddress,
    Output,
    Servers,
)
from creator_pulse.agents.report import give, say
from creator_pulse.agents.simulate import simulate
from creator_pulse.agents.soak.command import soak
from creator_pulse.agents.up import Up
from creator_pulse.agents.void import Range
from creator_pulse.stream.errors import PulseError
from creator_pulse.stream.settings import LOG_LEVELS, Settings, load, shown_environ
from creator_pulse.stream.synthetic.producer import Plan

if TYPE_CHECKING:
    from creator_pulse.stream.secret import Address

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
DURATION = Duration()
JSON = click.option(
    "--json",
    "target",
    type=Output(dash=True),
    metavar="FILE",
    is_flag=False,
    flag_value="-",
    help="Write one JSON object there at the end; - or no name is standard output.",
)
DATA = click.option(
    "--data",
    type=Folder(),
    metavar="DIR",
    help="Keep data in this folder; without it all starts empty.",
)
ENDPOINTS = click.option(
    "--endpoints",
    type=Output(),
    metavar="FILE",
    help="Write the addresses there (JSON) once all is ready.",
)
PARTS = "kafka, redis, prometheus, alertmanager"
_INTERRUPTED = 130


class Pulse(click.Group):
    """Turns errors that a user can name into one line and a non-zero exit."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line; an option that is wrong is one line too."""
        try:
            code = super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            code = error.exit_code
        except click.ClickException as error:
            context = getattr(error, "ctx", None)
            path = context.command_path if context else "pulse"
            say(f"{path}: {' '.join(error.format_message().split())} (`{path} -h` lists the options)")
            code = error.exit_code
        except click.Abort:
            code = _INTERRUPTED
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except PulseError as error:
            say(f"pulse: {error}")
            sys.exit(1)
        except KeyboardInterrupt:
            sys.exit(_INTERRUPTED)


@click.group(cls=Pulse, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--log-level",
    type=click.Choice(LOG_LEVELS),
    default=None,
    help="debug, info, warning or error; default: warning; workers: PULSE_LOG_LEVEL.",
)
@click.version_option(package_name="creator-pulse", prog_name="pulse")
@click.pass_context
def main(ctx: click.Context, log_level: str | None) -> None:
    """Live metrics and guardrails for creator monetization.

    Start with `pulse demo`: it runs Kafka, Redis, Prometheus, two workers, synthetic producers and
    a live board, and says whether every number equals the producers' ledger.

    Settings come from PULSE_* variables or the file that PULSE_SETTINGS names; `pulse settings`
    lists them.
    """
    settings = load(log_level=log_level)
    logging.basicConfig(level=(log_level or "warning").upper(), format=LOG_FORMAT)
    # What aiokafka logs as an error it also raises; the raised one is told in one line.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    ctx.obj = settings


@main.command()
@click.option(
    "--for",
    "seconds",
    type=DURATION,
    metavar="TIME",
    help="End by itself after this long (90s, 5m) with the verdict.",
)
@click.option("--rate", type=RATE, default=1000.0, show_default=True, help="Records per second.")
@click.option(
    "--seed",
    type=SEED,
    default=1,
    show_default=True,
    help="Of the generator: the same seed makes the same events.",
)
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 16), help="Worker processes.")
@click.option("--no-producer", is_flag=True, help="Wait for events from elsewhere; there is no ledger then.")
@DATA
@ENDPOINTS
@JSON
@click.pass_obj
def demo(settings: Settings, /, target: Path | None, *, no_producer: bool, **chosen: Any) -> None:
    """Run the whole thing, live: stack, workers, producers, board.

    A worker that dies is replaced. Ctrl-C stops everything in order. Exits 1 when any number
    differs from the ledger.
    """
    options = Options(**chosen)
    if no_producer:
        options = replace(options, rate=0.0)
    report = asyncio.run(Demo(settings, options, say, tools.progress_line()).run())
    equal = report["ledger_equal"]
    if report.get("produced") == 0:
        say("NOTHING WAS COMPARED: no record was produced in the time; give it more, or a higher rate")
    elif equal is not None:
        say("every number equals the ledger" if equal else f"THE NUMBERS DIFFER: {report['differences']}")
    give(report, target)
    if equal is False:
        sys.exit(1)


@main.command()
@click.option("--only", metavar="PARTS", help=f"Some of {PARTS}, separated by commas.")
@DATA
@ENDPOINTS
@click.pass_obj
def up(settings: Settings, only: str | None, data: Path | None, endpoints: Path | None) -> None:
    """Start the local stack and keep it until Ctrl-C.

    Real Kafka, Redis, Prometheus and Alertmanager on this machine, on their usual ports or on free
    ones where those are taken. Point other commands at it with the printed PULSE_* settings.
    """
    asyncio.run(Up(settings, only, data, endpoints, say).run())


@main.command()
@click.option(
    "--metrics-port",
    type=PORT,
    default=None,
    help="Port of /metrics; default: PULSE_METRICS_PORT, 9464. 0: any free one.",
)
@click.option(
    "--ready",
    type=Output(),
    metavar="FILE",
    help="Write `pid host:port` there once /metrics is served.",
)
@click.pass_obj
def worker(settings: Settings, metrics_port: int | None, ready: Path | None) -> None:
    """Count: one worker process, until it is told to stop.

    Start as many as there are partitions to share; they divide them by themselves.
    """
    from creator_pulse.agents.worker import run  # noqa: PLC0415 - Faust is slow to import, and only workers need it

    logging.getLogger().setLevel(settings.log_level.upper())
    if metrics_port is not None:
        settings = msgspec.structs.replace(settings, metrics_port=metrics_port)
    run(settings, ready)


@main.command()
@click.option("--rate", type=RATE, default=1000.0, show_default=True, help="Records per second.")
@click.option("--seed", type=SEED, default=1, show_default=True, help="The same seed makes the same events.")
@click.option("--for", "seconds", type=DURATION, metavar="TIME", help="Stop after it, else at Ctrl-C.")
@click.option("--limit", type=click.IntRange(1), help="Stop after so many records.")
@click.option("--day-cycle", is_flag=True, help="Let the rate follow the hour of the day.")
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
def produce(settings: Settings, /, target: Path | None, *, fast: bool, **chosen: Any) -> None:
    """Write synthetic events to Kafka, with an exact ledger beside them."""
    plan = Plan(paced=not fast, **chosen)
    give(asyncio.run(tools.produce_events(settings, plan)), target)


@main.command()
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
    report = asyncio.run(tools.verify_ledger(settings, ledger, workers, prometheus, windows, seconds))
    give(report, target)
    if not report["ledger_equal"]:
        sys.exit(1)


@main.command()
@click.option(
    "--host", type=Host(), default=None, help="Address to bind; default: PULSE_BOARD_HOST, 127.0.0.1."
)
@click.option("--port", type=PORT, default=None, help="Default: PULSE_BOARD_PORT, 8080.")
@click.option(
    "--prometheus", type=HttpAddress(), metavar="URL", default=None, help="Default: PULSE_PROMETHEUS."
)
@click.pass_obj
def board(settings: Settings, host: str | None, port: int | None, prometheus: Address | None) -> None:
    """Serve the boards in a browser, drawn from Prometheus; no Grafana needed."""
    asyncio.run(tools.serve_board(settings, host, port, prometheus))


@main.command()
@click.option(
    "--host", type=Host(), default=None, help="Address to bind; default: PULSE_API_HOST, 127.0.0.1."
)
@click.option("--port", type=PORT, default=None, help="Default: PULSE_API_PORT, 8090. 0: any free one.")
@click.pass_obj
def api(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve values with their trust, history, leaderboards and cases over HTTP.

    Its routes are described at / and /openapi.json. An address that other machines reach needs a
    token: PULSE_API_TOKEN.
    """
    asyncio.run(tools.serve_api(settings, host, port))


@main.command()
@click.option("--tool", help="gift, ad, reward, deal, commerce, all or pipeline.")
@click.option("--stakeholder", help="creators, viewers, advertisers, platform or on-call.")
@click.option("--tier", help="'north star', core, supporting, guardrail or pipeline.")
@JSON
@click.pass_obj
def catalog(
    settings: Settings, tool: str | None, stakeholder: str | None, tier: str | None, target: Path | None
) -> None:
    """List the metrics as a table; --json gives every field, with the PromQL of each value."""
    show_catalog(settings, tool, stakeholder, tier, target)


@main.command()
@click.option(
    "--check", is_flag=True, help="Create nothing; fail where a topic is missing or has another shape."
)
@click.pass_obj
def topics(settings: Settings, check: bool) -> None:
    """Create the topics on an existing Kafka, or check them."""
    asyncio.run(tools.make_topics(settings, check=check))


@main.command()
@click.option("--yes", is_flag=True, help="Delete them; without this nothing is changed.")
@JSON
@click.pass_obj
def afresh(settings: Settings, yes: bool, target: Path | None) -> None:
    """Let workers count everything anew from what the inputs still hold.

    Deletes what they made: all changelogs, pulse.pane and pulse.window, which only fit together. All
    workers must be stopped; they create the topics again (docs/exactness.md, Beginning afresh).
    """
    give(asyncio.run(tools.begin_afresh(settings, yes)), target)


@main.command()
@click.argument("topic")
@click.argument("partition", type=click.IntRange(0))
@click.option("--from", "first", type=click.IntRange(0), metavar="OFFSET", help="The first record.")
@click.option("--to", "last", type=click.IntRange(0), metavar="OFFSET", help="The last record.")
@click.option("--why", default="", metavar="TEXT", help="For whoever reads the log later.")
@click.option("--yes", is_flag=True, help="Declare it; without this nothing is written.")
@JSON
@click.pass_obj
def void(
    settings: Settings,
    topic: str,
    partition: int,
    first: int | None,
    last: int | None,
    why: str,
    yes: bool,
    target: Path | None,
) -> None:
    """Declare records of an input partition void, in the log itself.

    Whoever reads the log from then on counts them as invalid, reason void, as every replay does: they
    move no event time. Workers that have counted them already must begin afresh (docs/operate.md, A
    poisoned log). Without --from and --to: show the records that are dated ahead of the clock.
    """
    if (first is None) != (last is None):
        raise click.UsageError("name both ends, --from and --to, or none")
    if yes and first is None:
        raise click.UsageError("--yes needs the records: --from and --to")
    give(asyncio.run(tools.declare_void(settings, Range(topic, partition, first, last), why, yes)), target)


@main.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write into this folder, and touch nothing else there; default: those of the checkout.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when a file is out of date.")
def generate(out: Path | None, check: bool) -> None:
    """Write rules, alerts, boards and runbooks from the declarations.

    With the configuration of Prometheus, Alertmanager and Grafana that the compose stack has; in a checkout
    with the pages of the catalogue and the map; with --out with tests of the alerts for promtool.
    """
    tools.write_generated(out, check=check)


@main.command(name="settings")
@click.pass_obj
def show_settings(settings: Settings) -> None:
    """Show every setting: its variable and its value now, of secrets only whether they are set.

    A secret that stands in a file is shown as the variable that names it. Addresses are shown without
    user and password.
    """
    for name, value in shown_environ(settings).items():
        click.echo(f"{name}={value}")


main.add_command(chaos)
main.add_command(soak)
main.add_command(simulate)
main.add_command(bench)
