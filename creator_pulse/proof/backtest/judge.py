"""Judges messages by the labels of a world: which were right or in vain, and which incidents were missed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from creator_pulse.proof.backtest.incident import Incident
    from creator_pulse.proof.backtest.messages import Message

SLACK = {True: 60, False: 360}
"""Minutes after the end of an incident in which its page, or ticket, may still begin: slow windows see it."""

Opinion = Literal["right", "collateral", "clean", "between", "unusual", "beside"]
"""About an incident: what must, or what may tell of it. In vain: in a clean week, between incidents, about
something unusual, or beside an incident, about something else."""
IN_VAIN: tuple[Opinion, ...] = ("clean", "between", "unusual", "beside")


class JudgedMessage(NamedTuple):
    """A message and the opinion about it.

    Attributes:
        message: as sent; its times are minutes since the epoch.
        opinion: see ``Opinion``.
        incident: that it is about; None if nothing happened.
    """

    message: Message
    opinion: Opinion
    incident: Incident | None


class IncidentOutcome(NamedTuple):
    """What became of an incident that must be told.

    Attributes:
        incident: which.
        detected: minutes from its start to the first right message of the severity; None: missed.
        reset: minutes from its end until its last right message is resolved; None: missed.
        pages: right and collateral pages about it.
        flaps: right messages about it that came again after they had been resolved.
    """

    incident: Incident
    detected: int | None
    reset: int | None
    pages: int
    flaps: int


def judged(messages: Iterable[Message], incidents: Sequence[Incident]) -> list[JudgedMessage]:
    """An opinion of each message."""
    return [_judged(message, incidents) for message in messages]


def _judged(message: Message, incidents: Sequence[Incident]) -> JudgedMessage:
    about = [
        incident
        for incident in incidents
        if incident.start
        <= message.start
        < incident.end + SLACK[message.page] * (incident.kind == "incident")
    ]
    wrong = [incident for incident in about if incident.kind == "incident"]
    # Of several the one that began last: an older one would have been told before.
    for incident in sorted(wrong, key=lambda incident: -incident.start):
        if _speaks_of(message, incident, "must"):
            return JudgedMessage(message, "right", incident)
    for incident in sorted(wrong, key=lambda incident: -incident.start):
        if _speaks_of(message, incident, "may") and not _speaks_of(message, incident, "never"):
            return JudgedMessage(message, "collateral", incident)
    for kind, opinion in _VAIN.items():
        for incident in about:
            if incident.kind == kind and _at(message.labels[0], incident):
                return JudgedMessage(message, opinion, incident)
    return JudgedMessage(message, "between", None)


_VAIN: Mapping[str, Opinion] = {"unusual": "unusual", "clean": "clean", "incident": "beside"}


def _speaks_of(message: Message, incident: Incident, which: Literal["must", "may", "never"]) -> bool:
    """Whether an alert of the message is of the incident's place, and one of those that it names."""
    sets = getattr(incident, which)
    return any(
        _at(labels, incident) and any(match.holds(labels) for match in sets) for labels in message.labels
    )


def _at(labels: Mapping[str, str], incident: Incident) -> bool:
    """Whether an alert can be about an incident's place: the alert of all apps or regions is about any."""
    return all(
        labels.get(name, "") in {"", "all", place}
        for name in ("app", "region")
        if (place := getattr(incident, name))
    )


def outcomes(opinions: Sequence[JudgedMessage], incidents: Iterable[Incident]) -> list[IncidentOutcome]:
    """What became of each incident that must be told, in their order."""
    about: dict[int, list[JudgedMessage]] = defaultdict(list)
    for opinion in opinions:
        about[id(opinion.incident)].append(opinion)
    return [
        _outcome(incident, about[id(incident)])
        for incident in incidents
        if incident.kind == "incident" and incident.severity != "none"
    ]


def _outcome(incident: Incident, opinions: Sequence[JudgedMessage]) -> IncidentOutcome:
    right = [opinion.message for opinion in opinions if opinion.opinion == "right"]
    enough = [message for message in right if message.page or incident.severity == "ticket"]
    earlier: set[tuple[tuple[str, str], ...]] = set()
    flaps = 0
    for message in sorted(right, key=lambda message: message.start):
        first = tuple(sorted(message.labels[0].items()))
        flaps += first in earlier
        earlier.add(first)
    return IncidentOutcome(
        incident,
        min((message.start - incident.start for message in enough), default=None),
        max((max(message.end - incident.end, 0) for message in enough), default=None),
        sum(opinion.message.page for opinion in opinions if opinion.opinion in {"right", "collateral"}),
        flaps,
    )
