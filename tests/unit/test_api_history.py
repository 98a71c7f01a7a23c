"""History over HTTP: stated results by time, in pages that cost a bounded amount."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from creator_pulse.stream.api.log_pages import LogPages, Row
from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.memory_log import MemoryLog
from tests.support.api_bench import HOUR, MINUTE, NOW, Bench, Client, all_pages, got

if TYPE_CHECKING:
    from collections.abc import Callable

END = NOW - 30 * MINUTE
PATH = "/v1/metrics/gift_value_usd/history"


async def test_a_result_is_given_exactly_and_as_shown(bench: Bench, api: Client) -> None:
    """12.5 dollars are 12,500,000 micros; revision, parts, versions and watermark are beside it."""
    bench.state(END, "12500000")
    assert (await got(api, PATH))["items"] == [
        {
            "name": "gift_value_usd",
            "window": "1h",
            "start": END - HOUR,
            "end": END,
            "labels": {"app": "tiktok", "region": "US"},
            "state": "final",
            "revision": 0,
            "reason": "",
            "value": 12.5,
            "exact": "12500000",
            "parts": {"gift_usd": "12500000"},
            "watermark": END + 1,
            "written": NOW,
            "versions": {"reference": 3},
        }
    ]


async def test_a_sum_beyond_64_bits_stays_exact(bench: Bench, api: Client) -> None:
    """Micros times basis points fill 64 bits: the text has every digit."""
    bench.state(END, "123456789012345678901234567890")
    (item,) = (await got(api, PATH))["items"]
    assert item["exact"] == "123456789012345678901234567890"


async def test_a_denominator_of_0_has_no_value(bench: Bench, api: Client) -> None:
    """Null is not 0."""
    bench.state(END, None)
    (item,) = (await got(api, PATH))["items"]
    assert (item["value"], item["exact"]) == (None, None)


async def test_a_restatement_stands_beside_what_it_restates(bench: Bench, api: Client) -> None:
    """Both, in the order in which they were stated, though in different partitions."""
    bench.state(END, "1000000", written=NOW - 2, partition=1)
    bench.state(END, "3000000", written=NOW - 1, state="restated", revision=1, reason="late")
    items = (await got(api, PATH))["items"]
    assert [(item["state"], item["revision"], item["reason"], item["value"]) for item in items] == [
        ("final", 0, "", 1.0),
        ("restated", 1, "late", 3.0),
    ]


@pytest.mark.parametrize(
    ("asked", "values"),
    [
        ("state=final", ["1", "2", "3"]),
        ("state=restated", ["4"]),
        ("window=5m", ["2"]),
        ("region=DE", ["3"]),
        ("region=DE&window=5m", []),
    ],
)
async def test_filters_by_state_window_and_label(
    bench: Bench, api: Client, asked: str, values: list[str]
) -> None:
    """Only what matches all of them."""
    bench.state(END, "1")
    bench.state(END, "2", window="5m")
    bench.state(END, "3", labels={"app": "tiktok", "region": "DE"})
    bench.state(END, "4", state="restated")
    assert [item["exact"] for item in (await got(api, f"{PATH}?{asked}"))["items"]] == values


async def test_the_span_is_of_window_ends(bench: Bench, api: Client) -> None:
    """From is inclusive, to is not."""
    for minutes in range(3):
        bench.state(END + minutes * MINUTE, str(minutes))
    asked = f"{PATH}?from={END}&to={END + 2 * MINUTE}"
    assert [item["exact"] for item in (await got(api, asked))["items"]] == ["0", "1"]


async def test_other_values_are_left_out(bench: Bench, api: Client) -> None:
    """A value whose name begins alike is another one."""
    bench.state(END, "1", name="gift_value_usd_more")
    bench.state(END, "2", name="ad_value_usd")
    assert (await got(api, PATH))["items"] == []


async def test_what_was_counted_while_catching_up_is_given(bench: Bench, api: Client) -> None:
    """A window of ten days ago that was counted now; ``written_to`` leaves out what was stated since."""
    end = END - 240 * HOUR
    bench.state(end, "1", written=NOW - 1)
    span = f"from={end}&to={end + 1}"
    assert len((await got(api, f"{PATH}?{span}"))["items"]) == 1
    assert (await got(api, f"{PATH}?{span}&written_to={end + 49 * HOUR}"))["items"] == []


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        (f"from={NOW}&to={NOW}", "query.from"),
        ("from=yesterday", "query.from"),
        ("state=maybe", "query.state"),
        ("window=2h", "query.window"),
        ("cursor=W1swLDFdXQ", "query.cursor"),
        ("cursor=W1s1LDFdLFswLDBdXQ", "query.cursor"),
    ],
)
async def test_what_cannot_be_is_refused(api: Client, asked: str, where: str) -> None:
    """An empty span, no number, unknown words, cursors of another topic or out of order."""
    problem = await got(api, f"{PATH}?{asked}", 400)
    assert (problem["where"], bool(problem["fix"])) == (where, True)


async def test_a_recorded_series_has_no_history_here(api: Client) -> None:
    """404: it has no windows."""
    assert (await got(api, "/v1/metrics/GI1/history", 404))["where"] == "path.name"


async def test_pages_go_on_where_the_last_one_ended(bench: Bench, api: Client) -> None:
    """Seven results over two partitions by three: each once, in the order of writing."""
    for number in range(7):
        bench.state(END, str(number), written=NOW - 100 + number, partition=number % 2)
    pages = await all_pages(api, f"{PATH}?limit=3")
    assert [[item["exact"] for item in page] for page in pages] == [["0", "1", "2"], ["3", "4", "5"], ["6"]]


async def test_a_cursor_whose_records_are_gone_says_so(bench: Bench, api: Client) -> None:
    """Retention has passed it: 400, begin again."""
    for number in range(4):
        bench.state(END, str(number))
    following = (await got(api, f"{PATH}?limit=1"))["next"]
    bench.log.truncate("pulse.window", 0, 3)
    assert "retention" in (await got(api, f"{PATH}?cursor={following}", 400))["detail"]


async def test_a_page_reads_a_bounded_part() -> None:
    """Of 20 records per partition a page with a budget of 8 reads 4 of each, and says that it goes on."""
    log = MemoryLog({"t": 2})
    for at in range(20):
        for number in range(2):
            log.write([OutRecord("t", b"k", b"%d" % at, number)], timestamp=at + 1)
    pages = LogPages(log, "t", 2, budget=8)
    seen: list[int] = []

    def pick(_key: bytes, value: bytes) -> int | None:
        seen.append(int(value))
        return int(value) if int(value) == 19 else None

    rows, following = await pages.page((0, 100), None, 10, pick)
    assert (rows, len(seen), following is None) == ([], 8, False)
    assert [row.item for row in await every(pages, 10, pick)] == [19, 19]


async def test_order_holds_where_one_partition_is_ahead() -> None:
    """One partition's records are all older: they come first, whatever a page reads."""
    log = MemoryLog({"t": 2})
    for at in range(6):
        log.write([OutRecord("t", b"k", b"late", 0)], timestamp=1_000 + at)
        log.write([OutRecord("t", b"k", b"early", 1)], timestamp=10 + at)
    times = [row.written for row in await every(LogPages(log, "t", 2, budget=4), 10, lambda _, value: value)]
    assert times == [*range(10, 16), *range(1_000, 1_006)]


async def test_a_clock_that_goes_back_loses_no_record() -> None:
    """Timestamps of a partition that fall: each record once, in the order of the log."""
    log = MemoryLog({"t": 1})
    for at, stamp in enumerate((5, 9, 6, 7, 11)):
        log.write([OutRecord("t", b"k", b"%d" % at, 0)], timestamp=stamp)
    rows = await every(LogPages(log, "t", 1, budget=2), 1, lambda _, value: value)
    assert [row.item for row in rows] == [b"0", b"1", b"2", b"3", b"4"]


async def every(
    pages: LogPages, limit: int, pick: Callable[[bytes, bytes], object | None]
) -> list[Row[object]]:
    """The rows of all pages; one that leads to itself ends the test."""
    found, following = await pages.page((0, 5_000), None, limit, pick)
    for _ in range(50):
        if following is None:
            return found
        rows, following = await pages.page((0, 5_000), following, limit, pick)
        found += rows
    raise AssertionError("the pages have no end")
