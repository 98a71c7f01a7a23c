"""The hash key of every lane in the tests."""

from __future__ import annotations

from creator_pulse.stream.native.hash_key import HashKey

HASH_KEY = HashKey(b"sixteen secrets.")


def identity(text: str) -> int:
    """What stands for an id under it."""
    return HASH_KEY.identity_of(text.encode())
