"""Compares the ledger's totals with what workers expose and what Prometheus stores."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp
import msgspec

from creator_pulse.proof.ledger.measures import MEASURES, configured
from creator_pulse.proof.ledger.samples import ScrapedSample, from_vector, parse
from creator_pulse.stream.errors import UnreachableError, words
from creator_pulse.stream.exposition.bounded_body import bounded_body
from creator_pulse.stream.secret import Address, shown
from creator_pulse.stream.transport.names import PANE_LABEL

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from creator_pulse.proof.ledger.measures import Account
    from creator_pulse.proof.ledger.truth import Truth
    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.settings import Settings

TOLERANCE = Fraction(1, 10**9)
"""Relative; for sums that are divided where they are shown, and so are floats."""
_TIMEOUT = aiohttp.ClientTimeout(total=10)
LabelSet = frozenset[tuple[str, str]]


class Difference(NamedTuple):
    """A figure that differs from the ledger's.

    For example expected 7, actual 5: two records were lost.

    Attributes:
        where: ``workers``, ``prometheus`` or ``windows``.
        series: family, or value name with window and start.
        labels: of the figure.
        expected: by the ledger; None: it should not be there.
        actual: as it was read; None: it is not there.
    """

    where: str
    series: str
    labels: Mapping[str, str]
    expected: str | None
    actual: str | None


@dataclass(frozen=True, slots=True)
class _Family:
    """A counter family: the measures that feed it, the label names that identify a figure."""

    name: str
    measures: tuple[Account, ...]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(
            name for measure in self.measures for name in (*measure.labels, *dict(measure.fixed))
        )

    @property
    def exact(self) -> bool:
        return all(measure.scale == 1 for measure in self.measures)


@cache
def _families() -> tuple[_Family, ...]:
    feeding: dict[str, list[Account]] = {}
    for measure in MEASURES.values():
        if measure.counter:
            feeding.setdefault(f"pulse_{measure.counter}", []).append(measure)
    return tuple(_Family(name, tuple(measures)) for name, measures in sorted(feeding.items()))


def expected_totals(truth: Truth, settings: Settings) -> dict[str, dict[LabelSet, Fraction]]:
    """What each counter family must show, summed over partitions.

    Args:
        truth: the ledger's sums, of all records that were produced.
        settings: which label combinations are shown at 0 before they count.

    Returns:
        Family -> label set (without partition) -> value in the shown unit.
    """
    expected: dict[str, dict[LabelSet, Fraction]] = {}
    for family in _families():
        sums = expected[family.name] = {}
        for measure in family.measures:
            # Series that stand at 0 before any record are expected too.
            for labels in configured(measure, settings):
                sums.setdefault(_label_set(measure, labels), Fraction(0))
            for (name, labels), total in truth.totals.items():
                if name == measure.name:
                    key = _label_set(measure, labels)
                    sums[key] = sums.get(key, Fraction(0)) + Fraction(total, measure.scale)
    return expected


def compare(
    where: str, truth: Truth, settings: Settings, samples: Iterable[ScrapedSample]
) -> list[Difference]:
    """Hold samples against the ledger.

    Args:
        where: named in the differences.
        truth: the ledger's sums, of all records that were produced.
        settings: as the workers have them.
        samples: of all workers; series of other families are passed over.

    Returns:
        Every figure that differs, is missing or should not be there. Integers must be equal, sums
        that are divided where they are shown by a relative 1e-9.
    """
    expected = expected_totals(truth, settings)
    families = {family.name: family for family in _families()}
    totals: dict[str, dict[LabelSet, Fraction]] = {name: {} for name in families}
    for sample in samples:
        family = families.get(sample.name)
        if family is not None:
            # Without the labels of partition and worker: the ledger's figure is the sum over them.
            key = frozenset((name, sample.labels.get(name, "")) for name in family.names)
            totals[family.name][key] = totals[family.name].get(key, Fraction(0)) + Fraction(sample.value)
    differences = []
    for name, family in families.items():
        for key in expected[name].keys() | totals[name].keys():
            # The ledger knows inputs only; of the records between lanes none may be invalid.
            unlisted = Fraction(0) if ("topic", PANE_LABEL) in key else None
            want, have = expected[name].get(key, unlisted), totals[name].get(key)
            if not _equal(want, have, exact=family.exact):
                differences.append(Difference(where, name, dict(sorted(key)), _show(want), _show(have)))
    return sorted(differences, key=lambda difference: (difference.series, *difference.labels.values()))


async def verify_workers(truth: Truth, settings: Settings, urls: Iterable[str]) -> list[Difference]:
    """Compare with the workers' own pages.

    Args:
        truth: the ledger's sums, of all records that were produced.
        settings: as the workers have them.
        urls: addresses of all workers' ``/metrics``.

    Raises:
        UnreachableError: a page does not answer with 200.
    """
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        pages = [await _get(session, url) for url in urls]
    return compare("workers", truth, settings, [sample for page in pages for sample in parse(page.decode())])


async def verify_prometheus(
    truth: Truth, settings: Settings, address: Address | None = None
) -> list[Difference]:
    """Compare with the newest samples of a Prometheus server, up to five minutes old.

    Args:
        truth: the ledger's sums, of all records that were produced.
        settings: as the workers have them.
        address: base URL; default that of the settings.

    Raises:
        UnreachableError: the server does not answer with 200.
    """
    base = (settings.prometheus if address is None else address).reveal().rstrip("/")
    samples: list[ScrapedSample] = []
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        for family in _families():
            query = {"query": f"last_over_time({family.name}[5m])"}
            answer = await _get(session, f"{base}/api/v1/query", query)
            samples.extend(from_vector(family.name, _decode(answer)))
    return compare("prometheus", truth, settings, samples)


async def wait_equal(
    check: Callable[[], Awaitable[list[Difference]]], clock: Clock, seconds: float, every: float = 0.5
) -> list[Difference]:
    """Check again and again until nothing differs or time is up.

    The checked numbers have had all the time that was given, however long the check itself takes: the
    one that decides begins after the deadline.

    Args:
        check: one comparison; an :class:`UnreachableError` counts as a difference until time is up.
        clock: measures the time limit.
        seconds: time limit, from now; one check is made in any case.
        every: pause between two checks.

    Returns:
        The last check's differences; empty when all is equal.

    Raises:
        UnreachableError: still at the deadline.
    """
    deadline = clock.monotonic() + seconds
    while True:
        # Asked before the check: one that began in time may end later, and still does not decide.
        decides = clock.monotonic() >= deadline
        try:
            differences = await check()
        except UnreachableError:
            if decides:
                raise
        else:
            if not differences or decides:
                return differences
        await asyncio.sleep(every)


def _label_set(measure: Account, labels: tuple[str, ...]) -> LabelSet:
    return frozenset((*zip(measure.labels, labels, strict=True), *measure.fixed))


def _equal(want: Fraction | None, have: Fraction | None, *, exact: bool) -> bool:
    if want is None or have is None:
        return False
    # Divided sums are floats in the exposition, so they are equal to a relative tolerance only.
    return want == have if exact else abs(want - have) <= abs(want) * TOLERANCE


def _show(value: Fraction | None) -> str | None:
    return None if value is None else f"{float(value):.17g}"


def _decode(body: bytes) -> Any:
    return msgspec.json.decode(body)


async def _get(session: aiohttp.ClientSession, url: str, query: Mapping[str, str] | None = None) -> bytes:
    try:
        async with session.get(url, params=query) as answer:
            body = await bounded_body(answer)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise UnreachableError(f"{shown(url)} does not answer: {words(error)}") from error
    if answer.status != 200:
        raise UnreachableError(f"{shown(url)} answers with {answer.status}: {body[:200]!r}")
    return body
