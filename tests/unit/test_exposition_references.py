"""What the references say now, as series."""

from __future__ import annotations

import json
from typing import Any

import pytest

from creator_pulse.stream.aggregates.spans import DAY_MS, HOUR_MS
from creator_pulse.stream.events.references import References
from creator_pulse.stream.reference_series import reference_samples
from creator_pulse.stream.settings import Settings

NOW = 1_760_000_000_000
OCTOBER = 1_759_276_800_000
"""The first of October 2025, UTC."""


def shown(*entries: dict[str, Any], raw: bytes = b"") -> dict[tuple[str, ...], float]:
    """The series after some entries came: family and label values in the order of their names."""
    references = References()
    for entry in entries:
        references.add(json.dumps({"valid_from": 0} | entry).encode())
    if raw:
        references.add(raw)
    samples = reference_samples(references, Settings(), NOW)
    values: dict[tuple[str, ...], float] = {}
    for sample in samples:
        key = (sample.family.removeprefix("pulse_"), *(value for _, value in sample.labels))
        assert key not in values, "a series is shown twice"
        values[key] = sample.value
    return values


def test_how_full_the_table_of_entries_is_and_what_found_no_room() -> None:
    """Room for 114, with 56 built-in entries and one more; then room for 56, and one more comes."""
    entry = b'{"kind":"reward_budget","id":"tiktok:US","valid_from":0,"usd_micros":1}'
    for most, fill, overflow in [(114, 0.5, 0), (56, 1, 1)]:
        references = References(most=most)
        references.add(entry)
        values = {
            sample.family: sample.value
            for sample in reference_samples(references, Settings(), NOW)
            if sample.labels == (("kind", "references"), ("topic", "reference"))
        }
        assert values == {"pulse_table_fill_ratio": fill, "pulse_table_overflow_total": overflow}


def test_the_share_by_contract_is_the_most_specific_one() -> None:
    """Half of gifts by default; 40 % in tiktok from its date on, 45 % in its US, 30 % only in the future."""
    kind = {"kind": "take_rate"}
    values = shown(
        kind | {"id": "gift:tiktok:*", "bps": 4_000, "valid_from": NOW - 1},
        kind | {"id": "gift:tiktok:US", "bps": 4_500},
        kind | {"id": "gift:tiktok:US", "bps": 3_000, "valid_from": NOW + 1},
    )
    places = (("tiktok", "US"), ("tiktok", "DE"), ("tiktok", "other"), ("douyin", "CN"))
    assert [values["contracted_take_ratio", *place, "gift"] for place in places] == [0.45, 0.4, 0.4, 0.5]


def test_a_budget_is_shown_where_there_is_one() -> None:
    """1,000 USD a day in US, and no series elsewhere."""
    values = shown({"kind": "reward_budget", "id": "tiktok:US", "usd_micros": 10**9})
    assert {key: value for key, value in values.items() if key[0] == "reward_budget_usd"} == {
        ("reward_budget_usd", "tiktok", "US"): 1_000
    }


def test_a_sales_day_is_expected_while_it_lasts() -> None:
    """Three times the usual from now on for an hour; not once it is over, nor where nobody says so."""
    kind = {"kind": "calendar", "factor": 3.0}
    for since, expected in ((NOW, 3.0), (NOW + 1, 1.0), (NOW - 3_600_000, 1.0)):
        values = shown(kind | {"id": "tiktok", "valid_from": since, "valid_until": since + 3_600_000})
        for tool in ("gift", "commerce", "all"):
            factors = (values["calendar_factor", "tiktok", tool], values["calendar_factor", "douyin", tool])
            assert factors == (expected, 1.0)


def test_a_sales_day_of_a_tool_is_about_no_other() -> None:
    """Three times the usual orders, half of the usual of all else; of what all tools share the app's own."""
    day = {"kind": "calendar", "valid_from": NOW, "valid_until": NOW + 3_600_000}
    values = shown(day | {"id": "tiktok:commerce", "factor": 3.0}, day | {"id": "tiktok", "factor": 0.5})
    factors = {tool: values["calendar_factor", "tiktok", tool] for tool in ("commerce", "gift", "ad", "all")}
    assert factors == {"commerce": 3.0, "gift": 0.5, "ad": 0.5, "all": 0.5}
    assert values["calendar_factor", "douyin", "commerce"] == 1.0


@pytest.mark.parametrize(("factor", "refused"), [(0, 1), (-1, 1), (0.04, 1), (0.05, 0), (20, 0), (20.1, 1)])
def test_a_day_of_absurd_volume_is_no_entry(factor: float, refused: int) -> None:
    """A baseline of nearly 0 would silence every alert of a drop, one of 1e308 every alert of a surge."""
    entry = {"kind": "calendar", "id": "tiktok", "factor": factor, "valid_from": NOW, "valid_until": NOW + 1}
    assert shown(entry)["reference_entries", "ignored"] == refused


def test_the_newest_day_of_the_books_is_shown() -> None:
    """Of two days the later one, from its beginning, whatever the order in which they came.

    A day that is yet to come is not shown, and an unknown tool has no series.
    """
    days = [
        {
            "kind": "ledger_day",
            "id": f"{tool}:tiktok:2025-10-{day:02}",
            "valid_from": OCTOBER + (day - 1) * DAY_MS + HOUR_MS,
            "usd_micros": day,
        }
        for day, tool in ((2, "gift"), (1, "gift"), (3, "games"), (10, "gift"))
    ]
    values = shown(*days)
    assert values["ledger_day_usd", "tiktok", "gift"] == 2e-6
    assert values["ledger_day_timestamp_seconds", "tiktok", "gift"] == (OCTOBER + DAY_MS) / 1000
    assert not [key for key in values if "games" in key]


def test_a_plan_is_shown_of_a_series_that_exists() -> None:
    """A target of GMV; one of a series that the catalogue does not have is not shown."""
    names = ("order_value_usd", "no_such")
    targets = [{"kind": "target", "id": f"{name}:tiktok", "value": 2.5} for name in names]
    values = shown(*targets)
    assert [(key, value) for key, value in values.items() if key[0] == "target"] == [
        (("target", "tiktok", "order_value_usd"), 2.5)
    ]


def test_the_coins_that_viewers_held_are_shown() -> None:
    """Of the app that an entry says them of; without one there is nothing, which is not 0."""
    values = shown({"kind": "opening", "id": "coins:tiktok", "value": 900})
    assert [(key, value) for key, value in values.items() if key[0] == "opening_coins"] == [
        (("opening_coins", "tiktok"), 900)
    ]


def test_what_creators_were_owed_is_shown() -> None:
    """Of the app and tool that an entry says it of, in USD; of the others there is nothing."""
    values = shown({"kind": "owed", "id": "tiktok:gift", "usd_micros": 12_500_000})
    assert [(key, value) for key, value in values.items() if key[0] == "opening_owed_usd"] == [
        (("opening_owed_usd", "tiktok", "gift"), 12.5)
    ]


def test_terms_of_a_platform_are_shown_while_they_hold() -> None:
    """From their day until they end; then nothing is shown, also not the built-in term that was before."""
    term = {"kind": "benchmark", "id": "twitch:ad:creator_share", "unit": "ratio", "source": "s"}
    for since, until, expected in (
        (NOW, NOW + 1, 0.6),
        (NOW + 1, NOW + 2, 0.55),
        (NOW - 1, NOW, None),
    ):
        values = shown(term | {"value": 0.6, "valid_from": since, "valid_until": until})
        assert values.get(("benchmark", "twitch", "ad", "creator_share")) == expected


def test_terms_that_break_the_contract_have_no_series() -> None:
    """A platform that is not listed can add no label value."""
    term = {"kind": "benchmark", "id": "mine:ad:creator_share", "valid_from": NOW, "value": 1.0}
    values = shown(term | {"unit": "ratio", "source": "s"})
    assert (
        values["reference_entries", "ignored"],
        ("benchmark", "mine", "ad", "creator_share") in values,
    ) == (
        1,
        False,
    )


def test_the_last_verdict_on_a_case_counts() -> None:
    """Rejected after confirmed is rejected; a week ago, and tomorrow, are not now; odd rules are others."""
    verdict = {"kind": "verdict", "confirmed": True}
    values = shown(
        verdict | {"id": "GI1:a", "rule": "GI1", "valid_from": NOW - 5},
        verdict | {"id": "GI1:a", "rule": "GI1", "valid_from": NOW - 4, "confirmed": False},
        verdict | {"id": "GI1:b", "rule": "GI1", "valid_from": NOW - 7 * DAY_MS},
        verdict | {"id": "GI1:c", "rule": "GI1", "valid_from": NOW + 1},
        verdict | {"id": "v77", "rule": "someone's name", "valid_from": NOW},
    )
    assert {key[1:]: value for key, value in values.items() if key[0] == "verdicts"} == {
        ("GI1", "rejected"): 1,
        ("other", "confirmed"): 1,
    }


@pytest.mark.parametrize(
    "raw",
    [
        b'{"kind": "moon", "id": "x", "valid_from": 0}',
        b'{"kind": "fx", "id": "CHF", "valid_from": 0}',
        b"no entry",
    ],
)
def test_what_is_used_for_nothing_is_counted(raw: bytes) -> None:
    """An unknown kind, an entry without its value, and bytes that are no entry."""
    assert shown()["reference_entries", "ignored"] == 0
    assert shown(raw=raw)["reference_entries", "ignored"] == 1


def test_entries_are_counted_by_kind() -> None:
    """Two built-in coin rates, and no verdict."""
    values = shown()
    assert (values["reference_entries", "rate"], values["reference_entries", "verdict"]) == (2, 0)
