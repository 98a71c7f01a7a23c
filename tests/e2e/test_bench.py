"""``pulse bench`` from the command line to its last line."""

from __future__ import annotations

import json

import pytest

from tests.support.pulse_process import pulse

pytestmark = pytest.mark.stack


def test_the_gift_job_is_measured_and_right() -> None:
    """A real broker, a worker as a user runs it, and windows that equal the recomputation."""
    done = pulse("bench", "gifts", "--quick", "--runs", "1", "--json", seconds=300)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert (report["name"], report["runs"], report["events"], report["right"]) == ("gifts", 1, 40_004, True)
    rates = report["events_per_second"]
    assert 0 < rates["min"] <= rates["median"] <= rates["max"]
