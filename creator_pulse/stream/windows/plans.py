"""The plans of references by hidden key, as aggregates read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.events.references import References
from creator_pulse.stream.panes.versioned import VersionedCache

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.events.reference_entry import Entry
    from creator_pulse.stream.native.hash_key import HashKey

NO_PLANS = References()
"""The built-in entries only."""


class Plans:
    """Dated entries of references, found by the key that stands in sums for their id.

    Args:
        references: shared, changed only between batches.
        key: the installation's secret, under which ids are hashed.
    """

    def __init__(self, references: References, key: HashKey) -> None:
        self._references = references
        self._key = key
        self._plans = VersionedCache()

    def of(self, kind: str) -> Mapping[int, list[Entry]]:
        """The versions of each plan by the hash of the plan's id, the newest last.

        Args:
            kind: of reference entries, as the contract names it.
        """
        # Hashing each id again is seldom: references change between batches only.
        return self._plans.get(kind, self._references.version, lambda: self._by_hash(kind))

    def _by_hash(self, kind: str) -> dict[int, list[Entry]]:
        plans: dict[int, list[Entry]] = {}
        for entry in self._references.entries(kind):
            plans.setdefault(self._key.identity_of(entry.id.encode()), []).append(entry)
        for versions in plans.values():
            versions.sort(key=lambda entry: entry.valid_from)
        return plans
