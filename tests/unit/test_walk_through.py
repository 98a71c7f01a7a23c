"""Adding a metric as the page says: in a copy of the project, by its own blocks and commands."""

from __future__ import annotations

import filecmp
import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.walk_through import ROOT, apply, blocks, commands, steps

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS = {".venv/bin/pulse": ["creator_pulse"], ".venv/bin/pytest": ["pytest"], ".venv/bin/ruff": ["ruff"]}
"""What the page calls -> the module that it is, so that the copy's own code runs."""
PARTS = ("creator_pulse", "tests", "docs", "grafana", "deploy")
GENERATED = ("grafana/", "docs/catalogue.md", "docs/map.md", "docs/rules.md")


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the page in the copy."""
    program, *rest = words
    return subprocess.run(
        [sys.executable, "-m", *PROGRAMS[program], *rest],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project without the parts that can be made again, and with the page's edits."""
    root = tmp_path_factory.mktemp("walk") / "project"
    root.mkdir()
    for name in PARTS:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy2(path, root)
    apply(root)
    return root


@pytest.fixture(scope="module")
def walked(copy: Path) -> Path:
    """The copy after every command of the page."""
    for words in commands():
        done = run(copy, *words)
        assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}\n{done.stderr}"
    return copy


def changed(root: Path) -> set[str]:
    """Paths that differ from the project, are new, or are gone; what tools keep for themselves left out."""
    files = {
        path.relative_to(base).as_posix()
        for base in (root, ROOT)
        for name in PARTS
        for path in (base / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    return {
        name
        for name in files
        if not (root / name).is_file()
        or not (ROOT / name).is_file()
        or not filecmp.cmp(root / name, ROOT / name, shallow=False)
    }


def test_every_block_says_where_it_goes() -> None:
    """Each block that is no command is an edit of a file."""
    assert len(steps()) == blocks() == 10


def test_every_edit_has_its_place() -> None:
    """The files hold the lines that the page names, and code stays code."""
    for step in steps():
        text = step.applied(step.before(ROOT))
        assert step.block in text
        if step.file.endswith(".py"):
            compile(text, step.file, "exec")


@pytest.mark.slow
def test_the_metric_is_in_the_catalogue(walked: Path) -> None:
    """With both values and its guardrail, as programs read it."""
    done = run(walked, ".venv/bin/pulse", "catalog", "--json")
    (row,) = [metric for metric in json.loads(done.stdout)["metrics"] if metric["id"] == "AD7"]
    assert set(row["promql"]) == {"ad_short_count", "ad_short_ratio"}
    assert [guardrail["alert"] for guardrail in row["guardrails"]] == ["ShortAdsDrop"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("grafana/dashboards/tool-ad.json", "AD7 Short ads"),
        ("grafana/alerts/business.yml", "alert: ShortAdsDrop"),
        ("grafana/rules/sums.yml", "record: app:pulse_ad_short_ratio:1h"),
        ("grafana/rules/baselines.yml", "record: app:pulse_ad_short_ratio:baseline_1h"),
        ("grafana/runbooks/ShortAdsDrop.md", "Prefer short ads in ad serving"),
        ("docs/catalogue.md", "| AD7 | How many of the ads shown are short? |"),
    ],
)
def test_it_is_generated(walked: Path, file: str, text: str) -> None:
    """Board, alert, rules, runbook and page have it; the project itself has not."""
    assert text in (walked / file).read_text(encoding="utf-8")
    assert not (ROOT / file).is_file() or text not in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.slow
def test_nothing_else_was_edited(walked: Path) -> None:
    """The files of the page's edits, and what is generated."""
    by_hand = {name for name in changed(walked) if not name.startswith(GENERATED)}
    assert by_hand == {step.file for step in steps()}
