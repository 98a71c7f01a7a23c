"""The arithmetic of a soak, on series made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from creator_pulse.proof.demo.process_usage import ProcessUsage, process_usage
from creator_pulse.proof.demo.running import RunOptions
from creator_pulse.proof.soak.reading import SoakReading
from creator_pulse.proof.soak.report import report
from creator_pulse.proof.soak.run import HORIZON_MS
from creator_pulse.proof.soak.slope import slope
from creator_pulse.proof.soak.verdict import WARM_UP_SECONDS, failures, growth, second_half, swing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OPTIONS = RunOptions(rate=5000, workers=1, seconds=600)
WELL = ProcessUsage(memory=100.0, files=40, threads=16)


def readings(memory: Callable[[float], float], count: int = 61, every: float = 10.0) -> list[SoakReading]:
    """A worker read every 10 s for 10 minutes, its memory in MiB a function of the seconds."""
    times = [every * number for number in range(count)]
    entries = {"ids": 1_000, "minute_cells": 0}
    return [
        SoakReading(at, {7: replace(WELL, memory=memory(at))}, entries=entries, expected={"ids": 1_000})
        for at in times
    ]


def flat(_: float) -> float:
    """100 MiB at all times."""
    return 100.0


def test_a_line_has_its_slope_and_no_error() -> None:
    """2 MiB every 10 s are 720 an hour."""
    per_hour = slope([0, 10, 20, 30], [5, 7, 9, 11])
    assert per_hour.per_hour == pytest.approx(720)
    assert per_hour.error == pytest.approx(0, abs=1e-6)


def test_scatter_is_the_error_of_a_slope() -> None:
    """Of x = 0, 1, 2 and y = 0, 1, 0: slope 0; residuals -1/3, 2/3, -1/3; error sqrt(2/3 / 1 / 2)."""
    per_hour = slope([0, 1, 2], [0, 1, 0])
    assert per_hour.per_hour == pytest.approx(0)
    assert per_hour.error == pytest.approx((1 / 3) ** 0.5 * 3600)


def test_two_points_have_no_error() -> None:
    """So there is no slope either."""
    with pytest.raises(ValueError, match="2 points are too few"):
        slope([0, 1], [0, 1])


def test_the_first_half_is_the_warm_up() -> None:
    """Of 0 to 600 s, 300 s and what follows are judged."""
    assert [reading.seconds for reading in second_half(readings(flat))] == [300 + 10 * n for n in range(31)]


def test_a_warm_up_is_no_growth() -> None:
    """Memory that rises for 5 minutes and stands then has a slope of 0."""
    rising = readings(lambda at: min(at, 300.0))
    assert growth(second_half(rising)).slope.per_hour == pytest.approx(0)
    assert failures(rising, exact=True) == []


def test_steady_growth_is_told() -> None:
    """3 MiB a minute are 15 in the second half; 12 are allowed."""
    assert failures(readings(lambda at: at / 20), exact=True) == [
        "memory grew by 15 MiB that no entry explains"
    ]


def test_growth_below_the_limit_passes() -> None:
    """11 MiB in 5 minutes cannot be told from what allocators keep."""
    assert failures(readings(lambda at: at * 11 / 300), exact=True) == []


def test_a_longer_run_sees_a_smaller_leak() -> None:
    """A MiB a minute: 5 in the second half of 10 minutes, 30 in that of an hour."""
    assert failures(readings(lambda at: at / 60), exact=True) == []
    assert failures(readings(lambda at: at / 60, count=361), exact=True) == [
        "memory grew by 30 MiB that no entry explains"
    ]


def test_growth_within_twice_its_error_passes() -> None:
    """Jumps of 40 MiB up and down hide 15 MiB in 5 minutes."""
    jumping = readings(lambda at: at / 20 + 20 * (-1) ** round(at / 10))
    assert growth(second_half(jumping)).slope.error > 15
    assert failures(jumping, exact=True) == []


def test_a_short_run_says_nothing_of_memory() -> None:
    """Its second half lies in the warm-up."""
    assert failures(readings(lambda at: at, count=31), exact=True) == []


def test_growth_that_entries_explain_is_taken_off() -> None:
    """571,951 cells of 110 bytes are 60 MiB: an hour's growth at a MiB a minute."""
    grown = [
        replace(reading, entries={"ids": 1_000, "minute_cells": round(571_950.55 * reading.seconds / 3600)})
        for reading in readings(lambda at: at / 60, count=361)
    ]
    ratio = growth(second_half(grown))
    assert ratio.explained == pytest.approx(60, abs=0.1)
    assert ratio.unexplained == pytest.approx(0, abs=0.1)
    assert failures(grown, exact=True) == []


def test_memory_is_that_of_all_workers() -> None:
    """Two that grow by 15 MiB each are 30, and 24 are allowed; one of them alone would do."""

    def two(each: float) -> list[SoakReading]:
        one = readings(lambda at: at * each / 300)
        return [replace(at, processes={7: at.processes[7], 8: at.processes[7]}) for at in one]

    assert failures(two(11), exact=True) == []
    assert failures(two(15), exact=True) == ["memory grew by 30 MiB that no entry explains"]


def test_files_are_judged_by_worker() -> None:
    """One that opens 10 handles is told, also while another closes 10."""

    def at(one: SoakReading, files: int) -> ProcessUsage:
        return replace(WELL, files=40 + files * (one.seconds >= 590))

    moved = [
        replace(reading, processes={7: at(reading, 10), 8: at(reading, -10)}) for reading in readings(flat)
    ]
    assert swing(second_half(moved), lambda one: one.files) == 10
    assert failures(moved, exact=True) == ["open file handles moved by 10"]


def test_threads_are_flat() -> None:
    """A thread more each minute is told."""
    more = [
        replace(reading, processes={7: replace(WELL, threads=16 + int(reading.seconds // 60))})
        for reading in readings(flat)
    ]
    assert failures(more, exact=True) == ["threads moved by 5"]


@pytest.mark.parametrize(("kept", "wrong"), [(899, True), (900, False), (1_100, False), (1_101, True)])
def test_entries_are_those_of_the_ledger(kept: int, wrong: bool) -> None:
    """A tenth more or less may be on its way between the stages; the last reading counts."""
    last = readings(flat)[-1]
    ends = [*readings(flat)[:-1], replace(last, entries={"ids": kept})]
    told = [f"{kept} ids are kept, the ledger says 1000"] if wrong else []
    assert failures(ends, exact=True) == told


def test_numbers_that_differ_fail() -> None:
    """However flat everything is."""
    assert failures(readings(flat), exact=False) == ["the numbers differ from the ledger"]


def test_a_replaced_worker_fails() -> None:
    """Its memory began anew: nothing can be said of growth."""
    first, *rest = readings(flat)
    other = replace(first, processes={9: WELL})
    assert failures([other, *rest], exact=True) == ["a worker was replaced"]


def test_few_readings_fail() -> None:
    """Five are too few."""
    assert failures(readings(flat, count=5), exact=True) == ["only 5 readings: nothing can be said of growth"]


def test_the_report_has_figures_and_verdict() -> None:
    """Growth, its error, what explains it, and the swings, rounded."""
    observed = {
        "events_per_second": 5000.0,
        "produced": 3_000_000,
        "lag": 0,
        "checks": 60,
        "wrong": 0,
        "ledger_equal": True,
        "differences": [],
        "workers_replaced": 0,
    }
    findings = report(OPTIONS, readings(lambda at: at * 12 / 3600), observed)
    assert findings["ok"] is True
    assert findings["memory_mib_per_hour"] == {
        "slope": 12.0,
        "error": 0.0,
        "explained": 0.0,
        "unexplained": 12.0,
        "allowed": 144.0,
        "judged": True,
    }
    assert findings["files"] == {"end": 40, "swing": 0}
    assert findings["memory_mib_by_minute"] == [0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.0]


def test_a_difference_in_between_fails() -> None:
    """A look that differed counts, also when the end is right."""
    observed = dict.fromkeys(
        ("events_per_second", "produced", "lag", "checks", "differences", "workers_replaced"), 0
    )
    findings = report(OPTIONS, readings(flat), {**observed, "wrong": 1, "ledger_equal": True})
    assert findings["failures"] == ["the numbers differ from the ledger"]


def test_an_interrupted_run_has_no_verdict() -> None:
    """Neither good nor bad."""
    assert report(OPTIONS, readings(flat), None)["ok"] is None


def test_a_process_is_read_from_the_kernels_files(tmp_path: Path) -> None:
    """Resident kB become MiB; handles are the names in ``fd``."""
    folder = tmp_path / "7"
    (folder / "fd").mkdir(parents=True)
    for name in "0123":
        (folder / "fd" / name).touch()
    (folder / "status").write_text("Name:\tpulse\nVmHWM:\t 9999 kB\nVmRSS:\t  2048 kB\nThreads:\t17\n")
    assert process_usage(7, tmp_path) == ProcessUsage(memory=2.0, files=4, threads=17)


def test_horizons_of_a_soak_are_full_before_memory_is_judged() -> None:
    """Twice the horizon fits into the warm-up."""
    assert 2 * HORIZON_MS / 1000 <= WARM_UP_SECONDS
