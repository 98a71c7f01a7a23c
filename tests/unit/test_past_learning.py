"""What is usual, learnt over a span that goes on from another at any moment of an hour."""

from __future__ import annotations

import numpy as np
import pytest

from creator_pulse.proof.past.calibration import measured
from creator_pulse.proof.past.learning import Signalled, learnt, split
from creator_pulse.proof.past.money import is_left_out
from creator_pulse.stream.catalog.declaration.signals import TICKET_SCORE
from creator_pulse.stream.evidence.changelog import topic_of
from creator_pulse.stream.evidence.evidence import Evidence
from creator_pulse.stream.generator.world import PLATFORM
from creator_pulse.stream.native.hash_key import KEY_BYTES, HashKey
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import PRODUCT

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
BEGIN_MS = 1_767_614_400_000
"""Monday 2026-01-05, 12:00 UTC."""
SIGNALS = [signal for signal in PRODUCT.catalogue.signals if signal.topic != "*"]


def _viewing(span: tuple[int, int]) -> list[Signalled]:
    """A hundred hours of viewing in each slot of a span."""
    starts = np.arange(span[0], span[1], 10_000)
    return [Signalled("viewing_ms", ("tiktok", "US"), starts, np.full(len(starts), 100 * HOUR_MS))]


def _restored(entries: dict[bytes, bytes]) -> Evidence:
    evidence = Evidence(SIGNALS, "tiktok")
    for key, value in entries.items():
        evidence.restore(key, value)
    evidence.resume()
    return evidence


@pytest.mark.parametrize("minutes", [(140, 190), (245, 361), (120, 180)])
def test_every_slot_of_a_span_is_counted_before_it_is_closed(minutes: tuple[int, int]) -> None:
    """Steady viewing over two spans, cut within an hour: no slot looks empty, so none is a fall."""
    cut, end = (BEGIN_MS + each * MINUTE_MS for each in minutes)
    first = learnt("tiktok", [], _viewing((BEGIN_MS, cut)), (BEGIN_MS, cut), {})
    second = learnt("tiktok", [], _viewing((cut, end)), (cut, end), first)
    topic = _restored(second)._topics["watch"]
    history = topic.history
    assert history.closed == end // 10_000
    blocks = np.arange(BEGIN_MS // 300_000, end // 300_000)
    assert history.blocks[0, 0, blocks % history.blocks.shape[-1]].tolist() == [3_000 * HOUR_MS] * len(blocks)
    assert topic.rings.peak[0, 0].max() == 0


def test_topics_of_the_pipeline_are_learnt_apart() -> None:
    """Two topics together, and each alone: the same entries, each of which is of one topic."""
    span = BEGIN_MS, BEGIN_MS + 2 * HOUR_MS
    starts = np.arange(*span, 10_000)
    gifts, orders = (
        Signalled("records_read", ("", topic), starts, np.full(len(starts), number))
        for topic, number in (("gift", 500), ("purchase", 40))
    )
    together = learnt("", [], [gifts, orders], span, {})
    apart = [learnt("", [], [signal], span, {}) for signal in (gifts, orders)]
    assert apart[0] | apart[1] == together
    assert [{topic_of(key) for key in entries} for entries in apart] == [{"gift"}, {"purchase"}]


def test_late_records_from_before_the_history_do_not_silence_it() -> None:
    """Two payouts in each slot of six hours, a few from before them, and then ten minutes without any.

    120 were expected and none came: even of a level that is six hours old that is a ticket.
    """
    end = BEGIN_MS + 6 * HOUR_MS
    starts = np.arange(BEGIN_MS, end, 10_000)
    early = np.arange(BEGIN_MS - 20 * MINUTE_MS, BEGIN_MS - 10 * MINUTE_MS, 10_000)
    place, slots = ("tiktok", "US"), np.concatenate((early, starts))
    payouts = Signalled("paid_payouts", place, slots, np.full(len(slots), 2))
    watched = Signalled("viewing_ms", place, starts, np.full(len(starts), 100 * HOUR_MS))
    blocks, counted = split([payouts, watched], BEGIN_MS, BEGIN_MS)
    evidence = _restored(learnt("tiktok", blocks, counted, (BEGIN_MS, end), {}))
    evidence.close("payout", end + 10 * MINUTE_MS)
    scores = {verdict.score for verdict in evidence.verdicts() if verdict.signal == "payouts"}
    assert max(scores) > TICKET_SCORE


@pytest.mark.parametrize(
    ("kind", "text", "left_out"),
    [
        ("gift_sent", '{"gift_type":1,"repeat_count":2,"repeat_end":false}', True),
        ("gift_sent", '{"gift_type":1,"repeat_count":2,"repeat_end":true}', False),
        ("gift_sent", '{"gift_type":2,"repeat_count":1,"repeat_end":false}', False),
        ("room_stat", '{"concurrent":3}', True),
        ("live_started", "{}", False),
    ],
)
def test_the_past_leaves_out_taps_and_readings(kind: str, text: str, *, left_out: bool) -> None:
    """Of a streak the past has the end alone, and no reading of a room."""
    assert is_left_out(kind, text) is left_out


def test_taps_of_the_past_come_in_streaks() -> None:
    """Taps are drawn about ten at once, as live streaks have them; readings of rooms one by one.

    Of sends that may streak 0.6 are one tap; the others 2 and a geometric number of mean 5 and variance 30.
    The mean length is then 3.4, its mean square 0.6 + 0.4 * (49 + 30) = 32.2, their quotient 9.5.
    """
    rates = measured(1, 1_000.0, PLATFORM, Settings(), HashKey(bytes(range(KEY_BYTES))))
    assert rates["gift"].portion("records_read") == pytest.approx(9.5, abs=3.0)
    assert rates["content"].portion("records_read") == 1
