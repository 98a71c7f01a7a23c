"""Growth of viewers as people: promtool makes it from what workers showed of two days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from creator_pulse.stream.catalog.growth.metrics import GR11
from tests.support.promtool import said_of_rules, samples

if TYPE_CHECKING:
    from pathlib import Path

DAY = 1_440
"""Minutes, which are the intervals of the series."""
_SHOWN = 'app="tiktok",window="yesterday",state="provisional",partition="0"'
# The log begins at time 0 of promtool, a midnight. Ten minutes after each one the day before is shown.
_LAG = 10


def _days(numbers: list[int]) -> str:
    """Values of a gauge that says of each whole day how many there were, from 0:10 of the next one on."""
    return " ".join((f"_x{DAY + _LAG - 1}", *(f"{number}x{DAY - 1}" for number in numbers)))


WATCHED = (1_000, 1_100, 900, 900, 900, 900, 900, 900, 1_200)
"""Viewers of day 0, 1, 2, ..."""
SERIES = {
    f"pulse_viewers_yesterday{{{_SHOWN}}}": _days(list(WATCHED)),
    f'pulse_value_window_end_timestamp_seconds{{value="viewers_yesterday",{_SHOWN}}}': _days(
        [86_400 * (day + 1) for day in range(len(WATCHED))]
    ),
}
DAY_ON_DAY, WEEK_ON_WEEK = GR11.recorded


@pytest.mark.parametrize(
    ("name", "minute", "wanted"),
    [
        pytest.param(DAY_ON_DAY, 2 * DAY + 60, 1.1, id="1,100 of day 1 by 1,000 of day 0"),
        pytest.param(DAY_ON_DAY, 3 * DAY - 1, 1.1, id="until the next midnight"),
        pytest.param(DAY_ON_DAY, 3 * DAY + 5, None, id="after it: day 1 is shown, as of the day before"),
        pytest.param(DAY_ON_DAY, 3 * DAY + 12, None, id="until both days have certainly changed"),
        pytest.param(DAY_ON_DAY, 3 * DAY + 16, 900 / 1_100, id="900 of day 2 by 1,100 of day 1"),
        pytest.param(DAY_ON_DAY, DAY + 60, None, id="no day before the first"),
        pytest.param(WEEK_ON_WEEK, 8 * DAY + 60, 0.9, id="900 of day 7 by 1,000 of day 0"),
        pytest.param(WEEK_ON_WEEK, 9 * DAY + 60, 1_200 / 1_100, id="1,200 of day 8 by 1,100 of day 1"),
        pytest.param(WEEK_ON_WEEK, 7 * DAY + 60, None, id="no day a week before"),
    ],
)
def test_growth_of_viewers(tmp_path: Path, name: str, minute: int, wanted: float | None) -> None:
    """Whole days are compared, each as it was shown at the same time of its next day."""
    rules = [{"record": record, "expr": expr} for record, expr in GR11.recorded.items()]
    labels = f'{{__name__="{name}",app="tiktok"}}'
    expected = samples(name, minute, {} if wanted is None else {labels: wanted})
    assert said_of_rules(tmp_path, rules, SERIES, expected) == ""
