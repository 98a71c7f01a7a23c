"""Keys made of several texts: whatever the texts hold, no two things have one key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creator_pulse.stream.catalog.declaration.declare import Sum, Value
from creator_pulse.stream.events.joined import joined
from creator_pulse.stream.events.references import References
from creator_pulse.stream.events.schema import Lookup
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.sinks.window_record import keyed, pairs_of
from creator_pulse.stream.topology import Topology
from tests.support.hash_key import HASH_KEY
from tests.support.records import batch, record

PRICE = Lookup("coin_price", "rate", ("app", "region", "platform"), ("gift_sent",), name="price")
VALUE = Value("v", Sum({"gifts": 1}), "short", ("1h",), "", labels=("app", "creator_id"))
odd = st.text(st.sampled_from("a,\\|=:*"), max_size=6)


def test_plain_texts_are_joined_as_they_are() -> None:
    """Texts without a comma or a backslash keep their bytes."""
    assert joined(("room-1", "viewer=2|3")) == "room-1,viewer=2|3"


def test_a_comma_in_a_text_is_told_from_one_between_texts() -> None:
    """The pair of `a` and `b,c` is not that of `a,b` and `c`."""
    assert joined(("a", "b,c")) == r"a,b\,c"
    assert joined(("a,b", "c")) == r"a\,b,c"


def test_a_single_text_stays_as_it_is() -> None:
    """Nothing is joined, so nothing is escaped."""
    assert joined((r"a,b\c",)) == r"a,b\c"


@given(st.lists(odd, min_size=2, max_size=3), st.lists(odd, min_size=2, max_size=3))
def test_different_lists_give_different_texts(one: list[str], other: list[str]) -> None:
    """Of texts made of separators and escapes, too."""
    assert (joined(one) == joined(other)) == (one == other)


def key_of(labels: dict[str, str], start: int = 0) -> str:
    """The key of a result of an hour."""
    return keyed(VALUE, "1h", start, pairs_of(labels))


@given(st.tuples(odd, odd), st.tuples(odd, odd))
def test_results_with_different_labels_have_different_keys(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    """A label cannot hold the next one."""
    keys = {key_of(dict(zip(VALUE.labels, labels, strict=True))) for labels in (one, other)}
    assert len(keys) == len({one, other})


def test_a_label_cannot_hold_the_next_one() -> None:
    """Two results whose pairs of names and values would read alike."""
    one = {"app": "a,creator_id=b", "creator_id": "c"}
    other = {"app": "a", "creator_id": "b,creator_id=c"}
    assert key_of(one) != key_of(other)


def test_the_key_of_a_result_has_plain_labels_as_they_are() -> None:
    """As the contract says: ``name|window|start|labels``."""
    assert key_of({"app": "tiktok", "creator_id": "c|1"}, 60) == "v|1h|60|app=tiktok,creator_id=c|1"


RATES = References(
    [
        {"kind": "rate", "id": "price:tiktok:*:*", "valid_from": 0, "usd_micros": 1},
        {"kind": "rate", "id": "price:tiktok:*:ios", "valid_from": 0, "usd_micros": 2},
        {"kind": "rate", "id": "price:tiktok:US:ios", "valid_from": 0, "usd_micros": 3},
        {"kind": "rate", "id": "price:tiktok:A:B:C", "valid_from": 0, "usd_micros": 4},
    ]
)


@pytest.mark.parametrize(
    ("region", "platform", "price"),
    [
        ("US", "ios", 3),
        ("*", "ios", 2),
        ("*", "*", 1),
        ("A", "B:C", 1),
        ("A:B", "C", 1),
        ("US:ios", None, 1),
        ("US", None, 1),
        ("FR", "ios", 2),
    ],
)
def test_a_rate_is_of_the_entry_that_names_the_place(region: str, platform: str | None, price: int) -> None:
    """A region that is `*`, or holds a `:`, is any other one that no entry names."""
    assert RATES.timeline(PRICE, ("tiktok", region, platform)) == [(0, price)]


def test_totals_come_back_whatever_a_region_is_called() -> None:
    """A region of the settings with the bars of a key in it has its own total after a recovery."""
    settings = Settings(regions={"tiktok": ("A|B", "A"), "douyin": ("CN",)})
    lane = Topology(settings, HASH_KEY).source_lane("gift")
    lane.apply(batch(record("gift", "gift_sent", region="A|B")))
    checkpoint = lane.checkpoint(0)
    assert checkpoint is not None
    again = Topology(settings, HASH_KEY).source_lane("gift")
    again.restore([(key, value) for key, value in checkpoint.entries if value is not None])
    assert tuple(again.snapshot().samples) == tuple(lane.snapshot().samples)
