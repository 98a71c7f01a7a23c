"""Nothing that comes out of a run of the whole catalogue changes unless somebody means it to."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.support.whole_run import digests, whole_run

pytestmark = pytest.mark.slow
EXPECTED: dict[str, str] = json.loads(Path(__file__).with_name("whole_run.json").read_text())
"""Part -> lines and digest, as ``python -m tests.support.whole_run`` prints them."""


@pytest.fixture(scope="module")
def seen() -> dict[str, str]:
    """The digests of one run."""
    return digests(asyncio.run(whole_run()))


def test_no_part_is_missing(seen: dict[str, str]) -> None:
    """The run has the parts whose digests are kept, and no others."""
    assert seen.keys() == EXPECTED.keys()


@pytest.mark.parametrize("part", EXPECTED)
def test_a_part_is_as_it_was(part: str, seen: dict[str, str]) -> None:
    """Its lines are those whose digest is kept; of ``input``, the generator has made the same records."""
    assert seen[part] == EXPECTED[part], (
        f"{part} differs: run `python -m tests.support.whole_run FOLDER` here and in a checkout that is "
        "right, then `diff -r` the folders"
    )
