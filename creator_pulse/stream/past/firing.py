"""When an alert fires: ``for`` and ``keep_firing_for`` as Prometheus applies them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Span(NamedTuple):
    """A stretch of time.

    Attributes:
        start: its first evaluation.
        end: the first evaluation after it.
    """

    start: int
    end: int


def spans(holds: NDArray[np.bool_]) -> list[Span]:
    """Stretches of evaluations that are true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], holds, [False]]).astype(np.int8)))
    return [Span(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def firing(holding: list[Span], wait: float, linger: float, interval: float) -> list[Span]:
    """Evaluations at which an alert fires.

    It fires at the first evaluation at which the expression has held for ``wait`` seconds, and stops at the
    first at which it has not held for ``linger`` seconds: counted from the first evaluation at which it did
    not hold. If it holds again before, it goes on firing.

    Args:
        holding: evaluations at which the expression holds, in their order, with gaps between.
        wait: seconds of the rule's ``for``.
        linger: seconds of the rule's ``keep_firing_for``.
        interval: seconds between two evaluations.
    """
    waits, lingers = -int(-wait // interval), -int(-linger // interval)
    fired: list[Span] = []
    for start, end in holding:
        if fired and lingers and start <= fired[-1].end:
            fired[-1] = Span(fired[-1].start, end + lingers)
        elif start + waits < end:
            fired.append(Span(start + waits, end + lingers))
    return fired
