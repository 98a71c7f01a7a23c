"""What goes wrong on the way from producers to metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.generator.scenarios.change import lost
from creator_pulse.stream.generator.scenarios.scenario import RecordChange, Scenario
from creator_pulse.stream.settings import INPUT_TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.stream.generator.scenarios.change import Change, Fields, Moment

_BUSINESS = ("GiftValueDrop", "AdRevenueDrop", "CheckoutOutage", "TopupsFailing", "CheckoutFailing")
_MINUTE_MS = 60_000
# One record in four comes through the gateway whose clock is wrong.
_THROUGH_GATEWAY = 0.25


def _ahead(fields: Fields, moment: Moment) -> Iterable[Fields]:
    """The clock of a gateway is ahead: it dates events and their arrival by that much later."""
    if moment.rng.random() >= _THROUGH_GATEWAY:
        return (fields,)
    times = {name: int(fields[name]) for name in ("event_time", "ingest_time") if name in fields}
    return ({**fields, **{name: time + round(moment.size * _MINUTE_MS) for name, time in times.items()}},)


def _broken(fields: Fields, moment: Moment) -> Iterable[Fields]:
    """A record without its version, which the contract refuses."""
    broken = {name: value for name, value in fields.items() if name != "schema_version"}
    return (broken,) if moment.hit else (fields,)


def _of_all(change: Change) -> tuple[RecordChange, ...]:
    return tuple(RecordChange(topic, change) for topic in INPUT_TOPICS)


SCENARIOS = (
    Scenario(
        name="app-down",
        title="An app is out of reach: nothing of what its viewers and creators do arrives.",
        size=1.0,
        unit="share",
        where="TikTok, all regions",
        fires=("AppDown", "ActiveViewersDrop"),
        quiet=("CheckoutFailing", "TopupsFailing", "RefundWave", "AdLoadOverCap", "DataStale"),
        parts=tuple(RecordChange(topic, lost, where={"app": "tiktok"}) for topic in INPUT_TOPICS),
    ),
    Scenario(
        name="worker-paused",
        title="The consumers stand still: nothing is read while records go on coming.",
        size=1.0,
        unit="share",
        where="all workers",
        fires=("WorkerDown", "DataStale", "ConsumerLagHigh"),
        quiet=_BUSINESS,
        flow="pause",
    ),
    Scenario(
        name="partition-stuck",
        title="One partition of gifts takes nothing for a while, and then everything at once.",
        size=0.0,
        sizes=(0.0, 1_000.0),
        unit="partition",
        where="one partition of the gift topic",
        fires=("DataStale", "GiftValueDrop"),
        quiet=("AdRevenueDrop", "CheckoutOutage", "CheckoutFailing", "TopupsFailing"),
        flow="hold",
        held=("gift",),
    ),
    Scenario(
        name="replay",
        title="A producer sends the records of the last minutes again.",
        size=10.0,
        sizes=(0.1, 60.0),
        unit="minutes",
        where="gifts and orders",
        fires=("DuplicateShareHigh",),
        quiet=_BUSINESS,
        flow="replay",
        held=("gift", "purchase"),
    ),
    Scenario(
        name="clock-skew",
        title="The clock of a gateway is minutes ahead, so that records come from the future.",
        size=5.0,
        sizes=(-600.0, 600.0),
        unit="minutes",
        where="a quarter of all records",
        fires=("InvalidShareHigh",),
        quiet=("CheckoutFailing", "RefundWave"),
        parts=_of_all(_ahead),
    ),
    Scenario(
        name="records-broken",
        title="A release of a producer breaks the contract.",
        size=0.05,
        unit="share",
        where="all topics",
        fires=("InvalidShareHigh",),
        quiet=_BUSINESS,
        parts=_of_all(_broken),
    ),
)
