"""The example of the simulation page works as it is written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).parents[2] / "docs/simulation.md"


@pytest.mark.slow
def test_the_example_runs() -> None:
    """The page's one block of Python defines a test that passes."""
    (example,) = re.findall(
        r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    names: dict[str, object] = {}
    exec(example, names)  # noqa: S102 - the page's own example
    assert "assert not outcome.violations" in example
    cast("Callable[[], None]", names["test_my_lanes_keep_the_laws"])()
