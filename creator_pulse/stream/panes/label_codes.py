"""Label sets as small integers, which stand in the first column of a lane's rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.stream.transport.record_size import text_size

if TYPE_CHECKING:
    from creator_pulse.stream.panes.cells import Labels


class LabelSet(NamedTuple):
    """Where a row belongs besides its pane.

    Attributes:
        labels: values of the table's plain labels.
        late: whether it is of the late part.

    Example:
        >>> LabelSet(("tiktok",), late=True).labels
        ('tiktok',)
    """

    labels: Labels
    late: bool


class LabelCodes:
    """A dictionary encoding of label sets and lateness: the late part of a label set has the odd code.

    Example:
        >>> codes = LabelCodes()
        >>> codes.of(("tiktok",), late=False), codes.of(("tiktok",), late=True)
        (0, 1)
        >>> codes.label_set(1)
        LabelSet(labels=('tiktok',), late=True)
    """

    def __init__(self) -> None:
        self._codes: dict[Labels, int] = {}
        self._places: list[LabelSet] = []
        self._sizes: list[int] = []

    def __len__(self) -> int:
        return len(self._sizes)

    def of(self, labels: Labels, *, late: bool) -> int:
        """The code of a label set, made if it is new."""
        code = self._codes.get(labels)
        if code is None:
            # Codes go in pairs: 2k is the part in time of the k-th label set, 2k + 1 its late part.
            code = self._codes[labels] = len(self._places)
            self._places += [LabelSet(labels, late=False), LabelSet(labels, late=True)]
            self._sizes.append(16 + sum(map(text_size, labels)))
        return code + late

    def label_set(self, code: int) -> LabelSet:
        """The label set that a code stands for."""
        return self._places[code]

    def size(self, code: int) -> int:
        """Bytes of the labels in an entry of the changelog, at most."""
        return self._sizes[code >> 1]
