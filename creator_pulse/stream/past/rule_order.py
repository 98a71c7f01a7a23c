"""Which recording rules can be made of some series, and in which order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_NO_NAMES = re.compile(
    r'"(?:[^"\\]|\\.)*"|\{[^}]*\}|\[[^]]*\]|\b(?:on|by|ignoring|without|group_left|group_right)\s*\([^)]*\)'
)


def series_in(expression: str, recordings: Collection[str]) -> set[str]:
    """Names of the series that an expression reads.

    Args:
        expression: PromQL.
        recordings: names of recorded series.
    """
    words = _NAME.findall(_NO_NAMES.sub(" ", expression))
    return {
        word
        for word in words
        if word in recordings
        or ":" in word.strip(":")
        or word.startswith(("pulse_", "prometheus_", "alertmanager_"))
        or word in {"up", "ALERTS", "ALERTS_FOR_STATE", "scrape_samples_scraped"}
    }


def in_steps(
    rules: Sequence[tuple[str, Collection[str]]], families: Iterable[str]
) -> tuple[list[list[int]], set[str]]:
    """Put rules into steps: series that the rules of a step read are there, or are made by the steps before.

    Rules that read something else, or each other, are in none.

    Args:
        rules: the name that each records, and the series that it reads; several may record one name.
        families: names of the series that there are.

    Returns:
        places of the rules by step, and all names that are there then: one is, once all its rules are made.

    Example:
        >>> in_steps([("hour", {"minute"}), ("minute", {"pulse_gifts"}), ("lag", {"up"})], ["pulse_gifts"])[0]
        [[1], [0]]
    """
    there = set(families)
    waiting = list(range(len(rules)))
    steps = []
    while step := [place for place in waiting if there.issuperset(rules[place][1])]:
        waiting = [place for place in waiting if place not in step]
        steps.append(step)
        there |= {rules[place][0] for place in step} - {rules[place][0] for place in waiting}
    return steps, there


def needed(wanted: Iterable[str], reads: Mapping[str, Collection[str]]) -> set[str]:
    """The recorded series among some, and those that they are made of.

    Args:
        wanted: names, also of series that are not recorded.
        reads: recorded name -> the series that its rules read.
    """
    names = set[str]()
    waiting = {name for name in wanted if name in reads}
    while waiting:
        name = waiting.pop()
        names.add(name)
        waiting |= {other for other in reads[name] if other in reads and other not in names}
    return names
