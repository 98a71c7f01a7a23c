"""Every alert has a runbook that a novice can follow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import promql_parser
import pytest

from creator_pulse.stream.errors import CatalogError
from creator_pulse.stream.monitoring.alerts import declared
from creator_pulse.stream.monitoring.runbooks import BLOCKS, PROSE, pages

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


@pytest.fixture
def prose(tmp_path: Path) -> Path:
    """A copy of what people wrote."""
    for entry in PROSE.iterdir():
        (tmp_path / entry.name).write_bytes(entry.read_bytes())
    return tmp_path


def test_what_a_person_writes_stands_in_the_page(prose: Path) -> None:
    """A sentence that is added to a page is in what is generated, and the query is beside it."""
    path = prose / "Watchdog.md"
    path.write_text(path.read_text().replace("<!-- number -->", "Ask the night shift.\n\n<!-- number -->"))
    page = pages(prose)["Watchdog.md"].decode()
    assert "\nAsk the night shift.\n\nThe number itself, by its labels:\n\n```promql\nvector(1)\n```" in page


def test_an_alert_without_a_page_is_refused(prose: Path) -> None:
    """The message says which file is to be written."""
    (prose / "Watchdog.md").unlink()
    with pytest.raises(CatalogError, match=r"^Watchdog has no runbook: write creator_pulse/.+/Watchdog\.md$"):
        pages(prose)


def test_a_page_without_an_alert_is_refused(prose: Path) -> None:
    """What is left over of an alert that was removed or renamed is named."""
    (prose / "Watchdog.md").rename(prose / "Watchcat.md")
    (prose / "Watchdog.md").write_bytes((PROSE / "Watchdog.md").read_bytes())
    with pytest.raises(CatalogError, match=r"Watchcat\.md is of no alert"):
        pages(prose)


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("instead", ["", "<!-- {} -->\n\n<!-- {} -->", "<!-- {}s -->"])
def test_a_page_with_a_wrong_block_is_refused(prose: Path, block: str, instead: str) -> None:
    """Each block stands once: one that is missing, stands twice or has another name is an error."""
    path = prose / "Watchdog.md"
    path.write_text(path.read_text().replace(f"<!-- {block} -->", instead.replace("{}", block)))
    with pytest.raises(CatalogError, match=r"Watchdog\.md: each of <!-- meaning -->, .+ must stand once"):
        pages(prose)
