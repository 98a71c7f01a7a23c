"""Whether the parts behind the API answer; concurrent requests share one check."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from creator_pulse.stream.api.answers import Health, Part
from creator_pulse.stream.errors import PulseError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

logger = logging.getLogger(__name__)

FRESH_SECONDS = 1.0
"""How long a report is valid."""
_ASK_SECONDS = 3.0


class HealthReport:
    """Checks the parts.

    Args:
        questions: name of a part -> sends it a request.
        published: tells whether a worker has published.
    """

    def __init__(
        self,
        questions: Mapping[str, Callable[[], Awaitable[object]]],
        published: Callable[[], Awaitable[bool]],
    ) -> None:
        self._questions = questions
        self._published = published
        self._asking = asyncio.Lock()
        self._last: tuple[float, Health] | None = None
        self._was_up: dict[str, bool] = {}

    async def get(self) -> Health:
        """A report that is a second old at most."""
        loop = asyncio.get_running_loop()
        async with self._asking:
            if self._last is None or loop.time() - self._last[0] >= FRESH_SECONDS:
                report = await self._ask()
                self._last = loop.time(), report
            return self._last[1]

    async def _ask(self) -> Health:
        answers = await asyncio.gather(*(self._part(name, ask) for name, ask in self._questions.items()))
        parts = [Part(name=name, up=up) for name, up in zip(self._questions, answers, strict=True)]
        published = all(answers) and await self._is_published()
        return Health(status="ok" if published else "degraded", parts=parts, published=published)

    async def _part(self, name: str, ask: Callable[[], Awaitable[object]]) -> bool:
        """Whether a part answers. If it does not, the log says why, for those who may read it."""
        why = ""
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                await ask()
        except TimeoutError:
            why = f"no answer within {_ASK_SECONDS:g} s"
        except PulseError as error:
            why = str(error)
        # Logged on the change only: a part that is down is asked again and again.
        if why and self._was_up.get(name, True):
            logger.warning("%s does not answer: %s", name, why)
        self._was_up[name] = not why
        return not why

    async def _is_published(self) -> bool:
        try:
            return await self._published()
        except PulseError:
            return False
