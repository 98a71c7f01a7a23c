"""What every lane is: a pure, synchronous object. Batch in, changes out, time passed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

import msgspec

from creator_pulse.stream.errors import ChangelogError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    import numpy.typing as npt

    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.transport.batch import Batch, OutRecord

FORMAT = 7
"""Version of the changelog's layout; another one cannot be read back."""
MARKER = b"m"
"""Key of the marker: the one entry that says how far the rest goes."""

Entry = tuple[bytes, bytes | None]
"""A changelog entry; None removes the key."""


class Marker(msgspec.Struct, frozen=True):
    """How far a lane has come.

    Attributes:
        format: layout version.
        next_offset: of the source, the first one not counted.
        highest: largest ``min(event_time, ingest time)`` seen, ms.
        reference: version of the references in use.
        state: what else the lane keeps in few bytes.
        key: mark of the installation's hash key, under which the entries were written.
        read: records of the source that were applied so far, whatever their offsets.

    Example:
        >>> from creator_pulse.stream.native.hash_key import HashKey
        >>> key = HashKey(bytes(16))
        >>> Marker(FORMAT, next_offset=7, highest=60_000, key=key.mark).check(key)
    """

    format: int
    next_offset: int
    highest: int
    reference: int = 0
    state: bytes = b""
    read: int = 0
    key: int = 0

    def check(self, key: HashKey) -> None:
        """Refuse what another version, or an installation with another key, has written.

        Raises:
            ChangelogError: it is not of this installation.
        """
        # The format first: only one that is known says where the key's mark stands.
        if self.format != FORMAT:
            raise ChangelogError(f"the changelog has format {self.format}, this version reads {FORMAT}")
        if self.key != key.mark:
            raise ChangelogError(
                "the changelog was written under another hash key than that of the installation"
            )


class Sample(NamedTuple):
    """One exposed number.

    Attributes:
        family: full name of the series, with ``pulse_``.
        labels: names and values.
        value: the number, in the unit of the family.

    Example:
        >>> Sample("pulse_gifts_total", (("app", "tiktok"),), 3).value
        3
    """

    family: str
    labels: tuple[tuple[str, str], ...]
    value: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A lane's series as of one checkpoint; shown only after its commit.

    Attributes:
        next_offset: the source offset it includes all records below.
        samples: all series of the lane; may be gone through more than once.
        views: current values for Redis: key -> JSON; empty for a source lane.
    """

    next_offset: int
    samples: Iterable[Sample]
    views: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What one transaction writes.

    Attributes:
        entries: dirty changelog entries, the marker last.
        outgoing: records for other topics.
        snapshot: what may be shown once it is committed.
        ingested: by batch, of shape (n,): ingest times of the accepted records that it shows first, ms.
    """

    entries: tuple[Entry, ...]
    outgoing: tuple[OutRecord, ...]
    snapshot: Snapshot
    ingested: tuple[npt.NDArray[np.int64], ...] = ()


class Lane(Protocol):
    """One ordered sequence from the records of a partition to state.

    Attributes:
        replays: whether the same records give the same state at any batch size and beat, so that it can
            be built again from the log alone.
    """

    replays: ClassVar[bool]

    @property
    def next_offset(self) -> int | None:
        """The first source offset not applied; None when nothing was restored or applied."""
        ...

    def restore(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Rebuild state from live changelog entries.

        Raises:
            ChangelogError: another format version, or bytes that cannot be read.
        """
        ...

    def start_at(self, offset: int, lost: int) -> None:
        """Say where reading begins.

        Args:
            offset: of the first source record to be applied.
            lost: records between the marker and it that can no longer be read.
        """
        ...

    def apply(self, batch: Batch) -> None:
        """Count the records of a batch, or those that cannot be read in its place."""
        ...

    def probe(self, batch: Batch) -> None:
        """Do with a batch what needs no state: what raises here would raise in ``apply``."""
        ...

    def refuse(self, batch: Batch) -> None:
        """Count records as invalid without a look at them: counting them has failed."""
        ...

    def idle(self, *, idle: bool, others_busy: bool = False) -> None:
        """Say how it stands by the worker's clock.

        Args:
            idle: whether the partition is read to its end, and nothing comes.
            others_busy: whether something comes on another input partition of the worker.
        """
        ...

    def snapshot(self) -> Snapshot:
        """The lane's series as they stand."""
        ...

    def checkpoint(self, now_ms: int) -> Checkpoint | None:
        """Hand over everything that changed since the last call; None where nothing did."""
        ...
