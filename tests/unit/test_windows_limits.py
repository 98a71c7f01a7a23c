"""Tables at their limits: what is new is in every sum and followed no further, by the log alone."""

from __future__ import annotations

import functools
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from creator_pulse.stream.aggregates.spans import HOUR_MS
from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.events.layout import Layout
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.panes import pane_record
from creator_pulse.stream.panes.firsts import Firsts
from creator_pulse.stream.panes.lateness import ON_TIME
from creator_pulse.stream.panes.names import Names
from creator_pulse.stream.panes.rows import NOBODY, Rows, column, total
from creator_pulse.stream.panes.store import PaneStore
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import PRODUCT, Topology
from creator_pulse.stream.transport.names import CASE_TOPIC, PANE_TOPIC
from tests.support.hash_key import HASH_KEY
from tests.support.partials import partial_of
from tests.support.records import T0, batch, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.stream.lanes.lane import Sample
    from creator_pulse.stream.panes.pane_record import Partial

SMALL = Settings(
    most_ids=20, most_streaks=8, most_followed=4, dedup_horizon_ms=60_000, allowed_lateness_ms=60_000
)
TABLES = tables_of(CATALOGUE)
GIFTER = TABLES["gifter_coins"]
APP = ("tiktok",)


@functools.cache
def log(topic: str) -> tuple[bytes, ...]:
    """A log that fills every table: few ids come again and again, many are new, time goes on in leaps."""
    rng = Random(topic)
    outcomes, time = [], T0
    kinds = {
        "gift": ["gift_sent"],
        "deal": ["deal_invited", "deal_agreed", "deal_declined"],
        "payout": ["payout_scheduled", "payout_paid"],
    }[topic]
    for _ in range(600):
        time += rng.choice((0, 0, 0, 0, 0, 50, 100, 1_000, 1_000, 20_000))
        fields = {
            "event_id": f"e{rng.randrange(400)}",
            "event_time": time - rng.randrange(3_000),
            "ingest_time": time,
            "transaction_id": f"t{rng.randrange(5_000)}",
            "group_id": f"g{rng.randrange(40)}",
            "gift_type": 1,
            "repeat_count": rng.randrange(1, 9),
            "repeat_end": rng.random() < 0.3,
            "unit_coins": rng.randrange(1, 9),
            "deal_id": f"d{rng.randrange(30)}",
            "payout_id": f"p{rng.randrange(60)}",
            "attempt": 1,
            "tool": "gift",
        }
        kind = rng.choice(kinds)
        own = {
            "gift": ("transaction_id", "group_id", "gift_type", "repeat_count", "repeat_end", "unit_coins"),
            "deal": ("deal_id",),
            "payout": ("payout_id", "attempt", "tool"),
        }[topic]
        wanted = ("event_id", "event_time", "ingest_time", *own)
        outcomes.append(record(topic, kind, **{name: fields[name] for name in wanted}))
    return tuple(outcomes)


def read(topic: str, sizes: Sequence[int], settings: Settings = SMALL) -> tuple[Sample, ...]:
    """The series of a lane that reads the log in batches of some sizes in turn, and moves again and again."""
    values, at, turn = log(topic), 0, 0
    state: dict[bytes, bytes] = {}
    lane = Topology(settings, HASH_KEY).source_lane(topic)
    while at < len(values):
        size = sizes[turn % len(sizes)]
        some = values[at : at + size]
        lane.apply(batch(*some, first=at, timestamp=T0 + HOUR_MS * 100))
        at, turn = at + len(some), turn + 1
        if turn % 3 == 0 or at == len(values):
            checkpoint = lane.checkpoint(0)
            assert checkpoint is not None
            for key, value in checkpoint.entries:
                state.pop(key, None)
                if value is not None:
                    state[key] = value
            lane = Topology(settings, HASH_KEY).source_lane(topic)
            lane.restore(state.items())
    return tuple(lane.snapshot().samples)


def shown(samples: Sequence[Sample], family: str) -> dict[str, float]:
    """Kind -> value of a family by kind."""
    return {dict(sample.labels)["kind"]: sample.value for sample in samples if sample.family == family}


def told(samples: Sequence[Sample]) -> set[Sample]:
    """All but how many entries there are: what is forgotten goes when it is drained."""
    return {
        sample for sample in samples if sample.family not in {"pulse_table_entries", "pulse_table_fill_ratio"}
    }


@pytest.mark.parametrize("topic", ["gift", "deal", "payout"])
@pytest.mark.slow
def test_full_tables_depend_on_the_log_alone(topic: str) -> None:
    """Read record by record, in batches of any size, or at once, with recoveries: the same series."""
    one = told(read(topic, [1]))
    assert told(read(topic, [7, 1, 40])) == one
    assert told(read(topic, [600])) == one


@pytest.mark.parametrize(
    ("topic", "kind"),
    [("gift", "ids"), ("gift", "keys"), ("gift", "streaks"), ("deal", "paths"), ("payout", "dues")],
)
def test_what_found_no_room_is_counted(topic: str, kind: str) -> None:
    """Each kind of table has overflowed, and is shown as full."""
    samples = read(topic, [600])
    assert shown(samples, "pulse_table_overflow_total")[kind] > 0
    assert 0 < shown(samples, "pulse_table_fill_ratio")[kind] <= 1


def test_usual_limits_change_nothing() -> None:
    """With the default limits nothing of the same log overflows."""
    usual = Settings(dedup_horizon_ms=60_000, allowed_lateness_ms=60_000)
    assert not any(shown(read("gift", [100], usual), "pulse_table_overflow_total").values())


def outcomes(settings: Settings, *names: str) -> list[str]:
    """The outcome of gifts with some event ids, at one time."""
    lane = Topology(settings, HASH_KEY).source_lane("gift")
    entries = []
    before: dict[str, float] = {}
    for at, name in enumerate(names):
        lane.apply(batch(record("gift", "gift_sent", event_id=name), first=at))
        after = {
            dict(sample.labels)["outcome"]: sample.value
            for sample in lane.snapshot().samples
            if sample.family == "pulse_records_total"
        }
        entries.append(next(outcome for outcome in after if after[outcome] != before.get(outcome, 0)))
        before = after
    return entries


def test_with_one_id_too_many_the_oldest_is_forgotten() -> None:
    """Three ids are remembered: after a, b, c and d, a counts again, and d is still a duplicate."""
    assert outcomes(Settings(most_ids=3), *"abcda") == ["counted"] * 5
    assert outcomes(Settings(most_ids=3), *"abcdd") == ["counted"] * 4 + ["duplicate"]
    assert outcomes(Settings(most_ids=3), *"abca") == ["counted"] * 3 + ["duplicate"]


def coins(settings: Settings, *values: bytes) -> float:
    """The coins that a lane has counted, once all streaks are over."""
    lane = Topology(settings, HASH_KEY).source_lane("gift")
    later = record("gift", "gift_sent", event_id="later", event_time=T0 + HOUR_MS, unit_coins=1_000_000)
    lane.apply(batch(*values))
    lane.apply(batch(later, first=len(values), timestamp=T0 + HOUR_MS))
    return (
        sum(sample.value for sample in lane.snapshot().samples if sample.family == "pulse_gift_coins_total")
        - 1e6
    )


def tap(name: str, group: str, count: int, *, end: bool) -> bytes:
    """A record of a streak of one coin."""
    return record(
        "gift",
        "gift_sent",
        event_id=name,
        group_id=group,
        gift_type=1,
        unit_coins=1,
        repeat_count=count,
        repeat_end=end,
    )


def test_the_end_of_a_streak_that_is_not_followed_counts_in_full() -> None:
    """One streak may be open: the second one's end counts 5 coins; the first times out at 3."""
    values = (
        tap("a", "g1", 3, end=False),
        tap("b", "g2", 4, end=False),
        tap("c", "g2", 5, end=True),
    )
    assert coins(Settings(most_streaks=4), *values) == 3 + 5
    assert coins(Settings(), *values) == 3 + 5


def test_a_streak_that_is_not_followed_does_not_time_out() -> None:
    """What its end would have said is not known; that is counted."""
    values = (tap("a", "g1", 3, end=False), tap("b", "g2", 4, end=False))
    assert coins(Settings(most_streaks=4), *values) == 3
    assert coins(Settings(), *values) == 3 + 4


def part(sums: dict[int, int], start: int = 0) -> Partial:
    """Coins of viewers in one minute."""
    keys = np.array(list(sums), dtype=np.uint64).reshape(-1, 1)
    values = np.zeros((len(sums), len(GIFTER.columns)), dtype=np.int64)
    values[:, GIFTER.places("gifter_coins")[0]] = list(sums.values())
    return partial_of(GIFTER.name, APP, start, ON_TIME, Rows(keys, values), GIFTER.columns)


def coins_of(store: PaneStore, level: int) -> dict[int, int]:
    """Viewer -> coins of the pane that begins at 0."""
    totals: dict[int, int] = {}
    for _, rows in store.identities.between(level, 0, level, frozenset((GIFTER.name,))):
        for key, value in zip(
            rows.keys[:, 1].tolist(), column(GIFTER, rows.sums, "gifter_coins"), strict=True
        ):
            totals[key] = totals.get(key, 0) + int(value)
    return totals


def test_rows_beyond_the_limit_are_nobodys() -> None:
    """Six rows are room for two viewers at three levels: the coins of others are kept, but as nobody's."""
    store = PaneStore(HASH_KEY, TABLES.values(), most_rows=6)
    list(store.add(part({1: 5, 2: 3})))
    changes = list(store.add(part({1: 1, 3: 7, 4: 2})))
    for level in GIFTER.levels:
        assert coins_of(store, level) == {1: 6, 2: 3, int(NOBODY[0]): 9}
    assert [total(GIFTER, rows.sums, "gifter_coins") for _, _, rows, _ in changes] == [10] * 3
    assert store.identities.overflowed == 2 * 3


def test_rows_beyond_the_limit_are_the_same_after_a_recovery() -> None:
    """Drained and restored between the two increments."""
    store = PaneStore(HASH_KEY, TABLES.values(), most_rows=6)
    list(store.add(part({1: 5, 2: 3})))
    again = PaneStore(HASH_KEY, TABLES.values(), most_rows=6)
    for name, value in store.identities.drain():
        assert value is not None
        again.identities.restore(name, value)
    assert again.identities.size == 6
    list(again.add(part({1: 1, 3: 7, 4: 2})))
    assert coins_of(again, GIFTER.levels[0]) == {1: 6, 2: 3, int(NOBODY[0]): 9}


def test_panes_that_go_make_room() -> None:
    """The rows of two minutes, of which one is forgotten."""
    store = PaneStore(HASH_KEY, TABLES.values())
    list(store.add(part({1: 5, 2: 3})))
    list(store.add(part({1: 5}, start=60_000)))
    before = store.identities.size
    store.forget(60_000, 60_000)
    assert before - store.identities.size == 2


def test_names_beyond_the_limit_are_told_by_their_hash() -> None:
    """Two are kept, also when they are told again in a later hour; the third one overflows."""
    names = Names(HASH_KEY, 2)
    names.add(0, ["a", "b", "c"])
    names.add(HOUR_MS, ["a", "c"])
    hashes = {text: HASH_KEY.identity_of(text.encode()) for text in "abc"}
    assert [names.of(hashes[text]) for text in "abc"] == ["a", "b", f"#{hashes['c']:016x}"]
    assert (len(names), names.overflowed) == (2, 2)


def test_names_of_an_hour_that_goes_make_room() -> None:
    """One that was told again later stays."""
    names = Names(HASH_KEY, 2)
    names.add(0, ["a", "b"])
    names.add(HOUR_MS, ["a"])
    names.forget(HOUR_MS)
    names.add(HOUR_MS, ["c"])
    hashes = {text: HASH_KEY.identity_of(text.encode()) for text in "ac"}
    assert [names.of(hashes[text]) for text in "ac"] == ["a", "c"]


def test_firsts_beyond_the_limit_are_none() -> None:
    """Of three creators who earn for the first time, two are followed."""
    source = TABLES["creator_gift_usd_by_creator"]
    firsts = Firsts(TABLES, CATALOGUE.measures, HASH_KEY, 2)
    keys = np.array([[1], [2], [3]], dtype=np.uint64)
    values = np.zeros((3, len(source.columns)), dtype=np.int64)
    values[:, source.places("creator_gift_usd_by_creator")[0]] = 1
    made = partial_of(source.name, APP, HOUR_MS, ON_TIME, Rows(keys, values), source.columns)
    parts = list(firsts.partials([made]))
    assert sum(part.rows for part in parts[1:]) == 2
    assert (len(firsts), firsts.overflowed) == (2, 1)


def test_texts_are_forgotten_by_their_bytes() -> None:
    """64 MiB of them are more than 250,000 of 256 bytes, and less than 300,000; the listed ones stay."""
    layout = Layout(TOPICS["gift"], {"creator_id", "app"}, HASH_KEY)
    creators = layout.dictionaries[layout.texts["creator_id"]]
    apps = layout.dictionaries[layout.texts["app"]]
    for number in range(250_000):
        creators.code(str(number).zfill(256))
    assert not layout.full
    for number in range(250_000, 300_000):
        creators.code(str(number).zfill(256))
    assert layout.full
    layout.trim()
    assert (len(creators), apps.texts) == (0, ["douyin", "tiktok"])


def offender(name: str, at: int) -> list[bytes]:
    """Gifts of over 50,000 coins in ten minutes."""
    return [
        record("gift", "gift_sent", event_id=f"{name}{at}", viewer_id=name, unit_coins=60_000, event_time=T0)
    ]


def cases(most: int) -> tuple[int, float]:
    """How many cases a merge lane with so many incidents makes of three viewers, and what found no room."""
    settings = Settings(merge_partitions=1, partitions=1, most_incidents=most)
    source = Topology(settings, HASH_KEY).source_lane("gift")
    merge = Topology(settings, HASH_KEY, job=PRODUCT.only("gift")).merge_lane()
    values = [value for name in ("v1", "v2", "v3") for value in offender(name, 0)]
    later = record("gift", "gift_sent", event_id="later", event_time=T0 + 2 * HOUR_MS)
    made = 0
    for at, some in enumerate((values, [later])):
        source.apply(batch(*some, first=3 * at, timestamp=T0 + 2 * HOUR_MS * at))
        checkpoint = source.checkpoint(0)
        assert checkpoint is not None
        panes = [record.value for record in checkpoint.outgoing if record.topic == PANE_TOPIC]
        assert all(pane_record.decode(value or b"") for value in panes)
        merge.apply(batch(*panes, first=100 * at))
        found = merge.checkpoint(0)
        assert found is not None
        made += sum(
            record.topic == CASE_TOPIC and b"gift_coins_velocity_viewers" in (record.value or b"")
            for record in found.outgoing
        )
    return made, shown(tuple(merge.snapshot().samples), "pulse_table_overflow_total")["incidents"]


def test_an_incident_that_is_not_followed_makes_no_case() -> None:
    """Else it would make one with each window that flags somebody again."""
    made, lost = cases(2)
    assert made == 2
    assert lost > 0
    assert cases(100) == (3, 0)


def test_all_limits_are_kept_over_a_recovery_of_a_merge_lane() -> None:
    """What found no room before is still counted after it."""
    settings = Settings(merge_partitions=1, partitions=1, most_identity_names=1, most_identity_rows=1)
    source = Topology(settings, HASH_KEY).source_lane("gift")
    source.apply(batch(*(value for name in ("v1", "v2") for value in offender(name, 0))))
    checkpoint = source.checkpoint(0)
    assert checkpoint is not None
    merge = Topology(settings, HASH_KEY, job=PRODUCT.only("gift")).merge_lane()
    merge.apply(batch(*(record.value for record in checkpoint.outgoing if record.topic == PANE_TOPIC)))
    done = merge.checkpoint(0)
    assert done is not None
    again = Topology(settings, HASH_KEY, job=PRODUCT.only("gift")).merge_lane()
    again.restore([(key, value) for key, value in done.entries if value is not None])
    family = "pulse_table_overflow_total"
    before = shown(tuple(merge.snapshot().samples), family)
    assert before["identity_rows"] > 0
    assert before["identity_names"] > 0
    assert shown(tuple(again.snapshot().samples), family) == before
