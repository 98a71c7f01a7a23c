from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from creator_pulse.stream.native.codes import Dictionary
from creator_pulse.stream.native.hash_key import HashKey

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
    stamps: NDArray[np.int64]

class Parser:
    def __init__(
        self,
        key: HashKey,
        fields: Sequence[tuple[bytes, int, int, int, int]],
        types: Sequence[tuple[bytes, int, int, int]],
        dictionaries: Sequence[Dictionary],
        ints: int,
        spans: int,
        stamp: bytes = ...,
    ) -> None: ...
    def parse(self, data: bytes, at: NDArray[np.int64], length: NDArray[np.int64]) -> Columns: ...
