"""What the board lets through to Prometheus: what its own pages ask, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from creator_pulse.stream.api import prometheus as limits
from creator_pulse.stream.board import dashboards, questions
from creator_pulse.stream.board.server import build_app
from creator_pulse.stream.monitoring.build import generated
from creator_pulse.stream.secret import Address
from tests.support.board_queries import asked
from tests.support.board_samples import BOARDS, RUNBOOKS, alert, fake_prometheus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MODELS = dashboards.read(generated("dashboards"))
QUESTIONS = questions.of(MODELS.values())
SAMPLES = questions.of(dashboards.read(BOARDS).values())
GIFTS = 'sum by (region) (rate(gifts{app=~"%s"}[%s]))'


def expressions(model: Mapping[str, Any]) -> Iterator[str]:
    """Every expression that stands anywhere in a dashboard."""
    for key, value in model.items():
        if key == "expr":
            yield value
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield from expressions(one)


def filled(text: str, value: str) -> str:
    """An expression with its variables as the page fills them in."""
    for name in ("app", "region", "topic", "severity"):
        text = text.replace(f"${name}", value)
    for name, span in (("rate_interval", "20s"), ("range_s", "900"), ("range", "900s")):
        text = text.replace(f"$__{name}", span)
    return text


@pytest.mark.parametrize("value", [".+", "US", "(US|GB)", r"live\\.feed", r"a\"b", "tiktok"])
def test_every_question_of_every_board_is_let_through(value: str) -> None:
    """One value, all values, several, and with characters that are escaped."""
    asked = {filled(expression, value) for model in MODELS.values() for expression in expressions(model)}
    assert len(asked) > 100
    assert [question for question in asked if not QUESTIONS.allow(question)] == []


@pytest.mark.parametrize(
    ("app", "span"),
    [
        ('x"} or up{job=~".+', "20s"),
        ('x"}[1d])) or sum(rate(gifts{app=~"', "20s"),
        ("x\\", "20s"),
        ("x\n", "20s"),
        (".+", "20s:1s"),
        (".+", "52w"),
        (".+", "20s]))or(up)#"),
    ],
)
def test_a_choice_does_not_become_another_question(app: str, span: str) -> None:
    """Quotes end, brackets close, a span is anything but seconds: refused."""
    assert SAMPLES.allow(GIFTS % (".+", "20s"))
    assert not SAMPLES.allow(GIFTS % (app, span))


@pytest.mark.parametrize(
    "expression", ["up", '{__name__=~".+"}', "zero or up", "zero ", "", "ALERTS{}", "count({job=~'.+'})"]
)
def test_other_questions_are_refused(expression: str) -> None:
    """However close to one of a board."""
    assert not SAMPLES.allow(expression)


@pytest.mark.parametrize(
    ("label", "selector", "allowed"),
    [
        ("app", "gifts", True),
        ("app", "", False),
        ("app", "up", False),
        ("__name__", "gifts", False),
        ("region", "gifts", False),
    ],
)
def test_values_are_given_of_the_boards_variables_only(label: str, selector: str, *, allowed: bool) -> None:
    """A variable's own label, over its own series."""
    assert SAMPLES.allow_values(label, selector) is allowed


@pytest.mark.parametrize(
    "path",
    ["/api/label/job/values", "/api/label/__name__/values?match[]=gifts"],
)
async def test_a_foreign_question_never_reaches_prometheus(path: str) -> None:
    """403, before anything is asked."""
    fake = fake_prometheus()
    async with TestServer(fake.app()) as prometheus:
        app = build_app(BOARDS, RUNBOOKS, Address(str(prometheus.make_url(""))))
        async with TestClient(TestServer(app)) as board:
            answer = await board.get(path)
    assert (answer.status, fake.asked) == (403, [])


@pytest.mark.parametrize(
    "path",
    ["/api/label/app/values?match[]=gifts&match[]=gifts", "/api/label/app/values?match[]=gifts&limit=5"],
)
async def test_repeated_and_unknown_parameters_are_refused(path: str) -> None:
    """400."""
    async with TestClient(TestServer(build_app(BOARDS, RUNBOOKS, Address("http://127.0.0.1:9")))) as board:
        assert (await board.get(path)).status == 400


async def test_alerts_of_others_are_not_shown() -> None:
    """Of a Prometheus that others use too, only those with our product's label."""
    fake = fake_prometheus()
    foreign = alert("DiskFull", "critical")
    foreign["labels"]["product"] = "other"
    fake.alerts = [foreign, alert("GiftDrop", "critical")]
    async with TestServer(fake.app()) as prometheus:
        app = build_app(BOARDS, RUNBOOKS, Address(str(prometheus.make_url(""))))
        async with TestClient(TestServer(app)) as board:
            alerts = (await (await board.get("/api/alerts")).json())["data"]["alerts"]
    assert [alert["labels"]["alertname"] for alert in alerts] == ["GiftDrop"]


async def test_an_answer_of_prometheus_is_read_up_to_a_limit() -> None:
    """17 MiB of spaces: 502, and what was too much."""

    async def large(_request: web.Request) -> web.Response:
        return web.Response(body=b" " * (limits.MOST_BYTES + (1 << 20)), content_type="application/json")

    app = web.Application()
    app.router.add_get("/api/v1/query", large)
    async with TestServer(app) as prometheus:
        board_app = build_app(BOARDS, RUNBOOKS, Address(str(prometheus.make_url(""))))
        async with TestClient(TestServer(board_app)) as board:
            (answer,) = await asked(board, {"query": "zero"})
    assert (answer["status"], "more than 16 MiB" in answer["body"]["error"]) == (502, True)


async def test_the_password_of_prometheus_is_in_no_answer() -> None:
    """Neither its user nor its password, where it does not answer."""
    address = Address("http://user:secret@127.0.0.1:9")
    async with TestClient(TestServer(build_app(BOARDS, RUNBOOKS, address))) as board:
        (answer,) = await asked(board, {"query": "zero"})
    text = answer["body"]["error"]
    assert "secret" not in text
    assert "user" not in text
