from collections.abc import Sequence
from typing import TypeAlias

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
LARGEST_TEXT: int
DEEPEST: int
REASONS: tuple[str, ...]

Field: TypeAlias = tuple[bytes, int, int, int, int, bool]
EventType: TypeAlias = tuple[
    bytes, Sequence[int], int, int, Sequence[tuple[int, int, int]], tuple[int, int, int]
]

class Columns:
    kind: NDArray[np.int8]
    reason: NDArray[np.int8]
    ints: NDArray[np.int64]
    there: NDArray[np.uint8]
    codes: NDArray[np.int32]
    spans: NDArray[np.int64]
    ids: NDArray[np.uint64]
    stamps: NDArray[np.int64]
    unescaped: bytearray
    others: int

class Parser:
    def __init__(
        self,
        key: HashKey,
        fields: Sequence[Field],
        types: Sequence[EventType],
        dictionaries: Sequence[Dictionary],
        columns: tuple[int, int],
        largest: int,
        stamp: bytes = ...,
    ) -> None: ...
    def parse(
        self, data: bytes | memoryview, at: NDArray[np.int64], length: NDArray[np.int64]
    ) -> Columns: ...
