"""The hash key of an installation: created once by the first worker, and stored beside the changelogs.

Event ids and identities are hashed under it. Identities of all partitions meet in the merge lanes, so all
workers must share one key for as long as a changelog exists that was written under it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.errors import ChangelogError, FencedError, LaneError
from creator_pulse.stream.native.hash_key import KEY_BYTES, HashKey
from creator_pulse.stream.tables.bounded_reader import BoundedReader
from creator_pulse.stream.tables.fencing import fence
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
    """The entry in the installation's topic.

    Attributes:
        format: version of the layout.
        hash_key: the secret, ``KEY_BYTES`` long.
    """

    format: int
    hash_key: bytes


class Installation:
    """Reads the key of an installation, and creates it if there is none.

    Args:
        log: has the installation's topic and the changelogs.
        settings: names and partitions of topics.
        topics: names, without prefix, of the input topics that are counted.
        patience: seconds after which a log that does not answer is an error.
        pause: seconds between two attempts to write.
        make: generates a new secret.
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
        self._entry = BoundedReader(log, settings.installation, 0, patience)
        counts = {settings.topic(name): settings.partitions_of(name) for name in topics}
        counts[PANE_TOPIC] = settings.merge_partitions
        self._changelogs = [
            BoundedReader(log, settings.changelog(name), number, patience)
            for name, count in counts.items()
            for number in range(count)
        ]
        self._pause = pause
        self._make = make

    async def key(self) -> HashKey:
        """The key; created if there is none and nothing was counted yet.

        Raises:
            ChangelogError: the key is missing although changelogs were written under one, or cannot be read.
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
        """Write a new key, unless one exists once the former writer is fenced.

        Raises:
            ChangelogError: there is none, although something was counted already.
        """
        producer = await fence(self._log, self._id, self._entry, ())
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
        """The secret; None if there is none yet.

        Raises:
            ChangelogError: it cannot be read.
        """
        newest: bytes | None = None
        first, end = await self._entry.bounds()
        async for batch in self._entry.read(first, end):
            for key, value in zip(batch.keys, batch.values, strict=True):
                # The topic is compacted, but not at once: the last record of the key counts.
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
        """Name of a changelog that has entries, which another key would orphan; None if all are empty."""
        for changelog in self._changelogs:
            _, end = await changelog.bounds()
            if end:
                return changelog.name
        return None

    def _unusable(self, why: str) -> ChangelogError:
        return ChangelogError(f"the hash key in {self._entry.topic} cannot be read ({why}): {_REMEDY}")
