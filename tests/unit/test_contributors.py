"""Contributors: shares and surprises by hand, what is usual, which values have rows, and what they cost."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from creator_pulse.stream.catalog.breakdowns import BREAKDOWNS
from creator_pulse.stream.catalog.declaration.breakdowns import Breakdown
from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.contributors.broken_down import BrokenDown, largest_bytes
from creator_pulse.stream.contributors.explanation import Explanation, explained, shares, surprises, what
from creator_pulse.stream.contributors.names import BreakdownNames
from creator_pulse.stream.contributors.places import MOST_ROWS, Places
from creator_pulse.stream.contributors.sums import HOUR, KEPT, MOST_MINUTES, RowSums
from creator_pulse.stream.contributors.timeline import Cut, Timeline, TimelinePart
from creator_pulse.stream.errors import CatalogError
from creator_pulse.stream.events.topics import TOPICS

Numbers = dict[tuple[str, ...], tuple[float, ...]]
"""Values -> what is usual and what was seen of each measure, an hour."""
_WEEK = 168


def line(whole: tuple[float, ...], cuts: dict[tuple[str, ...], Numbers]) -> Timeline:
    """A timeline of two hours: the first as usual, the second as it was seen.

    Args:
        whole: usual and seen of each measure in turn, an hour.
        cuts: likewise of values, by the labels of the cut.
    """

    def part(values: tuple[str, ...], numbers: tuple[float, ...]) -> TimelinePart:
        pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
        return TimelinePart(
            values,
            tuple((int(usual), int(seen)) for usual, seen in pairs),
            tuple((usual / 60, usual / 60) for usual, _ in pairs),
        )

    return Timeline(
        signal="gifts",
        app="tiktok",
        edges=(0, 60, 120),
        scale=1,
        since_ms=None,
        whole=part((), whole),
        cuts=tuple(
            Cut(labels, tuple(part(values, numbers) for values, numbers in of_cut.items()))
            for labels, of_cut in cuts.items()
        ),
    )


def second_hour(timeline: Timeline, region: str = "") -> Explanation:
    """What explains the second hour."""
    explanation = explained(timeline, 60, 120, region)
    assert explanation is not None
    return explanation


def standing_out(explanation: Explanation) -> dict[str, float]:
    """What stands out -> its share of the change."""
    return {what(each.labels): each.share for each in explanation.contributors if each.stands_out}


def test_shares_of_a_fall_are_parts_of_the_whole_fall() -> None:
    """100 fall to 40: 60 to 6 is 54 of 60, 40 to 34 is 6 of 60."""
    usual, seen = np.array([[60.0], [40.0]]), np.array([[6.0], [34.0]])
    assert shares(usual, seen, usual.sum(axis=0), seen.sum(axis=0)).tolist() == [0.9, 0.1]


def test_what_went_the_other_way_has_a_negative_share() -> None:
    """100 fall to 90: one loses 20, which is twice the change, the other wins 10, which is as much again."""
    usual, seen = np.array([[50.0], [50.0]]), np.array([[30.0], [60.0]])
    assert shares(usual, seen, usual.sum(axis=0), seen.sum(axis=0)).tolist() == [2.0, -1.0]


def test_shares_of_a_ratio_are_finite_differences() -> None:
    """By itself 2 of half the volume is 4/150 - 4/200 = 2/300, 10 more are 14/200 - 4/200 = 15/300."""
    usual, seen = np.array([[2.0, 100.0], [2.0, 100.0]]), np.array([[2.0, 50.0], [12.0, 100.0]])
    of_values = shares(usual, seen, usual.sum(axis=0), seen.sum(axis=0))
    assert of_values == pytest.approx([2 / 17, 15 / 17])


def test_surprise_is_a_part_of_the_divergence() -> None:
    """A half that becomes a quarter: 0.5 (0.5 ln 4/3 + 0.25 ln 2/3); unchanged it is none."""
    surprise = surprises(np.array([[50.0], [50.0]]), np.array([[10.0], [30.0]]))
    assert surprise[0] == pytest.approx(0.5 * (0.5 * math.log(4 / 3) + 0.25 * math.log(2 / 3)))
    assert surprises(np.array([[1.0], [3.0]]), np.array([[10.0], [30.0]])) == pytest.approx([0, 0])


def test_one_region_that_falls_stands_out() -> None:
    """Of 100, 40 of US are gone: it has all of the change; platforms, which fell alike, have none."""
    line_ = line(
        (100, 60),
        {
            ("region",): {("US",): (40, 0), ("GB",): (60, 60)},
            ("platform",): {("ios",): (50, 30), ("android",): (50, 30)},
            ("region", "platform"): {
                ("US", "ios"): (20, 0),
                ("US", "android"): (20, 0),
                ("GB", "ios"): (30, 30),
                ("GB", "android"): (30, 30),
            },
        },
    )
    explanation = second_hour(line_)
    assert standing_out(explanation) == {"region US": 1.0}
    assert explanation.words.startswith("gifts: 1 a minute, usually 1.667 a minute. Region US has 100%")


def test_a_pair_that_fell_deeper_than_either_label_stands_out() -> None:
    """US is down by half, ios by 40 %, and both together are gone: that is what happened."""
    line_ = line(
        (100, 80),
        {
            ("region",): {("US",): (40, 20), ("GB",): (60, 60)},
            ("platform",): {("ios",): (50, 30), ("android",): (50, 50)},
            ("region", "platform"): {
                ("US", "ios"): (20, 0),
                ("US", "android"): (20, 20),
                ("GB", "ios"): (30, 30),
                ("GB", "android"): (30, 30),
            },
        },
    )
    assert standing_out(second_hour(line_)) == {"region US, platform ios": 1.0}


def test_what_falls_everywhere_is_blamed_on_nobody() -> None:
    """All values fall by half: none stands out, and the words say so."""
    line_ = line(
        (100, 50),
        {
            ("region",): {("US",): (40, 20), ("GB",): (60, 30)},
            ("platform",): {("ios",): (80, 40), ("android",): (20, 10)},
        },
    )
    explanation = second_hour(line_)
    assert standing_out(explanation) == {}
    assert "all labels have changed alike" in explanation.words


def test_as_usual_is_said_calmly() -> None:
    """97 of 100 is as usual."""
    line_ = line((100, 97), {("region",): {("US",): (40, 38), ("GB",): (60, 59)}})
    assert second_hour(line_).words == "gifts: as usual (1.617 a minute, usually 1.667 a minute)."


def test_a_share_is_explained_by_who_fails() -> None:
    """2 of 100 fail in both regions; now 52 of 100 in US: 26 % of all, of which US has everything."""
    line_ = line(
        (4, 54, 200, 200),
        {
            ("region",): {("US",): (2, 52, 100, 100), ("GB",): (2, 2, 100, 100)},
            ("payment_method",): {("card",): (2, 27, 100, 100), ("wallet",): (2, 27, 100, 100)},
        },
    )
    explanation = second_hour(line_)
    assert standing_out(explanation) == {"region US": 1.0}
    assert (explanation.usual, explanation.seen) == (0.02, 0.27)


def test_a_region_is_explained_by_its_pairs() -> None:
    """Of US alone cards are gone."""
    line_ = line(
        (100, 80),
        {
            ("region",): {("US",): (40, 20), ("GB",): (60, 60)},
            ("region", "payment_method"): {
                ("US", "card"): (20, 0),
                ("US", "wallet"): (20, 20),
                ("GB", "card"): (60, 60),
            },
        },
    )
    explanation = second_hour(line_, "US")
    assert standing_out(explanation) == {"payment method card": 1.0}
    assert (explanation.region, explanation.usual, explanation.seen) == ("US", 40 / 60, 20 / 60)


def test_expectations_of_values_add_up_to_that_of_the_whole() -> None:
    """Medians of 50 and 30 of 100 are brought to 62.5 and 37.5, of which 12.5 and 37.5 are gone."""
    line_ = line((100, 50), {("region",): {("US",): (50, 50), ("GB",): (30, 0)}})
    of_region = {what(each.labels): each.share for each in second_hour(line_).contributors}
    assert of_region == {"region GB": 0.75, "region US": 0.25}


def test_todays_level_is_no_contributor() -> None:
    """The hour before brought half of what is usual, and so did this one: as usual of today."""
    line_ = line((100, 50), {("region",): {("US",): (40, 20), ("GB",): (60, 30)}})
    whole = msgspec.structs.replace(line_.whole, actual=((50, 50),))
    assert "as usual" in second_hour(msgspec.structs.replace(line_, whole=whole)).words


def test_without_history_the_hours_before_are_usual() -> None:
    """Nothing is known of any week: 40 of US before and none now."""
    line_ = line((100, 60), {("region",): {("US",): (40, 0), ("GB",): (60, 60)}})
    unknown = ((None, None),)
    blank = msgspec.structs.replace(
        line_,
        whole=msgspec.structs.replace(line_.whole, usual=unknown),
        cuts=tuple(
            Cut(cut.labels, tuple(msgspec.structs.replace(part, usual=unknown) for part in cut.parts))
            for cut in line_.cuts
        ),
    )
    assert standing_out(second_hour(blank)) == {"region US": 1.0}


def test_what_lies_outside_of_the_timeline_has_no_explanation() -> None:
    """An hour that it does not reach."""
    assert explained(line((100, 60), {}), 120, 180) is None


def test_a_minute_becomes_part_of_its_hour_once() -> None:
    """7 in one minute are 7 in its hour, while the minute is kept and after it is folded into the hour."""
    sums = RowSums(1)
    sums.add(5 * HOUR, np.array([[7], [7]]))
    sums.close(5 * HOUR + 1)
    assert sums.of_hour(5, 2).tolist() == [[7], [7]]
    sums.close(6 * HOUR + KEPT)
    assert (len(sums.minutes), sums.of_hour(5, 2).tolist()) == (0, [[7], [7]])


def test_minutes_are_bounded_however_far_ahead() -> None:
    """Two days ahead of the watermark: half a day of minutes is kept one by one, the rest by the hour."""
    sums = RowSums(1)
    sums.close(0)
    for minute in range(2 * MOST_MINUTES):
        sums.add(minute, np.array([[1]]))
    assert len(sums.minutes) == MOST_MINUTES
    assert sum(int(sums.of_hour(hour, 1).sum()) for hour in range(48)) == 2 * MOST_MINUTES


GIFTS = Breakdown("gift_sent", ("gift_id",), (), "gifts")


def gifts(state: BrokenDown, gift: int, minute: int, total: int = 1, times: int = 1) -> None:
    """Add increments of a gift in one region."""
    keys = np.array([[1, gift]] * times, np.uint64)
    state.add(keys, np.full(times, minute), np.full((times, 1), total))


def test_usual_is_the_median_of_the_same_hour_of_four_weeks() -> None:
    """60, 120, 6,000 and 120 an hour: 2 a minute, as an hour of nonsense moves a median by little."""
    state = BrokenDown(GIFTS, ("gifts",))
    gifts(state, 5, 0)
    for week, total in enumerate((60, 120, 6_000, 120)):
        gifts(state, 5, (week + 1) * _WEEK * HOUR, total)
    state.close(5 * _WEEK * HOUR * 60_000)
    row = state.places.rows.index(next(row for row in state.places.rows if row.hashes == (5,)))
    assert state.usual(5 * _WEEK)[row].tolist() == [2.0]


def test_a_new_value_has_no_usual_until_a_day_is_there() -> None:
    """The gift that came an hour ago is not held against zeros of weeks in which there was none."""
    state = BrokenDown(GIFTS, ("gifts",))
    for week in range(5):
        gifts(state, 5, week * _WEEK * HOUR + 60, 60)
    gifts(state, 6, 4 * _WEEK * HOUR + 30)
    state.close((4 * _WEEK + 2) * HOUR * 60_000)
    row = next(number for number, row in enumerate(state.places.rows) if row.hashes == (6,))
    assert np.isnan(state.usual(4 * _WEEK + 1)[row]).all()


def test_a_large_value_takes_the_row_of_a_small_one() -> None:
    """All rows are taken by gifts of which one came; one that came ten times gets a row in the next hour."""
    state = BrokenDown(GIFTS, ("gifts",))
    for gift in range(1, MOST_ROWS[0] + 1):
        gifts(state, gift, 0)
    gifts(state, 1_000, 1, times=10)
    state.close(HOUR * 60_000)
    gifts(state, 1_000, HOUR, 7)
    row = next(number for number, row in enumerate(state.places.rows) if row.hashes == (1_000,))
    assert state.sums.of_hour(1, len(state.places))[row].tolist() == [7]
    other = state.places.other(1)
    assert state.sums.of_hour(0, len(state.places))[other].tolist() == [11]


def test_a_flood_of_values_keeps_rows_and_waiting_bounded() -> None:
    """A hundred thousand made-up gifts: no more rows than there are, and not one unit is lost."""
    state = BrokenDown(GIFTS, ("gifts",))
    flood = np.arange(1, 100_001, dtype=np.uint64)
    state.add(
        np.column_stack([np.ones_like(flood), flood]),
        np.zeros(len(flood), int),
        np.ones((len(flood), 1), int),
    )
    state.close(HOUR * 60_000)
    assert len(state.places) <= 1 + 2 + 1 + MOST_ROWS[0]
    sums = state.sums.of_hour(0, len(state.places))[:, 0]
    of_gifts = sums[[state.places.other(1), *state.places.of_cut(1)]].sum()
    assert (int(sums[0]), int(of_gifts)) == (100_000, 100_000)


def test_a_frequent_value_survives_a_flood_in_waiting() -> None:
    """A third of what waits is one value: the Misra-Gries summary of 128 keeps it."""
    places = Places((("gift_id",),))
    for gift in range(MOST_ROWS[0]):
        places.row_of(0, (gift + 1,), 0, 1)
    for number in range(3_000):
        places.row_of(0, (7_777,) if number % 3 == 0 else (10_000 + number,), 0, 1)
    assert places.candidates(0)[0][0] == (7_777,)


def test_state_that_is_restored_gives_the_same_entries() -> None:
    """Rows, waiting values, minutes and hours are written and read back: the next entries are the same."""
    state = BrokenDown(GIFTS, ("gifts",))
    for gift in range(1, 2 * MOST_ROWS[0]):
        gifts(state, gift, gift * 20, gift)
    state.close(20 * HOUR * 60_000)
    written = dict(state.drain())
    again = BrokenDown(GIFTS, ("gifts",))
    for key, value in written.items():
        if value is not None:
            again.restore(key, value)
    again.resume()
    gifts(state, 3, 20 * HOUR)
    gifts(again, 3, 20 * HOUR)
    assert dict(again.drain()) == dict(state.drain())
    assert [again.sums.of_hour(hour, 9).tolist() for hour in range(21)] == [
        state.sums.of_hour(hour, 9).tolist() for hour in range(21)
    ]


def test_a_changed_declaration_begins_anew_and_drops_the_old_entries() -> None:
    """Sums of other columns are not read as these: their keys become tombstones."""
    state = BrokenDown(GIFTS, ("gifts",))
    gifts(state, 1, 0, 5)
    written = dict(state.drain())
    other = BrokenDown(Breakdown("gift_sent", ("platform",), (), "gifts"), ("gifts",))
    for key, value in written.items():
        if value is not None:
            other.restore(key, value)
    other.resume()
    assert [value for key, value in other.drain() if key[:1] == b"m"] == [None]


def test_texts_that_no_row_has_are_forgotten() -> None:
    """Told in hour 1 and never again; another one has a row."""
    names = BreakdownNames()
    names.hear(1, "rose", 1)
    names.hear(2, "lion", 1)
    names.forget({2}, 2)
    assert (names.text(1), names.text(2)) == ("not told", "lion")


def test_a_pair_of_unknown_labels_is_refused() -> None:
    """The pair has a label that the breakdown has not."""
    with pytest.raises(CatalogError, match="not among its labels"):
        Breakdown("gift_sent", ("platform",), (("region", "surface"),), "gifts")


@pytest.mark.parametrize("breakdown", BREAKDOWNS, ids=lambda breakdown: breakdown.event)
def test_records_carry_the_labels(breakdown: Breakdown) -> None:
    """Each label is a text field of the event."""
    struct = next(
        event
        for schema in TOPICS.values()
        for event in schema.events
        if event.__struct_config__.tag == breakdown.event
    )
    assert set(breakdown.labels) <= set(struct.__struct_fields__)


def test_every_guarded_count_of_an_app_is_broken_down() -> None:
    """No signal but those of the pipeline is without contributors."""
    events = {breakdown.event for breakdown in BREAKDOWNS}
    measures = {name for signal in CATALOGUE.signals if signal.topic != "*" for name in signal.measures}
    assert {CATALOGUE.measures[name].event for name in measures} <= events


def test_the_budget_of_bytes_holds() -> None:
    """At most 80 MB an app, were each row of each label taken."""
    signalled = [CATALOGUE.measures[name] for name in CATALOGUE.signalled]
    every = [
        largest_bytes(breakdown, sum(measure.event == breakdown.event for measure in signalled))
        for breakdown in BREAKDOWNS
    ]
    assert sum(every) < 80_000_000
