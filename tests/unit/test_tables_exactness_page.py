"""The page on exactness names tests that are there, and every law of the contract."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/exactness.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)))


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_named_test_is_there(path: str, name: str) -> None:
    """A test that was renamed or removed must not go on holding a law on paper."""
    assert re.search(rf"def {name}\(", (ROOT / path).read_text(encoding="utf-8"))


def test_every_law_has_its_rows() -> None:
    """Six laws, each with one test or more."""
    rows = [line for line in PAGE.splitlines() if re.match(r"\| [1-6] ", line)]
    assert {row[2] for row in rows} == set("123456")
    assert all("::test_" in row for row in rows)
