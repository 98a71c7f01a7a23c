"""The one cache of the middle: values that hold while their version is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Value = TypeVar("Value")


class VersionedCache:
    """Values by key, each computed again only if its version has changed.

    A version compares unequal once the value may differ: for example a number of changes, or a window's end.

    Example:
        >>> cache = VersionedCache()
        >>> cache.get("sum", 1, lambda: 5), cache.get("sum", 1, lambda: 6), cache.get("sum", 2, lambda: 6)
        (5, 5, 6)
    """

    def __init__(self) -> None:
        self._values: dict[Hashable, tuple[object, object]] = {}

    def get(self, key: Hashable, version: object, compute: Callable[[], Value]) -> Value:
        """The value of a key.

        Args:
            key: names the value; one key has values of one type.
            version: of the inputs that it is computed from.
            compute: computes it from these inputs.
        """
        cached = self._values.get(key)
        if cached is None or cached[0] != version:
            cached = self._values[key] = (version, compute())
        value: Value = cached[1]  # type: ignore[assignment]
        return value

    def clear(self) -> None:
        """Drop all values."""
        self._values.clear()
