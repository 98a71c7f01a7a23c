"""The competitors: their requirements and programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PEERS = Path(__file__).parent / "peers"


@dataclass(frozen=True, slots=True)
class Competitor:
    """One competitor.

    Attributes:
        name: key in the report.
        title: name for people.
        program: file in ``peers``.
        needs: pip requirements, each with a lower and an upper bound; empty: it runs on Java.
        slow: whether it reads for a minute, and so only a part of the topic.
        sums: whether it computes the sums; if not, it only reads.
    """

    name: str
    title: str
    program: str
    needs: tuple[str, ...] = ()
    slow: bool = False
    sums: bool = True


_ORJSON = "orjson>=3.10,<4"
COMPETITORS = (
    Competitor("getmany", "bare aiokafka getmany", "bare_aiokafka.py", ("aiokafka>=0.14,<0.15",), sums=False),
    Competitor(
        "confluent",
        "bare confluent-kafka consume",
        "bare_confluent.py",
        ("confluent-kafka>=2.12,<3",),
        sums=False,
    ),
    Competitor("bytewax", "Bytewax", "bytewax_flow.py", ("bytewax[kafka]>=0.21.1,<0.22", _ORJSON)),
    Competitor("quix", "Quix Streams", "quix.py", ("quixstreams>=3.28,<4",), slow=True),
    Competitor(
        "faust", "plain Faust", "plain_faust.py", ("faust-streaming>=0.15.3,<0.16", _ORJSON), slow=True
    ),
    Competitor("kafka_streams", "Kafka Streams", "KafkaStreamsGifts.java"),
)
