"""When alerts fire in a backtest, against promtool: the same code that evaluates rules in Prometheus."""

from __future__ import annotations

from subprocess import run
from typing import TYPE_CHECKING

import numpy as np
import pytest
import yaml

from creator_pulse.stream.past.firing import firing, spans

if TYPE_CHECKING:
    from pathlib import Path

MINUTES = 60


@pytest.mark.parametrize(
    ("wait", "linger"), [(0, 0), (0, 10), (3, 0), (3, 2), (1, 1)], ids=lambda minutes: f"{minutes}m"
)
def test_firing_is_as_in_prometheus(tmp_path: Path, wait: int, linger: int) -> None:
    """An hour of a value that comes and goes: promtool agrees on every minute whether the alert fires."""
    rng = np.random.default_rng(wait * 16 + linger)
    holds = np.repeat(rng.random(MINUTES) < 0.5, rng.integers(1, 9, MINUTES))[:MINUTES]
    fires = np.zeros(MINUTES, np.bool_)
    for start, end in firing(spans(holds), wait * 60, linger * 60, 60):
        fires[start:end] = True
    rule = {"alert": "High", "expr": "value > 8", "for": f"{wait}m", "keep_firing_for": f"{linger}m"}
    groups = [{"name": "one", "rules": [rule]}]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": groups}))
    tests = [
        {
            "interval": "1m",
            "input_series": [{"series": "value", "values": " ".join("9" if high else "7" for high in holds)}],
            "alert_rule_test": [
                {"eval_time": f"{minute}m", "alertname": "High", "exp_alerts": [{}] if fires[minute] else []}
                for minute in range(MINUTES)
            ],
        }
    ]
    content = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": tests}
    (tmp_path / "test.yml").write_text(yaml.safe_dump(content))
    done = run(
        ["promtool", "test", "rules", "test.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert fires.any()
    assert not fires.all()
