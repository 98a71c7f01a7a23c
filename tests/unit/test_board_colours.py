"""Colours of the board: told apart by colour-blind people, readable on their ground, the same everywhere."""

from __future__ import annotations

import json
import re
from itertools import combinations
from math import dist
from typing import Any, Final

import pytest

from creator_pulse.stream.board.server import STATIC

SCRIPT = (STATIC / "palettes.js").read_text(encoding="utf-8")
PALETTES: Final[dict[str, Any]] = json.loads(SCRIPT[SCRIPT.index("{") : SCRIPT.rindex("}") + 1])
STYLES = (STATIC / "board.css").read_text(encoding="utf-8")
GROUNDS: Final = {"dark": "#1b222c", "light": "#ffffff"}
"""The lightest ground of a panel in the dark theme; the ground of panels in the light one."""
STATES: Final = ("green", "yellow", "orange", "red")
NORMAL: Final = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
PROTANOPIA: Final = (
    (0.152286, 1.052583, -0.204868),
    (0.114503, 0.786281, 0.099216),
    (-0.003882, -0.048116, 1.051998),
)
"""Without the long cones, on linear RGB: Machado, Oliveira and Fernandes (2009), severity 1."""
DEUTERANOPIA: Final = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)
"""Without the middle cones, from the same paper."""
EYES: Final = {"normal": NORMAL, "protanopia": PROTANOPIA, "deuteranopia": DEUTERANOPIA}
TO_XYZ: Final = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
"""Linear sRGB to CIE XYZ, IEC 61966-2-1."""
WHITE: Final = (0.95047, 1.0, 1.08883)
JUST_SEEN: Final = 2.3
"""Distance in CIE Lab that people just see between two patches side by side (Mahy, 1994)."""

Triple = tuple[float, ...]


def _linear(text: str) -> Triple:
    parts = [int(text[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return tuple(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)


def _times(matrix: tuple[Triple, ...], vector: Triple) -> Triple:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def _lab(text: str, eyes: tuple[Triple, ...]) -> Triple:
    seen = tuple(min(1.0, max(0.0, part)) for part in _times(eyes, _linear(text)))
    x, y, z = (
        share ** (1 / 3) if share > 0.008856 else 7.787 * share + 16 / 116
        for share in (part / white for part, white in zip(_times(TO_XYZ, seen), WHITE, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _contrast(one: str, other: str) -> float:
    """Contrast of WCAG 2.2."""
    low, high = sorted(_times(TO_XYZ, _linear(text))[1] for text in (one, other))
    return (high + 0.05) / (low + 0.05)


def _least(colours: tuple[str, ...], eyes: tuple[Triple, ...]) -> float:
    return min(dist(_lab(one, eyes), _lab(other, eyes)) for one, other in combinations(colours, 2))


@pytest.mark.parametrize("eyes", ["protanopia", "deuteranopia"])
def test_the_simulation_takes_the_difference_of_red_and_green_away(eyes: str) -> None:
    """An olive and an orange, which differ in nothing else, lose four fifths of their distance."""
    pair = ("#a2a200", "#e67800")
    assert _least(pair, EYES[eyes]) < 0.2 * _least(pair, NORMAL)


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("eyes", EYES)
def test_colours_of_series_are_told_apart(theme: str, eyes: str) -> None:
    """Ten times the distance that is just seen: lines are thin and do not lie side by side."""
    assert _least(tuple(PALETTES[theme]["series"]), EYES[eyes]) >= 10 * JUST_SEEN


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("eyes", EYES)
def test_colours_of_states_are_told_apart(theme: str, eyes: str) -> None:
    """Six times the distance that is just seen; their word always stands there too."""
    colours = tuple(PALETTES[theme]["named"][name] for name in STATES)
    assert _least(colours, EYES[eyes]) >= 6 * JUST_SEEN


@pytest.mark.parametrize("theme", PALETTES)
def test_named_colours_are_readable_as_text(theme: str) -> None:
    """WCAG AA: 4.5 to 1."""
    faint = {
        name: colour
        for name, colour in PALETTES[theme]["named"].items()
        if _contrast(colour, GROUNDS[theme]) < 4.5
    }
    assert faint == {}


@pytest.mark.parametrize("theme", PALETTES)
def test_lines_stand_out_from_their_ground(theme: str) -> None:
    """WCAG AA for what is no text: 3 to 1."""
    assert min(_contrast(colour, GROUNDS[theme]) for colour in PALETTES[theme]["series"]) >= 3


@pytest.mark.parametrize("name", ["green", "yellow", "orange", "red", "blue"])
def test_the_page_and_its_plots_have_the_same_colours(name: str) -> None:
    """A name is one colour of each theme in the style sheet and in the scripts."""
    written = re.search(rf"--{name}: light-dark\((#\w+), (#\w+)\)", STYLES)
    assert written is not None
    assert written.groups() == tuple(PALETTES[theme]["named"][name] for theme in ("light", "dark"))
