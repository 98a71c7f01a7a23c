"""Samples of the past as text for promtool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.lanes.lane import Sample
from creator_pulse.stream.past.open_metrics import SampleFiles, joined

if TYPE_CHECKING:
    from pathlib import Path

HOUR_MS = 3_600_000


def written(folder: Path, *moments: int, target: tuple[tuple[str, str], ...] = ()) -> list[str]:
    """The files of one series at some moments."""
    files = SampleFiles(folder, target)
    for moment in moments:
        files.take(moment, [Sample("pulse_score", (("app", 'a"b'), ("region", "")), 8.5)])
    files.close()
    assert files.samples == len(moments)
    return [path.read_text(encoding="utf-8") for path in files.files]


def test_a_sample_is_a_line(tmp_path: Path) -> None:
    """Labels are escaped and those of no text left out; the time is in seconds, to the millisecond."""
    assert written(tmp_path, 420_007) == ['pulse_score{app="a\\"b"} 8.5 420.007\n# EOF\n']


def test_labels_of_the_target_stand_among_the_others(tmp_path: Path) -> None:
    """As Prometheus would add them when it scrapes, in the order of names."""
    (text,) = written(tmp_path, 1_000, target=(("job", "pulse"),))
    assert text.startswith('pulse_score{app="a\\"b",job="pulse"} ')


def test_each_block_of_prometheus_has_a_file(tmp_path: Path) -> None:
    """Blocks are of 18 hours from the epoch on: a sample at their edge belongs to the next one."""
    files = written(tmp_path, 0, 18 * HOUR_MS - 1, 18 * HOUR_MS, 40 * HOUR_MS)
    assert [text.count("pulse_score") for text in files] == [2, 1, 1]
    assert all(text.endswith("# EOF\n") for text in files)


def test_files_of_the_same_times_are_joined(tmp_path: Path) -> None:
    """Two folders with series of their own become one file of each block, with one end."""
    folders = [tmp_path / "0", tmp_path / "1"]
    for folder, moments in zip(folders, ((0, 18 * HOUR_MS), (0,)), strict=True):
        folder.mkdir()
        written(folder, *moments)
    files = joined(folders, tmp_path)
    assert [path.name for path in files] == ["0.txt", "1.txt"]
    assert [path.read_text().splitlines() for path in files] == [
        [*['pulse_score{app="a\\"b"} 8.5 0.000'] * 2, "# EOF"],
        ['pulse_score{app="a\\"b"} 8.5 64800.000', "# EOF"],
    ]
    assert not [path for folder in folders for path in folder.iterdir()]
