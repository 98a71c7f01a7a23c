"""What recording rules would have given in the past: Prometheus evaluates them on its own blocks.

Only series with a reader over time are recorded: if a board shows one as of now, its past is of no use.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict, deque
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from creator_pulse.stream.aggregates.spans import HOUR_MS, MINUTE_MS
from creator_pulse.stream.lanes.lane import Sample
from creator_pulse.stream.monitoring.build import generated
from creator_pulse.stream.past.alert_rule import rules_of
from creator_pulse.stream.past.blocks import make_blocks
from creator_pulse.stream.past.open_metrics import SampleFiles, joined, put_together
from creator_pulse.stream.past.prometheus import serving
from creator_pulse.stream.past.rule_order import in_steps, needed, series_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from creator_pulse.stream.past.prometheus import Answer, PastPrometheus

ANNOUNCED = frozenset({"pulse_override_bound", "pulse_calendar_factor"})
"""Families that are there only while somebody has set or announced something: without them nobody has."""
_GRIDS = HOUR_MS, 5 * MINUTE_MS, MINUTE_MS
_APART_MS = 3 * HOUR_MS
"""Looks farther apart are asked for by two queries: what lies between has no samples."""
_AHEAD = 4
"""So many queries are asked at once."""
_LOOKED_BACK = re.compile(r"([a-zA-Z_]\w*:[\w:]+)(?:\{[^}]*\})?(?:\[| offset)")


class Recording(NamedTuple):
    """A recording rule.

    Attributes:
        name: of the series.
        expr: PromQL.
        labels: that it adds.
    """

    name: str
    expr: str
    labels: Mapping[str, str]


class Grid(NamedTuple):
    """Evaluations in equal steps.

    Attributes:
        first_ms: the first, epoch ms.
        last_ms: the last, itself among them if it is a whole number of steps after the first, epoch ms.
        step_ms: between two.
    """

    first_ms: int
    last_ms: int
    step_ms: int


def read_over_time() -> frozenset[str]:
    """Names of the recordings that boards draw over time, and those that an expression looks back at."""
    names = {rule.name for rule in recordings(generated("rules"))}
    texts = {
        text for board in generated("dashboards").values() for text in _drawn(msgspec.json.decode(board))
    }
    drawn = {word for text in texts for word in series_in(text, names)}
    rules = (*rules_of(generated("rules")), *rules_of(generated("alerts")))
    every = (
        *(rule["expr"] for rule in rules),
        *(board.decode() for board in generated("dashboards").values()),
    )
    return frozenset(names & (drawn | {word for text in every for word in _LOOKED_BACK.findall(text)}))


def _drawn(content: Any) -> Iterator[str]:
    """The expressions of a board that are asked for over a range."""
    if isinstance(content, dict):
        if isinstance(content.get("expr"), str) and not content.get("instant"):
            yield content["expr"]
        for value in content.values():
            yield from _drawn(value)
    elif isinstance(content, list):
        for value in content:
            yield from _drawn(value)


def recordings(files: Mapping[str, bytes]) -> tuple[Recording, ...]:
    """The recording rules of rule files, in their order.

    Args:
        files: file name -> rules as YAML.
    """
    return tuple(
        Recording(rule["record"], rule["expr"], rule.get("labels", {}))
        for rule in rules_of(files)
        if "record" in rule
    )


def steps(
    rules: Sequence[Recording], families: Collection[str], wanted: Collection[str]
) -> list[list[Recording]]:
    """The rules that can be recorded and are wanted, or read by those, in steps.

    Series that the rules of a step read are there, or are recorded by the steps before. A rule that reads
    something which has no past is left out: of a sum that lacks a part nobody would see that it does.

    Args:
        rules: recording rules; several may have one name, with labels of their own.
        families: names of the series that there are.
        wanted: names of recordings; others are made only if those read them.

    Example:
        >>> each = Recording("app:pulse_gifts:sum", "sum by (app) (pulse_gifts)", {})
        >>> hour = Recording("app:pulse_gifts:per_hour", "60 * app:pulse_gifts:sum", {})
        >>> [[rule.name for rule in step] for step in steps([hour, each], {"pulse_gifts"}, {hour.name})]
        [['app:pulse_gifts:sum'], ['app:pulse_gifts:per_hour']]
    """
    names = {rule.name for rule in rules}
    reads = [(rule.name, series_in(rule.expr, names)) for rule in rules]
    ordered, _ = in_steps(reads, {*families, *ANNOUNCED})
    of_name: dict[str, set[str]] = defaultdict(set)
    for name, series in reads:
        of_name[name] |= series
    names = needed(wanted, of_name)
    in_order = [[rules[place] for place in step if rules[place].name in names] for step in ordered]
    return [step for step in in_order if step]


def grids(looks: Iterable[int]) -> list[tuple[Grid, frozenset[int]]]:
    """Few queries that evaluate at all looks, each with the looks that it answers.

    Args:
        looks: epoch ms, each once.

    Example:
        >>> hour, minute = grids([HOUR_MS, 2 * HOUR_MS, 2 * HOUR_MS + MINUTE_MS])
        >>> hour[0] == Grid(HOUR_MS, 2 * HOUR_MS, HOUR_MS), sorted(minute[1]) == [2 * HOUR_MS + MINUTE_MS]
        (True, True)
    """
    left = sorted(looks)
    queries = []
    for step in (*_GRIDS, 1):
        own = [look for look in left if look % step == 0]
        left = [look for look in left if look % step]
        # Long ago looks are far apart, and an evaluation without samples costs next to nothing.
        apart = _APART_MS if step < HOUR_MS else 2**60
        breaks = [0, *(second for first, second in pairwise(own) if second - first > apart)]
        for _, group in groupby(own, key=lambda look: sum(look >= edge for edge in breaks)):
            part = list(group)
            # What is on no whole minute is asked for alone.
            parts = [part] if step > 1 else [[look] for look in part]
            queries += [(Grid(each[0], each[-1], step), frozenset(each)) for each in parts]
    return queries


async def with_recordings(files: Sequence[Path], looks: Sequence[int], folder: Path) -> list[Path]:
    """Samples, and beside them the product's recordings on them, in one file a block.

    One block for each time: Prometheus would put together those that overlap.

    Args:
        files: of samples, one for each block, as ``SampleFiles`` writes them.
        looks: when they were taken, epoch ms, rising.
        folder: for intermediate files, and for the files; its database ``data`` may hold former blocks.

    Raises:
        StackError: promtool refuses the samples, or Prometheus a rule.
        MissingPartError: Prometheus or promtool is not installed.
    """
    data, recorded = folder / "data", folder / "recorded"
    data.mkdir(exist_ok=True)
    recorded.mkdir()
    await make_blocks(files, data)
    more = await record(looks, data, recorded, recordings(generated("rules")), read_over_time())
    return put_together([*files, *more], folder / "whole")


async def record(
    looks: Sequence[int], data: Path, folder: Path, rules: Sequence[Recording], wanted: Collection[str]
) -> list[Path]:
    """Evaluate rules on a database at some moments.

    Args:
        looks: when, epoch ms, rising.
        data: folder of the database, to which blocks of the recordings are added.
        folder: empty; for the files.
        rules: recording rules, in any order.
        wanted: names of those that something reads over time.

    Returns:
        files of samples.

    Raises:
        StackError: Prometheus refuses a rule.
        MissingPartError: Prometheus or promtool is not installed.
    """
    folders: list[Path] = []
    names = {rule.name for rule in rules}
    with_samples: set[str] = set()
    left: list[list[Recording]] | None = None
    while left is None or left:
        # Blocks that are added while it runs Prometheus reads within a minute only: each step has its own.
        async with serving(folder, data, 0, 0) as prometheus:
            if left is None:
                left = steps(rules, await prometheus.families(), wanted)
            samples = await _recorded(prometheus, left.pop(0), looks) if left else {}
        part = folder / str(len(folders))
        part.mkdir()
        files = SampleFiles(part, target=())
        for look in sorted(samples):
            files.take(look, samples[look])
        files.close()
        folders.append(part)
        with_samples |= {sample.family for look in samples.values() for sample in look}
        # What reads nothing that has a sample gives none; a Prometheus for it takes seconds.
        while left and all(series_in(rule.expr, names) <= names - with_samples for rule in left[0]):
            left.pop(0)
        if left:
            await make_blocks(files.files, data)
    return joined(folders, folder)


async def _recorded(
    prometheus: PastPrometheus, rules: Iterable[Recording], looks: Sequence[int]
) -> dict[int, list[Sample]]:
    by_look: dict[int, list[Sample]] = {}
    questions = [(rule, *query) for rule in rules for query in grids(looks)]
    answers: deque[asyncio.Task[list[Answer]]] = deque()
    try:
        for place, (rule, _, asked) in enumerate(questions):
            # Prometheus evaluates the next ones while an answer is read.
            for other, grid, _ in questions[place + len(answers) : place + _AHEAD]:
                answers.append(asyncio.create_task(prometheus.over(other.expr, *grid)))
            for labels, points in await answers.popleft():
                own = {**labels, **rule.labels}
                own.pop("__name__", None)
                pairs = tuple(sorted(own.items()))
                for look, value in points:
                    if look in asked:
                        by_look.setdefault(look, []).append(Sample(rule.name, pairs, value))
    finally:
        for answer in answers:
            answer.cancel()
    return by_look
