"""Every alert has a runbook that a novice can follow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import promql_parser
import pytest

from creator_pulse.stream.monitoring.alerts import declared

if TYPE_CHECKING:
    from pathlib import Path

HEADINGS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "Verify"]
ALERTS = sorted({guardrail.alert for _, guardrail in declared()})


def test_one_page_per_alert_and_no_orphan(tree: Path) -> None:
    """The pages are those of the alerts, no more and no less."""
    assert sorted(path.stem for path in (tree / "runbooks").iterdir()) == ALERTS


@pytest.mark.parametrize("alert", ALERTS)
def test_headings(tree: Path, alert: str) -> None:
    """A page says meaning, impact, diagnosis, mitigation and how to verify, in this order."""
    assert re.findall(r"^## (.+)$", (tree / f"runbooks/{alert}.md").read_text(), re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("alert", ALERTS)
def test_queries_parse(tree: Path, alert: str) -> None:
    """Each query of a page is PromQL."""
    queries = re.findall(r"```promql\n(.+?)```", (tree / f"runbooks/{alert}.md").read_text(), re.DOTALL)
    assert len(queries) >= 3
    assert all(promql_parser.parse(query) for query in queries)
