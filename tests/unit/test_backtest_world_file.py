"""Worlds in files: what is written is read again, and what is wrong is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from creator_pulse.proof.backtest.incident import Announcement, Incident, Match, Stall
from creator_pulse.proof.backtest.labelled_world import LabelledWorld
from creator_pulse.proof.backtest.sums import MinuteSums, SeriesKey
from creator_pulse.proof.backtest.world_file import WorldFileError, labels_file, read_world, write_world

if TYPE_CHECKING:
    from pathlib import Path

GIFTS = SeriesKey("gifts", "tiktok", "US")
ROW = '{"minute":100,"measure":"gifts","labels":{"app":"tiktok","region":"US"},"sum":7}'
JUDGED = '{"kind":"judged","start":100}'


def small_world() -> LabelledWorld:
    """Two series of five minutes, with one label of each kind."""
    sums = MinuteSums(5)
    sums[GIFTS] = np.array([0, 3, 0, 5, 0])
    sums[SeriesKey("records_read", "", "gift")] = np.array([9, 3, 2, 5, 1])
    return LabelledWorld(
        start=1000,
        judged=1002,
        sums=sums,
        incidents=(
            Incident(
                name="gifts vanish", start=1002, end=1003, app="tiktok", must=(Match("Gift.*", {"a": "b"}),)
            ),
            Incident(name="sale", kind="unusual", severity="none", start=1003, end=1004, tickets=1),
        ),
        calendar=(Announcement(tool="commerce", start=1003, end=1004, factor=3.0),),
        stalls=(Stall(start=1004, end=1005),),
    )


def files(folder: Path, rows: str, labels: str = JUDGED) -> Path:
    """A world of these lines."""
    path = folder / "world.jsonl"
    path.write_text(rows)
    labels_file(path).write_text(labels)
    return path


@pytest.mark.parametrize("name", ["world.jsonl", "world.parquet"])
def test_a_world_is_read_as_it_was_written(tmp_path: Path, name: str) -> None:
    """Sums, labels, calendar and stalls, in both forms."""
    world = small_world()
    write_world(world, tmp_path / name)
    again = read_world(tmp_path / name)
    assert (again.start, again.judged, again.sums.minutes) == (1000, 1002, 5)
    assert (again.incidents, again.calendar, again.stalls) == (world.incidents, world.calendar, world.stalls)
    assert list(again.sums) == list(world.sums)
    assert all((again.sums[key] == world.sums[key]).all() for key in world.sums)


def test_sums_of_one_minute_add_up(tmp_path: Path) -> None:
    """Two lines of one series and minute are one sum."""
    world = read_world(files(tmp_path, f"{ROW}\n{ROW}\n"))
    assert world.sums[GIFTS].tolist() == [14]


def test_a_minute_may_be_a_time(tmp_path: Path) -> None:
    """1970-01-01 01:40 UTC is minute 100 since the epoch."""
    world = read_world(files(tmp_path, ROW.replace("100", '"1970-01-01T01:40:00Z"')))
    assert world.start == 100


def test_columns_of_others(tmp_path: Path) -> None:
    """Parquet with times and labels as text of JSON is read as well."""
    path = tmp_path / "world.parquet"
    minutes = pl.Series([100, 101], dtype=pl.Int64) * 60
    frame = pl.DataFrame({"measure": ["gifts", "gifts"], "sum": [7, 8]}).with_columns(
        minute=pl.from_epoch(minutes, "s"), labels=pl.lit('{"app":"tiktok","region":"US"}')
    )
    frame.write_parquet(path)
    labels_file(path).write_text(JUDGED)
    assert read_world(path).sums[GIFTS].tolist() == [7, 8]


@pytest.mark.parametrize(
    ("rows", "labels", "says"),
    [
        (f"{ROW}\n{{\n", JUDGED, "world.jsonl:2: Input data was truncated"),
        (ROW.replace("7}", "-7}"), JUDGED, "world.jsonl:1: Expected `int` >= 0 in sum"),
        (ROW.replace("7}", "7.5}"), JUDGED, "world.jsonl:1: Expected `int`, got `float` in sum"),
        (ROW.replace('"sum"', '"value"'), JUDGED, "world.jsonl:1: Object contains unknown field `value`"),
        (ROW.replace('"region"', '"town"'), JUDGED, "world.jsonl:1: .*unknown field `town` in labels"),
        (ROW.replace("100", '"1970-01-01T01:40:00"'), JUDGED, "world.jsonl:1: .*timezone"),
        ("", JUDGED, "holds no sums"),
        (f"{ROW}\n{ROW.replace('100', '99000000')}", JUDGED, "is a minute written in seconds"),
        (ROW, '{"kind":"holiday"}', "world.labels.jsonl:1: Invalid enum value 'holiday' in kind"),
        (ROW, f'{JUDGED}\n{{"kind":"incident","start":1}}', "world.labels.jsonl:2: .*missing required field"),
        (ROW, "", "the judged time begins outside of the world"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, rows: str, labels: str, says: str) -> None:
    """One line that says which file, which line and what is wrong."""
    with pytest.raises(WorldFileError, match=says) as caught:
        read_world(files(tmp_path, rows, labels))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (pl.DataFrame({"minute": [1]}), "there is no column measure, labels, sum"),
        (
            pl.DataFrame({"minute": [1, 2], "measure": "m", "labels": "{}", "sum": [1, -1]}),
            "row 2: sum is missing or out of its range",
        ),
        (
            pl.DataFrame({"minute": ["x"], "measure": "m", "labels": "{}", "sum": [1]}),
            "its columns are not of the types",
        ),
    ],
)
def test_a_wrong_table_is_named(tmp_path: Path, frame: pl.DataFrame, says: str) -> None:
    """Which column, or which row."""
    path = tmp_path / "world.parquet"
    frame.write_parquet(path)
    labels_file(path).write_text(JUDGED)
    with pytest.raises(WorldFileError, match=says):
        read_world(path)


def test_what_is_no_parquet_is_named(tmp_path: Path) -> None:
    """A text is no table."""
    path = tmp_path / "world.parquet"
    path.write_text("no table")
    labels_file(path).write_text(JUDGED)
    with pytest.raises(WorldFileError, match="is no Parquet file"):
        read_world(path)


def test_missing_labels_are_named(tmp_path: Path) -> None:
    """The file that is missing, not the one that was given."""
    path = tmp_path / "world.jsonl"
    path.write_text(ROW)
    with pytest.raises(WorldFileError, match=r"cannot read .*world\.labels\.jsonl: No such file"):
        read_world(path)


def test_another_ending_is_refused(tmp_path: Path) -> None:
    """Before anything is read or written."""
    with pytest.raises(WorldFileError, match=r"ends in \.parquet or \.jsonl"):
        write_world(small_world(), tmp_path / "world.csv")
