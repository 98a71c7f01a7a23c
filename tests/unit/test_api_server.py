"""Who may ask the API, in which shape it says what is wrong, and what it says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp.test_utils import unused_port

from creator_pulse.stream.api.handlers import ROUTES
from creator_pulse.stream.api.hosts import is_loopback
from creator_pulse.stream.api.server import serving_api
from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.errors import SettingsError, StackError
from creator_pulse.stream.secret import Address, Secret
from creator_pulse.stream.settings import Settings
from tests.support.api_bench import Bench, Client, all_pages, got

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TOKEN = "b6d1a9f0c3e2"  # noqa: S105 - of these tests alone
CLOSED = [
    "/v1/catalog",
    "/v1/metrics/GI1",
    "/v1/leaderboards/gift_value_usd",
    "/v1/cases",
    "/v1/map",
    "/v1/none",
]


@pytest.fixture
async def guarded() -> AsyncIterator[Client]:
    """A client of an API with a token."""
    async with Bench(Settings(merge_partitions=2, api_token=Secret(TOKEN))).client() as client:
        yield client


@pytest.mark.parametrize("path", CLOSED)
async def test_a_token_is_asked_for(guarded: Client, path: str) -> None:
    """Without one 401, whatever the route."""
    answer = await guarded.get(path)
    problem = await answer.json(content_type=None)
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert (problem["where"], problem["detail"]) == ("header.Authorization", "the token is missing")


@pytest.mark.parametrize(
    "header", [f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer", f"Basic {TOKEN}", TOKEN, "Bearer \udcff"]
)
async def test_a_wrong_token_is_refused(guarded: Client, header: str) -> None:
    """Longer, shorter, none, another scheme, no scheme, bytes that are no text."""
    answer = await guarded.get("/v1/catalog", headers={"Authorization": header})
    assert answer.status == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
async def test_the_right_token_lets_in(guarded: Client, scheme: str) -> None:
    """The scheme's case does not matter; nor does the name by which the API is called."""
    headers = {"Authorization": f"{scheme} {TOKEN}", "Host": "pulse.example"}
    assert (await guarded.get("/v1/catalog", headers=headers)).status == 200


async def test_a_verdict_needs_the_token(guarded: Client) -> None:
    """401 before anything is looked at."""
    assert (await guarded.post("/v1/cases/FR1:1/verdict", json={"confirmed": True})).status == 401


@pytest.mark.parametrize("path", ["/", "/openapi.json", "/v1/health"])
async def test_what_tells_nothing_is_open(guarded: Client, path: str) -> None:
    """A probe and a reader of the page need no token."""
    assert (await guarded.get(path)).status != 401


async def test_a_foreign_name_is_refused_without_a_token(api: Client) -> None:
    """A name that leads here could be anybody's page: 421."""
    answer = await api.get("/v1/cases", headers={"Host": "evil.example"})
    assert (answer.status, (await answer.json(content_type=None))["where"]) == (421, "header.Host")


@pytest.mark.parametrize(
    ("host", "is_local"),
    [
        ("127.0.0.1", True),
        ("127.0.0.2", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - not bound to
        ("::", False),
        ("", False),
        ("10.0.0.1", False),
        ("localhost.example", False),
    ],
)
def test_which_addresses_are_of_this_machine_alone(host: str, *, is_local: bool) -> None:
    """A name other than localhost may be anything."""
    assert is_loopback(host) is is_local


async def test_no_start_for_others_without_a_token() -> None:
    """It holds identities: the error says what to set."""
    settings = Settings(api_host="0.0.0.0", api_port=0)  # noqa: S104 - refused
    with pytest.raises(SettingsError, match="PULSE_API_TOKEN"):
        async with serving_api(settings, ManualClock()):
            pass


async def test_the_served_address_answers() -> None:
    """On a free port, with nothing behind it: the page is there, health says that the rest is not."""
    free = f"127.0.0.1:{unused_port()}"
    settings = Settings(
        api_port=0,
        kafka=free,
        redis=Address(f"redis://{free}/0"),
        prometheus=Address(f"http://{free}"),
        api_token=Secret(TOKEN),
    )
    async with (
        serving_api(settings, ManualClock()) as url,
        aiohttp.ClientSession() as session,
        session.get(url) as page,
        session.get(f"{url}v1/health") as health,
        session.get(f"{url}v1/health", headers={"Authorization": f"Bearer {TOKEN}"}) as trusted,
    ):
        stranger, told = await health.json(), await trusted.json()
    assert stranger == {"status": "degraded"}
    assert (page.status, health.status, told["status"]) == (200, 503, "degraded")
    assert [(part["name"], part["up"]) for part in told["parts"]] == [
        ("redis", False),
        ("kafka", False),
        ("prometheus", False),
    ]


async def test_a_taken_port_is_an_error_or_left() -> None:
    """``pulse api`` says so; beside a stack another port will do."""
    async with serving_api(Settings(api_port=0), ManualClock()) as first:
        port = int(first.rstrip("/").rpartition(":")[2])
        with pytest.raises(StackError, match=f"the API cannot listen on 127.0.0.1:{port}"):
            async with serving_api(Settings(api_port=port), ManualClock()):
                pass
        async with serving_api(Settings(api_port=port), ManualClock(), nearby=True) as second:
            assert second != first


async def test_health_is_ok_when_all_parts_answer(api: Client) -> None:
    """200, and every part is up."""
    report = await got(api, "/v1/health")
    assert (report["status"], report["published"], {part["up"] for part in report["parts"]}) == (
        "ok",
        True,
        {True},
    )


async def test_health_is_degraded_while_nothing_is_published() -> None:
    """Redis answers, and is empty."""
    bench = Bench()
    bench.redis.keys.clear()
    async with bench.client() as client:
        assert (await got(client, "/v1/health", 503))["published"] is False


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/nothing", 404), ("POST", "/v1/catalog", 405), ("PUT", "/", 405)],
)
async def test_what_does_not_exist_is_a_problem_too(api: Client, method: str, path: str, status: int) -> None:
    """The web server's own errors have the same shape."""
    answer = await api.request(method, path)
    problem = await answer.json(content_type=None)
    assert (answer.status, answer.content_type) == (status, "application/problem+json")
    assert (problem["status"], problem["instance"], problem["fix"]) == (
        status,
        path,
        "GET /openapi.json lists the routes",
    )


async def test_a_large_body_is_refused(api: Client) -> None:
    """More than 64 KiB: 413, and how much is taken."""
    answer = await api.post(
        "/v1/cases/FR1:1/verdict", data=b" " * 70_000, headers={"Content-Type": "application/json"}
    )
    assert (answer.status, (await answer.json(content_type=None))["fix"]) == (413, "send at most 65536 bytes")


@pytest.mark.parametrize("path", ["/", "/v1/catalog", "/v1/nothing"])
async def test_no_answer_is_kept_or_framed(api: Client, path: str) -> None:
    """Errors and pages carry the same headers."""
    headers = (await api.get(path)).headers
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


async def test_the_catalogue_is_listed_page_by_page(api: Client) -> None:
    """Every metric once, in the catalogue's order."""
    pages = await all_pages(api, "/v1/catalog?limit=7")
    assert [row["id"] for page in pages for row in page] == [metric.id for metric in METRICS]


async def test_the_catalogue_is_filtered(api: Client) -> None:
    """By tool, tier and stakeholder together."""
    answer = await got(api, "/v1/catalog?tool=gift&tier=core&stakeholder=creators")
    assert [row["id"] for row in answer["items"]] == ["GI1", "GI2"]


@pytest.mark.parametrize("name", ["tool", "tier", "stakeholder"])
async def test_an_unknown_word_of_the_catalogue_is_refused(api: Client, name: str) -> None:
    """400, with the words that there are."""
    problem = await got(api, f"/v1/catalog?{name}=nobody", 400)
    assert (problem["where"], problem["fix"].startswith("use one of: ")) == (f"query.{name}", True)


async def test_the_map_is_given_cell_by_cell(api: Client) -> None:
    """Five stakeholders times five tools."""
    told = await got(api, "/v1/map")
    assert len(told["cells"]) == len(told["stakeholders"]) * len(told["tools"]) == 25


async def test_openapi_describes_every_route(api: Client) -> None:
    """Each path with its method, an answer and the shape of errors."""
    document = await got(api, "/openapi.json")
    described = {(method.upper(), path) for path, one in document["paths"].items() for method in one}
    assert document["openapi"] == "3.1.0"
    assert described == {(route.method, route.path) for route in ROUTES}


async def test_openapi_refers_to_what_it_holds(api: Client) -> None:
    """Every reference leads to a schema, and no schema is left over."""
    document = await got(api, "/openapi.json")
    named = set(references(document))
    assert named == {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}


def references(node: Any) -> list[str]:
    """All values of ``$ref`` within a document."""
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [entry for value in node.values() for entry in references(value)]
    if isinstance(node, list):
        return [entry for value in node for entry in references(value)]
    return []


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_path_parameters_are_declared(route: Any) -> None:
    """What stands in braces is a path parameter, and nothing else is."""
    declared = {parameter.name for parameter in route.parameters if parameter.place == "path"}
    assert {part[1:-1] for part in route.path.split("/") if part.startswith("{")} == declared


async def test_the_page_names_every_route(api: Client) -> None:
    """For readers, without a script."""
    text = await (await api.get("/")).text()
    assert [route.path for route in ROUTES if f"{route.method} {route.path}" not in text] == []
    assert "<script" not in text
