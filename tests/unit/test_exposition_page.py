"""The page as served: what the library would write, with the values of now."""

from __future__ import annotations

import gzip
import math
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from creator_pulse.proof.ledger.samples import parse
from creator_pulse.stream.exposition.collector import LaneCollector
from creator_pulse.stream.exposition.delay_series import DelayCollector
from creator_pulse.stream.exposition.helps import HELPS
from creator_pulse.stream.exposition.page import Page
from creator_pulse.stream.exposition.server import MetricsServer
from creator_pulse.stream.lanes.lane import Sample

if TYPE_CHECKING:
    from collections.abc import Iterator

OPENMETRICS = "application/openmetrics-text;version=1.0.0"
OPENMETRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PLAIN_TYPE = "text/plain; version=0.0.4; charset=utf-8"
ODD = (
    Sample("pulse_a_total", (("topic", "gift"), ("app", "tiktok")), 3),
    Sample("pulse_b_seconds", (), math.inf),
    Sample("pulse_a_total", (("app", 'a"b\\c\nd\u2028é'),), 12_345_678.5),
    Sample("pulse_b_seconds", (("kind", ""),), math.nan),
    Sample("pulse_redis_up", (), -1),
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the odd samples are served, in one format after the other."""
    with closing(MetricsServer("127.0.0.1", 0, lambda: ODD)) as server:
        yield f"http://{server.address}"


def asked(address: str, **headers: str) -> tuple[str | None, bytes]:
    """Content type and body of an answer."""
    with urlopen(Request(address, headers=headers)) as answer:  # noqa: S310 - the address is the test's own
        return answer.headers["Content-Type"], answer.read()


def own(body: bytes) -> list[str]:
    """The lines that are not about the process."""
    return [line for line in body.decode().split("\n") if line and "process_" not in line]


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "text/plain;version=0.0.4",
        "text/plain;version=1.0.0;escaping=allow-utf-8",
        f"{OPENMETRICS};q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3",
        f"{OPENMETRICS};escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,*/*;q=0.2",
        f"{OPENMETRICS};escaping=underscores",
        "application/openmetrics-text",
    ],
)
def test_a_page_is_what_the_library_writes(address: str, accept: str) -> None:
    """The same type, and line by line the same text."""
    registry = CollectorRegistry()
    registry.register(LaneCollector(lambda: ODD, HELPS))
    registry.register(DelayCollector(tuple))
    encode, kind = choose_encoder(accept)
    found_kind, found = asked(f"{address}/metrics", Accept=accept)
    assert (found_kind, own(found)) == (kind, own(encode(registry)))


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (f"{OPENMETRICS};escaping=dots", f"{OPENMETRICS_TYPE}; escaping=underscores"),
        ("application/openmetrics-text;version=77.1.0", f"{OPENMETRICS_TYPE}; escaping=underscores"),
        ("application/openmetrics-text;version=one", PLAIN_TYPE),
        ("text/html", PLAIN_TYPE),
    ],
)
def test_an_odd_wish_gets_one_of_the_few_formats(address: str, accept: str, kind: str) -> None:
    """However many headers there are, few pages are written and kept."""
    assert asked(f"{address}/metrics", Accept=accept)[0] == kind


def test_an_openmetrics_page_is_whole(address: str) -> None:
    """The library's strict parser reads it to its one end, the process's series among the others."""
    _, body = asked(f"{address}/metrics", Accept=OPENMETRICS)
    families = text_string_to_metric_families(body.decode())  # type: ignore[no-untyped-call]
    names = {family.name for family in families}
    assert {"pulse_a", "pulse_b_seconds", "pulse_redis_up", "process_cpu_seconds"} <= names


def test_a_page_is_packed_where_that_is_accepted(address: str) -> None:
    """Unpacked it is the page as it is without."""
    _, packed = asked(f"{address}/metrics", **{"Accept-Encoding": "gzip"})
    _, plain = asked(f"{address}/metrics")
    assert own(gzip.decompress(packed)) == own(plain)


def test_what_is_no_scrape_is_refused_as_ever(address: str) -> None:
    """Another method is not allowed."""
    with pytest.raises(HTTPError, match="405"):
        urlopen(Request(f"{address}/metrics", method="POST"))  # noqa: S310 - the address is the test's own


def test_a_page_shows_the_values_of_now() -> None:
    """What was kept of a series is not its value; one that is gone is gone, and comes back."""
    shown = [Sample("pulse_a_total", (), 1), Sample("pulse_b", (("x", "1"),), 1)]
    page = Page(lambda: shown, {}, CollectorRegistry())
    seen = []
    for values in ((1, 1), (2, None), (3, 7)):
        shown[:] = [
            Sample(family, labels, value)
            for family, labels, value in (
                ("pulse_a_total", (), values[0]),
                ("pulse_b", (("x", "1"),), values[1]),
            )
            if value is not None
        ]
        seen.append([sample.value for sample in parse(page.write("")[1].decode())])
    assert seen == [[1, 1], [2], [3, 7]]
