"""The tour of four incidents, walked in a real Chromium on the real board over a real Prometheus."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from creator_pulse.stream.catalog.declaration.signals import TICKET_SCORE
from tests.support.tour import MOST_CLICKS, TOUR, Incident, walk
from tests.support.tour_past import SEEN, tour_past

if TYPE_CHECKING:
    from pathlib import Path

WINDOW = 30
"""Minutes of the longest window of the fast scan."""
pytestmark = [pytest.mark.stack, pytest.mark.slow]


@pytest.mark.parametrize("incident", TOUR, ids=[incident.scenario for incident in TOUR])
def test_an_incident_is_found_sized_and_traced_by_six_clicks(incident: Incident, tmp_path: Path) -> None:
    """Each step of the page leads to what it says; *Where* has the cost a minute, and since when."""
    with tour_past(incident.scenario, tmp_path) as (past, shown):
        walked = asyncio.run(walk(past.url, shown, incident))
    assert walked.clicks == incident.clicks <= MOST_CLICKS
    assert float(walked.sized["Evidence"]) >= TICKET_SCORE
    assert walked.sized["Of usual"].endswith("%")
    # Money that changes has a cost; of what is only counted there is none to tell.
    costs = walked.sized.get("Costs a minute", "")
    assert bool(re.fullmatch(r"\$[1-9][\d.,]*[KM]?", costs)) == ("costs a minute" in incident.steps[2].says)
    minutes = re.match(r"(\d+) minutes", walked.sized["Since"])
    assert minutes is not None, walked.sized
    # Its begin is that of the window that decides, half an hour at most: it may be told early.
    assert SEEN - 4 <= int(minutes[1]) <= WINDOW
