"""The command ``pulse report``: what happened in a shift, for the hand-over."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiohttp
import click
import msgspec

from creator_pulse.agents.duration import Duration
from creator_pulse.agents.option_types import HttpAddress
from creator_pulse.agents.options import JSON
from creator_pulse.agents.override_past import OverrideLog
from creator_pulse.agents.report import give
from creator_pulse.agents.shift import Shift, Sources, shift
from creator_pulse.agents.utc import to_minute
from creator_pulse.stream.catalog.overrides import WHOLE
from creator_pulse.stream.clock import SystemClock
from creator_pulse.stream.errors import UnreachableError
from creator_pulse.stream.secret import Address
from creator_pulse.stream.transport.kafka_log import KafkaLog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from creator_pulse.agents.shift import Episode
    from creator_pulse.stream.settings import Settings

_WORDS = {"critical": "page", "warning": "ticket"}
_SOURCES = 3


@click.command()
@click.option(
    "--since", type=Duration(least=60), default="8h", show_default=True, help="Length of the shift."
)
@click.option("--prometheus", type=HttpAddress(), metavar="URL", help="Default: PULSE_PROMETHEUS.")
@click.option("--alertmanager", type=HttpAddress(), metavar="URL", help="Default: PULSE_ALERTMANAGER.")
@click.option("--api", type=HttpAddress(), metavar="URL", help="Default: PULSE_API_HOST and PULSE_API_PORT.")
@JSON
@click.pass_obj
def report(
    settings: Settings,
    since: float,
    prometheus: Address | None,
    alertmanager: Address | None,
    api: Address | None,
    target: Path | None,
) -> None:
    """Say what happened in a shift, for the hand-over.

    Alerts that fired, for how long and what they cost; restatements; times in which alerts could not be
    relied on; cases; silences; bounds that somebody set. A source that does not answer is named.
    """
    own = Address(f"http://{_reached(settings.api_host)}:{settings.api_port}")
    places = prometheus or settings.prometheus, alertmanager or settings.alertmanager, api or own
    until = SystemClock().now_ms() / 1_000
    told = asyncio.run(_gather(places, settings, until - since, until))
    if told.alerts is None and told.cases is None and told.silences is None:
        raise UnreachableError("nothing to report from: " + "; ".join(told.away))
    give(msgspec.to_builtins(told), target)
    if str(target) != "-":
        for line in lines(told):
            click.echo(line)


def _reached(host: str) -> str:
    """Where one that listens there is reached from here."""
    return "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - compared, not bound


async def _gather(
    places: tuple[Address, Address, Address], settings: Settings, since: float, until: float
) -> Shift:
    async with aiohttp.ClientSession() as session:
        overrides = OverrideLog(settings, KafkaLog(settings))
        return await shift(Sources(*places, settings.api_token, overrides, session), since, until)


def lines(told: Shift) -> Iterator[str]:
    """The report for people; times are UTC."""
    hours = (told.until - told.since) / 3_600
    yield f"{to_minute(1_000 * told.since)} to {to_minute(1_000 * told.until)} UTC, {hours:g} h"
    yield ""
    yield from _alerts(told)
    if told.restated is not None:
        yield f"Restated: {told.restated:,.0f} window results"
    if told.blind is not None:
        yield "Blind: " + ("never" if not told.blind else "alerts could not be relied on")
        for stretch in told.blind:
            yield f"  {_span(stretch.began, stretch.ended)}  {stretch.why}"
    yield from _cases(told)
    if told.silences is not None:
        yield "Silences that hold: " + ("none" if not told.silences else str(len(told.silences)))
        for silence in told.silences:
            yield f"  {' '.join(silence.matchers)}  until {silence.until}  {silence.by}: {silence.comment}"
    yield from _overrides(told)
    for away in told.away:
        yield f"Missing: {away}"


def _alerts(told: Shift) -> Iterator[str]:
    if told.alerts is None:
        return
    still = sum(not episode.is_over for episode in told.alerts)
    cost = f"; lost about {told.lost_usd:,.0f} USD" if told.lost_usd else ""
    yield f"Alerts: {len(told.alerts)} fired, {still} still do{cost}" if told.alerts else "Alerts: none fired"
    for episode in told.alerts:
        yield f"  {_alert(episode)}"


def _alert(episode: Episode) -> str:
    place = " ".join(episode.labels.values())
    parts = [
        f"{_WORDS.get(episode.severity, episode.severity):6}",
        _span(episode.began, episode.ended) + ("" if episode.is_over else " and goes on"),
        f"{episode.alert} {place}".strip(),
    ]
    if episode.lost_usd:
        parts.append(f"lost {episode.lost_usd:,.0f} USD")
    if episode.expected is not None and episode.seen is not None:
        parts.append(f"{episode.seen:,.0f} seen of {episode.expected:,.0f} expected")
    return "  ".join(parts)


def _cases(told: Shift) -> Iterator[str]:
    if told.cases is None:
        return
    counts = told.cases
    opened = sum(counts.opened.values())
    decided = counts.confirmed + counts.rejected
    yield (
        f"Cases: {opened} opened, {decided} of them decided ({counts.confirmed} confirmed, {counts.rejected} "
        f"rejected)" + ("" if counts.is_whole else "; older ones are not held by the API")
    )
    if counts.opened:
        yield "  " + ", ".join(f"{rule} {number}" for rule, number in counts.opened.items())


def _overrides(told: Shift) -> Iterator[str]:
    if told.overrides is None:
        return
    yield "Bounds that somebody set: " + (str(len(told.overrides)) if told.overrides else "none")
    for one in told.overrides:
        place = one.app if one.region == WHOLE else f"{one.app} {one.region}"
        bound = f"{one.bound:g} {one.meaning}".strip()
        yield f"  {one.alert} {place}: {bound}, set {_day(one.began)} by {one.who}: {one.why}"
        if one.ended is not None:
            yield f"    ended {_day(one.ended)} by {one.ended_by}: {one.ended_why}"
        else:
            yield f"    {'expired' if one.expires <= told.until else 'holds until'} {_day(one.expires)}"


def _day(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%d. %H:%M")


def _span(began: float, ended: float) -> str:
    return f"{_day(began)} to {_day(ended)} ({max(1, round((ended - began) / 60))} min)"
