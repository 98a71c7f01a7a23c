"""Alerts on the evidence about a signal: one line of PromQL, and a description that says how bad it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from creator_pulse.stream.catalog.declaration.conditions.unusual import CONTRIBUTOR, Unusual
from creator_pulse.stream.catalog.declaration.declare import Guardrail
from creator_pulse.stream.catalog.declaration.signals import PAGE_SCORE, TICKET_SCORE

if TYPE_CHECKING:
    from creator_pulse.stream.catalog.declaration.declare import Severity
    from creator_pulse.stream.catalog.declaration.signals import Direction

TICKET_MINUTES = 5
"""How long the evidence of a ticket that has a page waits for it."""


class Unit(NamedTuple):
    """A unit for people of a signal that is counted in another.

    Attributes:
        size: so many counts are one.
        word: its name, and of which things.
    """

    size: int
    word: str


USD_OF: Final = 10**6
"""Micro-dollars in a dollar."""


def alert_on(
    alert: str,
    evidence: Unusual,
    severity: Severity,
    summary: str,
    what: str,
    *,
    topics: tuple[str, ...] = (),
    tool: str = "",
    hurts: tuple[str, ...] = (),
    minutes: int = 0,
    yields_to: tuple[str, ...] = (),
    page_with: str = "",
    unit: Unit | None = None,
) -> Guardrail:
    """An alert that waits no longer than the evidence needs.

    Args:
        alert: its name in CamelCase, for example ``GiftsDrop``.
        evidence: of which signal, and from which score on.
        severity: ``page`` wakes on-call, ``ticket`` waits for the morning.
        summary: one static sentence without templates.
        what: the counted things, in the plural, as the description names them.
        topics: input topics that it is made of; none for a pipeline alert.
        tool: that it is about; empty: the metric's.
        hurts: parties that are worse off; empty: the metric's stakeholders.
        minutes: for which it waits for an alert that says more.
        yields_to: alerts that name the cause.
        page_with: the one of these with which its page is one message.
        unit: in which people read the usual; None: as many things as the signal is named for.
    """
    return Guardrail(
        alert=alert,
        severity=severity,
        series=evidence.series,
        window="",
        condition=evidence,
        # So that what becomes a page within minutes makes no ticket before it.
        minutes=minutes if evidence.paged_at is None else TICKET_MINUTES,
        by=evidence.by,
        topics=topics,
        tool=tool,
        hurts=hurts,
        yields_to=yields_to,
        page_with=page_with,
        summary=summary,
        description=_description(evidence, what, unit),
        lost=_lost(evidence),
    )


def page(signal: str, direction: Direction, by: tuple[str, ...] = ("app",)) -> Unusual:
    """Evidence of windows up to an hour that wakes on-call."""
    return Unusual(signal, direction, PAGE_SCORE, by, going_on=TICKET_SCORE)


def ticket(signal: str, direction: Direction, *, paged: bool = True) -> Unusual:
    """Evidence of any window up to a day for the morning.

    Args:
        signal: its name in ``catalog/signals.py``.
        direction: ``fall`` or ``rise``, the side that is evidence.
        paged: whether the alert has a page too, of which the ticket says nothing again.
    """
    return Unusual(signal, direction, TICKET_SCORE, speed="", paged_at=PAGE_SCORE if paged else None)


def common(*signals: str, direction: Direction) -> Unusual:
    """Evidence that several signals moved together: each sure enough for a ticket, so all for a page."""
    return Unusual("|".join(signals), direction, TICKET_SCORE, together=True)


def _description(evidence: Unusual, what: str, unit: Unit | None) -> str:
    where = " ".join(f"{{{{ $labels.{label} }}}}" for label in evidence.by)
    written = "humanizePercentage" if evidence.direction == "fall" else 'printf "%.1f times"'
    left = _asked(evidence, "max", "pulse_score_left", written)
    if evidence.direction == "fall":
        left = _asked(evidence, "min", "pulse_score_left", written)
    lost = _cost(evidence)
    # Of several signals each counts something else: what is usual is told of the first.
    first = evidence.signal.partition("|")[0]
    size, word = unit or Unit(1, first.replace("_", " "))
    divided = f" / {size}" if size > 1 else ""
    usual = _asked(replace(evidence, signal=first), "max", "pulse_expected", 'printf "%.1f"', divided)
    history = _asked(evidence, "min", "pulse_expected_history", 'printf "%.0f"')
    since = _asked(evidence, "time() - max", "pulse_score_since_timestamp_seconds", "humanizeDuration")
    score = '{{ printf "%.1f" $value }}'
    return (
        f"{where}: {what} are at {left} of what is usual, which is {usual} {word} a minute "
        f"now. This has lasted for {since}{lost}. Evidence {score}, by history "
        f"{history} of 4 (1 an hour, 2 a day, 3 a week, 4 weeks).{_contributors(evidence)}"
    )


def _cost(evidence: Unusual) -> str:
    """The cost a minute; nothing where the counted things have no price, such as records."""
    labels = " ".join(f"$labels.{label}" for label in evidence.by)
    query = f"{_of_all(evidence)}({_selected(evidence, 'pulse_score_lost_usd')}) > 0"
    amount = '{{ . | first | value | printf "%.0f" }}'
    return f'{{{{ with printf "{query}" {labels} | query }}}}, and costs {amount} USD a minute{{{{ end }}}}'


def _contributors(evidence: Unusual) -> str:
    """A line for each value that explains the change; none if the alert is by topic or about one region."""
    if not evidence.has_contributors:
        return ""
    matchers = evidence.selector(CONTRIBUTOR).replace('"', "'").removesuffix("}")
    query = f"sort_desc(topk(3, max by (what) ({matchers},app='%s'}})))"
    line = "{{ .Labels.what }} has {{ .Value | humanizePercentage }} of the change."
    return f'{{{{ range printf "{query}" $labels.app | query }}}}\n{line}{{{{ end }}}}'


def _of_all(evidence: Unusual) -> str:
    """How money is added up: signals of one tool show the same, those that fall together each its own."""
    return "sum" if evidence.together else "max"


def _lost(evidence: Unusual) -> str:
    """The loss since the evidence began: that of a minute, times the minutes; empty if it is 0.

    When the evidence is over, Prometheus goes on to show the last number: then it is the whole loss.
    """
    lost, since = (
        _selected(evidence, family)
        for family in ("pulse_score_lost_usd", "pulse_score_since_timestamp_seconds")
    )
    labels = " ".join(f"$labels.{label}" for _ in (lost, since) for label in evidence.by)
    query = f"{_of_all(evidence)}({lost}) * (time() - max({since})) / 60 > 0"
    text = f'{{{{ with printf "{query}" {labels} | query }}}}'
    return f'{text}{{{{ . | first | value | printf "%.0f" }}}}{{{{ end }}}}'


def _selected(evidence: Unusual, family: str) -> str:
    """A selector whose place is filled in by ``printf``."""
    own = ",".join(f"{label}='%s'" for label in evidence.by)
    matchers = evidence.selector(family).replace('"', "'").removesuffix("}")
    return f"{matchers},{own}}}"


def _asked(evidence: Unusual, over: str, family: str, written: str, divided: str = "") -> str:
    """A number that the description asks for when the alert fires; nothing where there is none."""
    labels = " ".join(f"$labels.{label}" for label in evidence.by)
    query = f'{{{{ with printf "{over}({_selected(evidence, family)}){divided}" {labels} | query }}}}'
    return f"{query}{{{{ . | first | value | {written} }}}}{{{{ end }}}}"
