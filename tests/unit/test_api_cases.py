"""Cases over HTTP, and the verdicts that close them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from yarl import URL

from creator_pulse.stream.events.reference_entry import Entry
from creator_pulse.stream.events.reference_judge import judged
from creator_pulse.stream.transport.batch import OutRecord
from tests.support.api_bench import HOUR, NOW, Bench, Client, all_pages, got
from tests.support.reference_cases import HUGE_NUMBER

RULE = "gift_coins_velocity_viewers"
CASE = f"{RULE}|tiktok|v/1 ü|1760000040000"


def path_of(case_id: str) -> URL:
    """The path of a case's verdict, with every byte of the id that needs it percent-encoded."""
    return URL(f"/v1/cases/{quote(case_id, safe='')}/verdict", encoded=True)


async def told(api: Client, body: Any, case_id: str = CASE) -> tuple[int, Any]:
    """Status and body of the answer to a verdict."""
    answer = await api.post(path_of(case_id), json=body)
    return answer.status, await answer.json(content_type=None)


async def test_a_case_is_given_as_its_rule_wrote_it(bench: Bench, api: Client) -> None:
    """With when it was opened, and no verdict yet."""
    case = bench.open_case(CASE, NOW - 5, evidence=[["coins", "60000", "50000"]])
    assert (await got(api, "/v1/cases"))["items"] == [
        {"id": CASE, "written": NOW - 5, "case": case, "verdict": None}
    ]


async def test_cases_come_by_time(bench: Bench, api: Client) -> None:
    """Of all partitions, the oldest first, page after page."""
    for number in range(5):
        bench.open_case(f"{RULE}|tiktok|v|{number}", NOW - 10 + number, number % 2)
    pages = await all_pages(api, "/v1/cases?limit=2")
    assert [[item["case"]["end"] for item in page] for page in pages] == [[0, 1], [2, 3], [4]]


async def test_a_span_and_a_rule_choose_cases(bench: Bench, api: Client) -> None:
    """From is inclusive, to is not; by default it is the last day."""
    bench.open_case(f"{RULE}|tiktok|a|1", NOW - 25 * HOUR)
    bench.open_case(f"{RULE}|tiktok|b|1", NOW - 2 * HOUR)
    bench.open_case("other_rule|tiktok|c|1", NOW - HOUR)
    span = f"from={NOW - 26 * HOUR}&to={NOW - HOUR}"
    found = {
        query: [item["case"]["id"] for item in (await got(api, f"/v1/cases?{query}"))["items"]]
        for query in ("", span, "rule=FR1", f"rule={RULE}")
    }
    assert found == {"": ["b", "c"], span: ["a", "b"], "rule=FR1": ["b"], f"rule={RULE}": ["b"]}


@pytest.mark.parametrize("confirmed", [True, False])
async def test_a_verdict_is_a_reference_entry(bench: Bench, api: Client, *, confirmed: bool) -> None:
    """Dated now, under a key of kind, id and date, with rule and note."""
    bench.open_case(CASE, NOW - 5, 1)
    entry = {
        "kind": "verdict",
        "id": CASE,
        "valid_from": NOW,
        "rule": RULE,
        "confirmed": confirmed,
        "note": "own card",
    }
    assert await told(api, {"confirmed": confirmed, "note": "own card"}) == (201, entry)
    assert await bench.references() == {f"verdict:{CASE}:{NOW}": entry}


async def test_the_newest_verdict_stands_beside_a_case(bench: Bench, api: Client) -> None:
    """A later one replaces an earlier one; both stay in the topic."""
    bench.open_case(CASE, NOW - 5)
    await told(api, {"confirmed": True})
    bench.clock.advance(1)
    await told(api, {"confirmed": False, "note": "looked again"})
    (item,) = (await got(api, "/v1/cases"))["items"]
    assert (item["verdict"]["confirmed"], item["verdict"]["note"]) == (False, "looked again")
    assert len(await bench.references()) == 2


async def test_other_references_are_no_verdicts(bench: Bench, api: Client) -> None:
    """A rate stands in the same topic; so does a verdict that somebody wrote wrongly."""
    bench.open_case(CASE, NOW - 5)
    bench.write("creator.reference", "fx:EUR:0", {"kind": "fx", "id": "EUR", "valid_from": 0}, NOW)
    bench.write("creator.reference", f"verdict:{CASE}:1", {"kind": "verdict"}, NOW)
    (item,) = (await got(api, "/v1/cases"))["items"]
    assert item["verdict"] is None


@pytest.mark.parametrize("value", [b"\xff", HUGE_NUMBER, b"[" * 100_000, b'{"kind": "verdict", "id": 1}'])
async def test_what_is_no_entry_hides_no_case(bench: Bench, api: Client, value: bytes) -> None:
    """Bytes under a verdict's key that nobody can read: the case is shown, without a verdict."""
    bench.open_case(CASE, NOW - 5)
    record = OutRecord("creator.reference", f"verdict:{CASE}:1".encode(), value, 0)
    bench.log.write([record], timestamp=NOW)
    (item,) = (await got(api, "/v1/cases"))["items"]
    assert item["verdict"] is None


async def test_a_verdict_of_the_api_is_a_right_entry(bench: Bench, api: Client) -> None:
    """The longest note, in a script of four bytes a character: lanes and workers take what the API wrote."""
    bench.open_case(CASE, NOW - 5)
    status, _ = await told(api, {"confirmed": True, "note": "\U0001f600" * 2_000})
    (entry,) = (await bench.references()).values()
    assert (status, isinstance(judged(json.dumps(entry).encode(), {}), Entry)) == (201, True)


async def test_an_unknown_rule_is_refused(api: Client) -> None:
    """400: a misspelt rule is no rule without cases."""
    assert (await got(api, "/v1/cases?rule=FR99", 400))["where"] == "query.rule"


async def test_a_verdict_on_no_case_is_refused(bench: Bench, api: Client) -> None:
    """404, and nothing is written."""
    status, problem = await told(api, {"confirmed": True}, f"{RULE}|tiktok|nobody|1")
    assert (status, problem["where"]) == (404, "path.id")
    assert await bench.references() == {}


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "body"),
        ({"confirmed": "yes"}, "body"),
        ({"confirmed": True, "by": "me"}, "body"),
        ([], "body"),
        ({"confirmed": True, "note": "x" * 2_001}, "body.note"),
    ],
)
async def test_a_body_that_is_no_verdict_is_refused(bench: Bench, api: Client, body: Any, where: str) -> None:
    """Missing, of the wrong type, unknown fields, no object, too long: 400, and nothing is written."""
    bench.open_case(CASE, NOW - 5)
    status, problem = await told(api, body)
    assert (status, problem["where"]) == (400, where)
    assert await bench.references() == {}


async def test_a_form_of_another_site_writes_nothing(bench: Bench, api: Client) -> None:
    """A browser sends text/plain to any origin without asking: only application/json is taken."""
    bench.open_case(CASE, NOW - 5)
    answer = await api.post(path_of(CASE), data='{"confirmed": true}', headers={"Content-Type": "text/plain"})
    assert (answer.status, await bench.references()) == (400, {})


async def test_an_unknown_outcome_is_told(bench: Bench, api: Client) -> None:
    """The log took the verdict and its answer got lost: 503, and what to do."""
    bench.open_case(CASE, NOW - 5)
    bench.log.tear = lambda _: "written"
    status, problem = await told(api, {"confirmed": True})
    assert (status, problem["where"]) == (503, "kafka")
    assert "no harm" in problem["fix"]
