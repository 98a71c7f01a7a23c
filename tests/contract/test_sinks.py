"""Each sink of the product keeps the contract of the seam, and does what it alone is for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from creator_pulse.stream.sinks.case_topic import CaseTopic
from creator_pulse.stream.sinks.closed_days import ClosedDays
from creator_pulse.stream.sinks.shown_windows import Gauges, RedisViews
from creator_pulse.stream.sinks.window_topic import WindowTopic
from creator_pulse.stream.topology import PRODUCT, SINKS, Topology
from creator_pulse.stream.transport.names import CASE_TOPIC, WINDOW_TOPIC
from creator_pulse.stream.windows.sink import FINAL, RESTATED, Firing, Sink, Surroundings
from tests.contract.sink_contract import END, RULE, SETTINGS, SUM, SinkContract, decoded
from tests.support.hash_key import HASH_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.stream.transport.batch import OutRecord


class TestWindowTopic(SinkContract):
    """``pulse.window``."""

    sink_class = WindowTopic

    def test_each_result_that_differs_is_a_record(self) -> None:
        """Provisional 5 and 6, final 6, restated 9, and the next window's final 1; the rule's likewise."""
        records = self.run(self.sink(), self.story())
        assert {record.topic for record in records} == {WINDOW_TOPIC}
        said = [
            (
                result["start"] - END + 60_000,
                result["state"],
                result["value"],
                result["revision"],
                result["reason"],
            )
            for result in decoded(records)
            if result["name"] == SUM
        ]
        assert said == [
            (0, "provisional", "5", 0, ""),
            (0, "provisional", "6", 0, ""),
            (0, "final", "6", 0, ""),
            (0, "restated", "9", 1, "late"),
            (60_000, "final", "1", 0, ""),
        ]

    def test_a_provisional_result_is_not_said_again(self) -> None:
        """Nothing has changed."""
        sink, first = self.sink(), self.story()[:1]
        assert (len(self.run(sink, first)) > 0, self.run(sink, first)) == (True, [])

    def test_a_window_without_a_final_has_one_before_it_is_restated(self) -> None:
        """All of it came late: the final is that of no records."""
        records = self.run(self.sink(), [self.windows.fire(RESTATED, 9, reason="late")])
        said = [
            (result["state"], result["value"], result["reason"])
            for result in decoded(records)
            if result["name"] == SUM
        ]
        assert said == [("final", "0", ""), ("restated", "9", "late")]

    def test_a_record_says_what_it_was_computed_with(self) -> None:
        """The references' version and the watermark."""
        (result, *_) = decoded(self.run(self.sink(), [self.windows.fire(FINAL, 6)]))
        assert (result["versions"], result["watermark"]) == ({"reference": 3}, END + 600_000)


class TestCaseTopic(SinkContract):
    """``pulse.case``."""

    sink_class = CaseTopic

    def test_each_incident_is_one_case(self) -> None:
        """One from the final, one from the restatement; the next window goes on with the first."""
        records = self.run(self.sink(), self.story())
        assert {record.topic for record in records} == {CASE_TOPIC}
        said = [(result["rule"], result["id"], result["reason"]) for result in decoded(records)]
        assert said == [(RULE, "v", ""), (RULE, "w", "late")]

    def test_a_final_that_is_superseded_begins_no_case(self) -> None:
        """What came late is in the restatement that follows: it alone is looked at."""
        late = self.windows.fire(FINAL, 6, ("v",), superseded=True)
        assert self.run(self.sink(), [late]) == []

    def test_issued_cases_are_counted_after_a_restart_too(self) -> None:
        """Two, and 0 in the other app."""
        sink, other = self.sink(), self.sink()
        self.run(sink, self.story())
        for key, value in sink.drain():
            other.restore(key[:1], key[1:], value or b"")
        issued = {dict(sample.labels)["app"]: sample.value for sample in other.samples(())}
        assert issued == {"tiktok": 2, "douyin": 0}


class TestGauges(SinkContract):
    """``/metrics``."""

    sink_class = Gauges

    def test_each_number_has_its_trust_beside_it(self) -> None:
        """The value of each window, and how complete it is."""
        samples, views = self.shown(self.sink())
        numbers = [(sample.family, dict(sample.labels)["state"], sample.value) for sample in samples]
        assert numbers == [
            (f"pulse_{SUM}", "final", 6),
            ("pulse_value_completeness_ratio", "final", 1),
            (f"pulse_{SUM}", "provisional", 1),
            ("pulse_value_completeness_ratio", "provisional", 1),
        ]
        assert views == {}


class TestLiveViews(SinkContract):
    """Redis."""

    sink_class = RedisViews

    def test_each_number_is_a_view(self) -> None:
        """Under the labels of its series, with end, watermark and trust."""
        samples, views = self.shown(self.sink())
        assert samples == []
        (key, *_) = views
        assert key == f"name={SUM}|app=tiktok|partition=0|region=US|state=final|topic=pane|window=1m"
        (view,) = [value for name, value in views.items() if name == key]
        assert view == b'{"value":6,"end":%d,"watermark":%d,"completeness_ratio":1.0}' % (END, END + 600_000)


class TestClosedDays(SinkContract):
    """The series of days that the books are held against."""

    sink_class = ClosedDays


class Recorder(Sink):
    """A sink of a job's own."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.partition = surroundings.partition
        self.states: Counter[str] = Counter()

    def emit(self, firing: Firing) -> Iterable[OutRecord]:
        """Count what is stated."""
        self.states[firing.state] += len(firing.results)
        return ()


def test_no_two_sinks_have_one_prefix() -> None:
    """Each entry of a changelog is handed back to the sink that wrote it."""
    prefixes = [prefix for sink in SINKS for prefix in sink.prefixes]  # type: ignore[attr-defined]
    assert len(prefixes) == len(set(prefixes))


def test_a_job_may_have_a_sink_of_its_own() -> None:
    """The topology hands it to every merge lane: no line of the engine changes."""
    made: list[Recorder] = []

    def recorder(surroundings: Surroundings) -> Sink:
        made.append(Recorder(surroundings))
        return made[-1]

    topology = Topology(SETTINGS, HASH_KEY, job=replace(PRODUCT, sinks=(*SINKS, recorder)))
    topology.merge_lane(0)
    assert [recorder.partition for recorder in made] == [0]
