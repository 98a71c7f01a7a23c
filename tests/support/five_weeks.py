"""Five weeks of every series that is exposed, as blocks of a Prometheus.

Marks are hourly for nine days and every three hours before, and each minute of the last hour; what rules look
back at in steps of minutes has a mark each five minutes. What stands beside a value (its trust) is read as
of now only, so it has the last hour alone.
"""

from __future__ import annotations

import subprocess
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from tests.support.exposed_series import Exposed, exposed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from creator_pulse.stream.settings import Settings
NOW: Final = 1_798_761_600
"""Epoch seconds of the last sample, 2027-01-01 00:00 UTC: a whole hour, so marks fall on whole hours."""
HOUR: Final = 3_600
DAY: Final = 24 * HOUR
WEEKS: Final = 5
BLOCK: Final = 162 * HOUR
"""Seconds of the largest block that Prometheus lays out by itself under two weeks."""
OFTEN: Final = 300
"""Seconds between the marks of what is looked back at over days: as long as Prometheus looks for a sample."""
OFTEN_SPAN: Final = 9 * DAY
_TRUST: Final = "pulse_value_"
_STEADY: Final[Mapping[str, float]] = {
    "up": 1,
    "pulse_redis_up": 1,
    "pulse_worker_info": 1,
    "prometheus_build_info": 1,
    "alertmanager_build_info": 1,
    "prometheus_config_last_reload_successful": 1,
    "alertmanager_config_last_reload_successful": 1,
    "prometheus_tsdb_retention_limit_seconds": 45 * DAY,
    "pulse_calendar_factor": 1,
    "pulse_expected_history": 4,
    "pulse_value_completeness_ratio": 1,
    "pulse_rebalance_seconds": 0,
    "pulse_uncounted_partitions": 0,
    "pulse_group_strangers": 0,
    "pulse_partition_waiting": 0,
    "pulse_partition_idle": 0,
    "scrape_samples_post_metric_relabeling": 30_000,
    "pulse_score": 0.5,
    "pulse_score_left": 1,
    "pulse_score_lost_usd": 0,
}
"""Families that stand at one number while all is well."""
_WINDOW_END: Final = "pulse_value_window_end_timestamp_seconds"
_AGES: Final[Mapping[str, float]] = {
    _WINDOW_END: 30,
    "pulse_value_watermark_timestamp_seconds": 10,
    "pulse_watermark_timestamp_seconds": 10,
    "pulse_expected_end_timestamp_seconds": 20,
    "pulse_score_since_timestamp_seconds": 600,
    "pulse_counting_began_timestamp_seconds": WEEKS * 7 * DAY,
    "process_start_time_seconds": 3 * DAY,
    "prometheus_tsdb_lowest_timestamp_seconds": WEEKS * 7 * DAY,
    "pulse_oldest_due_payout_timestamp_seconds": 2 * HOUR,
    "pulse_oldest_open_deal_timestamp_seconds": DAY,
}
"""Families that are a moment -> how many seconds ago it was."""
_RECOVERY: Final = "pulse_lane_recovery_seconds"
"""Every lane was recovered ten minutes ago."""
_DAYS: Final = frozenset({"pulse_closed_day_timestamp_seconds", "pulse_ledger_day_timestamp_seconds"})
"""Families that are the start of a past day."""


class Marks(NamedTuple):
    """Epoch seconds of samples, by how a series is read."""

    usual: NDArray[np.int64]
    often: NDArray[np.int64]
    trust: NDArray[np.int64]

    def of(self, family: str, looked_back: frozenset[str]) -> NDArray[np.int64]:
        """Those of a family.

        Args:
            family: its name.
            looked_back: families whose past days rules look at in steps of minutes.
        """
        if family.startswith(_TRUST):
            return self.trust
        return self.often if family in looked_back else self.usual


def marks(now: int = NOW) -> Marks:
    """The marks of five weeks that end now."""
    weeks = np.arange(now - WEEKS * 7 * DAY, now - OFTEN_SPAN, 3 * HOUR)
    days = np.arange(now - OFTEN_SPAN, now + 1, HOUR)
    last = np.arange(now - HOUR, now + 1, 60)
    # A rate over a minute needs two samples in it.
    close = np.arange(now - 300, now + 1, 15)
    # So does an increase over ten minutes, a week ago and more.
    past = np.array([now - week * 7 * DAY - back for week in range(1, WEEKS) for back in (600, 300, 0)])
    often = np.arange(now - OFTEN_SPAN, now + 1, OFTEN)
    ago = np.arange(now - 900, now + 1, 60)
    return Marks(
        usual=_merged(weeks, days, past, last, close),
        often=_merged(weeks, often, past, last, close),
        trust=_merged(np.array([now - HOUR]), ago),
    )


def _merged(*times: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.unique(np.concatenate(times))


def values(series: Exposed, times: NDArray[np.int64], now: int = NOW) -> NDArray[np.float64]:
    """Plausible numbers of a series at some times: a level of its own, by the hour of the day and the week.

    Shares stay between 0 and 1, counters never fall, moments follow the clock.
    """
    family, labels = series.family, dict(series.labels)
    if family in _STEADY:
        return np.full(len(times), _STEADY[family])
    if family == _WINDOW_END and labels.get("window") == "yesterday":
        # The business days of these weeks end at noon: not at the moment up to which all is asked.
        return ((times + DAY // 2) // DAY * DAY - DAY // 2).astype(np.float64)
    if family in _AGES:
        return times.astype(np.float64) - _AGES[family]
    if family in _DAYS:
        return (times // DAY * DAY - int(labels.get("back", "1")) * DAY).astype(np.float64)
    own = zlib.crc32(repr(series).encode()) % 1_000 / 1_000
    is_counter = family.endswith(("_total", "_bucket"))
    return _rising(series, times, now, own) if is_counter else _swinging(family, labels, times, own)


def _swinging(
    family: str, labels: Mapping[str, str], times: NDArray[np.int64], own: float
) -> NDArray[np.float64]:
    """A gauge."""
    if family == _RECOVERY:
        return np.where(times > NOW - 600, 0.06, 0.05)
    cycle = 1 + 0.3 * np.sin(2 * np.pi * times / DAY) + 0.1 * np.sin(2 * np.pi * times / (7 * DAY))
    if "_ratio" in family:
        share: NDArray[np.float64] = (0.02 + 0.4 * own) * cycle
        return share
    if family.endswith("_seconds") and family.startswith(("pulse_lane", "pulse_loop")):
        return np.full(len(times), 0.05)
    # Above what rules ask for before they judge: a thousand orders.
    level = 10 ** (3.5 + 2 * (zlib.crc32(family.encode()) % 1_000 / 1_000)) * (0.5 + own)
    if "rank" in labels:
        level /= int(labels["rank"]) if labels["rank"].isdigit() else 1
    number: NDArray[np.float64] = np.rint(level * cycle)
    return number


def _rising(series: Exposed, times: NDArray[np.int64], now: int, own: float) -> NDArray[np.float64]:
    """A counter: bad outcomes are few, buckets hold those below them."""
    family, labels = series.family, dict(series.labels)
    rare = labels.get("outcome") in {"duplicate", "late", "invalid", "test"} or any(
        word in family
        for word in ("invalid", "lost", "refus", "fail", "reset", "overflow", "dropped", "missed")
    )
    rate = 0.0 if rare and "records_total" not in family else (0.001 if rare else 1 + 9 * own)
    if family.endswith("_bucket"):
        bound = labels["le"]
        rate = 10.0 if bound == "+Inf" else 10 * float(bound) / (1 + float(bound))
    since = times.astype(np.float64) - (now - WEEKS * 7 * DAY)
    # The integral of 1 + 0.3 sin, so that the rate has the cycle of the day.
    wave = 0.3 * DAY / (2 * np.pi) * (1 - np.cos(2 * np.pi * times / DAY))
    risen: NDArray[np.float64] = np.rint(rate * (since + wave))
    return risen


def write_blocks(settings: Settings, folder: Path, looked_back: Iterable[str] = ()) -> int:
    """Five weeks of all exposed series as blocks.

    Args:
        settings: regions and partitions.
        folder: of the blocks.
        looked_back: families whose past days rules look at in steps of minutes.

    Returns:
        how many samples there are.
    """
    looked, all_marks = frozenset(looked_back), marks()
    return write_marks(folder, exposed(settings), lambda family: all_marks.of(family, looked), NOW)


def write_marks(
    folder: Path, series: Iterable[Exposed], times_of: Callable[[str], NDArray[np.int64]], now: int
) -> int:
    """Plausible numbers of some series at some times of the five weeks until now, as blocks.

    Args:
        folder: of the blocks, and of the text they are made of, which goes again.
        series: their names and labels.
        times_of: gives the epoch seconds of a family's samples, in their order.
        now: epoch seconds.

    Returns:
        how many samples there are.
    """
    families: dict[str, list[Exposed]] = {}
    for labelled in series:
        families.setdefault(labelled.family, []).append(labelled)
    samples, making = 0, None
    # One file for each block: promtool reads a whole file for each block of it.
    for first in range((now - WEEKS * 7 * DAY) // BLOCK * BLOCK, now + 1, BLOCK):
        path = folder / f"samples-{first}.txt"
        with path.open("w") as text:
            for family, of_family in families.items():
                times = times_of(family)
                times = times[(times >= first) & (times < first + BLOCK)]
                if not len(times):
                    continue
                text.write(f"# TYPE {family} unknown\n")
                texts = [str(time) for time in times.tolist()]
                for labelled in of_family:
                    start = head(labelled)
                    numbers = values(labelled, times, now).tolist()
                    text.write("".join(f"{start}{n!r} {t}\n" for n, t in zip(numbers, texts, strict=True)))
                    samples += len(texts)
            text.write("# EOF\n")
        # The block is made on another core while the next text is written.
        _finish(making)
        making = (path, _start(path, folder))
    _finish(making)
    return samples


def write_more(
    folder: Path, series: Iterable[tuple[Mapping[str, str], Sequence[tuple[float, float]]]]
) -> None:
    """Further series as blocks of their own.

    Args:
        folder: of the blocks.
        series: labels, with the name as ``__name__``; epoch seconds and value of each sample.
    """
    lines: dict[str, list[str]] = {}
    for labels, samples in series:
        family = labels["__name__"]
        start = head(Exposed(family, tuple(sorted(item for item in labels.items() if item[0] != "__name__"))))
        lines.setdefault(family, []).extend(f"{start}{value!r} {time!r}\n" for time, value in samples)
    path = folder / "more.txt"
    heads = {family: f"# TYPE {family} unknown\n" for family in lines}
    path.write_text(
        "".join("".join((heads[family], *of_family)) for family, of_family in lines.items()) + "# EOF\n"
    )
    _finish((path, _start(path, folder)))


def head(series: Exposed) -> str:
    """What stands before a number of a series."""
    labels = ",".join(f'{name}="{value}"' for name, value in series.labels)
    return f"{series.family}{{{labels}}} "


def _start(text: Path, folder: Path) -> subprocess.Popen[str]:
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet"]
    command += [f"--max-block-duration={BLOCK // HOUR}h", str(text), str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _finish(making: tuple[Path, subprocess.Popen[str]] | None) -> None:
    if making is not None:
        path, process = making
        said, _ = process.communicate()
        assert process.returncode == 0, said
        path.unlink()
