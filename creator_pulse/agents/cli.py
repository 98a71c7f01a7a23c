"""The command line. Each command reads its options and hands over; nothing is computed here.

A command imports what it needs when it is called: all of it takes a second, which each process that a
command starts would pay as well.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from creator_pulse.agents.option_types import PORT, Host, HttpAddress, Output
from creator_pulse.agents.options import DATA, ENDPOINTS, JSON
from creator_pulse.agents.report import give, say
from creator_pulse.stream.errors import PulseError
from creator_pulse.stream.settings import LOG_LEVELS, Settings, load, shown_environ

if TYPE_CHECKING:
    from creator_pulse.stream.secret import Address

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
PARTS = "kafka, redis, prometheus, alertmanager"
COMMANDS = "creator_pulse.commands"
"""Entry points of commands that are found when they are asked for: nothing here imports them."""
_INTERRUPTED = 130


class Pulse(click.Group):
    """Turns errors that a user can name into one line and a non-zero exit."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, those of installed distributions among them."""
        return sorted({*super().list_commands(ctx), *entry_points(group=COMMANDS).names})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command, imported only now if a distribution brings it; None if there is none of that name."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        for entry_point in entry_points(group=COMMANDS, name=cmd_name):
            command: click.Command = entry_point.load()
            return command
        return None

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
@click.option("--only", metavar="PARTS", help=f"Some of {PARTS}, separated by commas.")
@DATA
@ENDPOINTS
@click.pass_obj
def up(settings: Settings, only: str | None, data: Path | None, endpoints: Path | None) -> None:
    """Start the local stack and keep it until Ctrl-C.

    Real Kafka, Redis, Prometheus and Alertmanager on this machine, on their usual ports or on free
    ones where those are taken. Point other commands at it with the printed PULSE_* settings.
    """
    from creator_pulse.agents.up import Up

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
    from creator_pulse.agents.worker import run

    logging.getLogger().setLevel(settings.log_level.upper())
    if metrics_port is not None:
        settings = msgspec.structs.replace(settings, metrics_port=metrics_port)
    run(settings, ready)


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
    from creator_pulse.agents import tools

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
    from creator_pulse.agents import tools

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
    from creator_pulse.agents.catalog_table import show_catalog

    show_catalog(settings, tool, stakeholder, tier, target)


@main.command()
@click.argument("name", required=False)
@JSON
def scenarios(name: str | None, target: Path | None) -> None:
    """List what can go wrong, by how much, and which alerts must say so.

    `pulse demo --fault NAME` and `pulse produce --fault NAME:SIZE` let it go wrong.
    """
    from creator_pulse.agents.scenario_table import show_scenarios

    show_scenarios(name, target)


@main.command()
@click.argument("signal", required=False)
@click.option("--alert", metavar="NAME", help="What this alert is about, instead of a signal.")
@click.option("--app", metavar="APP", help="In this app alone.")
@click.option("--region", metavar="REGION", help="In this region alone.")
@click.option("--from", "since", metavar="MS", help="Begin, epoch ms.")
@click.option("--to", "until", metavar="MS", help="End, epoch ms.")
@click.option("--at", metavar="MS", help="The half hour before this time, epoch ms.")
@JSON
@click.pass_obj
def explain(
    settings: Settings,
    signal: str | None,
    alert: str | None,
    app: str | None,
    region: str | None,
    since: str | None,
    until: str | None,
    at: str | None,
    target: Path | None,
) -> None:
    """Say which app, region, platform, gift, campaign, ... explains a change.

    Of a guarded count such as gifts or topups_failed; without one, of all that are not as usual now. What
    stands out has a star. The last six hours can be asked for (docs/api.md, What explains a change).
    """
    from creator_pulse.agents.explain_table import show_explanation
    from creator_pulse.stream.clock import SystemClock

    place = {"signal": signal, "alert": alert, "app": app, "region": region}
    times = {"from": since, "to": until, "at": at}
    asyncio.run(show_explanation(settings, SystemClock(), {**place, **times}, target))


@main.command()
@click.option(
    "--check", is_flag=True, help="Create nothing; fail where a topic is missing or has another shape."
)
@click.pass_obj
def topics(settings: Settings, check: bool) -> None:
    """Create the topics on an existing Kafka, or check them."""
    from creator_pulse.agents import tools

    asyncio.run(tools.make_topics(settings, check=check))


@main.command()
@click.option("--yes", is_flag=True, help="Delete them; without this nothing is changed.")
@JSON
@click.pass_obj
def afresh(settings: Settings, yes: bool, target: Path | None) -> None:
    """Let workers count everything anew from the records that the inputs still hold.

    Deletes all that they wrote: all changelogs, pulse.pane and pulse.window, which only fit together. All
    workers must be stopped; they create the topics again (docs/exactness.md, Beginning afresh).
    """
    from creator_pulse.agents import tools

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

    from creator_pulse.agents import tools
    from creator_pulse.agents.void import VoidRange

    give(
        asyncio.run(tools.declare_void(settings, VoidRange(topic, partition, first, last), why, yes)), target
    )


@main.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write into this folder, and touch nothing else there; default: those of the checkout.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when a file is out of date.")
@click.pass_obj
def generate(settings: Settings, out: Path | None, check: bool) -> None:
    """Write rules, alerts, boards and runbooks from the declarations.

    With the configuration of Prometheus, Alertmanager and Grafana that the compose stack has; in a checkout
    with the pages of the catalogue and the map; with --out with tests of the alerts for promtool, and
    with the links, receivers and hours of the settings.
    """
    from creator_pulse.agents import tools

    tools.write_generated(settings, out, check=check)


@main.command(name="settings")
@click.pass_obj
def show_settings(settings: Settings) -> None:
    """Show every setting: its variable and its value now, of secrets only whether they are set.

    A secret that stands in a file is shown as the variable that names it. Addresses are shown without
    user and password.
    """
    for name, value in shown_environ(settings).items():
        click.echo(f"{name}={value}")
