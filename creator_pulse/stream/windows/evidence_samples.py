"""The series of evidence: expected and observed counts of a signal, and how sure it is that they differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.labels import FOLDED, ZONED
from creator_pulse.stream.evidence.verdict import HISTORIES
from creator_pulse.stream.lanes.lane import Sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.stream.evidence.verdict import SignalVerdict

WHOLE = "all"
"""Value of the label ``region`` of an app as a whole."""
_FAST = "fast"


class EvidenceSamples(Iterable[Sample]):
    """The series of some verdicts, made once somebody asks.

    Args:
        verdicts: of all signals of a lane.
        partition: of the merge lane.

    Example:
        >>> list(EvidenceSamples((), 0))
        []
    """

    def __init__(self, verdicts: Sequence[SignalVerdict], partition: int) -> None:
        self._verdicts = verdicts
        self._partition = ("partition", str(partition))

    def __iter__(self) -> Iterator[Sample]:
        expected: set[tuple[tuple[str, str], ...]] = set()
        for verdict in self._verdicts:
            series = (*_labels(verdict), self._partition)
            # What is expected is the same whichever way it may move.
            if verdict.speed == _FAST and series not in expected:
                expected.add(series)
                yield Sample("pulse_expected", series, verdict.expected)
                yield Sample("pulse_expected_lower", series, verdict.lower)
                yield Sample("pulse_expected_upper", series, verdict.upper)
                yield Sample("pulse_seen", series, verdict.seen)
                ended = verdict.window_end_ms / 1000
                yield Sample("pulse_expected_end_timestamp_seconds", series, ended)
                yield Sample("pulse_expected_history", series, HISTORIES.index(verdict.history))
            scan = (*series, ("speed", verdict.speed), ("direction", verdict.direction))
            yield Sample("pulse_score", scan, verdict.score)
            yield Sample("pulse_score_left", scan, verdict.left)
            yield Sample("pulse_score_since_timestamp_seconds", scan, verdict.since_ms / 1000)
            yield Sample("pulse_score_lost_usd", scan, verdict.lost_usd)


def _labels(verdict: SignalVerdict) -> tuple[tuple[str, str], ...]:
    """The labels of an expectation: for the pipeline itself the topic stands for app and region."""
    if not verdict.app:
        return ("signal", verdict.signal), ("topic", verdict.region)
    return ("signal", verdict.signal), (ZONED, verdict.app), (FOLDED, verdict.region or WHOLE)
