"""Records of another client (kcat, JSON by hand) are counted right to the last coin.

Expected values are arithmetic by hand: 515 coins at 0.005 and 0.0143 USD, an order of 12.34 EUR at
1.08 USD with 15 % commission, an impression at 6 USD per thousand of which half is the creator's.
"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from creator_pulse.stream.clock import SystemClock
from tests.support.pulse_process import Running, running, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.stack

_NOW = SystemClock().now_ms()
_COMMON = {"schema_version": 1, "creator_id": "c1", "region": "US", "app": "tiktok", "platform": "ios"}


def _gift(event_id: str, **fields: object) -> dict[str, object]:
    own = {"gift_id": "rose", "gift_type": 2, "unit_coins": 500, "repeat_count": 1, "repeat_end": True}
    return {"event_id": event_id, "event_type": "gift_sent", "event_time": _NOW, **_COMMON, **own, **fields}


_STREAK = {"gift_type": 1, "unit_coins": 5, "group_id": "g1"}
_GIFTS = [
    _gift("g-1"),
    _gift("g-2", **_STREAK, repeat_count=1, repeat_end=False),
    _gift("g-3", **_STREAK, repeat_count=2, repeat_end=False),
    _gift("g-4", **_STREAK, repeat_count=3, repeat_end=True),
    _gift("g-1"),
    _gift("g-5", unit_coins=0),
    _gift("g-6", is_test=True),
    _gift("g-7", event_time=_NOW + 600_000, ingest_time=_NOW),
]
_ORDER = {
    "event_type": "order_completed",
    "event_time": _NOW,
    **_COMMON,
    "currency": "EUR",
    "commission_bps": 1500,
}
_ORDERS = [
    {"event_id": "o-1", "order_id": "o1", "value_micros": 12_340_000, **_ORDER},
    {"event_id": "o-2", "order_id": "o2", "value_micros": 99_000_000, "is_sample": True, **_ORDER},
    {"event_id": "o-3", "order_id": "o3", "value_micros": 1_000_000, **_ORDER, "currency": "ZZZ"},
]
_IMPRESSION = {"event_type": "impression", "event_time": _NOW, **_COMMON, "currency": "USD", "billable": True}
_ADS = [
    {
        "event_id": "a-1",
        "imp_id": "i1",
        "price_micros_cpm": 6_000_000,
        "revenue_share_bps": 5000,
        **_IMPRESSION,
    },
    {"event_id": "a-2", "imp_id": "i2", "price_micros_cpm": 6_000_000, "ivt_class": "givt", **_IMPRESSION},
]


def _send(kafka: str, topic: str, records: list[dict[str, object]]) -> None:
    lines = "".join(f"c1\t{json.dumps(record)}\n" for record in records)
    argv = ["kcat", "-P", "-b", kafka, "-t", topic, "-K", "\t"]
    subprocess.run(argv, input=lines, text=True, check=True, timeout=30, capture_output=True)


@pytest.fixture(scope="module")
def run() -> Iterator[Running]:
    """A demo without its own producer, after kcat has written everything."""
    with running("demo", "--no-producer") as endpoints:
        kafka: Any = endpoints.endpoints()["kafka"]
        _send(kafka, "creator.gift", _GIFTS)
        _send(kafka, "creator.purchase", _ORDERS)
        _send(kafka, "creator.ad", _ADS)
        wait_for(lambda: endpoints.total("pulse_records_total") == 13, 60, "all 13 records")
        yield endpoints


def test_coins_are_exact(run: Running) -> None:
    """One gift of 500 coins and one streak of 3 x 5 coins are two gifts and 515 coins."""
    assert run.total("pulse_gift_coins_total", app="tiktok", region="US") == 515
    assert run.total("pulse_gifts_total") == 2


def test_gift_money_is_exact(run: Running) -> None:
    """515 coins are 2.575 USD for the creator and 7.3645 USD of gross value."""
    assert run.total("pulse_creator_gift_usd_total") == pytest.approx(2.575, rel=1e-12)
    assert run.total("pulse_gift_usd_total") == pytest.approx(7.3645, rel=1e-12)


def test_outcomes_are_exact(run: Running) -> None:
    """Of eight gift records two count, two are progress, one each is duplicate and test, two invalid."""
    found = {
        dict(labels)["outcome"]: n
        for labels, n in run.samples("pulse_records_total").items()
        if ("topic", "gift") in labels
    }
    assert found == {"counted": 2, "progress": 2, "duplicate": 1, "late": 0, "invalid": 2, "test": 1}


def test_reasons_are_named(run: Running) -> None:
    """No coins, a time in the future and an unknown currency are told apart."""
    assert run.total("pulse_invalid_records_total", topic="gift", reason="out_of_range") == 1
    assert run.total("pulse_invalid_records_total", topic="gift", reason="future_time") == 1
    assert run.total("pulse_invalid_records_total", topic="purchase", reason="no_rate") == 1


def test_order_money_is_exact(run: Running) -> None:
    """12.34 EUR are 13.3272 USD of GMV and 1.99908 USD of commission; the sample adds nothing."""
    assert run.total("pulse_gmv_usd_total") == pytest.approx(13.3272, rel=1e-12)
    assert run.total("pulse_commission_usd_total") == pytest.approx(1.99908, rel=1e-12)
    assert run.total("pulse_orders_total") == 1


def test_ad_money_is_exact(run: Running) -> None:
    """One valid impression at 6 USD per thousand is 0.006 USD, half of it the creator's."""
    assert run.total("pulse_ad_revenue_usd_total") == pytest.approx(0.006, rel=1e-12)
    assert run.total("pulse_creator_ad_usd_total") == pytest.approx(0.003, rel=1e-12)
    assert run.total("pulse_ad_impressions_total") == 1


def test_dead_letters_carry_the_original_bytes(run: Running) -> None:
    """Each invalid record stands in the dead-letter topic as it was, with its reason."""
    argv = [
        "kcat",
        "-C",
        "-b",
        run.endpoints()["kafka"],
        "-t",
        "pulse.dead-letter",
        "-e",
        "-q",
        "-f",
        "%h\t%s\n",
    ]
    lines = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=30).stdout.splitlines()
    by_reason = {
        line.split("reason=")[1].split("\t")[0]: json.loads(line.split("\t", 1)[1]) for line in lines
    }
    assert by_reason["out_of_range"] == _GIFTS[5]
    assert by_reason["no_rate"] == _ORDERS[2]
    assert len(lines) == 3
