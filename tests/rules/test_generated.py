"""The committed files are what the catalogue gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from creator_pulse.stream.monitoring.build import generate, stale, wanted, with_rule_tests, write, write_to

ROOT = Path(__file__).resolve().parents[2]


def test_committed_files_are_current() -> None:
    """Nothing under grafana/ and no catalogue page is stale, missing or left over."""
    assert stale(ROOT) == []


def test_generation_is_byte_stable() -> None:
    """Two generations in one process give the same bytes."""
    assert dict(generate.__wrapped__()) == dict(generate())


def test_write_makes_a_tree_current(tmp_path: Path) -> None:
    """After writing into an empty folder, nothing there is stale."""
    write(tmp_path)
    assert stale(tmp_path) == []


def test_an_edited_file_is_stale(tmp_path: Path) -> None:
    """A file changed by hand is named."""
    write(tmp_path)
    (tmp_path / "grafana/rules/sums.yml").write_text("groups: []\n")
    assert stale(tmp_path) == ["grafana/rules/sums.yml"]


def test_a_left_over_file_is_removed(tmp_path: Path) -> None:
    """A runbook without an alert is stale, and goes at the next writing."""
    write(tmp_path)
    orphan = tmp_path / "grafana/runbooks/NoSuchAlert.md"
    orphan.write_text("# NoSuchAlert\n")
    assert stale(tmp_path) == ["grafana/runbooks/NoSuchAlert.md"]
    write(tmp_path)
    assert not orphan.exists()


def test_no_test_of_an_alert_is_committed(tmp_path: Path) -> None:
    """What follows from the alerts and is read by promtool only is not written into a checkout."""
    write(tmp_path)
    assert not (tmp_path / "grafana/tests").exists()


@pytest.mark.slow
def test_a_folder_of_somebodys_own_gets_them(tmp_path: Path) -> None:
    """A test for each alert, beside the rules that it names."""
    write_to(tmp_path)
    assert (tmp_path / "tests/AdFillDrop.yml").read_bytes() == with_rule_tests()["tests/AdFillDrop.yml"]


def test_no_generated_file_is_empty() -> None:
    """Every generated file holds something."""
    assert all((*wanted().values(), *with_rule_tests().values()))
