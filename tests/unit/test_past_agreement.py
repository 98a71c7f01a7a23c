"""What the header of a demo says of its history: whether the last day equals the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from creator_pulse.proof.past.agreement import Agreement, DayLedger
from creator_pulse.stream.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = Settings()
HOUR_MS = 3_600_000
LOOK_MS = 1_767_614_400_000 + HOUR_MS // 2
"""Half past an hour: the newest 24 hours end at the hour."""
LINE = 'pulse_viewing_seconds{{app="tiktok",region="{}",state="provisional",window="24h"}} {} {:.3f}\n'


def agreement(
    folder: Path, *shown: float, look_ms: int = LOOK_MS, before: Agreement | None = None
) -> Agreement:
    """Of 7 s that were watched two hours before the last look, and 3 s a day and a half before."""
    day = DayLedger(SETTINGS, look_ms, before or Agreement())
    for ago, ms in ((2, 7_000), (36, 3_000)):
        day.drawn([("watch_ms", ("tiktok", "US"), LOOK_MS - ago * HOUR_MS, 0, ms)] if before is None else [])
    samples = folder / "1.txt"
    lines = [LINE.format(region, value, look_ms / 1000) for region, value in enumerate(shown)]
    samples.write_text("".join([LINE.format("US", 9.0, look_ms / 1000 - 60), *lines, "# EOF\n"]))
    return day.agreement(samples)


def test_what_is_shown_at_the_last_look_is_compared(tmp_path: Path) -> None:
    """Two regions with 4 and 3 s are the 7 s of the last day; an earlier look and an older day are not."""
    checked = agreement(tmp_path, 4.0, 3.0)
    assert (checked.sums, checked.differing) == (1, [])
    assert checked.text == "of its last day 0 records and drawn sums equal the ledger in 1 totals"


@pytest.mark.parametrize("shown", [(4.0,), (4.0, 3.1), ()])
def test_a_difference_is_named(tmp_path: Path, shown: tuple[float, ...]) -> None:
    """A second too little or too much is said, with both numbers."""
    checked = agreement(tmp_path, *shown)
    assert checked.differing == [f"viewing_seconds of tiktok in 24 h: 7, shown {sum(shown):g}"]
    assert checked.text.startswith("HISTORY DIFFERS from the ledger: viewing_seconds of tiktok")


def test_a_history_that_goes_on_is_compared_with_what_was_before(tmp_path: Path) -> None:
    """An hour later, with nothing watched since, the 7 s are still of the last 24 hours; a day later not."""
    before = agreement(tmp_path, 7.0)
    assert agreement(tmp_path, 7.0, look_ms=LOOK_MS + HOUR_MS, before=before).differing == []
    later = agreement(tmp_path, 7.0, look_ms=LOOK_MS + 24 * HOUR_MS, before=before)
    assert (later.sums, later.hours) == (0, [])
