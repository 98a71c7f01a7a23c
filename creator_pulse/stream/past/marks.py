"""At which moments of the past is looked: seldom long ago, often lately."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.stream.aggregates.spans import DAY_MS, HOUR_MS, MINUTE_MS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WEEK_MS = 7 * DAY_MS


class MarkSpan(NamedTuple):
    """A stretch of the past, looked at in equal steps.

    Attributes:
        since_ms: its begin, epoch ms.
        until_ms: its end, itself among the moments, epoch ms.
        step_ms: between two moments, each a multiple of this.
    """

    since_ms: int
    until_ms: int
    step_ms: int


def usual_spans(begin_ms: int, end_ms: int) -> tuple[MarkSpan, ...]:
    """Each hour of all; five minutes for the last day and the same day a week before; a minute for an hour.

    So boards have their weeks, their last day beside last week's, and rules the hour that they look back.

    Args:
        begin_ms: of the past, epoch ms.
        end_ms: of the past, epoch ms.
    """
    return (
        MarkSpan(begin_ms, end_ms, HOUR_MS),
        MarkSpan(max(begin_ms, end_ms - _WEEK_MS - DAY_MS), end_ms - _WEEK_MS, 5 * MINUTE_MS),
        MarkSpan(max(begin_ms, end_ms - DAY_MS), end_ms, 5 * MINUTE_MS),
        MarkSpan(max(begin_ms, end_ms - HOUR_MS), end_ms, MINUTE_MS),
    )


def marks(spans: Sequence[MarkSpan]) -> list[int]:
    """All moments of some stretches, each once, rising.

    Example:
        >>> marks([MarkSpan(0, 120_000, 60_000), MarkSpan(30_000, 90_000, 30_000)])
        [0, 30000, 60000, 90000, 120000]
    """
    return sorted({moment for span in spans for moment in _of(span)})


def _of(span: MarkSpan) -> Iterator[int]:
    # Rounded up to the first multiple: -(-n // k) is the ceiling of n / k.
    first = -(-span.since_ms // span.step_ms) * span.step_ms
    yield from range(first, span.until_ms + 1, span.step_ms)
