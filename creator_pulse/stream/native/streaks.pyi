from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

class Streak:
    count: int
    value: bytes
    last_ms: int
    closed: bool
    closed_at: int
    booked: int
    def packed(self) -> bytes: ...

class Streaks:
    most: int
    overflowed: int
    def __init__(self, timeout_ms: int, lateness_ms: int, most: int = ...) -> None: ...
    def __len__(self) -> int: ...
    def fold(
        self,
        rows: NDArray[np.int64],
        groups: list[bytes],
        said: NDArray[np.int64],
        watermarks: NDArray[np.int64],
        value_of: Callable[[int], bytes],
        booked: NDArray[np.int64],
        progress: NDArray[np.uint8],
    ) -> list[Streak]: ...
    def drain(self, prefix: bytes = b"") -> list[tuple[bytes, bytes | None]]: ...
    def restore(self, group: bytes, packed: bytes) -> None: ...
