"""What the past shows and hands over is what was drawn and what the ledger counts of its events.

The ledger judges and sums the generated events by itself, and drawn sums are added up here: the engine has no
part in either.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import pytest

from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.proof.ledger.measures import MEASURES
from creator_pulse.proof.past.calibration import AT_MS, measured
from creator_pulse.proof.past.history import About, HistoryPlan, windows_of
from creator_pulse.proof.past.money import money
from creator_pulse.stream.generator.world import PLATFORM
from creator_pulse.stream.lanes.lane import FORMAT
from creator_pulse.stream.native.hash_key import KEY_BYTES, HashKey
from creator_pulse.stream.past.blocks import make_blocks
from creator_pulse.stream.past.reads import Reads, expressions
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import Topology

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from creator_pulse.proof.past.agreement import Agreement
    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.panes.cells import Cell

SETTINGS = Settings()
SECRET = bytes(KEY_BYTES)
HOUR_MS = 3_600_000
BEGIN_MS, END_MS = AT_MS - 26 * HOUR_MS, AT_MS
MEANWHILE_MS = END_MS - 2 * 60_000
"""Until then windows are asked for; when they are made two minutes have passed, which are windowed too."""
RATE = 300.0
MEASURE_OF = {
    "gift_value_usd": "gift_usd",
    "order_count": "orders",
    "ad_value_usd": "ad_revenue_usd",
    "viewing_seconds": "watch_ms",
}
Day = dict[tuple[str, str, int], float]
"""Value, app and end of 24 hours (epoch ms) -> sum."""

pytestmark = pytest.mark.slow


class Past(NamedTuple):
    """A day and two hours of the past.

    Attributes:
        expected: what each 24 hours hold, by hand and by the ledger.
        samples: what Prometheus gets.
        lanes: changelog entries of the merge lanes.
        files: the samples as text.
        checked: what is kept of a comparison at the end.
    """

    expected: Day
    samples: Day
    lanes: dict[int, dict[bytes, bytes]]
    files: list[Path]
    checked: Agreement


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    """The windows of 26 hours, with a look each hour."""
    rates = measured(1, RATE, PLATFORM, SETTINGS, HashKey(SECRET), minutes=0.5)
    plan = HistoryPlan(SETTINGS, PLATFORM, RATE, 1, 26 / 24)
    about = About(0, FORMAT, "", SECRET, BEGIN_MS, BEGIN_MS, END_MS, rates)
    drawn: list[Cell] = []
    folder = tmp_path_factory.mktemp("samples")
    sent = money(1, RATE, BEGIN_MS, MEANWHILE_MS, END_MS, PLATFORM)
    reads, now_ms = Reads(expressions()), lambda: END_MS
    made = asyncio.run(windows_of(plan, about, MEANWHILE_MS, {}, folder, reads, sent, now_ms, drawn.extend))
    samples = _days("".join(path.read_text() for path in made.files).splitlines())
    return Past(_expected(drawn), samples, made.lanes, made.files, made.checked)


def _sent() -> Iterator[Produced]:
    """The events of the span that is asked for, and of the time that passes meanwhile."""
    spans = (BEGIN_MS, MEANWHILE_MS), (MEANWHILE_MS, END_MS)
    return chain.from_iterable(money(1, RATE, *span, END_MS, PLATFORM) for span in spans)


def _expected(drawn: Iterable[Cell]) -> Day:
    lots = list(drawn)
    # Watermarks stay five seconds behind: what is looked at on the hour ends an hour before.
    looks = (END_MS // HOUR_MS - 1, END_MS // HOUR_MS)
    return {key: total for look in looks for key, total in _expected_at(look, lots).items()}


def _expected_at(look: int, drawn: Iterable[Cell]) -> Day:
    """By an hour of the epoch: what was sent before it, in the 24 hours that end an hour before."""
    by_hour: dict[tuple[str, str, int], int] = defaultdict(int)
    names = {measure: value for value, measure in MEASURE_OF.items()}
    for measure, labels, start, _, total in drawn:
        if measure in names:
            by_hour[names[measure], labels[0], start // HOUR_MS] += total
    ledger = Ledger(SETTINGS)
    for record in _sent():
        if record.timestamp_ms < look * HOUR_MS:
            ledger.add(record.topic, 0, record.value, record.timestamp_ms, record.key)
    for (measure, labels, start), parts in ledger.truth.windows.items():
        if measure in names:
            by_hour[names[measure], labels[0], start // HOUR_MS] += sum(part or 0 for part in parts)
    end = look - 1
    return {
        (value, app, end * HOUR_MS): sum(by_hour[value, app, hour] for hour in range(end - 24, end))
        / MEASURES[measure].scale
        for value, measure in MEASURE_OF.items()
        for app in ("tiktok", "douyin")
    }


_LINE = re.compile(r"pulse_(\w+)\{(.*)\} (\S+) (\d+)\.(\d{3})")


def _days(lines: Iterable[str]) -> Day:
    """The sums over all regions of 24 hours, of samples on the last two whole hours."""
    days: Day = defaultdict(float)
    for line in lines:
        parsed = _LINE.fullmatch(line)
        if parsed is None or parsed[1] not in MEASURE_OF:
            continue
        labels = dict(re.findall(r'(\w+)="([^"]*)"', parsed[2]))
        moment = int(parsed[4]) * 1_000
        if labels["window"] == "24h" and labels["state"] == "provisional" and moment % HOUR_MS == 0:
            end = moment - HOUR_MS
            if end >= END_MS - 2 * HOUR_MS:
                days[parsed[1], labels["app"], end] += float(parsed[3])
    return dict(days)


def test_24_hours_of_the_past_are_what_was_sent_and_drawn(past: Past) -> None:
    """Gifts, orders, ads and viewing, by app: each day's sum is that of the ledger and of the drawn sums."""
    assert past.samples == pytest.approx(past.expected, rel=1e-9)
    assert all(past.expected[value, "tiktok", END_MS - HOUR_MS] > 0 for value in MEASURE_OF)


def test_workers_go_on_from_the_same_sums(past: Past) -> None:
    """The state that workers take over shows the same 24 hours as the last look."""
    shown: Day = defaultdict(float)
    reads = Reads(f'pulse_{value}{{window="24h",state="provisional"}}' for value in MEASURE_OF)
    topology = Topology(SETTINGS, HashKey(SECRET))
    for number, entries in past.lanes.items():
        merge = topology.merge_lane(number)
        merge.restore(sorted(entries.items(), key=lambda entry: entry[0] == b"o"))
        for sample in merge.look(reads):
            value, labels = sample.family.removeprefix("pulse_"), dict(sample.labels)
            if value in MEASURE_OF and labels["window"] == "24h" and labels["state"] == "provisional":
                shown[value, labels["app"], END_MS - HOUR_MS] += sample.value
    assert dict(shown) == pytest.approx(
        {key: total for key, total in past.expected.items() if key[2] == END_MS - HOUR_MS}, rel=1e-9
    )


def test_blocks_hold_the_same_sums(past: Past, tmp_path: Path) -> None:
    """What promtool reads out of its own blocks is what was sent and drawn."""
    asyncio.run(make_blocks(past.files, tmp_path))
    # A database that never ran has none, and promtool asks for it.
    (tmp_path / "wal").mkdir()
    dumped = subprocess.run(
        ["promtool", "tsdb", "dump", str(tmp_path)], check=True, capture_output=True, text=True
    ).stdout
    # {__name__="pulse_...", app="..."} 5 1767614400000
    lines = []
    for line in dumped.splitlines():
        parsed = re.fullmatch(r'\{__name__="(\w+)", (.*)\} (\S+) (\d+)(\d{3})', line)
        if parsed is not None:
            lines.append(f"{parsed[1]}{{{parsed[2]}}} {parsed[3]} {parsed[4]}.{parsed[5]}")
    assert _days(lines) == pytest.approx(past.expected, rel=1e-9)


def test_every_look_equals_the_ledger(past: Past) -> None:
    """The header of a demo says how many records were compared: of gifts, orders, rewards, deals and payouts.

    The last six hours alone are looked at every five minutes: of each app 26 sums and a counter each time, as
    no whole day has passed.
    """
    sent = sum(record.topic in {"gift", "purchase", "reward", "deal", "payout"} for record in _sent())
    assert (past.checked.records, past.checked.differing) == (sent, [])
    assert past.checked.sums >= 6 * 12 * 2 * 27
