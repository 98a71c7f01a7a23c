"""Plain Faust as its documentation shows it: an agent, a model, a windowed table, one update per event."""

import os
import signal

import faust
from marks import PeerRun

MARKS = PeerRun()


class GiftEvent(faust.Record, serializer="json"):
    """The fields of a gift that the agent reads."""

    event_time: int
    creator_id: str
    coins: int


app = faust.App(
    MARKS.folder.name,
    broker=f"kafka://{MARKS.kafka}",
    datadir=str(MARKS.folder),
    store="memory://",
    topic_partitions=4,
    broker_commit_interval=1.0,
    web_enabled=False,
)
gifts = app.topic(MARKS.topic, value_type=GiftEvent, key_type=str)
# Events carry their time as Kafka's timestamp too, which is what a windowed table goes by.
coins = app.Table("coins", default=int).tumbling(60.0)


@app.agent(gifts)
async def count(stream):
    """Add each gift to its creator's minute."""
    async for event in stream.events():
        coins[event.value.creator_id] += event.value.coins
        if MARKS.take(event.message.partition):
            MARKS.last()
            MARKS.give(
                [key, round(window[0]) * 1000, total] for (key, window), total in coins.table.data.items()
            )
            os.kill(os.getpid(), signal.SIGTERM)
            return


faust.Worker(app, loglevel="WARNING").execute_from_commandline()
