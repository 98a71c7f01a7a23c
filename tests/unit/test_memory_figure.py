"""The figures of docs/operate.md, *Memory*: what an entry takes and what a lane takes, by default."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from creator_pulse.stream.settings import Settings
from tests.support.table_memory import KINDS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
MEMORY = PAGE[PAGE.index("## Memory") : PAGE.index("## Health")]
ROW = re.compile(
    r"^\| `?([a-z_ ]+)`? \| ([0-9,]+)(?:,| of) `PULSE_([A-Z_]+)` \| ([0-9,]+) \| ([0-9,]+) \|", re.MULTILINE
)


def number(text: str) -> int:
    """An integer as it is written."""
    return int(text.replace(",", ""))


TABLES = {
    kind: (number(entries), setting.lower(), number(each), number(megabytes))
    for kind, entries, setting, each, megabytes in ROW.findall(MEMORY)
}
OF_LANE = {
    "`gift`": ("ids", "keys", "closed streaks", "open streaks"),
    "`ad`": ("ids", "keys"),
    "`watch`": ("ids",),
    "`deal`": ("ids", "keys", "paths"),
    "`payout`": ("ids", "keys", "dues"),
    "a merge lane": ("identity_rows", "identity_names", "firsts", "incidents"),
}


def test_each_kind_of_table_has_a_figure() -> None:
    """Those that are measured, and business keys, which are kept as ids are."""
    assert set(TABLES) == {*KINDS, "keys"}


@pytest.mark.parametrize("kind", TABLES)
def test_figures_are_entries_times_bytes(kind: str) -> None:
    """With the default of the setting; of the streaks a quarter is open."""
    entries, setting, each, megabytes = TABLES[kind]
    part = {"closed streaks": 0.75, "open streaks": 0.25}.get(kind, 1)
    assert entries == getattr(Settings(), setting) * part
    assert megabytes == entries * each / 10**6


@pytest.mark.parametrize("lane", OF_LANE)
def test_the_figure_of_a_lane_is_that_of_its_tables(lane: str) -> None:
    """500 MB of its own, and its tables."""
    (said,) = re.findall(rf"([0-9,]+) MB for {lane}", MEMORY)
    assert number(said) - 500 == sum(TABLES[kind][3] for kind in OF_LANE[lane])


def test_the_figure_of_a_worker_holds_its_references() -> None:
    """Besides the 300 MB of any worker, and its lanes."""
    assert f"at most 300 MB, {TABLES['references'][3]:,} MB for `references`, and" in MEMORY


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_takes_no_more_than_the_page_says(kind: str) -> None:
    """Measured in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.support.table_memory", kind],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(run.stdout) <= TABLES[kind][2]
