"""What on-call is told: alerts that fire, less those that are held back, one message for each group."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from creator_pulse.stream.past.firing import Span, spans

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from creator_pulse.proof.backtest.inhibition import AlertmanagerRules

PAGE = "critical"
"""Value of the label ``severity`` of what wakes somebody."""


class FiredAlert(NamedTuple):
    """An alert with its labels, and when it fires.

    Attributes:
        labels: ``alertname`` and ``severity`` among them.
        spans: in evaluations.
    """

    labels: Mapping[str, str]
    spans: Sequence[Span]


class Message(NamedTuple):
    """A message to on-call: the alerts of one group, from the first that fires to the last that ends.

    Attributes:
        labels: of each alert, in the order in which they joined; the first alert made the message.
        start: evaluation at which it is sent.
        end: evaluation at which all is resolved.
    """

    labels: tuple[Mapping[str, str], ...]
    start: int
    end: int

    @property
    def page(self) -> bool:
        """Whether it wakes somebody."""
        return self.labels[0].get("severity") == PAGE


def messages(alerts: Sequence[FiredAlert], rules: AlertmanagerRules, evaluations: int) -> list[Message]:
    """The messages that are sent, in the order of time.

    An alert that is held back still holds back others, as in Alertmanager.

    Args:
        alerts: all that fire, each with different labels.
        rules: of Alertmanager.
        evaluations: how many there are.
    """
    alerts = [alert for alert in alerts if alert.spans]
    labels = [alert.labels for alert in alerts]
    active = [_grid(alert.spans, evaluations) for alert in alerts]
    groups: dict[tuple[str, ...], list[tuple[Span, Mapping[str, str]]]] = defaultdict(list)
    for place, alert in enumerate(alerts):
        heard = active[place].copy()
        for other in rules.held_back_by(alert.labels, labels):
            if other != place:
                heard &= ~active[other]
        groups[rules.group(alert.labels)] += [(span, alert.labels) for span in spans(heard)]
    sent = [message for heard_spans in groups.values() for message in _merged(heard_spans)]
    return sorted(sent, key=lambda message: (message.start, sorted(message.labels[0].items())))


def _grid(alert_spans: Sequence[Span], evaluations: int) -> NDArray[np.bool_]:
    grid = np.zeros(evaluations, np.bool_)
    for start, end in alert_spans:
        grid[start:end] = True
    return grid


def _merged(heard: Sequence[tuple[Span, Mapping[str, str]]]) -> list[Message]:
    """Overlapping alerts of one group are one message."""
    merged: list[Message] = []
    for (start, end), labels in sorted(heard, key=lambda pair: (pair[0], sorted(pair[1].items()))):
        if merged and start <= merged[-1].end:
            last = merged[-1]
            joined = last.labels if labels in last.labels else (*last.labels, labels)
            merged[-1] = Message(joined, last.start, max(last.end, end))
        else:
            merged.append(Message((labels,), start, end))
    return merged
