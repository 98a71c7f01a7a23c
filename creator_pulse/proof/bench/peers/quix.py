"""Quix Streams as its documentation shows it: a tumbling sum, state in RocksDB, a commit each second."""

from datetime import timedelta

import quixstreams.dataframe.windows.aggregations as agg
from marks import PeerRun
from quixstreams import Application

MARKS = PeerRun()
SUMS = {}


def counted(_topic, partition, _offset):
    """One record is done."""
    if MARKS.take(partition):
        MARKS.last()
        app.stop()


def keep(window, key, _timestamp, _headers):
    """The newest sum of a window."""
    SUMS[key, window["start"]] = window["coins"]


app = Application(
    broker_address=MARKS.kafka,
    consumer_group=MARKS.folder.name,
    auto_offset_reset="earliest",
    commit_interval=1.0,
    state_dir=MARKS.folder / "state",
    on_message_processed=counted,
    loglevel="WARNING",
)
frame = app.dataframe(app.topic(MARKS.topic, key_deserializer="str", value_deserializer="json"))
frame = (
    frame.tumbling_window(timedelta(seconds=60), grace_ms=timedelta(seconds=10))
    .agg(coins=agg.Sum("coins"))
    .current()
)
frame = frame.update(keep, metadata=True)
app.run()
MARKS.give([key, start, total] for (key, start), total in SUMS.items())
