"""The command ``pulse override``: set, end and list bounds of alerts that hold for a while."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from creator_pulse.agents.option_types import BoundedNumber
from creator_pulse.agents.options import DURATION, JSON, with_options
from creator_pulse.agents.override import OverridePlace, Overrider, Reason
from creator_pulse.agents.report import give, say
from creator_pulse.stream.clock import SystemClock
from creator_pulse.stream.transport.kafka_log import KafkaLog

if TYPE_CHECKING:
    from pathlib import Path

    from creator_pulse.stream.settings import Settings

_MOST = 10.0**15
_PLACE = with_options(
    click.argument("alert"),
    click.option("--app", required=True, metavar="APP", help="In this app."),
    click.option(
        "--region", default="", metavar="REGION", help="Of an alert by region (RegionQuiet): where."
    ),
)
_REASON = with_options(
    click.option("--why", required=True, metavar="TEXT", help="Shown on the board of the guardrails."),
    click.option("--who", required=True, metavar="NAME", help="Who is asked about it."),
)


@click.group()
def override() -> None:
    r"""Set the bound of an alert for a while, in one app or region.

    \b
    While a payment provider is known to fail one checkout in ten:
      pulse override set CheckoutFailing --app tiktok --bound 200 --for 6h \
        --why "provider fails 10 %, ticket 4711" --who ann
      pulse override list
      pulse override end CheckoutFailing --app tiktok --why "provider is well" --who ann

    The bound is in the unit of the declared one (docs/catalogue.md): a number for a fixed bound, how many
    times the usual or how far from it, or the score of the evidence. It holds in each form of the alert,
    page and ticket, from the next scrape on, and ends by itself: the entry stands in the reference topic,
    and nothing restarts. Alerts that are facts, of no app, or with two bounds have none to set.
    """


@override.command(name="set")
@_PLACE
@click.option(
    "--bound", type=BoundedNumber(-_MOST, _MOST), required=True, metavar="NUMBER", help="In its unit."
)
@click.option("--for", "lasts", type=DURATION, required=True, metavar="TIME", help="For how long: 90m, 48h.")
@_REASON
@JSON
@click.pass_obj
def set_bound(
    settings: Settings,
    alert: str,
    app: str,
    region: str,
    bound: float,
    lasts: float,
    why: str,
    who: str,
    target: Path | None,
) -> None:
    """Set the bound of ALERT from now on."""
    place, reason = OverridePlace(alert, app, region), Reason(why, who)
    give(asyncio.run(_overrider(settings).set_to(place, bound, int(lasts * 1000), reason)), target)


@override.command()
@_PLACE
@_REASON
@JSON
@click.pass_obj
def end(
    settings: Settings, alert: str, app: str, region: str, why: str, who: str, target: Path | None
) -> None:
    """End an override of ALERT before its time: the declared bound holds again."""
    give(asyncio.run(_overrider(settings).end(OverridePlace(alert, app, region), Reason(why, who))), target)


@override.command(name="list")
@JSON
@click.pass_obj
def show(settings: Settings, target: Path | None) -> None:
    """Show the overrides that hold now."""
    holding = asyncio.run(_overrider(settings).holding())
    if target is not None:
        give({"overrides": holding}, target)
        return
    if not holding:
        say("no override holds: every alert has its declared bound")
    for entry in holding:
        click.echo(
            f"{entry['alert']} {entry['app']} {entry['region']}: {entry['bound']:g} {entry['meaning']}, "
            f"until {entry['until']} ({entry['who']}: {entry['why']})"
        )


def _overrider(settings: Settings) -> Overrider:
    return Overrider(settings, KafkaLog(settings), SystemClock(), say)
