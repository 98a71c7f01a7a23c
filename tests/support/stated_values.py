"""What lanes stated of each value in each of its windows, and where that is not what the ledger says."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from creator_pulse.proof.ledger.verify_windows import verify_windows
from creator_pulse.stream.catalog.registry import VALUES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.proof.ledger.verify import Difference
    from creator_pulse.stream.catalog.declaration.declare import Value
    from tests.support.lane_harness import Harness


class Stated:
    """What a harness has written, by name and window.

    Args:
        harness: read to its end.
        values: that its lanes make.

    Attributes:
        results: finals and restatements.
        differing: what differs from the ledger.
    """

    def __init__(self, harness: Harness, values: Sequence[Value] = VALUES) -> None:
        self.results: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        self.differing: dict[tuple[str, str], list[Difference]] = defaultdict(list)
        windows = harness.windows()
        for _, record in windows:
            if record["state"] != "provisional":
                self.results[record["name"], record["window"]].append(record)
        only = {(value.name, window) for value in values for window in value.windows}
        for difference in verify_windows(harness.ledger.truth, harness.settings, windows, only):
            name, window, *_ = difference.series.split(" ")
            self.differing[name, window].append(difference)
