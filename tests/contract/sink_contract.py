"""What every ``Sink`` must do, wherever results go; run on each sink of the product.

A bench holds the windows of one merge lane and a sink of it. Results are made by hand: a number, and for a
rule who met it.
"""

from __future__ import annotations

from abc import ABC
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from creator_pulse.stream.aggregates.result import Flag, Result
from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
from creator_pulse.stream.catalog.registry import CATALOGUE, MEASURES, VALUES
from creator_pulse.stream.panes.business_days import BusinessDays
from creator_pulse.stream.panes.store import PaneStore
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.windows.plans import NO_PLANS
from creator_pulse.stream.windows.rendered import Series, WindowNumbers, WindowViews
from creator_pulse.stream.windows.sink import FINAL, PROVISIONAL, RESTATED, Firing, Surroundings
from creator_pulse.stream.windows.window_operator import WindowResult
from creator_pulse.stream.windows.window_operators import operators_of
from tests.support.hash_key import HASH_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.stream.lanes.lane import Entry, Sample
    from creator_pulse.stream.transport.batch import OutRecord
    from creator_pulse.stream.windows.sink import Sink, SinkClass
    from creator_pulse.stream.windows.window_operator import WindowOperator

SETTINGS = Settings(partitions=1, merge_partitions=1)
END = 1_760_000_100_000
"""A full minute."""
SUM, RULE = "gift_value_coins", "gift_sends_velocity_viewers"
_CHOSEN = Catalogue(MEASURES, tuple(value for value in VALUES if value.name in {SUM, RULE}))


class Windows:
    """The windows of one merge lane, and results of its one-minute window."""

    def __init__(self) -> None:
        tables, days = tables_of(_CHOSEN), BusinessDays(SETTINGS.day_offsets)
        panes = PaneStore(HASH_KEY, set(tables.values()), days)
        operators = operators_of(_CHOSEN, tables, panes, 600_000, days, HASH_KEY, NO_PLANS)
        self.surroundings = Surroundings(0, SETTINGS, operators, panes, CATALOGUE.last_days)
        (self.minute,) = [
            operator
            for operator in operators
            if operator.window.label == "1m"
            and any(formula.value.name == SUM for formula in operator.formulas)
        ]

    def fire(
        self, state: str, number: int, who: Sequence[str] = (), end: int = END, reason: str = "", **more: Any
    ) -> Firing:
        """A firing with a sum in one region, and with who met the rule."""
        flags = tuple(Flag((identity,), (("sends", str(number), "> 60"),)) for identity in who)
        results = [
            WindowResult(formula, end, ("tiktok", "US"), _result(number))
            if formula.value.name == SUM
            else WindowResult(formula, end, ("tiktok",), _result(len(flags), flags))
            for formula in self.minute.formulas
        ]
        return Firing(state, results, self.minute, end + 600_000, 3, reason, **more)

    def seen(self, number: int, end: int = END, state: str = "final") -> WindowNumbers:
        """What is shown of the sum's window."""
        own = (
            ("app", "tiktok"),
            ("partition", "0"),
            ("region", "US"),
            ("state", state),
            ("topic", "pane"),
            ("window", "1m"),
        )
        series = ((Series(SUM, own, (*own, ("value", SUM)), number, _result(number)),),)
        trust = (("completeness_ratio", 1.0),)
        return WindowNumbers(trust, series, WindowViews(end, end + 600_000, trust, series))


def _result(number: int, flags: tuple[Flag, ...] = ()) -> Result:
    return Result(number, str(number), 1, (), flags=flags)


class SinkContract(ABC):
    """The tests; a subclass gives the sink, and says what else it should have done.

    Attributes:
        sink_class: makes the sink.
    """

    sink_class: ClassVar[SinkClass]

    @cached_property
    def windows(self) -> Windows:
        """Of this test alone."""
        return Windows()

    def sink(self) -> Sink:
        """A new sink of the bench's merge lane."""
        return type(self).sink_class(self.windows.surroundings)

    def story(self) -> tuple[Firing, ...]:
        """What a window goes through: two provisional results, a final, a late restatement, a next window."""
        fire = self.windows.fire
        return (
            fire(PROVISIONAL, 5),
            fire(PROVISIONAL, 6),
            fire(FINAL, 6, ("v",)),
            fire(RESTATED, 9, ("v", "w"), reason="late"),
            fire(FINAL, 1, ("v",), end=END + 60_000),
        )

    def run(self, sink: Sink, firings: Sequence[Firing]) -> list[OutRecord]:
        """Hand firings to a sink, one commit each."""
        return [record for firing in firings for record in sink.emit(firing)]

    def shown(self, sink: Sink) -> tuple[list[Sample], dict[str, bytes]]:
        """What a sink shows of two windows."""
        seen = (self.windows.seen(6), self.windows.seen(1, END + 60_000, "provisional"))
        return list(sink.samples(seen)), dict(sink.views(seen))

    def test_a_new_sink_has_said_and_kept_nothing(self) -> None:
        """No entries, and all counts are 0."""
        sink = self.sink()
        assert list(sink.drain()) == []
        assert set(sink.counts().values()) <= {0}

    def test_entries_have_the_sinks_own_prefixes(self) -> None:
        """Else another sink of the lane would be handed them when it is restored."""
        sink = self.sink()
        self.run(sink, self.story())
        assert {key[:1] for key, _ in sink.drain()} <= set(sink.prefixes)

    def test_an_entry_is_drained_once(self) -> None:
        """What has not changed since the last commit is not written again."""
        sink = self.sink()
        self.run(sink, self.story())
        list(sink.drain())
        assert list(sink.drain()) == []

    def test_a_restored_sink_goes_on_as_if_nothing_had_happened(self) -> None:
        """After each step of the story: its later records and entries are those of the sink that went on."""
        story = self.story()
        # Provisional results are not kept: after a recovery they may be said again.
        for cut in range(3, len(story)):
            whole, kept = self.sink(), dict[bytes, bytes | None]()
            self.run(whole, story[:cut])
            kept.update(whole.drain())
            restored = self.sink()
            _restore(restored, kept)
            assert self.run(restored, story[cut:]) == self.run(whole, story[cut:])
            assert _final(restored.drain()) == _final(whole.drain())
            assert self.shown(restored) == self.shown(whole)

    def test_what_can_no_longer_change_is_forgotten(self) -> None:
        """Entries of windows go, with tombstones; totals may stay."""
        sink, kept = self.sink(), dict[bytes, bytes | None]()
        self.run(sink, self.story())
        kept.update(sink.drain())
        self.windows.minute.frontier = END + 7 * 86_400_000
        sink.forget({operator.name: END + 7 * 86_400_000 for operator in self.windows.surroundings.operators})
        kept.update(sink.drain())
        assert set(sink.counts().values()) <= {0}
        restored = self.sink()
        _restore(restored, kept)
        assert set(restored.counts().values()) <= {0}

    def test_a_window_that_may_still_change_is_remembered(self) -> None:
        """Forgetting older ones changes nothing of it."""
        sink, other = self.sink(), self.sink()
        for each in (sink, other):
            self.run(each, self.story()[:4])
            list(each.drain())
        self.windows.minute.frontier = END
        sink.forget({operator.name: END - 60_000 for operator in self.windows.surroundings.operators})
        assert list(sink.drain()) == []
        assert sink.counts() == other.counts()

    def test_what_is_limited_is_counted(self) -> None:
        """A table that can be full says how full it is."""
        sink = self.sink()
        self.run(sink, self.story())
        counts = sink.counts()
        assert {kind: entries.size for kind, entries in sink.limited().items()}.items() <= counts.items()

    def test_what_is_shown_may_be_asked_for_again(self) -> None:
        """A page is written while the next commit is under way, and then perhaps once more."""
        sink, seen = self.sink(), (self.windows.seen(6),)
        samples, views = sink.samples(seen), sink.views(seen)
        assert list(samples) == list(samples)
        assert dict(views) == dict(views)

    def test_records_carry_partition_and_key(self) -> None:
        """All results of one key stand in one partition, in order, and a compacted topic keeps the last."""
        for record in self.run(self.sink(), self.story()):
            assert (record.partition, bool(record.key), bool(record.value)) == (0, True, True)

    def test_a_settled_sink_says_no_more_than_it_did(self) -> None:
        """That a round of restatements is over is no result."""
        sink = self.sink()
        self.run(sink, self.story())
        list(sink.drain())
        before = self.shown(sink)
        sink.settled()
        assert list(sink.drain()) == []
        assert self.shown(sink) == before


def decoded(records: Sequence[OutRecord]) -> list[dict[str, Any]]:
    """The JSON of records."""
    return [msgspec.json.decode(record.value or b"") for record in records]


def _restore(sink: Sink, entries: dict[bytes, bytes | None]) -> None:
    for key, value in entries.items():
        if value is not None:
            sink.restore(key[:1], key[1:], value)


def _final(entries: Sequence[Entry] | Any) -> dict[bytes, bytes | None]:
    return dict(entries)


def operator_names(operators: Sequence[WindowOperator]) -> list[str]:
    """Names of some windows."""
    return [operator.name for operator in operators]
