"""A label: what happened when and where, and which alerts must, may or must not tell of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["incident", "unusual", "clean"]
"""Something is wrong; something is unusual but not wrong; nothing happens (a whole stretch of time)."""
Severity = Literal["page", "ticket", "none"]


class Match(msgspec.Struct, frozen=True):
    """A set of alerts.

    Attributes:
        alert: regular expression of the whole name.
        labels: label -> regular expression of the whole value; a label that the alert lacks is empty.
    """

    alert: str
    labels: dict[str, str] = {}

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether an alert with these labels, ``alertname`` among them, is one of the set."""
        wanted = {"alertname": self.alert, **self.labels}
        return all(re.fullmatch(value, labels.get(name, "")) for name, value in wanted.items())


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One label of a world.

    Attributes:
        name: what kind of thing happened, for example ``gifts vanish``.
        kind: see ``Kind``.
        size: how much, for example ``50 %``; with the name it is a row of the report.
        start: minute since the epoch in which it begins.
        end: the first minute after it.
        app: where; empty for all apps.
        region: where in the app; empty for the whole app.
        severity: the least of what must tell of it: a page, or a ticket; ``none`` for what need not be told.
        hard: whether it is so large that every one must be found.
        must: it is found if one of these fires.
        may: alerts that are right to fire as well: consequences.
        never: alerts that must not fire though they might seem to be consequences.
        tickets: for the unusual: how many tickets in all are acceptable.
    """

    name: str
    start: int
    end: int
    kind: Kind = "incident"
    size: str = ""
    app: str = ""
    region: str = ""
    severity: Severity = "page"
    hard: bool = False
    must: tuple[Match, ...] = ()
    may: tuple[Match, ...] = ()
    never: tuple[Match, ...] = ()
    tickets: int = 0


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the calendar, known before it begins.

    Attributes:
        tool: whose volume it changes; ``all`` for every tool.
        app: where; empty for all apps.
        start: first minute since the epoch.
        end: the first minute after it.
        factor: how many times the usual is expected.
    """

    tool: str
    start: int
    end: int
    factor: float
    app: str = ""


class Stall(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes in which no topic's event time goes on; what came meanwhile is counted at its end.

    Attributes:
        start: first minute since the epoch.
        end: the first minute after it.
    """

    start: int
    end: int
