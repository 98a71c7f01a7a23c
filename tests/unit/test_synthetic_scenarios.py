"""Scenarios change what they say, when they say it, and nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import takewhile
from typing import TYPE_CHECKING

import msgspec
import pytest

from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.generator.generator import events
from creator_pulse.stream.generator.scenarios.injection import Injection, injected
from creator_pulse.stream.generator.scenarios.listed import SCENARIOS
from creator_pulse.stream.generator.world import DENSE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from creator_pulse.stream.generator.model import Produced

START = 1_760_000_040_000
SECONDS = 40
FROM, UNTIL = 10, 30
CHANGING = [scenario for scenario in SCENARIOS.values() if scenario.flow == "change"]
ALERTS = {guardrail.alert for metric in METRICS for guardrail in metric.guardrails}


@cache
def plain() -> tuple[Produced, ...]:
    """Forty seconds of a dense world without a fault, in which days pass in six seconds: deals get on."""
    records = events(11, 1_500, START, world=replace(DENSE, day_ms=6_000.0))
    return tuple(takewhile(lambda record: record.timestamp_ms < START + SECONDS * 1_000, records))


@cache
def with_fault(name: str, size: float | None = None) -> tuple[Produced, ...]:
    """The same records with a scenario from second 10 to second 30."""
    scenario = SCENARIOS[name]
    chosen = scenario.size if size is None else size
    fault = Injection(scenario, chosen, FROM * 1_000, (UNTIL - FROM) * 1_000)
    return tuple(injected(plain(), [fault], START, seed=11))


def during(records: Sequence[Produced]) -> list[Produced]:
    """The records that are sent while the fault lasts."""
    return [
        record for record in records if START + FROM * 1_000 <= record.timestamp_ms < START + UNTIL * 1_000
    ]


def outside(records: Sequence[Produced]) -> list[Produced]:
    """The records that are sent before or after it."""
    begin, end = START + FROM * 1_000, START + UNTIL * 1_000
    return [record for record in records if not begin <= record.timestamp_ms < end]


def fields(record: Produced) -> dict[str, object]:
    """A record's fields; none of a broken one."""
    try:
        decoded = msgspec.json.decode(record.value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}
    return decoded if isinstance(decoded, dict) else {}


def counted(
    records: Sequence[Produced], event: str, about: Callable[[dict[str, object]], bool] = lambda _: True
) -> int:
    """How many records of an event type there are, of those that a condition holds for."""
    return sum(one.get("event_type") == event and about(one) for one in map(fields, records))


def test_an_app_that_is_down_sends_nothing_and_the_other_everything() -> None:
    """Of TikTok no record of any topic comes while the fault lasts; each of Douyin does."""
    of = {
        app: [record for record in during(plain()) if fields(record).get("app") == app]
        for app in ("tiktok", "douyin")
    }
    sent = during(with_fault("app-down"))
    assert {record.topic for record in of["tiktok"]} >= {
        "gift",
        "ad",
        "watch",
        "purchase",
        "wallet",
        "engagement",
    }
    assert [
        record
        for record in sent
        if fields(record).get("app") == "tiktok" and not fields(record).get("is_test")
    ] == []
    assert [record for record in sent if fields(record).get("app") == "douyin"] == of["douyin"]


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_names_alerts_that_there_are(name: str) -> None:
    """The alerts of its label are in the catalogue: a test of what fires would pass on a wrong name."""
    scenario = SCENARIOS[name]
    assert set(scenario.fires) | set(scenario.quiet) <= ALERTS


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_alert_must_fire_and_must_not(name: str) -> None:
    """What must fire is not among what must not."""
    scenario = SCENARIOS[name]
    assert scenario.fires
    assert not set(scenario.fires) & set(scenario.quiet)


@pytest.mark.parametrize("name", [scenario.name for scenario in CHANGING])
def test_before_and_after_it_nothing_differs(name: str) -> None:
    """Records that are sent before its start or after its end are the same bytes as without it."""
    assert outside(with_fault(name)) == outside(plain())


@pytest.mark.parametrize("name", [scenario.name for scenario in CHANGING])
def test_it_changes_something(name: str) -> None:
    """While it lasts, some record differs, of a topic that it names."""
    changed = Counter(during(with_fault(name)))
    before = Counter(during(plain()))
    differing = {record.topic for record in ((changed - before) + (before - changed))}
    assert differing
    assert differing <= {part.topic for part in SCENARIOS[name].parts}


@pytest.mark.parametrize("name", SCENARIOS)
def test_send_times_never_fall(name: str) -> None:
    """A broker's log has rising timestamps, also while records are held or replayed."""
    times = [record.timestamp_ms for record in with_fault(name)]
    assert times == sorted(times)


def test_the_same_arguments_give_the_same_records() -> None:
    """A fault is chosen by the seed of the run alone."""
    fault = Injection(SCENARIOS["gifts-vanish"], 0.5, FROM * 1_000, 20_000)
    first, again = (tuple(injected(plain(), [fault], START, seed=3)) for _ in range(2))
    assert first == again


def test_all_gifts_vanish() -> None:
    """Of size 1 no gift is left but the records that carry time."""
    left = counted(
        during(with_fault("gifts-vanish")), "gift_sent", lambda one: one.get("is_test") is not True
    )
    assert left == 0


def test_half_of_the_orders_fail() -> None:
    """Of size 0.5 the orders that fail are between 40 and 60 % of those that would have been."""
    would = counted(during(plain()), "order_completed")
    more = counted(during(with_fault("checkout-fails", 0.5)), "checkout_failed")
    failed = more - counted(during(plain()), "checkout_failed")
    assert 0.4 * would <= failed <= 0.6 * would


def test_a_slow_decline_begins_with_nothing() -> None:
    """In the first tenth of a decline by 40 % at most one gift in ten is lost; in the last about four."""

    def tenth(records: Sequence[Produced], number: int) -> int:
        begin = START + FROM * 1_000 + number * 2_000
        return counted(
            [record for record in records if begin <= record.timestamp_ms < begin + 2_000], "gift_sent"
        )

    lost = [1 - tenth(with_fault("gifts-decline"), at) / tenth(plain(), at) for at in (0, 9)]
    assert lost[0] < 0.1
    assert 0.25 < lost[1] < 0.55


def test_a_price_is_multiplied() -> None:
    """A price error of factor 10 books a rose, which costs a coin, at ten coins."""
    gifts = [
        event
        for event in map(fields, during(with_fault("gift-price-error")))
        # A broken record of another event type is no gift, and has no price.
        if event.get("event_type") == "gift_sent"
    ]
    roses = [gift for gift in gifts if gift.get("gift_id") == "rose"]
    assert {gift["unit_coins"] for gift in roses if gift.get("is_test") is not True} == {10}


def test_a_region_is_hit_alone() -> None:
    """When top-ups are down in the United States, those of other regions complete as before."""

    def elsewhere(one: dict[str, object]) -> bool:
        return one.get("region") != "US" or one.get("app") != "tiktok"

    hit = counted(during(with_fault("topups-down-in-a-region")), "topup_completed", elsewhere)
    assert hit == counted(during(plain()), "topup_completed", elsewhere) > 0


def test_doubled_records_have_ids_of_their_own() -> None:
    """A gift that is booked twice comes under two event ids and one transaction."""
    sent = [
        event
        for event in map(fields, during(with_fault("booked-twice")))
        if event.get("event_type") == "gift_sent"
    ]
    again = [record for record in sent if str(record["event_id"]).endswith("~again")]
    ids = {record["event_id"] for record in sent}
    assert again
    assert all(str(event["event_id"]).removesuffix("~again") in ids for event in again)


def test_held_records_all_come_at_the_end() -> None:
    """A partition that is stuck loses nothing: what waited comes when the fault is over."""
    stuck = with_fault("partition-stuck")
    held = [record for record in during(stuck) if record.topic == "gift" and record.partition == 0]
    assert held == []
    assert Counter(record.value for record in stuck) == Counter(record.value for record in plain())


def test_a_partition_keeps_its_order_when_it_was_stuck() -> None:
    """What waited comes before what is sent after the fault."""

    def of(records: Sequence[Produced]) -> list[bytes | None]:
        return [record.value for record in records if record.topic == "gift" and record.partition == 0]

    assert of(with_fault("partition-stuck")) == of(plain())


def test_a_replay_sends_the_last_minutes_again() -> None:
    """A replay of a tenth of a minute sends each gift and order of the six seconds before it once more."""
    before = [
        record.value
        for record in plain()
        if record.topic in {"gift", "purchase"}
        and START + (FROM - 6) * 1_000 <= record.timestamp_ms < START + FROM * 1_000
    ]
    more = Counter(record.value for record in with_fault("replay", 0.1)) - Counter(
        record.value for record in plain()
    )
    assert more == Counter(before)


def test_faults_add_up() -> None:
    """Two faults at once: the second changes what the first leaves."""
    faults = [
        Injection(SCENARIOS[name], 1.0, FROM * 1_000, 20_000) for name in ("gifts-vanish", "ads-vanish")
    ]
    both = during(tuple(injected(plain(), faults, START, seed=1)))
    real = [event for event in map(fields, both) if event and event.get("is_test") is not True]
    assert not [event for event in real if event.get("event_type") in {"gift_sent", "impression"}]
