"""The floor of confluent-kafka: ``consume`` in a loop, records counted and thrown away."""

from confluent_kafka import Consumer, KafkaException
from marks import PeerRun


def main():
    """Read to the end."""
    marks, size = PeerRun(), 0
    consumer = Consumer(
        {
            "bootstrap.servers": marks.kafka,
            "group.id": marks.folder.name,
            "auto.offset.reset": "earliest",
            "auto.commit.interval.ms": 1_000,
        }
    )
    consumer.subscribe([marks.topic])
    try:
        while marks.count < marks.records and not marks.late():
            records = consumer.consume(num_messages=10_000, timeout=0.1)
            if records:
                marks.first()
            for record in records:
                if record.error():
                    raise KafkaException(record.error())
                partition = record.partition()
                marks.read[partition] = marks.read.get(partition, 0) + 1
                size += len(record.value())
            marks.count += len(records)
        marks.last()
    finally:
        consumer.close()
    marks.give(size=size)


main()
