"""The histories in a cache."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from creator_pulse.proof.past.cached import drop_stale, folder_of
from creator_pulse.proof.past.history import HistoryPlan
from creator_pulse.stream.generator.world import DENSE, PLATFORM
from creator_pulse.stream.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

NOW_MS = 1_767_614_400_000
DAY_MS = 86_400_000
USUAL = HistoryPlan(Settings(), PLATFORM, 1_000.0, 1, 35.0)


def test_a_folder_is_named_for_its_world_length_rate_and_seed(tmp_path: Path) -> None:
    """A person who looks into the cache sees which is which."""
    assert folder_of(USUAL, tmp_path) == tmp_path / "platform-35d-1000-1"


@pytest.mark.parametrize(
    "other",
    [
        USUAL._replace(days=2.0),
        USUAL._replace(rate=40.0),
        USUAL._replace(seed=2),
        USUAL._replace(world=DENSE),
    ],
    ids=["days", "rate", "seed", "world"],
)
def test_another_history_has_another_folder(other: HistoryPlan, tmp_path: Path) -> None:
    """A tour of two days leaves the five weeks of the usual demo."""
    assert folder_of(other, tmp_path) != folder_of(USUAL, tmp_path)


@pytest.mark.parametrize(("days", "stays"), [(6.9, True), (7.1, False)])
def test_a_history_goes_after_a_week(days: float, *, stays: bool, tmp_path: Path) -> None:
    """A folder and a file that nobody wrote for 7.1 days go, those of 6.9 days stay."""
    folder, file = tmp_path / "platform-35d-1000-1", tmp_path / "about.msgpack"
    folder.mkdir()
    (folder / "lanes.msgpack").touch()
    file.touch()
    for path in (folder, file):
        os.utime(path, times=((NOW_MS - days * DAY_MS) / 1000,) * 2)
    drop_stale(tmp_path, NOW_MS)
    assert [folder.exists(), file.exists()] == [stays, stays]


def test_a_cache_that_is_not_there_yet_has_nothing_stale(tmp_path: Path) -> None:
    """The first demo of a machine."""
    drop_stale(tmp_path / "history", NOW_MS)
    assert list(tmp_path.iterdir()) == []
