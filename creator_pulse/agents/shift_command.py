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
from creator_pulse.agents.shift import Shift, ShiftSources, shift
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
    report = asyncio.run(_gather(places, settings, until - since, until))
    if report.alerts is None and report.cases is None and report.silences is None:
        raise UnreachableError("nothing to report from: " + "; ".join(report.away))
    give(msgspec.to_builtins(report), target)
    if str(target) != "-":
        for line in lines(report):
            click.echo(line)


def _reached(host: str) -> str:
    """Where one that listens there is reached from here."""
    return "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - compared, not bound


async def _gather(
    places: tuple[Address, Address, Address], settings: Settings, since: float, until: float
) -> Shift:
    async with aiohttp.ClientSession() as session:
        overrides = OverrideLog(settings, KafkaLog(settings))
        return await shift(ShiftSources(*places, settings.api_token, overrides, session), since, until)


def lines(report: Shift) -> Iterator[str]:
    """The report for people; times are UTC."""
    hours = (report.until - report.since) / 3_600
    yield f"{to_minute(1_000 * report.since)} to {to_minute(1_000 * report.until)} UTC, {hours:g} h"
    yield ""
    yield from _alerts(report)
    if report.restated is not None:
        yield f"Restated: {report.restated:,.0f} window results"
    if report.blind is not None:
        yield "Blind: " + ("never" if not report.blind else "alerts could not be relied on")
        for stretch in report.blind:
            yield f"  {_span(stretch.began, stretch.ended)}  {stretch.why}"
    yield from _cases(report)
    if report.silences is not None:
        yield "Silences that hold: " + ("none" if not report.silences else str(len(report.silences)))
        for silence in report.silences:
            yield f"  {' '.join(silence.matchers)}  until {silence.until}  {silence.by}: {silence.comment}"
    yield from _overrides(report)
    for away in report.away:
        yield f"Missing: {away}"


def _alerts(report: Shift) -> Iterator[str]:
    if report.alerts is None:
        return
    still = sum(not episode.is_over for episode in report.alerts)
    cost = f"; lost about {report.lost_usd:,.0f} USD" if report.lost_usd else ""
    yield (
        f"Alerts: {len(report.alerts)} fired, {still} still do{cost}"
        if report.alerts
        else "Alerts: none fired"
    )
    for episode in report.alerts:
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


def _cases(report: Shift) -> Iterator[str]:
    if report.cases is None:
        return
    counts = report.cases
    opened = sum(counts.opened.values())
    decided = counts.confirmed + counts.rejected
    yield (
        f"Cases: {opened} opened, {decided} of them decided ({counts.confirmed} confirmed, {counts.rejected} "
        f"rejected)" + ("" if counts.is_whole else "; older ones are not held by the API")
    )
    if counts.opened:
        yield "  " + ", ".join(f"{rule} {number}" for rule, number in counts.opened.items())


def _overrides(report: Shift) -> Iterator[str]:
    if report.overrides is None:
        return
    yield "Bounds that somebody set: " + (str(len(report.overrides)) if report.overrides else "none")
    for override in report.overrides:
        place = override.app if override.region == WHOLE else f"{override.app} {override.region}"
        bound = f"{override.bound:g} {override.meaning}".strip()
        began = f"set {_day(override.began)} by {override.who}: {override.why}"
        yield f"  {override.alert} {place}: {bound}, {began}"
        if override.ended is not None:
            yield f"    ended {_day(override.ended)} by {override.ended_by}: {override.ended_why}"
        else:
            end = "expired" if override.expires <= report.until else "holds until"
            yield f"    {end} {_day(override.expires)}"


def _day(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%d. %H:%M")


def _span(began: float, ended: float) -> str:
    return f"{_day(began)} to {_day(ended)} ({max(1, round((ended - began) / 60))} min)"
