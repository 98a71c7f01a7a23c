"""The API answers whatever Schemathesis makes of its OpenAPI document as that document says."""

from __future__ import annotations

import re

import pytest

from tests.support.served_api import filled, fuzz

OPTIONS = ("--phases=examples,coverage,fuzzing", "--max-examples=10", "--seed=1", "--continue-on-failure")


@pytest.mark.slow
async def test_no_request_breaks_the_api() -> None:
    """Valid ones are answered, invalid ones refused, none with an error of the server or another shape."""
    code, told = await fuzz(filled(), OPTIONS, seconds=120)
    assert code == 0, told
    asked = re.search(r"(\d+) generated", told)
    assert asked is not None
    assert int(asked[1]) >= 500
