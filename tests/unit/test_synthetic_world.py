"""The default world is one that could be real: published facts hold in it, and docs/world.md says so."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import pytest

from creator_pulse.agents.world_options import chosen_world
from creator_pulse.proof.demo.command import demo
from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.generator.generator import events
from creator_pulse.stream.generator.world import DENSE, PLATFORM
from creator_pulse.stream.settings import Settings
from tests.support.world_day import top_share
from tests.support.world_facts import FACTS, PAGE, figures, table, written

if TYPE_CHECKING:
    from tests.support.world_facts import Fact

START = 1_760_000_040_000
DEMO_MS = 360_000
"""The first six minutes of a demo."""
NEVER = {
    "FR2": "a minor's gift",
    "FR4": "a gift above a cap",
    "FR14": "a gift to a minor",
    "PL9": "a record without a reference entry",
    "PL17": "a duplicate with another content",
    "PL18": "a record under another key",
}
"""What a right platform has none of; the guardrails show 0."""
RARE = {
    "CR9": "one creator in a hundred thousand is suspended in an hour; those enrolled are there",
    "FR5": "an account of two days that gives much is planted once in three quarters of an hour",
    "BD4": "the first deal is paid after 200 s in the median, and in one run of some after six minutes",
}


@pytest.mark.slow
@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.what)
def test_a_published_fact_holds(fact: Fact) -> None:
    """The value is within what the table tolerates."""
    assert fact.least <= fact.measure(figures()) <= fact.most


@pytest.mark.slow
def test_the_page_shows_what_is_measured() -> None:
    """If not, ``python -m tests.support.world_facts`` writes the table of docs/world.md anew."""
    assert written(PAGE.read_text(encoding="utf-8")) == table(figures())


def test_every_fact_has_a_source() -> None:
    """Or says that it is assumed; and none is tolerated at any value."""
    assert all(fact.source and fact.published and fact.least < fact.most for fact in FACTS)


def test_the_largest_are_taken() -> None:
    """Of 5, 3, 1 and 1 the largest two have 8 in 10."""
    assert top_share([1, 5, 1, 3], 2) == pytest.approx(0.8)


@pytest.mark.slow
def test_every_metric_has_input_soon() -> None:
    """Within six minutes of a demo by its defaults something is counted of each metric that has values."""
    options: dict[str | None, Any] = {option.name: option.default for option in demo.params}
    ledger = Ledger(Settings())
    sent = events(options["seed"], options["rate"], START, offenders=0.00005)
    for record in takewhile(lambda record: record.timestamp_ms < START + DEMO_MS, sent):
        ledger.add(record.topic, record.partition, record.value, record.timestamp_ms, record.key)
    seen = {name for (name, _, _), parts in ledger.truth.windows.items() if any(parts)}
    without = {
        metric.id
        for metric in METRICS
        if metric.values and not seen & {name for value in metric.values for name in value.measures}
    }
    assert without <= NEVER.keys() | RARE.keys()


def test_the_board_says_which_time_is_compressed() -> None:
    """Twenty seconds for a day by default; nothing where a day is a day."""
    assert PLATFORM.note == "synthetic events (platform): a day of deals, payouts and refunds takes 20 s"
    real = chosen_world("platform", steady=False, growth=None, day=86_400.0)
    assert real.note == "synthetic events (platform)"


def test_options_change_the_world() -> None:
    """Growth is given in per cent, a day in seconds; what is not given is the world's own."""
    world = chosen_world("platform", steady=True, growth=2.0, day=60.0)
    assert (world.rhythm, world.day_ms) == (False, 60_000.0)
    assert world.growth == pytest.approx(0.02)
    assert chosen_world("dense", steady=False, growth=None, day=None) == DENSE


def test_the_page_names_the_size_of_the_slice() -> None:
    """1,000 records a second by 373 an hour of viewing are 9,650 viewers at a time."""
    assert round(1_000 * 3_600 / PLATFORM.records) // 10 * 10 == 9_650
    assert re.search(r"about 9,650 people", PAGE.read_text(encoding="utf-8"))
