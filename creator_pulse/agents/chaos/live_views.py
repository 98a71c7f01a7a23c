"""Redis holds the same current values as the workers' pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import redis.asyncio
from redis.exceptions import RedisError

from creator_pulse.stream.errors import UnreachableError
from creator_pulse.stream.synthetic.verify import Difference
from creator_pulse.stream.tables.views import CURRENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from creator_pulse.stream.synthetic.samples import Sample


async def read_views(url: str) -> dict[str, float]:
    """Current value by view key.

    Raises:
        UnreachableError: Redis does not answer.
    """
    client = redis.asyncio.Redis.from_url(url, socket_timeout=5, protocol=2, decode_responses=True)
    try:
        found = await client.hgetall(CURRENT)
    except (RedisError, OSError) as error:
        raise UnreachableError(f"Redis at {url} does not answer: {error!r}") from error
    finally:
        await client.aclose()
    return {str(key): msgspec.json.decode(view)["value"] for key, view in found.items()}


def wrong_views(views: Mapping[str, float], pages: Iterable[Sample]) -> list[Difference]:
    """Where a window's value on a page is not what Redis holds.

    Args:
        views: current value by view key, ``name=..|label=..`` with sorted labels.
        pages: samples of all workers.
    """
    wrong = []
    for sample in pages:
        if "window" not in sample.labels or "value" in sample.labels:
            continue
        own = [("name", sample.name.removeprefix("pulse_")), *sorted(sample.labels.items())]
        found = views.get("|".join(f"{name}={text}" for name, text in own))
        if found != sample.value:
            shown = None if found is None else str(found)
            wrong.append(Difference("redis", sample.name, dict(sample.labels), str(sample.value), shown))
    return wrong
