"""Leaderboards over HTTP: the ranks of one window, with who it is."""

from __future__ import annotations

import pytest

from tests.support.api_bench import MINUTE, NOW, Bench, Client, got

BOARD = "gift_top_room_coins"
PATH = f"/v1/leaderboards/{BOARD}"


@pytest.fixture
def bench() -> Bench:
    """Three rooms by coins, and the others: 600 + 250 + 100 + 50 = 1,000."""
    made = Bench()
    for rank, value, who in (("2", 250, ["r7"]), ("1", 600, ["r3"]), ("3", 100, ["r5"])):
        made.publish_view(BOARD, {"value": value, "who": who}, window="5m", rank=rank)
    made.publish_view(BOARD, {"value": 50}, window="5m", rank="other")
    return made


async def test_ranks_come_in_order_with_who_and_share(api: Client) -> None:
    """600 of 1,000 is 60 %."""
    (board,) = (await got(api, PATH))["items"]
    assert board["ranks"] == [
        {"rank": 1, "who": {"room_id": "r3"}, "value": 600.0, "share": 0.6},
        {"rank": 2, "who": {"room_id": "r7"}, "value": 250.0, "share": 0.25},
        {"rank": 3, "who": {"room_id": "r5"}, "value": 100.0, "share": 0.1},
    ]


async def test_top_and_other_are_the_total(api: Client) -> None:
    """950 + 50 = 1,000."""
    (board,) = (await got(api, PATH))["items"]
    assert (sum(rank["value"] for rank in board["ranks"]), board["other"], board["total"]) == (950, 50, 1_000)


async def test_a_board_has_window_labels_and_trust(api: Client) -> None:
    """The rank is no label of the board."""
    (board,) = (await got(api, PATH))["items"]
    assert (board["window"], board["labels"]) == ("5m", {"app": "tiktok"})
    assert (board["trust"]["end"], board["trust"]["completeness"]) == (NOW - MINUTE, 0.75)


async def test_a_rank_of_a_window_before_is_left_out(bench: Bench, api: Client) -> None:
    """Nobody has taken it since, so its view is an old one."""
    bench.publish_view(BOARD, {"value": 9, "who": ["r1"], "end": NOW - 2 * MINUTE}, window="5m", rank="4")
    (board,) = (await got(api, PATH))["items"]
    assert (len(board["ranks"]), board["total"]) == (3, 1_000)


async def test_apps_have_boards_of_their_own(bench: Bench, api: Client) -> None:
    """Filtered by label, one is left."""
    bench.publish_view(BOARD, {"value": 5, "who": ["r9"]}, window="5m", rank="1", app="douyin")
    assert len((await got(api, PATH))["items"]) == 2
    (board,) = (await got(api, f"{PATH}?app=douyin"))["items"]
    assert [rank["who"] for rank in board["ranks"]] == [{"room_id": "r9"}]


async def test_a_value_shows_nobody(api: Client) -> None:
    """As a metric the same views have ranks, and no identity."""
    answer = await api.get(f"/v1/metrics/{BOARD}")
    text = await answer.text()
    assert '"rank":"1"' in text
    assert [name for name in ("r3", "r5", "r7", "who") if f'"{name}"' in text] == []


async def test_a_value_without_ranks_is_no_leaderboard(api: Client) -> None:
    """404, and where its value is."""
    problem = await got(api, "/v1/leaderboards/gift_value_usd", 404)
    assert problem["fix"] == "ask for its value: GET /v1/metrics/gift_value_usd"
