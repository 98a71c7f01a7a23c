"""``pulse up``: the local stack, until Ctrl-C."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.agents.local_stack import local_stack, pointed_at
from creator_pulse.agents.stopping import stop_on_signals
from creator_pulse.stream.api.server import serving_api
from creator_pulse.stream.clock import SystemClock
from creator_pulse.stream.errors import SettingsError
from creator_pulse.stream.local.endpoints import Endpoints, write_endpoints
from creator_pulse.stream.local.stack import PARTS
from creator_pulse.stream.transport.topics import declared, ensure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from creator_pulse.stream.local.stack import Stack
    from creator_pulse.stream.settings import Settings


class Up:
    """One run of the stack.

    Args:
        settings: preferred ports and folders.
        only: names of parts, separated by commas; None: all.
        data: folder to keep data in; None: a temporary one.
        endpoints: file for the addresses; None: they are only printed.
        say: takes lines for people.

    Raises:
        SettingsError: there is no part of such a name.
    """

    def __init__(
        self,
        settings: Settings,
        only: str | None,
        data: Path | None,
        endpoints: Path | None,
        say: Callable[[str], None],
    ) -> None:
        parts = frozenset(part.strip() for part in only.split(",")) if only else frozenset(PARTS)
        if unknown := parts - set(PARTS):
            raise SettingsError(
                f"--only: there is no part {', '.join(sorted(unknown))}; parts are {', '.join(PARTS)}"
            )
        self._settings, self._parts, self._data, self._endpoints, self._say = (
            settings,
            parts,
            data,
            endpoints,
            say,
        )

    async def run(self) -> None:
        """Start the parts, print their addresses, and wait for Ctrl-C.

        Raises:
            StackError: a part did not start, or died.
        """
        stop = stop_on_signals()
        async with AsyncExitStack() as parts:
            stack = await parts.enter_async_context(
                local_stack(self._settings, self._say, self._data, self._parts)
            )
            settings, addresses = pointed_at(self._settings, stack.addresses), asdict(stack.addresses)
            if "kafka" in self._parts:
                await ensure(settings, declared(settings))
            for name, address in addresses.items():
                if address:
                    self._say(f"export PULSE_{name.upper()}={address}")
            if self._parts == frozenset(PARTS):
                # With a part missing it could not answer half of what it is asked.
                addresses["api"] = await parts.enter_async_context(
                    serving_api(settings, SystemClock(), nearby=True)
                )
                self._say(f"api at {addresses['api']}")
            if self._endpoints is not None:
                write_endpoints(self._endpoints, msgspec.convert(addresses, Endpoints))
            self._say("ready; Ctrl-C stops it")
            await self._until_over(stack, stop)
            self._say("stopping")

    @staticmethod
    async def _until_over(stack: Stack, stop: asyncio.Event) -> None:
        watching = asyncio.create_task(stack.watch())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
        # If a part died, its error ends the command; otherwise Ctrl-C did.
        if watching.done():
            watching.result()
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
