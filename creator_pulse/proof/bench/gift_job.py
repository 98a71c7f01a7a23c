"""The job of all competitors: coins per creator and minute, declared like any other metric."""

from __future__ import annotations

from typing import Annotated

import msgspec
import polars as pl

from creator_pulse.stream.aggregates.spans import MINUTE_MS
from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
from creator_pulse.stream.catalog.declaration.declare import Measure, Sum, Value, Window
from creator_pulse.stream.events.fields import Event
from creator_pulse.stream.events.input_topic import InputTopic
from creator_pulse.stream.topology import Job

NAME = "coins_by_creator"
TOPIC = "gift"


class BenchGift(Event, tag="gift_sent", kw_only=True):
    """A gift of the benchmark, which is 157 bytes long as JSON."""

    coins: Annotated[int, msgspec.Meta(gt=0, le=10**7)]


SCHEMA = InputTopic(name=TOPIC, events=(BenchGift,))
MEASURE = Measure(
    NAME,
    topic=TOPIC,
    event="gift_sent",
    value=pl.col("coins"),
    labels=("creator_id",),
    help="coins of a creator",
)


def gift_job(minutes: int = 1) -> Job:
    """The topic, its one measure and its one value.

    Args:
        minutes: size of the window, which advances by one minute.
    """
    label = f"{minutes}m"
    window = Window(label, minutes * MINUTE_MS)
    value = Value(
        NAME,
        Sum({NAME: 1}),
        unit="short",
        windows=(label,),
        labels=("creator_id",),
        help="coins of a creator in a window",
    )
    return Job({TOPIC: SCHEMA}, Catalogue({NAME: MEASURE}, (value,), {label: window}))
