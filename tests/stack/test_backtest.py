"""The backtest end to end: sums of a file through the evidence, a real Prometheus and the judge."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import yaml
from click.testing import CliRunner

from creator_pulse.agents.cli import main
from creator_pulse.proof.backtest.incident import Incident, Match
from creator_pulse.proof.backtest.labelled_world import LabelledWorld
from creator_pulse.proof.backtest.sums import DAY, HOUR, MinuteSums, SeriesKey
from creator_pulse.proof.backtest.world_file import write_world

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.stack
HISTORY, JUDGED, OUTAGE = 3 * DAY, 3 * HOUR, 20
RULES = {
    "groups": [
        {
            "name": "candidates",
            "rules": [
                {
                    "alert": alert,
                    "expr": f'pulse_score{{signal="{signal}",region="all",speed="fast"}} > 8',
                    "keep_firing_for": "10m",
                    "labels": {"severity": "critical", "product": "pulse"},
                }
                for alert, signal in (("GiftsGone", "gifts"), ("OrdersGone", "orders"))
            ],
        }
    ]
}


def outage(must: str) -> LabelledWorld:
    """Three days of 500 gifts a minute, then three hours with an outage of twenty minutes in them."""
    minutes = HISTORY + JUDGED
    rng = np.random.default_rng(3)
    sums = MinuteSums(minutes)
    begin = HISTORY + HOUR
    for region in ("US", "GB"):
        gifts = rng.poisson(250.0, minutes).astype(np.int64)
        gifts[begin : begin + OUTAGE] = 0
        sums[SeriesKey("gifts", "tiktok", region)] = gifts
        sums[SeriesKey("viewing_ms", "tiktok", region)] = rng.poisson(5000.0, minutes) * 20_000
    label = Incident(
        name="gifts vanish", start=begin, end=begin + OUTAGE, app="tiktok", hard=True, must=(Match(must),)
    )
    return LabelledWorld(start=0, judged=HISTORY, sums=sums, incidents=(label,))


def backtest(folder: Path, world: LabelledWorld, *options: str) -> tuple[int, dict[str, Any]]:
    """Exit code and report of the command on a world in a file."""
    write_world(world, folder / "world.parquet")
    (folder / "rules.yml").write_text(yaml.safe_dump(RULES))
    files = ["--world", str(folder / "world.parquet"), "--rules", str(folder / "rules.yml")]
    done = CliRunner().invoke(
        main, ["backtest", *files, "--jobs", "1", "--json", str(folder / "report.json"), *options]
    )
    return done.exit_code, json.loads((folder / "report.json").read_text())


def test_an_outage_is_paged_once(tmp_path: Path) -> None:
    """No gift at all for twenty minutes: one page within two minutes, and nothing else."""
    code, report = backtest(tmp_path, outage("GiftsGone"), "--require", "recall_hard=1")
    (row,) = report["incidents"]
    (alert,) = report["alerts"]
    assert code == 0
    assert (row["detected"], row["pages"], row["flaps"]) == (1, 1, 0)
    assert row["minutes"] <= 2
    assert (alert["alert"], alert["right"], report["faults"]) == ("GiftsGone", 1, [])


def test_a_missed_goal_is_an_error(tmp_path: Path) -> None:
    """The same world, whose label wants another alert: missed, in vain, and exit code 1."""
    code, report = backtest(tmp_path, outage("OrdersGone"), "--require", "recall_hard=1")
    assert code == 1
    assert report["missed"] == ["recall_hard is 0, at least 1 is required"]
    assert [line.split(":")[0] for line in report["faults"]] == [
        "in vain, beside, gifts vanish ",
        "missed, hard",
    ]
