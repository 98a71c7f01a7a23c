"""Setting the bound of an alert for a while, in one app or region, in the log itself."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from creator_pulse.agents.reference_writer import write_reference
from creator_pulse.agents.utc import to_second
from creator_pulse.stream.catalog.overrides import WHOLE, by_region, overridable, places_of
from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.errors import OverrideError
from creator_pulse.stream.events.reference_entry import Entry, encoded
from creator_pulse.stream.events.reference_judge import judged
from creator_pulse.stream.events.references import References
from creator_pulse.stream.transport.names import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.transport.log import Log

ENDED_MS = 1
"""How long the version holds that ends an override: no entry ends before it begins."""


@dataclass(frozen=True, slots=True)
class OverridePlace:
    """An alert, and where.

    Attributes:
        alert: its name.
        app: one of the settings.
        region: of an alert by region; empty: the whole app.
    """

    alert: str
    app: str
    region: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a bound is set to another one.

    Attributes:
        why: for whoever wonders.
        who: is asked about it.
    """

    why: str
    who: str


class Overrider:
    """Carries out ``pulse override``.

    Args:
        settings: apps and regions, and names of topics.
        log: with the reference topic.
        clock: gives the time from which an override holds.
        tell: takes lines for the user.
    """

    def __init__(self, settings: Settings, log: Log, clock: Clock, tell: Callable[[str], None]) -> None:
        self._settings = settings
        self._log = log
        self._clock = clock
        self._tell = tell

    async def set_to(
        self, place: OverridePlace, bound: float, lasts_ms: int, reason: Reason
    ) -> dict[str, object]:
        """Set a bound from now on.

        Args:
            place: the alert, and where.
            bound: in place of the declared one, in its unit.
            lasts_ms: how long it holds.
            reason: why, and who is asked.

        Returns:
            the report.

        Raises:
            OverrideError: there is no such alert or place, its bound cannot be set, or the entry would be
                refused.
            UnreachableError: Kafka does not answer.
        """
        name = self._id(place)
        now = self._clock.now_ms()
        entry = Entry("override", name, now, now + lasts_ms, value=bound, note=reason.why, who=reason.who)
        await self._write(entry)
        declared = ", ".join(
            f"{form.condition.parameter:g} ({form.severity})" for form in overridable()[place.alert]
        )
        meaning = overridable()[place.alert][0].condition.meaning
        self._tell(f"{name}: {bound:g} {meaning} until {to_second(now + lasts_ms)}; declared: {declared}")
        return {"set": name, "bound": bound, "until_ms": now + lasts_ms}

    async def end(self, place: OverridePlace, reason: Reason) -> dict[str, object]:
        """End an override now; the arguments are those of ``set_to``.

        Raises:
            OverrideError: none holds there.
            UnreachableError: Kafka does not answer.
        """
        name = self._id(place)
        now = self._clock.now_ms()
        holding = (await self._read()).entry("override", name, now)
        if holding is None:
            raise OverrideError(f"no override of {name} holds now; `pulse override list` shows those that do")
        await self._write(
            Entry(
                "override",
                name,
                now,
                now + ENDED_MS,
                value=holding.value,
                note=reason.why,
                who=reason.who,
            )
        )
        self._tell(f"{name}: the declared bound holds again")
        return {"ended": name}

    async def holding(self) -> list[dict[str, object]]:
        """The overrides that hold now, as objects; one that is of no alert any more says so.

        Raises:
            UnreachableError: Kafka does not answer.
        """
        references, now = await self._read(), self._clock.now_ms()
        names = sorted({entry.id for entry in references.entries("override")})
        entries = [entry for name in names if (entry := references.entry("override", name, now)) is not None]
        return [_shown(entry) for entry in entries]

    def _id(self, place: OverridePlace) -> str:
        alert, region = place.alert, place.region or WHOLE
        if alert not in overridable():
            raise OverrideError(_refusal(alert))
        regions = places_of(alert, place.app, self._settings)
        if not regions:
            apps = ", ".join(sorted(self._settings.regions))
            raise OverrideError(f"there is no app {place.app!r}: one of {apps}")
        if region not in regions:
            if not by_region(alert):
                raise OverrideError(f"{alert} is about a whole app: leave --region out")
            raise OverrideError(f"{alert} is about a region: name one, --region {' or '.join(regions)}")
        return f"{alert}:{place.app}:{region}"

    async def _read(self) -> References:
        return await read_references(self._log, self._settings)

    async def _write(self, entry: Entry) -> None:
        refused = judged(encoded(entry), self._settings.day_offsets)
        if isinstance(refused, str):
            raise OverrideError(
                f"this would be no entry ({refused}): shorten --why or --who, or mind --bound"
            )
        await write_reference(self._log, self._settings, entry, "override")


async def read_references(log: Log, settings: Settings) -> References:
    """What stands in the reference topic.

    Args:
        log: has the reference topic.
        settings: its name, and how many entries are taken.

    Raises:
        UnreachableError: Kafka does not answer.
    """
    references = References(most=settings.most_references)
    topic = settings.topic(REFERENCE)
    begin, end = await log.bounds(topic, 0)
    async for batch in log.read(topic, 0, begin, end):
        if batch.unreadable is not None:
            references.pass_over(batch.unreadable.count)
            continue
        for value in batch.values:
            references.add(value)
    return references


def _refusal(alert: str) -> str:
    declared = {guardrail.alert: guardrail for metric in METRICS for guardrail in metric.guardrails}
    if alert not in declared:
        near = get_close_matches(alert, overridable(), 1)
        return f"there is no alert {alert!r}" + (f"; did you mean {near[0]}?" if near else "")
    guardrail = declared[alert]
    if guardrail.fact:
        why = "one is too many, whatever anybody says"
    elif "app" not in guardrail.by:
        why = "it is of no app"
    else:
        why = "it has no single bound"
    return f"the bound of {alert} cannot be set: {why}; silence it in Alertmanager instead"


def _shown(entry: Entry) -> dict[str, object]:
    alert, app, region = entry.id.split(":")
    return {
        "alert": alert,
        "app": app,
        "region": region,
        "bound": entry.value,
        "meaning": overridable()[alert][0].condition.meaning if alert in overridable() else "of no alert",
        "until": to_second(entry.valid_until or 0),
        "who": entry.who,
        "why": entry.note,
    }
