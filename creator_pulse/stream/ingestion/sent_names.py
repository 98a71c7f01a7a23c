"""Which texts behind hashes a source lane has sent to merge lanes, for leaderboards and cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


class SentNames:
    """Which texts a source lane has told of: each once an hour of event time, to each merge lane.

    So a merge lane may forget a text with the panes of that hour. After a restart every text is sent again.

    Example:
        >>> sent, codes = SentNames(), np.array([0, 1, 1, -1], dtype=np.int32)
        >>> sent.fresh("viewer_id", "tiktok", codes, hour=5, texts=2)
        [0, 1]
        >>> sent.fresh("viewer_id", "tiktok", codes, hour=5, texts=2)
        []
    """

    def __init__(self) -> None:
        self._hours: dict[tuple[str, str], npt.NDArray[np.int64]] = {}

    def fresh(self, column: str, app: str, codes: npt.NDArray[np.int32], hour: int, texts: int) -> list[int]:
        """Those of some codes that are to be told; from now on they are.

        Args:
            column: name of the column that the texts stand in.
            app: of the rows: it chooses the merge lane.
            codes: of the texts; -1 where null.
            hour: of the pane, in hours since the epoch.
            texts: how many are in the column's dictionary.
        """
        hours = self._hours.get((column, app))
        # Grown to twice what is needed: a dictionary grows text by text.
        if hours is None or len(hours) < texts:
            grown = np.full(max(1024, 2 * texts), -1, dtype=np.int64)
            grown[: 0 if hours is None else len(hours)] = () if hours is None else hours
            hours = self._hours[column, app] = grown
        # hours[code] is the newest hour in which the text was sent; codes of null are -1 and would read the
        # last place.
        new: list[int] = np.unique(codes[(codes >= 0) & (hours[codes] < hour)]).tolist()
        hours[new] = hour
        return new

    def clear(self) -> None:
        """The codes mean other texts from now on."""
        self._hours.clear()
