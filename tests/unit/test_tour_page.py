"""The page of the tour says what its script walks."""

from __future__ import annotations

import struct

from creator_pulse.stream.generator.scenarios.listed import SCENARIOS
from tests.support.tour import HEIGHT, MOST_CLICKS, PAGE, PICTURES, TOUR, WIDTH, page_text

MOST_BYTES = 150_000


def test_the_page_has_the_steps_of_the_script() -> None:
    """``python -m tests.support.tour`` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page_text()


def test_each_incident_is_a_scenario() -> None:
    """So that pulse demo --fault takes its name."""
    assert [incident.scenario for incident in TOUR if incident.scenario not in SCENARIOS] == []


def test_each_incident_is_traced_by_six_clicks() -> None:
    """At most."""
    assert max(incident.clicks for incident in TOUR) <= MOST_CLICKS


def test_pictures_are_there_and_small() -> None:
    """Each step that has one has a PNG of at most 150 kB, and there are no others."""
    wanted = {
        f"{incident.scenario}-{number}.png"
        for incident in TOUR
        for number, step in enumerate(incident.steps, 1)
        if step.picture
    }
    assert {path.name for path in PICTURES.iterdir()} == wanted
    for name in wanted:
        content = (PICTURES / name).read_bytes()
        assert content.startswith(b"\x89PNG")
        # Width and height stand behind the first chunk's length and name.
        assert struct.unpack(">II", content[16:24]) == (WIDTH, HEIGHT)
        assert len(content) <= MOST_BYTES, name
