"""Compares the records of ``pulse.case`` with who met a rule by the ledger's sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from creator_pulse.proof.ledger.recompute_spread import flagged
from creator_pulse.proof.ledger.verify import Difference
from creator_pulse.proof.ledger.verify_windows import groups_of
from creator_pulse.stream.catalog.aggregates import Flagged
from creator_pulse.stream.catalog.declare import WINDOWS
from creator_pulse.stream.catalog.registry import VALUES, topics_of
from creator_pulse.stream.catalog.tunable import tuned_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from creator_pulse.proof.ledger.truth import Truth
    from creator_pulse.stream.catalog.declare import Value
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
        truth: the ledger's sums.
        settings: the allowed lateness.
        records: decoded values of every record of ``pulse.case``.

    Returns:
        Every incident without its case, and every case without an incident.
    """
    rules = {value.name: value for value in tuned_values(VALUES, settings) if _has_cases(value)}
    issued: dict[Who, list[int]] = {}
    differences = []
    for record in records:
        issued.setdefault((record["rule"], record["app"], record["id"]), []).append(record["end"])
    known = _flagged_ends(truth, rules, settings)
    for who in sorted(known.keys() | issued.keys()):
        value = rules[who[0]]
        closed = _closed(value, truth, settings)
        found = sorted(issued.get(who, ()))
        wanted = [one for one in _incidents(value, known.get(who, {})) if min(one) <= closed]
        late = not all(known.get(who, {}).values())
        none = [one for one in wanted if not any(min(one) <= end <= max(one) for end in found)]
        ends = {end for one in _incidents(value, known.get(who, {})) for end in one}
        if none or not ends.issuperset(found) or (len(found) > len(wanted) and not late):
            wrong = f"{who[0]} of somebody in {who[1]}"
            differences.append(Difference("cases", wrong, {}, str(wanted), str(found)))
    return differences


def _has_cases(value: Value) -> bool:
    return isinstance(value.formula, Flagged) and value.formula.cases


def _flagged_ends(truth: Truth, rules: Mapping[str, Value], settings: Settings) -> Ends:
    known: Ends = {}
    for (name, label, start, chosen), group in groups_of(truth, rules.values(), settings).items():
        formula = rules[name].formula
        assert isinstance(formula, Flagged)
        in_time, _ = flagged(formula, group.final)
        whole, _ = flagged(formula, group.whole())
        end = start + WINDOWS[label].size_ms
        for ids in in_time | whole:
            known.setdefault((name, dict(chosen)["app"], ",".join(ids)), {})[end] = ids in in_time
    return known


def _incidents(value: Value, ends: Mapping[int, bool]) -> list[list[int]]:
    """Ends that belong together: none is further than a window from the one before."""
    (label,) = value.windows
    found: list[list[int]] = []
    for end in sorted(ends):
        if found and end - found[-1][-1] <= WINDOWS[label].size_ms:
            found[-1].append(end)
        else:
            found.append([end])
    return found


def _closed(value: Value, truth: Truth, settings: Settings) -> int:
    topics = topics_of(value)
    marks = [mark for (topic, _), mark in truth.watermarks.items() if topic in topics]
    return min(marks, default=0) - settings.allowed_lateness_ms
