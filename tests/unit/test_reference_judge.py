"""Every kind of entry at its bounds, and bytes that are no entry: one reason, and never an exception."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creator_pulse.stream.events.defaults import DEFAULTS
from creator_pulse.stream.events.reference_entry import KINDS, Entry
from creator_pulse.stream.events.reference_judge import REFERENCE_REASONS, judged
from creator_pulse.stream.generator.planned import planned_entries
from creator_pulse.stream.generator.world import PLATFORM
from creator_pulse.stream.settings import Settings
from tests.support.reference_cases import BAD, HUGE_NUMBER, NOT_UTF8

NOVEMBER = 1_796_000_000_000
"""2026-11-30 00:53:20 UTC, in milliseconds."""
OFFSETS = {"tiktok": 0, "douyin": 8}
SOUND: dict[str, dict[str, Any]] = {
    "fx": {"id": "EUR", "valid_from": 0, "usd_micros": 1},
    "rate": {"id": "price:tiktok:*:ios", "valid_from": 0, "usd_micros": 0},
    "gift": {"id": "rose", "valid_from": 0, "unit_coins": 1},
    "take_rate": {"id": "gift:*:US", "valid_from": 0, "bps": 0},
    "campaign": {"id": "k", "valid_from": NOVEMBER, "valid_until": NOVEMBER + 1, "usd_micros": 0},
    "reward_budget": {"id": "tiktok:US", "valid_from": 0, "usd_micros": 0},
    "calendar": {"id": "douyin", "valid_from": NOVEMBER, "valid_until": NOVEMBER + 1, "factor": 0.05},
    "ledger_day": {"id": "gift:tiktok:2026-11-30", "valid_from": NOVEMBER, "usd_micros": 0},
    "verdict": {"id": "a", "valid_from": NOVEMBER, "rule": "FR1", "confirmed": False},
    "target": {"id": "order_value_usd:tiktok", "valid_from": 0, "value": -1},
    "opening": {"id": "coins:tiktok", "valid_from": 0, "value": 0},
    "owed": {"id": "tiktok:gift", "valid_from": 0, "usd_micros": 0},
    "benchmark": {
        "id": "twitch:ad:creator_share",
        "valid_from": NOVEMBER,
        "value": 0.55,
        "unit": "ratio",
        "source": "s",
    },
    "override": {
        "id": "CheckoutFailing:tiktok:all",
        "valid_from": NOVEMBER,
        "valid_until": NOVEMBER + 1,
        "value": -1,
        "note": "n",
        "who": "w",
    },
    "void": {"id": "gift:0", "valid_from": NOVEMBER, "first_offset": 3, "last_offset": 3},
}
"""A small right entry of each kind."""


def judge(value: object) -> Entry | str:
    """What an object, or bytes, is."""
    return judged(value if isinstance(value, bytes) else json.dumps(value).encode(), OFFSETS)


def changed(kind: str, **fields: object) -> Entry | str:
    """What the right entry of a kind is with other fields; a None takes one away."""
    entry = {"kind": kind} | SOUND[kind] | fields
    return judge({name: value for name, value in entry.items() if value is not None})


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_entry_of_each_kind(kind: str) -> None:
    """It is that entry, and its key says kind, id and date."""
    entry = changed(kind)
    assert isinstance(entry, Entry)
    assert entry.key == f"{kind}:{SOUND[kind]['id']}:{SOUND[kind]['valid_from']}".encode()


def test_the_built_in_entries_are_right() -> None:
    """What holds where the topic is empty would be accepted from the topic."""
    assert [entry for entry in DEFAULTS if not isinstance(judge(entry), Entry)] == []


def test_what_planners_publish_is_right() -> None:
    """All that a synthetic run writes into the topic."""
    entries = planned_entries(1_000.0, PLATFORM, NOVEMBER, Settings())
    said = [{key: value for key, value in _fields(entry).items() if value is not None} for entry in entries]
    assert {type(judge(entry)) for entry in said} == {Entry}


@pytest.mark.parametrize("kind", KINDS)
def test_each_field_is_needed(kind: str) -> None:
    """Without any of the fields of the right entry there is none."""
    reasons = {name: changed(kind, **{name: None}) for name in SOUND[kind]}
    assert reasons == dict.fromkeys(SOUND[kind], "missing_field")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_coerced(kind: str) -> None:
    """A list, an object, a text for a number, a truth for a number, a fraction for an integer."""
    for name, value in SOUND[kind].items():
        others: list[object] = [[1], {"a": 1}, 1.5 if isinstance(value, int) and name != "value" else True]
        others += [1] if isinstance(value, (str, bool)) else ["1", True]
        judgements = {repr(other): changed(kind, **{name: other}) for other in others}
        assert set(judgements.values()) == {"wrong_type"}, (name, judgements)


@pytest.mark.parametrize(
    ("kind", "field", "least", "most"),
    [
        ("fx", "usd_micros", 1, 10**10),
        ("rate", "usd_micros", 0, 10**6),
        ("gift", "unit_coins", 1, 10**7),
        ("gift", "gift_type", 0, 100),
        ("owed", "usd_micros", 0, 10**16),
        ("take_rate", "bps", 0, 10_000),
        ("campaign", "usd_micros", 0, 10**14),
        ("reward_budget", "usd_micros", 0, 10**14),
        ("ledger_day", "usd_micros", 0, 10**16),
        ("target", "value", -(10**15), 10**15),
        ("override", "value", -(10**15), 10**15),
        ("benchmark", "value", 0, 1),
        ("void", "last_offset", 3, 2**62),
        ("void", "first_offset", 0, 3),
    ],
)
def test_numbers_at_their_bounds(kind: str, field: str, least: int, most: int) -> None:
    """The contract's least and largest number are taken, one less and one more are not."""
    assert [type(changed(kind, **{field: value})) for value in (least, most)] == [Entry, Entry]
    assert [changed(kind, **{field: value}) for value in (least - 1, most + 1)] == ["out_of_range"] * 2


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 10**400, 1e308])
def test_huge_numbers_are_out_of_range(value: float) -> None:
    """Where 64 bits or a double cannot hold them, too."""
    assert changed("target", value=value) == "out_of_range"


@pytest.mark.parametrize(
    ("time", "right"),
    [
        (946_684_799_999, False),
        (946_684_800_000, True),
        (4_102_444_799_999, True),
        (4_102_444_800_000, False),
        (1_796_000_000, False),
        (-1, False),
        (0, True),
    ],
)
def test_dates_are_of_this_century(time: int, *, right: bool) -> None:
    """Milliseconds of 2000 to 2099, and 0 for since ever; a time in seconds is refused."""
    assert isinstance(changed("fx", valid_from=time), Entry) is right


@pytest.mark.parametrize("kind", ["campaign", "calendar", "ledger_day", "verdict", "benchmark", "void"])
def test_what_is_of_a_day_has_a_date(kind: str) -> None:
    """Of these kinds nothing holds since ever."""
    assert changed(kind, valid_from=0) == "out_of_range"


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_ends_after_it_begins(kind: str) -> None:
    """Every kind may end; not before a millisecond has passed, nor before the year 2000."""
    since = NOVEMBER
    assert isinstance(changed(kind, valid_from=since, valid_until=since + 1), Entry)
    assert changed(kind, valid_from=since, valid_until=since) == "out_of_range"
    if not KINDS[kind].dated:
        assert changed(kind, valid_from=0, valid_until=1_796_000_000) == "out_of_range"


@pytest.mark.parametrize(
    ("day", "time", "reason"),
    [
        ("gift:tiktok:2026-02-30", NOVEMBER, "wrong_date"),
        ("gift:tiktok:2026-11-29", NOVEMBER, "wrong_date"),
        ("gift:tiktok:20261130", NOVEMBER, "wrong_date"),
        ("gift:tiktok:2026-W49-1", NOVEMBER, "wrong_date"),
        ("gift:tiktok:", NOVEMBER, "wrong_id"),
        ("gift:tiktok", NOVEMBER, "wrong_id"),
        ("games:tiktok:2026-11-30", NOVEMBER, "not_listed"),
        ("gift:douyin:2026-11-30", NOVEMBER, None),
        ("gift:douyin:2026-11-30", 1_795_968_000_000, None),
        ("gift:douyin:2026-11-30", 1_795_967_999_999, "wrong_date"),
    ],
)
def test_a_day_of_the_books_is_that_of_its_date(day: str, time: int, reason: str | None) -> None:
    """By the app's own day: in douyin, 8 hours ahead, 30 November begins at 16:00 UTC of the 29th."""
    judgement = changed("ledger_day", id=day, valid_from=time)
    assert (None if isinstance(judgement, Entry) else judgement) == reason


@pytest.mark.parametrize(
    ("kind", "name", "reason"),
    [
        ("rate", "price:tiktok:US", "wrong_id"),
        ("rate", "cost:tiktok:US:ios", "not_listed"),
        ("rate", "price:kuaishou:US:ios", "not_listed"),
        ("rate", "price:tiktok::ios", "wrong_id"),
        ("take_rate", "games:tiktok:US", "not_listed"),
        ("reward_budget", "*:US", "not_listed"),
        ("calendar", "kuaishou", "not_listed"),
        ("calendar", "tiktok:games", "not_listed"),
        ("calendar", "tiktok:", "wrong_id"),
        ("calendar", "tiktok:gift:US", "wrong_id"),
        ("calendar", "gift:tiktok", "not_listed"),
        ("target", "order_value_usd", "wrong_id"),
        ("target", "order_value_usd:kuaishou", "not_listed"),
        ("benchmark", "twitch:ad", "wrong_id"),
        ("benchmark", "somebody:ad:creator_share", "not_listed"),
        ("benchmark", "twitch:games:creator_share", "not_listed"),
        ("benchmark", "twitch:ad:fame", "not_listed"),
        ("void", "moon:0", "not_listed"),
        ("void", "gift:-1", "wrong_id"),
        ("void", "gift:01", "wrong_id"),
        ("void", "gift", "wrong_id"),
    ],
)
def test_ids_have_the_form_of_their_kind(kind: str, name: str, reason: str) -> None:
    """As many parts as the contract says, and what is of a closed list is in it."""
    assert changed(kind, id=name) == reason


def test_a_benchmark_is_in_the_unit_of_what_it_says() -> None:
    """A share in USD, and pay per 1,000 views as a ratio, are refused; pay is at most 10^6."""
    pay = {"id": "twitch:reward:pay_per_1000_views_low"}
    assert changed("benchmark", unit="USD") == "not_listed"
    assert changed("benchmark", **pay) == "not_listed"
    assert isinstance(changed("benchmark", **pay, unit="USD", value=8), Entry)
    assert isinstance(changed("benchmark", **pay, unit="USD", value=10**6), Entry)
    assert changed("benchmark", **pay, unit="USD", value=10**6 + 1) == "out_of_range"


def test_terms_without_a_source_are_refused() -> None:
    """An empty text is no source."""
    assert changed("benchmark", source="") == "out_of_range"


@pytest.mark.parametrize(
    ("kind", "field", "most"),
    [
        ("fx", "id", 256),
        ("verdict", "id", 1_024),
        ("verdict", "rule", 256),
        ("verdict", "note", 8_000),
        ("benchmark", "source", 1_024),
    ],
)
def test_texts_at_their_largest(kind: str, field: str, most: int) -> None:
    """Bytes of UTF-8, not characters: one byte more is too large."""
    assert isinstance(changed(kind, **{field: "é" * (most // 2)}), Entry)
    assert changed(kind, **{field: "é" * (most // 2) + "x"}) == "too_large"


def test_an_entry_without_a_name_is_none() -> None:
    """An empty id is about nothing."""
    assert changed("fx", id="") == "out_of_range"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "not_json"),
        (NOT_UTF8, "not_json"),
        (b'{"kind": "fx", "id": "\\ud800", "valid_from": 0, "usd_micros": 1}', "not_json"),
        (b'{"kind": "fx", "id": "EUR", "valid_from": 0, "usd_micros": NaN}', "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[1]", "not_object"),
        (b"1", "not_object"),
        (b"{}", "missing_field"),
        (b'{"kind": 1}', "wrong_type"),
        (b'{"kind": "moon", "id": "x", "valid_from": 0}', "unknown_kind"),
        (HUGE_NUMBER, "out_of_range"),
        (b'{"kind": "fx", "id": "EUR", "valid_from": 0, "usd_micros": 1e400}', "out_of_range"),
        (
            b'{"kind": "fx", "id": "EUR", "valid_from": 0, "usd_micros": 1' + b"0" * 5_000 + b"}",
            "out_of_range",
        ),
        (b'{"kind": "fx", "x": "' + b"x" * (256 * 1024) + b'"}', "too_large"),
    ],
)
def test_what_is_no_entry_at_all(value: bytes, reason: str) -> None:
    """Bytes that are not UTF-8 or JSON, other shapes, numbers that nothing can hold."""
    assert judge(value) == reason


def test_a_deletion_is_refused() -> None:
    """Entries are never deleted: who begins later would count otherwise."""
    assert judged(None, OFFSETS) == "null_value"


@pytest.mark.parametrize("entry", BAD)
def test_entries_that_bent_figures_are_refused(entry: bytes) -> None:
    """A negative rate, a date in seconds, a negative share, a factor of 1e308, a day that is none."""
    assert judge(entry) in {"out_of_range", "wrong_date"}


class _Broken(dict[str, int]):
    """Settings that cannot be read."""

    def get(self, *_: object) -> Any:
        """Never answers."""
        raise ZeroDivisionError


def test_what_goes_wrong_in_judging_is_a_reason_too() -> None:
    """No entry ends a worker, not even by a fault of the judge itself."""
    entry = json.dumps({"kind": "ledger_day"} | SOUND["ledger_day"]).encode()
    assert judged(entry, _Broken()) == "failed"


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
values = scalars | st.lists(scalars, max_size=2) | st.sampled_from([2**63, 10**400, NOVEMBER, 0, "a:b:c"])
names = st.sampled_from(
    sorted({name for entry in SOUND.values() for name in entry} | {"valid_until", "note"})
)


# How fast a machine makes inputs is no fact about them.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(KINDS)), st.dictionaries(names, values, max_size=3), st.binary(max_size=3))
def test_any_entry_is_taken_or_has_a_reason(kind: str, fields: dict[str, object], tail: bytes) -> None:
    """Right entries with any fields changed, and bytes behind them; none fails in judging."""
    entry = {"kind": kind} | SOUND[kind] | fields
    refusal = judge(json.dumps(entry).encode() + tail)
    assert isinstance(refusal, Entry) or refusal in set(REFERENCE_REASONS) - {"failed"}


@given(st.binary(max_size=200))
def test_any_bytes_are_taken_or_have_a_reason(value: bytes) -> None:
    """None fails in judging."""
    refusal = judge(value)
    assert isinstance(refusal, Entry) or refusal in set(REFERENCE_REASONS) - {"failed"}


def _fields(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__struct_fields__}
