"""``pulse catalog``: a table for readers, and the same rows as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from creator_pulse.agents.catalog_table import table
from creator_pulse.agents.cli import main
from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.monitoring.catalog_page import catalog_json
from creator_pulse.stream.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

ROWS = catalog_json(Settings())


def printed(*options: str) -> str:
    """What the command prints."""
    done = CliRunner().invoke(main, ["catalog", *options])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("width", [100, 120, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Whatever the texts; a word that is longer than its column is broken."""
    assert [line for line in table(ROWS, width) if len(line) > width] == []


def test_every_metric_has_a_line_of_its_own() -> None:
    """Its id begins one line, in the catalogue's order."""
    known = {metric.id for metric in METRICS}
    begun = [line.split(" ")[0] for line in table(ROWS, 120)]
    assert [word for word in begun if word in known] == [metric.id for metric in METRICS]


def test_question_formula_and_guardrails_are_told() -> None:
    """Of gross gift value."""
    words = " ".join(" ".join(table([row for row in ROWS if row["id"] == "GI1"], 200)).split())
    assert "How much do viewers spend on gifts?" in words
    assert "= sum of unit_coins x count over final gifts" in words
    assert "! GiftValueDrop (critical)" in words


def test_filters_work_together() -> None:
    """Core metrics of gifts for creators."""
    lines = printed("--tool", "gift", "--tier", "core", "--stakeholder", "creators", "--json")
    assert [row["id"] for row in json.loads(lines)["metrics"]] == ["GI1", "GI2"]


def test_json_goes_to_a_file(tmp_path: Path) -> None:
    """With what a program needs of each metric."""
    target = tmp_path / "catalog.json"
    printed("--json", str(target))
    rows = {row["id"]: row for row in json.loads(target.read_text(encoding="utf-8"))["metrics"]}
    assert list(rows) == [metric.id for metric in METRICS]
    needed = [
        "id",
        "title",
        "question",
        "formula",
        "windows",
        "unit",
        "tier",
        "tool",
        "stakeholders",
        "guardrails",
        "promql",
    ]
    assert [name for name in needed if name not in rows["GI1"]] == []
    assert rows["GI1"]["guardrails"][0]["runbook"] == "/runbooks/GiftValueDrop"


def test_nothing_found_names_the_words() -> None:
    """A filter that leaves nothing fails, and says what there is."""
    done = CliRunner().invoke(main, ["catalog", "--tool", "lottery"])
    assert done.exit_code == 1
    assert "tools are " in done.stderr
    assert "commerce" in done.stderr


def test_settings_hide_the_token() -> None:
    """As they hide the password."""
    done = CliRunner().invoke(main, ["settings"], env={"PULSE_API_TOKEN": "b6d1a9f0c3e2"})
    assert "PULSE_API_TOKEN=***" in done.stdout
    assert "b6d1a9f0c3e2" not in done.output
