"""The simulation's own proof: each planted bug is found, and by the figure that it spoils."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

from creator_pulse.proof.simulation.parts import Parts
from creator_pulse.proof.simulation.simulation import Simulation
from tests.simulation import mutant_runners, mutants
from tests.simulation.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

FIRST = 20
"""Seeds that are tried until one shows the bug; ``test_simulation.py`` holds sound parts to the same."""

pytestmark = pytest.mark.slow

_SHOWN, _TRUTH = r"(?P<shown>[^ ,]+)", r"(?P<truth>[^ ,]+)"
KINDS = {
    "another total": rf"Ledger law: .* shows \('(?!pulse_lost).*\) as {_SHOWN}, the ledger has {_TRUTH}$",
    "fell": rf"Counter law: .* shows \('.*\) as {_SHOWN} after {_TRUTH}$",
    "ahead of the commit": rf"Counter law: .* at {_SHOWN}, committed is {_TRUTH}$",
    "final twice": r"Window law: .*( is final twice|: times final {.*: 2, the ledger has 1)$",
    "closed early": rf"Window law: .* closed at {_SHOWN}, when .* was busy and had told {_TRUTH}$",
    "told ahead": rf"Window law: .* told the watermark {_SHOWN}, the ledger has {_TRUTH}$",
    "wrong final": r"Window law: .*: final {.* the ledger has {",
    "wrong restatement": r"Window law: .*: last restatement {.* the ledger has {",
    "redis fell": r"Redis law: .* goes from b'\S+' back to b'\S+'$",
    "redis is empty": r"Redis law: .* is None of None, ",
    "redis has another": rf"Redis law: .* is b'{{\"value\":{_SHOWN},.* has b'{{\"value\":{_TRUTH},",
    "refused": r"Sanity law: (?s:.*)\.ChangelogError: .*(counts again|but no marker|not say how far)",
}
"""What a broken law is about -> how it is told."""


class Finding(NamedTuple):
    """One kind of difference, and its direction.

    Attributes:
        kind: of ``KINDS``.
        sign: 1 where more is shown than is true, -1 where less, 0 where that is no question.
    """

    kind: str
    sign: int = 0


def findings(violations: tuple[str, ...]) -> Iterator[Finding]:
    """What a run found."""
    for text in violations:
        for kind, pattern in KINDS.items():
            match = re.match(pattern, text)
            if match:
                yield Finding(kind, _sign(match.groupdict()))


def _sign(shown: dict[str, str]) -> int:
    try:
        difference = float(shown["shown"]) - float(shown["truth"])
    except (KeyError, ValueError):
        return 0
    return (difference > 0) - (difference < 0)


ABOVE, BELOW = Finding("another total", 1), Finding("another total", -1)
REFUSED = Finding("refused")
FELL = Finding("fell", -1)
AHEAD = Finding("ahead of the commit", 1)
TWICE = Finding("final twice")

BY_CHANCE: dict[str, tuple[Parts, set[Finding]]] = {
    "commit before state": (Parts(runner=mutant_runners.CommitBeforeState), {BELOW}),
    "marker outside the transaction": (Parts(runner=mutant_runners.MarkerOutside), {ABOVE, REFUSED}),
    "recovery ends one record early": (Parts(runner=mutant_runners.ShortRecovery), {ABOVE, REFUSED}),
    "uncommitted counts exposed": (Parts(runner=mutant_runners.Uncommitted), {AHEAD}),
    "a final stated again": (Parts(merge_lane=mutants.FinalAgain), {TWICE}),
    "dedup lost on recovery": (Parts(source_lane=mutants.ForgetsIds), {ABOVE}),
    "counter restarts at zero": (Parts(source_lane=mutants.RestartsAtZero), {FELL, BELOW}),
    "late counted twice": (Parts(source_lane=mutants.LateTwice), {Finding("wrong restatement")}),
    "late counted in time too": (Parts(source_lane=mutants.LateInTime), {Finding("wrong final")}),
    "boundary record read twice": (Parts(source_lane=mutants.BoundaryTwice), {ABOVE}),
    "boundary record skipped": (Parts(source_lane=mutants.BoundarySkipped), {BELOW}),
    "idle moves the watermark": (Parts(source_lane=mutants.IdleAdvances), {Finding("told ahead", 1)}),
    "watermark of the fastest partition": (
        Parts(merge_lane=mutants.FastestPartition),
        {Finding("closed early", 1)},
    ),
    "increments to Redis": (Parts(views=mutants.Increments), {Finding("redis has another", -1)}),
    "a flushed Redis stays empty": (Parts(views=mutants.FlushUnnoticed), {Finding("redis is empty")}),
}
"""Bug -> the broken part, and the findings of which each shows it."""

BY_HAND: dict[str, tuple[Parts, Callable[[Scene], Awaitable[None]], set[Finding]]] = {
    "the producer does not fence": (
        Parts(runner=mutant_runners.Unfenced),
        Scene.a_former_owner_commits_last,
        {FELL, ABOVE},
    ),
    "a fenced commit is taken as written": (
        Parts(runner=mutant_runners.FenceIgnored),
        Scene.a_fenced_owner_commits,
        {AHEAD},
    ),
    "a zombie's page is served": (Parts(lanes=mutants.ZombiePage), Scene.a_paused_owner_is_scraped, {FELL}),
    "a heartbeat counts from its answer": (
        Parts(heartbeat=mutants.when_answered),
        Scene.a_paused_owner_is_scraped,
        {FELL},
    ),
    "a window closes twice": (
        Parts(runner=mutant_runners.ClosesTwice),
        Scene.a_merge_lane_dies_while_it_commits,
        {TWICE},
    ),
    "a lower offset overwrites Redis": (
        Parts(views=mutants.LowerOffset),
        Scene.a_slow_worker_publishes,
        {Finding("redis fell")},
    ),
}
"""Bug -> the broken part, the schedule that shows it, which chance seldom does, and the findings."""


@pytest.mark.parametrize("bug", BY_CHANCE)
def test_chance_finds_a_planted_bug(bug: str) -> None:
    """Some of the first seeds show it, by the kind of difference that the bug makes."""
    parts, expected = BY_CHANCE[bug]
    seen = set[Finding]()
    for seed in range(FIRST):
        seen |= set(findings(Simulation(seed, parts).run().violations))
        if seen & expected:
            break
    assert seen & expected, f"no seed below {FIRST} shows it; found: {seen}"


@pytest.mark.parametrize("bug", BY_HAND)
async def test_a_schedule_finds_a_planted_bug(bug: str) -> None:
    """The laws that the simulation holds see it at once."""
    parts, play, expected = BY_HAND[bug]
    scene = Scene(parts)
    await play(scene)
    assert set(findings(scene.violations)) == expected, scene.violations


@pytest.mark.parametrize("bug", BY_HAND)
async def test_sound_parts_pass_the_same_schedule(bug: str) -> None:
    """What is found is the bug's, not the schedule's; the seeds are those of ``test_simulation.py``."""
    scene = Scene(Parts())
    await BY_HAND[bug][1](scene)
    assert scene.violations == ()
