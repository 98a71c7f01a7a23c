"""Compares the current values in Redis with those on the workers' pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from creator_pulse.proof.ledger.verify import Difference
from creator_pulse.stream.contributors.timeline import VIEW
from creator_pulse.stream.errors import UnreachableError
from creator_pulse.stream.tables.views import CURRENT
from creator_pulse.stream.transport.redis_client import REDIS_ERRORS, redis_client, redis_trouble

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from creator_pulse.proof.ledger.samples import ScrapedSample
    from creator_pulse.stream.settings import Settings

_PATIENCE_SECONDS = 5.0
_EXPLAINING = f"name={VIEW}".encode()
"""How keys of timelines of contributors begin: they are no values of windows."""


async def read_views(settings: Settings) -> dict[str, float]:
    """The current value of each view, by view key.

    Args:
        settings: only the address of Redis is read.

    Raises:
        UnreachableError: Redis does not answer.
    """
    client = redis_client(settings, _PATIENCE_SECONDS)
    try:
        fields = await client.hgetall(CURRENT)
    except REDIS_ERRORS as error:
        raise UnreachableError(
            f"Redis at {settings.redis} does not answer: {redis_trouble(settings, error)}"
        ) from error
    finally:
        await client.aclose()
    return {
        key.decode(): msgspec.json.decode(view)["value"]
        for key, view in fields.items()
        if not key.startswith(_EXPLAINING)
    }


def wrong_views(views: Mapping[str, float], pages: Iterable[ScrapedSample]) -> list[Difference]:
    """Every window value on a page that differs from Redis.

    Args:
        views: current value by view key, for example ``name=coins|app=tiktok|window=5m``, labels sorted.
        pages: samples of all workers.
    """
    wrong = []
    for sample in pages:
        if "window" not in sample.labels or "value" in sample.labels:
            continue
        own = [("name", sample.name.removeprefix("pulse_")), *sorted(sample.labels.items())]
        stored = views.get("|".join(f"{name}={text}" for name, text in own))
        if stored != sample.value:
            stored_text = None if stored is None else str(stored)
            wrong.append(
                Difference("redis", sample.name, dict(sample.labels), str(sample.value), stored_text)
            )
    return wrong
