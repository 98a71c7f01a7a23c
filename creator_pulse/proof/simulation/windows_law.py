"""The window law over ``pulse.window``: a key is final at most once, and every result is right in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from creator_pulse.proof.ledger.verify_cases import verify_cases
from creator_pulse.proof.ledger.verify_windows import verify_windows
from creator_pulse.proof.simulation.watermark_law import WatermarkLaw
from creator_pulse.stream.transport.names import CASE_TOPIC, WINDOW_TOPIC, label_of

if TYPE_CHECKING:
    from creator_pulse.proof.ledger.truth import Truth
    from creator_pulse.proof.simulation.context import RunContext


class WindowsLaw:
    """Reads ``pulse.window`` incrementally.

    Args:
        run: the run whose results are checked.
        never_idle: whether no partition is ever idle, so that no window may close early.
    """

    def __init__(self, run: RunContext, *, never_idle: bool) -> None:
        self._world = run.world
        self._log = run.world.log
        self._settings = run.world.settings
        self._story = run.story
        self._never_idle = never_idle
        sources = [(label_of(place.topic, self._settings), place.partition) for place in run.world.sources]
        self._watermarks = WatermarkLaw(run.story, sources)
        run.expected.hearers.append(self._watermarks.hear)
        self._read = [0] * run.world.partitions
        self._finals: set[str] = set()
        self._records: list[tuple[str, dict[str, Any]]] = []

    def look(self) -> None:
        """Read the results that were committed since the last call."""
        for number, start in enumerate(self._read):
            batch = self._log.batch(WINDOW_TOPIC, number, start, 1 << 40)
            if batch is None:
                continue
            self._read[number] = batch.end
            for key, value in zip(batch.keys, batch.values, strict=True):
                if key is not None and value is not None:
                    self._take(key.decode(), msgspec.json.decode(value))

    def hold(self, truth: Truth) -> None:
        """Compare all results and cases with the ledger at the end of the log."""
        self.look()
        self._watermarks.hold(truth)
        cases = [msgspec.json.decode(value) for _, value in self._world.records(CASE_TOPIC) if value]
        for difference in verify_cases(truth, self._settings, cases):
            self._story.broken(
                "Case", f"{difference.series}: {difference.actual}, the ledger has {difference.expected}"
            )
        for difference in verify_windows(truth, self._settings, self._records):
            series = f"{difference.series} {dict(difference.labels)}"
            self._story.broken(
                "Window", f"{series}: {difference.actual}, the ledger has {difference.expected}"
            )

    def _take(self, key: str, record: dict[str, Any]) -> None:
        self._records.append((key, record))
        if record["state"] == "final":
            if key in self._finals:
                self._story.broken("Window", f"{key} is final twice")
            self._finals.add(key)
        if self._never_idle and record.get("reason") == "idle":
            self._story.broken("Window", f"{key} was final before all that came in time")
