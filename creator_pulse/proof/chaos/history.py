"""The raw samples that Prometheus stored, by series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp

from creator_pulse.stream.errors import UnreachableError, words
from creator_pulse.stream.secret import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMEOUT = aiohttp.ClientTimeout(total=60)


class Series(NamedTuple):
    """One series over a stretch of time.

    Attributes:
        name: family.
        labels: the others.
        points: (epoch seconds, value), by rising time; gaps are simply absent.
    """

    name: str
    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]


async def history(prometheus: str, selector: str, start: float, end: float) -> list[Series]:
    """Every stored sample in a stretch of time, as it was scraped.

    Args:
        prometheus: base address.
        selector: of series, ``{__name__=~"pulse_.+_total"}``.
        start: epoch seconds.
        end: likewise.

    Raises:
        UnreachableError: Prometheus does not answer, or with an error.
    """
    query = {"query": f"{selector}[{max(1, round((end - start) * 1000))}ms]", "time": f"{end:.3f}"}
    found = await _ask(f"{prometheus}/api/v1/query", query)
    return [
        Series(
            row["metric"].get("__name__", ""),
            {name: text for name, text in row["metric"].items() if name != "__name__"},
            tuple((float(at), float(value)) for at, value in row["values"]),
        )
        for row in found["data"]["result"]
    ]


async def last_scrapes(prometheus: str) -> dict[str, str]:
    """``host:port`` of each target that answered its last scrape -> when that was, RFC 3339.

    Raises:
        UnreachableError: Prometheus does not answer, or with an error.
    """
    found = await _ask(f"{prometheus}/api/v1/targets", {"state": "active"})
    return {
        one["labels"]["instance"]: one["lastScrape"]
        for one in found["data"]["activeTargets"]
        if one["health"] == "up"
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
