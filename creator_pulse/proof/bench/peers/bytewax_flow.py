"""Bytewax as its documentation shows it: Kafka input, ``fold_window`` by event time, one worker."""

import operator
import sys
from datetime import UTC, datetime, timedelta

import bytewax.operators as op
import orjson
from bytewax._bytewax import cli_main
from bytewax.connectors.kafka import operators as kop
from bytewax.dataflow import Dataflow
from bytewax.operators.windowing import EventClock, TumblingWindower, fold_window
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from marks import MINUTE_MS, PeerRun

MARKS = PeerRun()
SUMS = []
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def decode(record):
    """A record as (creator, (event time, coins))."""
    MARKS.take(record.partition)
    gift = orjson.loads(record.value)
    return gift["creator_id"], (gift["event_time"], gift["coins"])


class ResultPartition(StatelessSinkPartition):
    """Takes results as they come."""

    def write_batch(self, items):
        """Rows of creator, window start and coins."""
        SUMS.extend((key, number * MINUTE_MS, total) for key, (number, total) in items)


class ResultSink(DynamicSink):
    """One part for the one worker."""

    def build(self, _step_id, _worker_index, _worker_count):
        """The part."""
        return ResultPartition()


flow = Dataflow("gifts")
records = kop.input("in", flow, brokers=[MARKS.kafka], topics=[MARKS.topic], tail=False)
gifts = op.map("decode", records.oks, decode)
clock = EventClock(
    ts_getter=lambda gift: datetime.fromtimestamp(gift[0] / 1000, UTC),
    wait_for_system_duration=timedelta(seconds=10),
)
windows = fold_window(
    "sum",
    gifts,
    clock,
    TumblingWindower(length=timedelta(minutes=1), align_to=EPOCH),
    builder=int,
    folder=lambda total, gift: total + gift[1],
    merger=operator.add,
    ordered=False,  # a sum needs no order, and this is the faster way
)
op.output("out", windows.down, ResultSink())
cli_main(flow, workers_per_process=1, epoch_interval=timedelta(seconds=10))  # as without a recovery store
MARKS.last()
MARKS.give(SUMS)
sys.exit()
