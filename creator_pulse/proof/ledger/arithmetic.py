"""What one record adds to each measure, written by hand from the contract.

Sums are unrounded products: micros of a currency times micro-USD per unit, and so on. Each topic
has a module of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.ledger import (
    arithmetic_ad,
    arithmetic_content,
    arithmetic_deal,
    arithmetic_engagement,
    arithmetic_gift,
    arithmetic_payout,
    arithmetic_purchase,
    arithmetic_reward,
    arithmetic_wallet,
    arithmetic_watch,
)
from creator_pulse.proof.ledger.arithmetic_dated import with_dated
from creator_pulse.proof.ledger.arithmetic_hidden import of_event, of_gift
from creator_pulse.proof.ledger.books import Books, Lines
from creator_pulse.proof.ledger.measures import EARNINGS
from creator_pulse.proof.ledger.truth import DAY_MS, Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.proof.ledger.books import Make
    from creator_pulse.proof.ledger.references import RateBook
    from creator_pulse.proof.ledger.streaks import Gift
    from creator_pulse.proof.ledger.validation import Event
    from creator_pulse.stream.settings import Settings

_MAKERS: Mapping[str, Make] = {
    **arithmetic_gift.MAKERS,
    **arithmetic_ad.MAKERS,
    **arithmetic_purchase.MAKERS,
    **arithmetic_watch.MAKERS,
    **arithmetic_engagement.MAKERS,
    **arithmetic_reward.MAKERS,
    **arithmetic_deal.MAKERS,
    **arithmetic_payout.MAKERS,
    **arithmetic_content.MAKERS,
    **arithmetic_wallet.MAKERS,
}


class Arithmetic:
    """Turns events into lines.

    Args:
        settings: which regions have series of their own.
        references: rates, prices and campaign plans by date.
    """

    def __init__(self, settings: Settings, references: RateBook) -> None:
        self._books = Books(settings, references)

    def gift(self, gift: Gift) -> Lines:
        """Lines of a ``gift_sent`` record or a booked streak, what counts already decided.

        Args:
            gift: with its gifts, coins and capped coins; all 0 for progress.
        """
        lines = _of_debts(_of_small(arithmetic_gift.sent(self._books, gift), gift.record))
        return lines._replace(accepted=(*lines.accepted, *of_gift(gift, lines)))

    def event(self, event: Event) -> Lines:
        """Lines of any other valid event; none if no measure reads its type.

        Args:
            event: the decoded record, which ``validation`` has accepted.
        """
        make = _MAKERS.get(str(event["event_type"]))
        lines = Lines() if make is None else _of_debts(_of_small(make(self._books, event), event))
        lines = with_dated(lines, event)
        return lines._replace(accepted=(*lines.accepted, *of_event(self._books, event, lines)))


def _of_small(lines: Lines, event: Mapping[str, object]) -> Lines:
    """Earnings once more, of creators below 50,000 followers."""
    counts = 1 if event.get("creator_tier") in {"lt_10k", "10k_50k"} else 0
    more = [
        Line(f"small_{line.measure}", line.labels, line.value * counts)
        for line in lines.accepted
        if line.measure in EARNINGS
    ]
    return lines._replace(accepted=(*lines.accepted, *more))


def _of_debts(lines: Lines) -> Lines:
    """What late records say of the money that creators are owed."""
    owed = [
        Line(f"{line.measure}_late", line.labels, line.value)
        for line in lines.accepted
        if line.measure in EARNINGS or line.measure in _PAID
    ]
    return lines._replace(late=(*lines.late, *owed))


_PAID = frozenset(f"paid_{tool}_usd" for tool in ("gift", "ad", "reward", "deal", "commerce"))
# What must not happen is counted of late records as well.
_LATE_TOO = frozenset(
    {
        "gifts_by_minors",
        "gifts_to_minors",
        "gifts_over_cap",
        "gifts_of_unknown_age",
        "topups_by_minors",
        "topups_of_unknown_age",
    }
)


def capped_lines(
    lines: Lines, watermark: int, event_time: int, *, late: bool
) -> tuple[list[Line], list[Line]]:
    """The lines of late value lost: (accepted, only of late records), both in the watermark's pane.

    Args:
        lines: of the record, from ``Arithmetic.gift`` or ``event``.
        watermark: that of the partition before the record, epoch ms.
        event_time: that of the record, epoch ms.
        late: whether the record is late.
    """
    if lines.capped is None:
        return [], []
    name, topic, value = lines.capped
    accepted = [Line(f"{name}_valued_usd", (topic,), value)]
    if not late:
        return accepted, []
    # Up to a day late the 24 h window still takes it in.
    lost = value if watermark - event_time > DAY_MS else 0
    late_lines = [Line(f"{name}_late_valued_usd", (topic,), value)]
    return accepted, [*late_lines, Line(f"{name}_unabsorbed_usd", (topic,), lost)]


def marked_lines(lines: Lines, *, late: bool) -> list[Line]:
    """The lines counted when a record is read, in the watermark's pane.

    Args:
        lines: of the record, from ``Arithmetic.gift`` or ``event``.
        late: whether the record is late.
    """
    if not late:
        return list(lines.marked)
    return [
        Line(f"{line.measure}_late", line.labels, line.value)
        for line in lines.marked
        if line.measure in _LATE_TOO
    ]
