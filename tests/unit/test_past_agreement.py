"""What the header of a demo says of its history: whether it equals the ledger."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from creator_pulse.proof.past.agreement import Agreement, PastLedger
from creator_pulse.stream.generator.model import Produced
from creator_pulse.stream.settings import Settings
from tests.support.plain_gift import gift_text

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = Settings()
HOUR_MS = 3_600_000
LOOK_MS = 1_767_614_400_000 + HOUR_MS // 2
"""Half past an hour: the newest 24 hours end at the hour."""
GIFTS = 'pulse_gift_value_usd{{app="tiktok",region="{}",state="provisional",window="24h"}} {} {:.3f}\n'
BEGAN_MS = LOOK_MS - HOUR_MS // 2 - 100 * HOUR_MS
VIEWING = 'pulse_viewing_seconds{{app="tiktok",region="{}",state="provisional",window="24h"}} {} {:.3f}\n'
ORDERS = 'pulse_order_count{{app="tiktok",region="{}",state="provisional",window="24h"}} {} {:.3f}\n'


def agreement(
    folder: Path, *shown: float, look_ms: int = LOOK_MS, before: Agreement | None = None
) -> Agreement:
    """Of 7 s that were watched two hours before the last look, and 3 s a day and a half before."""
    ledger = PastLedger(SETTINGS, BEGAN_MS, [look_ms], before or Agreement())
    for ago, ms in ((2, 7_000), (36, 3_000)):
        cell = ("watch_ms", ("tiktok", "US"), LOOK_MS - ago * HOUR_MS, 0, ms)
        ledger.drawn([cell] if before is None else [])
    lines = [VIEWING.format(region, value, look_ms / 1000) for region, value in enumerate(shown)]
    return ledger.agreement([written(folder, VIEWING.format("US", 9.0, look_ms / 1000 - 60), *lines)])


def written(folder: Path, *lines: str) -> Path:
    """A file of samples."""
    samples = folder / "1.txt"
    samples.write_text("".join([*lines, "# EOF\n"]))
    return samples


def order(number: int, sent_ms: int, time_ms: int) -> Produced:
    """An order of 10 USD."""
    fields = {
        "event_id": f"e{number}",
        "event_type": "order_completed",
        "schema_version": 1,
        "event_time": time_ms,
        "ingest_time": sent_ms,
        "creator_id": "c1",
        "creator_tier": "lt_10k",
        "room_id": "r1",
        "viewer_id": "v1",
        "region": "US",
        "app": "tiktok",
        "platform": "ios",
        "order_id": f"o{number}",
        "value_micros": 10_000_000,
        "currency": "USD",
        "quantity": 1,
        "product_id": "p1",
        "attribution": "live",
        "referral_fee_bps": 600,
        "commission_bps": 1_000,
        "payment_method": "card",
    }
    return Produced("purchase", b"c1", json.dumps(fields).encode(), sent_ms, 0)


def gift(sent_ms: int, time_ms: int = LOOK_MS - 45 * HOUR_MS - 800) -> Produced:
    """Twenty gifts of 5 coins, 45 hours before the last look, as the generator writes them."""
    return Produced("gift", b"c1", gift_text(f"1-{time_ms:x}", time_ms, 20).encode(), sent_ms, 0)


def test_what_is_shown_at_a_look_is_compared(tmp_path: Path) -> None:
    """Two regions with 4 and 3 s are the 7 s of the last day; an earlier moment and an older day are not."""
    checked = agreement(tmp_path, 4.0, 3.0)
    # Six windows of 24 hours and a counter, of two apps.
    assert (checked.sums, checked.differing) == (14, [])
    assert checked.text.endswith("drawn sums of ads and viewing equal the ledger in 14 totals")


@pytest.mark.parametrize("shown", [(4.0,), (4.0, 3.1), ()])
def test_a_difference_is_named(tmp_path: Path, shown: tuple[float, ...]) -> None:
    """A second too little or too much is said, with both numbers."""
    checked = agreement(tmp_path, *shown)
    assert checked.differing == [f"viewing_seconds of tiktok at {LOOK_MS}: 7, shown {sum(shown):g}"]
    assert checked.text.startswith("HISTORY DIFFERS from the ledger: viewing_seconds of tiktok")


def test_what_nobody_counted_is_a_difference(tmp_path: Path) -> None:
    """An order that is shown, and was never sent."""
    ledger = PastLedger(SETTINGS, BEGAN_MS, [LOOK_MS], Agreement())
    checked = ledger.agreement([written(tmp_path, ORDERS.format("US", 1, LOOK_MS / 1000))])
    assert checked.differing == [f"order_count of tiktok at {LOOK_MS}: 0, shown 1"]


def test_a_history_that_goes_on_is_compared_with_what_was_before(tmp_path: Path) -> None:
    """An hour later, with nothing watched since, the 7 s are still of the last 24 hours; a day later not."""
    before = agreement(tmp_path, 7.0)
    assert agreement(tmp_path, 7.0, look_ms=LOOK_MS + HOUR_MS, before=before).differing == []
    later = agreement(tmp_path, 0.0, look_ms=LOOK_MS + 24 * HOUR_MS, before=before)
    assert (later.sums, later.differing, later.hours) == (28, [], [])


def test_each_look_is_compared_with_what_was_sent_before_it(tmp_path: Path) -> None:
    """Of two orders of an hour two days ago the first look shows one: the other came half a day late."""
    first_ms, hour_ms = LOOK_MS - 48 * HOUR_MS, LOOK_MS - 50 * HOUR_MS
    looks = [first_ms, first_ms + 16 * HOUR_MS, LOOK_MS]
    ledger = PastLedger(SETTINGS, BEGAN_MS, looks, Agreement())
    ledger.add(order(1, hour_ms, hour_ms))
    ledger.add(order(2, hour_ms + 12 * HOUR_MS, hour_ms))
    shown = (ORDERS.format("US", 1, looks[0] / 1000), ORDERS.format("US", 2, looks[1] / 1000))
    checked = ledger.agreement([written(tmp_path, *shown)])
    assert checked.records == 2
    assert [each for each in checked.differing if each.startswith("order_count")] == []


def test_gifts_of_each_look_are_compared(tmp_path: Path) -> None:
    """100 coins, 1.43 USD, of two days ago are in the first of two looks alone, and once: one is a repeat."""
    looks = [LOOK_MS - 40 * HOUR_MS, LOOK_MS]
    ledger = PastLedger(SETTINGS, BEGAN_MS, looks, Agreement())
    for sent_ms in (LOOK_MS - 45 * HOUR_MS, LOOK_MS - 45 * HOUR_MS + 1_000):
        ledger.add(gift(sent_ms))
    checked = ledger.agreement([written(tmp_path, GIFTS.format("US", 1.43, looks[0] / 1000))])
    assert (checked.records, checked.sums, checked.differing) == (2, 14 + 14, [])


def test_a_gift_that_is_a_day_late_is_in_no_window_of_hours(tmp_path: Path) -> None:
    """Three are sent 25 minutes after the window's end: of then, and 10 and 26 minutes after its begin.

    The second is over 24 hours behind the first, the third is a minute less.
    """
    ledger = PastLedger(SETTINGS, BEGAN_MS, [LOOK_MS], Agreement())
    begin_ms, sent_ms = LOOK_MS - 49 * HOUR_MS // 2, LOOK_MS - HOUR_MS // 12
    for time_ms in (sent_ms, begin_ms + HOUR_MS // 6, begin_ms + 26 * HOUR_MS // 60):
        ledger.add(gift(sent_ms, time_ms))
    checked = ledger.agreement([written(tmp_path, GIFTS.format("US", 1.43, LOOK_MS / 1000))])
    assert [each for each in checked.differing if each.startswith("gift")] == []


def test_before_the_first_hour_is_over_windows_show_nothing(tmp_path: Path) -> None:
    """An hour and a half after the begin only the counter is compared."""
    ledger = PastLedger(SETTINGS, LOOK_MS - 3 * HOUR_MS // 2, [LOOK_MS], Agreement())
    assert ledger.agreement([written(tmp_path)]).sums == 2
