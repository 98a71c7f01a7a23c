from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from creator_pulse.stream.native.codes import Dictionary

INT: int
BOOL: int
TEXT: int
SPAN: int
ID: int
TAG: int

class Columns:
    kind: NDArray[np.int8]
    ints: NDArray[np.int64]
    there: NDArray[np.uint8]
    codes: NDArray[np.int32]
    spans: NDArray[np.int64]
    ids: NDArray[np.uint64]

class Parser:
    def __init__(
        self,
        fields: Sequence[tuple[bytes, int, int, int, int]],
        types: Sequence[tuple[bytes, int, int, int]],
        dictionaries: Sequence[Dictionary],
        ints: int,
        spans: int,
    ) -> None: ...
    def parse(self, data: bytes, at: NDArray[np.int64], length: NDArray[np.int64]) -> Columns: ...
