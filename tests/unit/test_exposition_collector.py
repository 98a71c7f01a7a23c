"""The exposition: every sample as it is, with its own labels."""

from __future__ import annotations

from contextlib import closing
from urllib.request import urlopen

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from creator_pulse.proof.ledger.samples import ScrapedSample, parse
from creator_pulse.stream.errors import PulseError
from creator_pulse.stream.exposition.collector import LaneCollector
from creator_pulse.stream.exposition.helps import HELPS
from creator_pulse.stream.exposition.server import MetricsServer
from creator_pulse.stream.lanes.lane import Sample
from creator_pulse.stream.topology import PRODUCT
from tests.support.lane_harness import Harness, traffic


def exposed(*samples: Sample) -> list[ScrapedSample]:
    """What a scrape reads."""
    registry = CollectorRegistry()
    registry.register(LaneCollector(lambda: samples, {"pulse_a_total": "some help"}))
    return list(parse(generate_latest(registry).decode()))


def test_a_counter_keeps_its_name_and_value() -> None:
    """Families that end in ``_total`` are counters, with no second ending and no time of creation."""
    assert exposed(Sample("pulse_a_total", (("topic", "gift"),), 3)) == [
        ScrapedSample("pulse_a_total", {"topic": "gift"}, 3.0)
    ]


def test_a_gauge_keeps_its_name_and_value() -> None:
    """All others are gauges."""
    assert exposed(Sample("pulse_b_seconds", (), 1.5)) == [ScrapedSample("pulse_b_seconds", {}, 1.5)]


def test_each_sample_has_its_own_labels() -> None:
    """Samples of one family with other label names, or in another order, keep name and value together."""
    samples = exposed(
        Sample("pulse_v", (("app", "tiktok"), ("value", "one")), 1),
        Sample("pulse_v", (("app", "tiktok"), ("surface", "feed"), ("value", "two")), 2),
        Sample("pulse_v", (("value", "three"), ("app", "tiktok")), 3),
    )
    assert [dict(sample.labels) for sample in samples] == [
        {"app": "tiktok", "value": "one"},
        {"app": "tiktok", "surface": "feed", "value": "two"},
        {"app": "tiktok", "value": "three"},
    ]


def test_label_values_are_escaped() -> None:
    """Quotes, backslashes and line ends come back as they were."""
    odd = 'a"b\\c'
    assert exposed(Sample("pulse_v", (("x", odd),), 1))[0].labels == {"x": odd}


@pytest.mark.slow
async def test_a_workers_page_has_each_series_once() -> None:
    """All lanes of a run on one page: no name with the same labels twice, and every family has a help."""
    harness = Harness(traffic(7, 10, 1_000))
    await harness.open()
    await harness.run(500)
    samples = [sample for runner in harness.runners.values() for sample in runner.samples()]
    assert {sample.family for sample in samples} <= {*HELPS, *PRODUCT.helps}
    found = exposed(*samples)
    assert len(found) == len(samples)
    assert len({(sample.name, frozenset(sample.labels.items())) for sample in found}) == len(found)


def test_a_page_is_served() -> None:
    """One scrape over HTTP has the sample and the process's own series."""
    with (
        closing(MetricsServer("127.0.0.1", 0, lambda: [Sample("pulse_redis_up", (), 1)])) as server,
        urlopen(f"http://{server.address}/metrics") as answer,
    ):
        names = {sample.name for sample in parse(answer.read().decode())}
    assert {"pulse_redis_up", "process_cpu_seconds_total"} <= names


def test_a_taken_port_is_named() -> None:
    """The error says which port, and which setting chooses another."""
    with closing(MetricsServer("127.0.0.1", 0, list)) as server:
        port = int(server.address.rpartition(":")[2])
        told = rf"{port} \(Address already in use\): set another PULSE_METRICS_PORT"
        with pytest.raises(PulseError, match=told):
            MetricsServer("127.0.0.1", port, list)
