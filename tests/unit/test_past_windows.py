"""Workers go on from the windows and the evidence of the past."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest

from creator_pulse.proof.demo.hand_over import hand_over
from creator_pulse.proof.past.calibration import AT_MS, TopicRates, measured
from creator_pulse.proof.past.history import PastState
from creator_pulse.proof.past.learning import drawn_signals, learnt
from creator_pulse.proof.past.lots import Lots
from creator_pulse.proof.past.windows import PastMergeLane, PastMerges, PastOf, PastSources, without_past
from creator_pulse.stream.generator.generator import audience
from creator_pulse.stream.generator.world import PLATFORM
from creator_pulse.stream.lanes.lane import MARKER, Marker
from creator_pulse.stream.native.hash_key import KEY_BYTES, HashKey
from creator_pulse.stream.past.reads import Reads, expressions
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import Topology
from creator_pulse.stream.transport.memory_log import MemoryLog
from creator_pulse.stream.transport.names import PANE_TOPIC
from creator_pulse.stream.windows.merge_state import MergeState
from creator_pulse.stream.windows.window_operator import Everything

if TYPE_CHECKING:
    from creator_pulse.stream.lanes.lane import Sample
    from creator_pulse.stream.panes.cells import Cell
    from creator_pulse.stream.windows.merge_lane import MergeLane

SETTINGS = Settings()
READS = Reads(expressions())
SECRET = bytes(range(KEY_BYTES))
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
END_MS = AT_MS + 2 * HOUR_MS


@pytest.fixture(scope="module")
def of() -> PastOf:
    """The demo's world, measured on half a minute."""
    key = HashKey(SECRET)
    rates = measured(1, 1_000.0, PLATFORM, SETTINGS, key, minutes=0.5)
    return PastOf(SETTINGS, key, PLATFORM, audience(1_000.0, PLATFORM), rates, END_MS, 1)


@pytest.fixture(scope="module")
def drawn() -> list[Cell]:
    """What was drawn for the windows, once these are made."""
    return []


@pytest.fixture(scope="module")
def lanes(of: PastOf, drawn: list[Cell]) -> dict[int, dict[bytes, bytes]]:
    """Two hours in two parts, each of which goes on from the state of the one before."""
    lots = Lots(SETTINGS.out_of_orderness_ms, END_MS - HOUR_MS // 2)
    lanes: dict[int, dict[bytes, bytes]] = {number: {} for number in range(SETTINGS.merge_partitions)}
    for begin_ms, end_ms in ((AT_MS, AT_MS + HOUR_MS), (AT_MS + HOUR_MS, END_MS)):
        sources = PastSources(of, begin_ms, lots, drawn.extend)
        merges = PastMerges(SETTINGS, of.key, without_past(of.rates), lanes)
        merges.go_on(sources.go_on({}, end_ms), end_ms)
        lanes = merges.state(end_ms)
    return lanes


@pytest.fixture(scope="module")
def changelogs(of: PastOf, lanes: dict[int, dict[bytes, bytes]]) -> dict[int, list[tuple[bytes, bytes]]]:
    """What the changelogs of the merge lanes hold after the history was handed over."""
    signals = drawn_signals(of.rates, SETTINGS, PLATFORM, (AT_MS, END_MS), END_MS, 1)
    evidence = {app: learnt(app, [], signals, (AT_MS, END_MS), {}) for app in ("tiktok", "douyin", "")}
    past = PastState(SECRET, lanes, evidence)
    changelog = SETTINGS.changelog(PANE_TOPIC)
    log = MemoryLog({changelog: SETTINGS.merge_partitions, SETTINGS.installation: 1})

    async def handed_over() -> dict[int, list[tuple[bytes, bytes]]]:
        await hand_over(log, SETTINGS, past, END_MS)
        content: dict[int, list[tuple[bytes, bytes]]] = {}
        for number in range(SETTINGS.merge_partitions):
            first, end = await log.bounds(changelog, number)
            async for batch in log.read(changelog, number, first, end):
                pairs = zip(batch.keys, batch.values, strict=True)
                content.setdefault(number, []).extend((key or b"", value or b"") for key, value in pairs)
        return content

    return asyncio.run(handed_over())


@pytest.fixture(scope="module")
def restored(changelogs: dict[int, list[tuple[bytes, bytes]]]) -> list[MergeLane]:
    """The merge lanes of a worker that has read them."""
    topology = Topology(SETTINGS, HashKey(SECRET))
    merges = []
    for number, entries in sorted(changelogs.items()):
        merge = topology.merge_lane(number)
        merge.restore([entry for entry in entries if entry[0] != b"o"])
        merges.append(merge)
    return merges


def test_a_worker_shows_the_viewing_that_was_drawn(restored: list[MergeLane], drawn: list[Cell]) -> None:
    """The hour before the end holds exactly the drawn viewing, to the millisecond."""
    end = (END_MS - SETTINGS.out_of_orderness_ms) // MINUTE_MS * MINUTE_MS
    expected = sum(
        total
        for name, labels, start, _, total in drawn
        if (name, labels[0]) == ("watch_ms", "tiktok") and end - HOUR_MS <= start < end
    )
    wanted = {("app", "tiktok"), ("window", "1h"), ("state", "provisional")}
    shown = sum(
        sample.value
        for merge in restored
        for sample in merge.look(Reads(['pulse_viewing_seconds{window="1h",state="provisional"}']))
        if sample.family == "pulse_viewing_seconds" and wanted <= set(sample.labels)
    )
    assert expected > 0
    assert shown == pytest.approx(expected / 1_000, rel=1e-12)


def test_a_worker_has_its_expectation_at_once(restored: list[MergeLane]) -> None:
    """Viewing of an app is expected as soon as the lane is open: an hour was learnt."""
    wanted = {("app", "tiktok"), ("signal", "viewing")}
    expected = [
        sample.value
        for merge in restored
        for sample in merge.snapshot().samples
        if sample.family == "pulse_expected" and wanted <= set(sample.labels)
    ]
    assert expected
    assert max(expected) > 0


def test_regions_without_series_have_a_past(of: PastOf) -> None:
    """France, Vietnam and Korea watch too: they are *other*, beside the six listed regions and China."""
    signals = drawn_signals(of.rates, SETTINGS, PLATFORM, (AT_MS, END_MS), END_MS, 1)
    places = {signal.place for signal in signals if signal.measure == "viewing_ms"}
    listed = {("tiktok", region) for region in ("US", "GB", "DE", "BR", "ID", "JP")}
    assert places == {("douyin", "CN"), ("tiktok", "other"), *listed}


def test_ads_of_the_past_have_a_price(of: PastOf) -> None:
    """Where no impression was drawn nothing was paid: else the price of an ad would leap about."""
    few = TopicRates(
        slots={key: rate / 100 for key, rate in of.rates["ad"].slots.items()}, sizes=of.rates["ad"].sizes
    )
    signals = drawn_signals({"ad": few}, SETTINGS, PLATFORM, (AT_MS, END_MS), END_MS, 1)
    impressions, revenue = (
        next(one.totals for one in signals if (one.measure, one.place) == (measure, ("tiktok", "US")))
        for measure in ("ad_impressions", "ad_capped_usd")
    )
    assert revenue.any()
    assert not revenue[impressions == 0].any()


def test_the_marker_is_the_last_entry(changelogs: dict[int, list[tuple[bytes, bytes]]]) -> None:
    """With the marker all of a lane's state is there, or nothing is."""
    assert {number: entries[-1][0] for number, entries in changelogs.items()} == dict.fromkeys(
        range(SETTINGS.merge_partitions), MARKER
    )


def test_a_worker_reads_its_panes_from_the_start(restored: list[MergeLane]) -> None:
    """The log of panes is new: nothing of the history is in it."""
    assert {merge.next_offset for merge in restored} == {0}


def test_what_has_no_past_is_not_yet(restored: list[MergeLane]) -> None:
    """The past has no viewers: how many watched is known of no hour, while for how long is."""
    shown = {
        sample.family
        for merge in restored
        for sample in merge.look(Everything())
        if sample.family in {"pulse_viewing_seconds", "pulse_viewers_active"}
    }
    assert shown == {"pulse_viewing_seconds"}


def test_windows_of_all_topics_show_what_those_by_topics_show(
    of: PastOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two looks and the state: the same, whether windows of a length are summed once or by sets of topics."""
    lots = Lots(SETTINGS.out_of_orderness_ms, 2**60)
    sources = PastSources(of, AT_MS, lots)
    panes = {moment: sources.go_on({}, moment) for moment in (AT_MS + HOUR_MS + MINUTE_MS, END_MS)}

    def shown() -> tuple[list[set[Sample]], dict[int, dict[bytes, object]]]:
        merges = PastMerges(SETTINGS, of.key, without_past(of.rates), {number: {} for number in range(4)})
        looks = []
        for moment, records in panes.items():
            merges.go_on(records, moment)
            looks.append(set(merges.look(READS)))
        return looks, {
            number: {**entries, MARKER: _frontiers(entries[MARKER])}
            for number, entries in merges.state(END_MS).items()
        }

    together = shown()
    monkeypatch.setattr(PastMergeLane, "in_step", False)
    assert together == shown()
    assert len(together[0][1]) > 1_000


def _frontiers(marker: bytes) -> dict[str, int]:
    state = msgspec.msgpack.decode(marker, type=Marker).state
    return msgspec.msgpack.decode(state, type=MergeState).frontiers
