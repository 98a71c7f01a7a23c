import numpy as np
from numpy.typing import NDArray

NEW: int
AGAIN: int
CONFLICTING: int

class Ids:
    def __init__(self, horizon_ms: int, most: int = ...) -> None: ...
    def __len__(self) -> int: ...
    def check(
        self,
        hashes: NDArray[np.uint64],
        contents: NDArray[np.uint64],
        rows: NDArray[np.int64],
        before: NDArray[np.int64],
        after: NDArray[np.int64],
        found: NDArray[np.uint8],
    ) -> None: ...
    def restore(
        self, hashes: NDArray[np.uint64], contents: NDArray[np.uint64], marks: NDArray[np.int64]
    ) -> None: ...
