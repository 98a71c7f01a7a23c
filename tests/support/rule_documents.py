"""The generated promtool tests, made once for all that ask for them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from creator_pulse.stream.monitoring.rule_tests import files


def document_of(alert: str) -> dict[str, Any]:
    """The test of an alert, as promtool reads it; the caller's own, to change as it likes."""
    document: dict[str, Any] = json.loads(_texts()[alert])
    return document


@cache
def _texts() -> dict[str, str]:
    # All of them take half a second to make, and most tests of rules want one.
    return {name.removesuffix(".yml"): json.dumps(document) for name, document in files().items()}
