"""Samples of the past as OpenMetrics text with times, in files that promtool takes one by one."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TextIO

from creator_pulse.stream.aggregates.spans import HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from creator_pulse.stream.lanes.lane import Sample

BLOCK_MS = 18 * HOUR_MS
"""Prometheus' blocks are of 2, 6, 18, 54 ... hours from the epoch on. promtool reads a file once for each
block that it could hold, so each file holds one."""
_ESCAPED = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


_END = "# EOF\n"


class SampleFiles:
    """Writes samples, a file for each block; ``close`` ends the last.

    Args:
        folder: of the files; it exists.
        target: labels that Prometheus gives to series scraped from workers, but for ``instance``, which no
            series of a partition has.

    Attributes:
        files: those that are complete.
        samples: how many were written.
    """

    def __init__(self, folder: Path, target: tuple[tuple[str, str], ...] = (("job", "pulse"),)) -> None:
        self._folder, self._target = folder, target
        self._open: TextIO | None = None
        self._block = 0
        self._heads: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {}
        self.files: list[Path] = []
        self.samples = 0

    def take(self, moment_ms: int, samples: Iterable[Sample]) -> None:
        """Write what series were at a moment.

        Args:
            moment_ms: epoch ms, later than those before.
            samples: of series, each once.
        """
        block = moment_ms // BLOCK_MS
        if self._open is None or block != self._block:
            self.close()
            self._block = block
            self._open = (self._folder / f"{block}.txt").open("w", encoding="utf-8")
        # Seconds, to the millisecond.
        time = f"{moment_ms // 1000}.{moment_ms % 1000:03d}"
        lines = [f"{self._head(sample)}{float(sample.value)!r} {time}\n" for sample in samples]
        self._open.write("".join(lines))
        self.samples += len(lines)

    def close(self) -> None:
        """End the last file."""
        if self._open is not None:
            self._open.write(_END)
            self._open.close()
            self.files.append(self._folder / f"{self._block}.txt")
            self._open = None

    def _head(self, sample: Sample) -> str:
        series = sample.family, sample.labels
        head = self._heads.get(series)
        if head is None:
            labels = sorted((*sample.labels, *self._target))
            pairs = ",".join(f'{name}="{text.translate(_ESCAPED)}"' for name, text in labels if text)
            head = self._heads[series] = f"{sample.family}{{{pairs}}} "
        return head


def joined(folders: Iterable[Path], into: Path) -> list[Path]:
    """Put the files of some folders together, each block's into one, and remove them.

    Args:
        folders: of complete files, as ``SampleFiles`` write them, of different series.
        into: the folder for one file of each block.

    Returns:
        the files, in the order of their times.
    """
    parts = [part for folder in folders for part in sorted(folder.glob("*.txt"))]
    files = put_together(parts, into)
    for part in parts:
        part.unlink()
    return files


def put_together(parts: Iterable[Path], into: Path) -> list[Path]:
    """Put files together that hold different series of the same times; they stay.

    Args:
        parts: complete files, named for their block.
        into: the folder for one file of each block; made if it is missing.

    Returns:
        the files, in the order of their times.
    """
    by_block: dict[int, list[Path]] = defaultdict(list)
    for part in parts:
        by_block[int(part.stem)].append(part)
    into.mkdir(exist_ok=True)
    files = []
    for block, of_block in sorted(by_block.items()):
        file = into / f"{block}.txt"
        with file.open("wb") as whole:
            for part in of_block:
                whole.write(part.read_bytes().removesuffix(_END.encode()))
            whole.write(_END.encode())
        files.append(file)
    return files
