"""The catalogue for machines says where each number is."""

from __future__ import annotations

import json

from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.monitoring.catalog_page import ACROSS, catalog_json, catalogue_page
from creator_pulse.stream.settings import Settings

CATALOG = {entry["id"]: entry for entry in catalog_json(Settings())}


def test_every_metric_is_listed() -> None:
    """One object per metric."""
    assert list(CATALOG) == [metric.id for metric in METRICS]


def test_it_is_json() -> None:
    """It can be written as JSON and read back to itself."""
    assert json.loads(json.dumps(catalog_json(Settings()))) == catalog_json(Settings())


def test_expression_of_a_window_value() -> None:
    """Gift value over five minutes is one gauge per app and region, whichever worker shows it."""
    assert CATALOG["GI1"]["promql"]["gift_value_usd"]["5m"] == (
        'max by (app, region) (pulse_gift_value_usd{window="5m",state="provisional"})'
    )


def test_expression_of_a_value_with_a_fixed_label() -> None:
    """Earnings by tool keep the tool."""
    assert CATALOG["N2"]["promql"]["creator_net_earnings_usd"]["1h"] == (
        'max by (app, region, tool) (pulse_creator_net_earnings_usd{window="1h",state="provisional"})'
    )


def test_guardrail_of_a_metric() -> None:
    """A guardrail gives alert, severity, duration and runbook."""
    guardrails = CATALOG["GI1"]["guardrails"]
    assert [(g["alert"], g["severity"], g["for"], g["runbook"]) for g in guardrails] == [
        ("GiftValueDrop", "critical", "0m", "/runbooks/GiftValueDrop"),
        ("GiftValueDrop", "warning", "5m", "/runbooks/GiftValueDrop"),
        ("GiftValueSurge", "critical", "0m", "/runbooks/GiftValueSurge"),
    ]


def test_topics_follow_the_prefix() -> None:
    """The topics a metric is made of carry the prefix of the settings."""
    topics_of = {entry["id"]: entry["topics"] for entry in catalog_json(Settings(prefix="live"))}
    assert topics_of["N1"] == [
        f"live.{topic}" for topic in ("ad", "deal", "gift", "purchase", "reward", "watch")
    ]


def test_page_names_every_metric_and_alert() -> None:
    """The page for readers has a row for each metric and a link for each alert."""
    page = catalogue_page().decode()
    assert [m.id for m in METRICS if f"| {m.id} |" not in page] == []
    assert [g.alert for m in METRICS for g in m.guardrails if f"runbooks/{g.alert}.md" not in page] == []


def hierarchy(number: int) -> dict[tuple[str, str], set[str]]:
    """Tier and column -> ids, of one of the two tables at the head of the page."""
    blocks = [block for block in catalogue_page().decode().split("\n\n") if block.startswith("| tier |")]
    head, _, *rows = (
        [cell.strip() for cell in line.strip("|").split("|")] for line in blocks[number].split("\n")
    )
    return {
        (row[0], column): set(cell.split(", ")) - {"-"}
        for row in rows
        for column, cell in zip(head[1:], row[1:], strict=True)
    }


def test_each_metric_stands_in_its_tier_and_tool() -> None:
    """Once in the first table: from north stars to guardrails, by the five tools and what they share."""
    cells = hierarchy(0)
    assert {(m.tier, m.tool) for m in METRICS} == {place for place, ids in cells.items() if ids}
    assert all(m.id in cells[m.tier, m.tool] for m in METRICS)
    assert sum(map(len, cells.values())) == len(METRICS)
    assert {"gift", "ad", "reward", "deal", "commerce", "all"} <= {tool for _, tool in cells}


def test_each_metric_stands_with_all_who_ask_for_it() -> None:
    """In the second table, once for each of the four parties, or the people on call."""
    cells = hierarchy(1)
    assert all(m.id in cells[m.tier, party] for m in METRICS for party in m.stakeholders)
    assert sum(map(len, cells.values())) == sum(len(m.stakeholders) for m in METRICS)


def test_what_is_asked_across_tools_names_metrics() -> None:
    """The flow, growth and competitors among it; each id is one of the catalogue."""
    assert {name for ids in ACROSS.values() for name in ids} <= {m.id for m in METRICS}


def test_series_of_a_metric() -> None:
    """Each value of AD6 by nine places (of tiktok seven, of douyin two, with other), window and state."""
    places = 6 + 1 + 1 + 1
    values = {value.name: value for metric in METRICS if metric.id == "AD6" for value in metric.values}
    assert CATALOG["AD6"]["series"] == sum(places * len(value.windows) * 2 for value in values.values())
