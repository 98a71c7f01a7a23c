"""The hash key of an installation: made once, by whoever is first, and kept beside the changelogs.

Event ids and identities are hashed under it. Identities of all partitions meet in the merge lanes, so all
workers must have the same one, for as long as a changelog lives that was written under it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.errors import ChangelogError, FencedError, LaneError
from creator_pulse.stream.native.hash_key import KEY_BYTES, HashKey
from creator_pulse.stream.tables.patient_reader import PatientReader
from creator_pulse.stream.tables.taking import take
from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.names import PANE_TOPIC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.transport.log import Log

logger = logging.getLogger(__name__)

_ENTRY = b"hash-key"
_REMEDY = "put the topic back, or stop the workers and begin afresh, as docs/exactness.md says"
_TRIES = 30


class _Stored(msgspec.Struct, frozen=True):
    """The entry.

    Attributes:
        format: version of its layout.
        hash_key: the secret.
    """

    format: int
    hash_key: bytes


class Installation:
    """Where the key of an installation is.

    Args:
        log: where records are.
        settings: names and partitions of topics.
        topics: input topics without prefix that are counted.
        patience: seconds that a log which answers nothing is borne.
        pause: seconds between two tries to write.
        make: a new secret.
    """

    def __init__(
        self,
        log: Log,
        settings: Settings,
        topics: Iterable[str],
        patience: float = 60.0,
        pause: float = 1.0,
        make: Callable[[], bytes] = lambda: secrets.token_bytes(KEY_BYTES),
    ) -> None:
        self._log = log
        self._id = settings.installation
        self._entry = PatientReader(log, settings.installation, 0, patience)
        counts = {settings.topic(name): settings.partitions_of(name) for name in topics}
        counts[PANE_TOPIC] = settings.merge_partitions
        self._changelogs = [
            PatientReader(log, settings.changelog(name), number, patience)
            for name, count in counts.items()
            for number in range(count)
        ]
        self._pause = pause
        self._make = make

    async def key(self) -> HashKey:
        """The key; made where there is none and nothing was counted yet.

        Raises:
            ChangelogError: there is none, but changelogs that were written under one; or it cannot be read.
            LaneError: it could not be written.
            UnreachableError: the log does not answer.
        """
        for _ in range(_TRIES):
            stored = await self._read()
            if stored is not None:
                return HashKey(stored)
            try:
                await self._write()
            except ChangelogError:
                raise
            except FencedError:
                # Another worker writes it at this moment: read what it wrote.
                await asyncio.sleep(self._pause)
            except LaneError as error:
                logger.warning("the hash key may not have been written: %s", error)
                await asyncio.sleep(self._pause)
        raise LaneError(f"the hash key could not be written to {self._entry.name}: see the warnings above")

    async def _write(self) -> None:
        """Write a new key, unless there is one once nobody else can write any more.

        Raises:
            ChangelogError: there is none, but something was counted already.
        """
        producer = await take(self._log, self._id, self._entry, ())
        try:
            # In this order: who counted something had read the key before it, so that it is there by now.
            counted = await self._counted()
            if await self._read() is None:
                if counted is not None:
                    lost = f"{self._entry.topic} has no hash key, but {counted} was written under one"
                    raise ChangelogError(f"{lost}: {_REMEDY}")
                packed = msgspec.msgpack.encode(_Stored(1, self._make()))
                await producer.commit([OutRecord(self._entry.topic, _ENTRY, packed, self._entry.partition)])
                logger.info("made the hash key of this installation in %s", self._entry.topic)
        finally:
            await producer.close()

    async def _read(self) -> bytes | None:
        """The secret; None where there is none yet.

        Raises:
            ChangelogError: it cannot be read.
        """
        newest: bytes | None = None
        first, end = await self._entry.bounds()
        async for batch in self._entry.read(first, end):
            for key, value in zip(batch.keys, batch.values, strict=True):
                if key == _ENTRY:
                    newest = value
        if newest is None:
            return None
        try:
            stored = msgspec.msgpack.decode(newest, type=_Stored)
        except msgspec.MsgspecError as error:
            raise self._unusable(str(error)) from error
        if stored.format != 1 or len(stored.hash_key) != KEY_BYTES:
            raise self._unusable(f"it has format {stored.format} and {len(stored.hash_key)} bytes")
        return stored.hash_key

    async def _counted(self) -> str | None:
        """A changelog that holds something, whose ids mean nothing under another key; None without one."""
        for changelog in self._changelogs:
            _, end = await changelog.bounds()
            if end:
                return changelog.name
        return None

    def _unusable(self, why: str) -> ChangelogError:
        return ChangelogError(f"the hash key in {self._entry.topic} cannot be read ({why}): {_REMEDY}")
