"""Raw samples that Prometheus has stored, by series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp

from creator_pulse.stream.errors import UnreachableError, words
from creator_pulse.stream.secret import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMEOUT = aiohttp.ClientTimeout(total=60)


class StoredSeries(NamedTuple):
    """One series over an interval.

    Attributes:
        name: metric family.
        labels: all labels but the family's name.
        points: (epoch seconds, value) in order of time; a missed scrape has no point.
    """

    name: str
    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]


async def history(prometheus: str, selector: str, start: float, end: float) -> list[StoredSeries]:
    """Every sample stored in an interval, as it was scraped.

    Args:
        prometheus: base address, ``http://host:port``.
        selector: selects series, for example ``{__name__=~"pulse_.+_total"}``.
        start: start of the interval, epoch seconds.
        end: end of the interval, epoch seconds.

    Raises:
        UnreachableError: Prometheus does not answer, or answers with an error.
    """
    query = {"query": f"{selector}[{max(1, round((end - start) * 1000))}ms]", "time": f"{end:.3f}"}
    answer = await _ask(f"{prometheus}/api/v1/query", query)
    return [
        StoredSeries(
            row["metric"].get("__name__", ""),
            {name: text for name, text in row["metric"].items() if name != "__name__"},
            tuple((float(at), float(value)) for at, value in row["values"]),
        )
        for row in answer["data"]["result"]
    ]


async def last_scrapes(prometheus: str) -> dict[str, str]:
    """The time of the last successful scrape (RFC 3339) by ``host:port`` of the target.

    Raises:
        UnreachableError: Prometheus does not answer, or answers with an error.
    """
    answer = await _ask(f"{prometheus}/api/v1/targets", {"state": "active"})
    return {
        target["labels"]["instance"]: target["lastScrape"]
        for target in answer["data"]["activeTargets"]
        if target["health"] == "up"
    }


async def _ask(url: str, query: Mapping[str, str]) -> Any:
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.post(url, data=query)
            if url.endswith("/query")
            else session.get(url, params=query) as answer,
        ):
            if answer.status != 200:
                raise UnreachableError(
                    f"{shown(url)} answers with {answer.status}: {(await answer.text())[:200]}"
                )
            return await answer.json()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise UnreachableError(f"{shown(url)} does not answer: {words(error)}") from error
