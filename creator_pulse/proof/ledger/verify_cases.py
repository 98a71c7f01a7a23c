"""Compares the records of ``pulse.case`` with who met a rule by the ledger's sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from creator_pulse.proof.ledger.expected import figures, windows_of
from creator_pulse.proof.ledger.verify import Difference
from creator_pulse.proof.ledger.verify_windows import LENGTHS_MS, lowest_watermark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from creator_pulse.proof.ledger.truth import Truth
    from creator_pulse.stream.settings import Settings

Who = tuple[str, str, str]
"""Rule, app and ids."""
Ends = dict[Who, dict[int, bool]]
"""Ends of the windows that meet a rule -> whether without what came late."""


def verify_cases(truth: Truth, settings: Settings, records: Iterable[Mapping[str, Any]]) -> list[Difference]:
    """Compare with the cases that were written.

    Flagged windows that are no further apart than a window are one incident, and each incident that has
    begun in a closed window has a case. Where records came late, or a partition was idle, windows may have
    been flagged one after the other in another order: then an incident may have more than one.

    Args:
        truth: the ledger's sums, of all records that were produced.
        settings: the allowed lateness decides which windows are closed.
        records: decoded values of every record of ``pulse.case``.

    Returns:
        Every incident without its case, and every case without an incident.
    """
    rules = {rule.name: rule for several in figures().values() for rule in several if rule.kind == "case"}
    issued: dict[Who, list[int]] = {}
    differences = []
    for record in records:
        issued.setdefault((record["rule"], record["app"], record["id"]), []).append(record["end"])
    flagged = _flagged_ends(truth, settings)
    for who in sorted(flagged.keys() | issued.keys()):
        rule, ends = rules[who[0]], flagged.get(who, {})
        length = LENGTHS_MS[rule.windows[0]]
        closed = lowest_watermark(truth, rule.measures) - settings.allowed_lateness_ms
        cases = sorted(issued.get(who, ()))
        incidents = _incidents(ends, length)
        wanted = [incident for incident in incidents if min(incident) <= closed]
        missing = [
            incident for incident in wanted if not any(min(incident) <= end <= max(incident) for end in cases)
        ]
        doubled = len(cases) > len(wanted) and all(ends.values())
        if missing or doubled or not ends.keys() >= set(cases):
            wrong = f"{who[0]} of somebody in {who[1]}"
            differences.append(Difference("cases", wrong, {}, str(wanted), str(cases)))
    return differences


def _flagged_ends(truth: Truth, settings: Settings) -> Ends:
    flagged: Ends = {}
    with windows_of(truth, settings, kinds={"case"}) as windows:
        groups = windows.groups()
    for group in groups:
        in_time, whole = (results.get("", set()) for results in (group.finals, group.restated))
        end = group.start + LENGTHS_MS[group.window]
        for who in in_time | whole:
            key = (group.figure.name, dict(group.labels)["app"], who)
            flagged.setdefault(key, {})[end] = who in in_time
    return flagged


def _incidents(ends: Iterable[int], length: int) -> list[list[int]]:
    """Ends that belong together: none is further than a window from the one before."""
    incidents: list[list[int]] = []
    for end in sorted(ends):
        if incidents and end - incidents[-1][-1] <= length:
            incidents[-1].append(end)
        else:
            incidents.append([end])
    return incidents
