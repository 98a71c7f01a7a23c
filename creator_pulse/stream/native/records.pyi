import numpy as np
from numpy.typing import NDArray

LEAST_RECORD: int

def parts(data: bytes, at: NDArray[np.int64], length: NDArray[np.int64]) -> list[bytes | None]: ...

class Columns:
    def __init__(self, begin: int) -> None: ...
    def __len__(self) -> int: ...
    @property
    def size(self) -> int: ...
    def add(
        self,
        data: bytes | memoryview,
        count: int,
        base_offset: int,
        last_delta: int,
        base_timestamp: int,
        delta: bool,
    ) -> None: ...
    def table_of_rows(self) -> NDArray[np.int64]: ...
