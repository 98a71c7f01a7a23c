"""Which series boards and rules read: the others need not be looked at in the past."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from creator_pulse.stream.monitoring.build import generated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from creator_pulse.stream.lanes.lane import Sample

# A name that is no part of a recorded one (app:pulse_gifts:sum), and its matchers; a value may hold braces.
_SELECTOR = re.compile(r'(?<![\w:])(pulse_\w+)(?![\w:(])(?:\{((?:"(?:[^"\\]|\\.)*"|[^}"])*)\})?')
_EQUAL = re.compile(r'(\w+)="([^"\\$]*)"')
_WINDOW, _STATE, _VALUE = "window", "state", "value"
_Matchers = frozenset[tuple[str, str]]


class Reads:
    """Tells the series that some expressions read.

    Only matchers of equality with a fixed text count: whoever reads ``app=~"$app"`` reads all apps.

    Args:
        expressions: of PromQL, with variables of boards or without.

    Example:
        >>> reads = Reads(['sum(pulse_gifts{window="1h",state="provisional"})'])
        >>> reads.value("gifts", "1h", "provisional"), reads.value("gifts", "1m", "provisional")
        (True, False)
    """

    def __init__(self, expressions: Iterable[str]) -> None:
        self._matchers: dict[str, set[_Matchers]] = defaultdict(set)
        for expression in expressions:
            for family, text in _SELECTOR.findall(expression):
                self._matchers[family].add(frozenset(_EQUAL.findall(text)))
        self._trust = [family for family in self._matchers if family.startswith("pulse_value_")]
        self._taken: dict[tuple[str, tuple[tuple[str, str], ...]], bool] = {}
        self._values: dict[tuple[str, str, str], bool] = {}

    def value(self, name: str, window: str, state: str) -> bool:
        """Whether a value is read in a window and state, or the trust of one.

        Args:
            name: of the value, without ``pulse_``.
            window: label of the window.
            state: of the window, ``provisional`` or ``final``.
        """
        key = name, window, state
        if key not in self._values:
            here = {(_WINDOW, window), (_STATE, state)}
            own = self._matchers.get(f"pulse_{name}", ())
            trust = (
                matchers
                for family in self._trust
                for matchers in self._matchers[family]
                if (_VALUE, name) in matchers
            )
            self._values[key] = any(
                {pair for pair in matchers if pair[0] in {_WINDOW, _STATE}} <= here
                for matchers in (*own, *trust)
            )
        return self._values[key]

    def family(self, name: str) -> bool:
        """Whether any series of a name is read."""
        return name in self._matchers

    def sample(self, sample: Sample) -> bool:
        """Whether the series of a sample is read."""
        series = sample.family, sample.labels
        if series not in self._taken:
            labels = frozenset(sample.labels)
            of_family = self._matchers.get(sample.family, ())
            self._taken[series] = any(matchers <= labels for matchers in of_family) and self._trusted(labels)
        return self._taken[series]

    def _trusted(self, labels: _Matchers) -> bool:
        """Whether a series of trust, if it is one, stands beside a value that is read."""
        named = dict(labels)
        if not {_VALUE, _WINDOW, _STATE} <= named.keys():
            return True
        return self.value(named[_VALUE], named[_WINDOW], named[_STATE])


def expressions() -> Iterator[str]:
    """Every expression of the generated boards, rules and alerts."""
    for text in generated("dashboards").values():
        yield from _expressions(msgspec.json.decode(text))
    for folder in ("rules", "alerts"):
        yield from expressions_of(generated(folder))


def expressions_of(rules: Mapping[str, bytes]) -> Iterator[str]:
    """Every expression of some rule files.

    Args:
        rules: file name -> rules as YAML.
    """
    for text in rules.values():
        yield from _expressions(yaml.load(text, yaml.CSafeLoader))


def _expressions(content: Any) -> Iterator[str]:
    if isinstance(content, dict):
        for name, value in content.items():
            if name == "expr" and isinstance(value, str):
                yield value
            else:
                yield from _expressions(value)
    elif isinstance(content, list):
        for value in content:
            yield from _expressions(value)
