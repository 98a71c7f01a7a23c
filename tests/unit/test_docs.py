"""The pages say what the code does: fields, reasons, series, settings, commands, links."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from types import UnionType
from typing import Literal, Union, get_args, get_origin

import click
import msgspec
import pytest

from creator_pulse.stream.catalog.declaration.declare import WINDOWS, Measure
from creator_pulse.stream.catalog.declaration.labels import OUTCOMES, REASONS
from creator_pulse.stream.catalog.registry import MEASURES, METRICS, VALUES
from creator_pulse.stream.events import fields
from creator_pulse.stream.events.ad import AdEvent
from creator_pulse.stream.events.deal import DealEvent
from creator_pulse.stream.events.defaults import DEFAULTS
from creator_pulse.stream.events.engagement import Engagement
from creator_pulse.stream.events.fields import Event
from creator_pulse.stream.events.payout import PayoutEvent
from creator_pulse.stream.events.reference_judge import REFERENCE_REASONS
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.events.wallet import TopUp
from creator_pulse.stream.exposition.helps import HELPS
from creator_pulse.stream.reference_series import HELPS as REFERENCE_HELPS
from creator_pulse.stream.settings import Settings, secrets, to_environ
from creator_pulse.stream.sinks.case_topic import CaseRecord
from creator_pulse.stream.sinks.window_record import WindowRecord
from creator_pulse.stream.topology import PRODUCT
from creator_pulse.stream.transport.topics import declared
from tests.support.commands import commands

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
CONTRACT = (ROOT / "docs/contract.md").read_text()
OPERATE = (ROOT / "docs/operate.md").read_text()
TYPES = {
    fields.Text: "text",
    fields.Int: "int",
    fields.Money: "money",
    fields.PositiveMoney: "money > 0",
    fields.UnitCoins: "coins",
    fields.RepeatCount: "count",
    fields.Natural: "natural",
    fields.BasisPoints: "bps",
    fields.Duration: "ms",
    fields.Time: "time",
    fields.String: "string",
    fields.LongString: "long string",
    fields.LongText: "long text",
    bool: "bool",
}
SHARED = {
    AdEvent: "all ad events",
    Engagement: "all engagement events",
    DealEvent: "all deal events",
    PayoutEvent: "all payout events",
    TopUp: "all top-up events",
}
EVENTS = [(topic, event) for topic, schema in TOPICS.items() for event in schema.types()]


def rows(page: str) -> list[list[str]]:
    """The cells of every row of every table."""
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def rows_of(event: str, struct: type[Event]) -> str:
    """What the contract page lists as an event's own fields."""
    shared = {name for base, name in SHARED.items() if issubclass(struct, base)}
    if issubclass(struct, AdEvent) and event != "opportunity":
        shared.add("all ad events but `opportunity`")
    fields = [row[1] for row in rows(CONTRACT) if f"`{event}`" in row[0].split(", ") or row[0] in shared]
    assert fields, f"no row for {event}"
    return ", ".join(fields)


def words(field: msgspec.structs.FieldInfo) -> str:
    """A field as the page writes it: name, whether it is required, type."""
    kind = field.type
    if get_origin(kind) in {Union, UnionType}:
        kind = next(part for part in get_args(kind) if part is not type(None))
    required = " r" if field.required else ""
    listed = " (" if get_origin(kind) is Literal else f" {TYPES[kind]}"
    return f"`{field.name}`{required}{listed}"


def own_fields(struct: type[Event]) -> list[msgspec.structs.FieldInfo]:
    """Fields beyond those of all events, or that only this event requires."""
    common = {(field.name, field.required) for field in msgspec.structs.fields(Event)}
    return [field for field in msgspec.structs.fields(struct) if (field.name, field.required) not in common]


@pytest.mark.parametrize(("topic", "event"), EVENTS)
def test_contract_lists_own_fields(topic: str, event: str) -> None:
    """Each own field of an event stands in its row, required or not, with its type."""
    struct = TOPICS[topic].types()[event]
    text = rows_of(event, struct)
    assert [words(field) for field in own_fields(struct) if words(field) not in text] == []


@pytest.mark.parametrize(("topic", "event"), EVENTS)
def test_contract_lists_no_other_fields(topic: str, event: str) -> None:
    """A field that stands in an event's row is a field of the event."""
    struct = TOPICS[topic].types()[event]
    listed = set(
        re.findall(
            r"`([a-z_]+)` (?:r\b|text|string|long|int|natural|money|coins|count|bps|ms|time|bool|\(`feed)",
            rows_of(event, struct),
        )
    )
    assert listed - {field.name for field in own_fields(struct)} == set()


def test_contract_lists_common_fields() -> None:
    """Each field of all events has a row, and is marked where it is required."""
    first = ", ".join(row[0] for row in rows(CONTRACT)) + ","
    marks = [
        (field, f"`{field.name}`{' r' if field.required else ''},") for field in msgspec.structs.fields(Event)
    ]
    assert [mark for _, mark in marks if mark not in first] == []


def test_contract_lists_event_types() -> None:
    """Each topic's row names all of its event types."""
    fields = {row[0]: set(re.findall(r"`(\w+)`", row[1])) for row in rows(CONTRACT) if row[-1] == "in"}
    assert {
        f"`creator.{name}`": set(schema.types()) for name, schema in TOPICS.items()
    }.items() <= fields.items()


def test_contract_names_every_topic() -> None:
    """Every topic that is created has a place on the page; changelogs by their pattern."""
    names = [topic.name for topic in declared(Settings()) if not topic.name.endswith("-changelog")]
    assert [name for name in names if f"`{name}`" not in CONTRACT] == []


def test_contract_has_the_outcomes_in_order() -> None:
    """The numbered list is the outcomes, in the order in which they are decided."""
    listed = re.findall(r"^\d\. `(\w+)`:", CONTRACT, re.MULTILINE)
    assert listed == ["invalid", "test", "duplicate", "late", "progress", "counted"]
    assert set(listed) == set(OUTCOMES)


def test_contract_lists_the_reasons() -> None:
    """The list of reasons is closed: those of the code, and no other."""
    part = CONTRACT.split("Reasons of `invalid`")[1].split("**Watermark.**")[0]
    listed = {name for row in rows(part) for name in re.findall(r"`(\w+)`", row[0])}
    assert listed == set(REASONS)


def test_contract_lists_the_reasons_of_refused_entries() -> None:
    """Those of the code, and no other."""
    part = CONTRACT.split("| refused for | when |")[1].split("An entry whose key")[0]
    listed = [name for row in rows(part) for name in re.findall(r"`(\w+)`", row[0])]
    assert sorted(listed) == sorted(REFERENCE_REASONS)


def test_contract_lists_every_series() -> None:
    """Every family beside the values of the catalogue stands on the page."""
    values = {f"pulse_{value.name}" for value in VALUES}
    families = (*HELPS, *PRODUCT.helps, *REFERENCE_HELPS)
    assert [name for name in families if name not in values and f"`{name}`" not in CONTRACT] == []


@pytest.mark.parametrize("measure", [m for m in MEASURES.values() if m.counter], ids=lambda m: m.id)
def test_contract_lists_labels_of_counters(measure: Measure) -> None:
    """A counter's row names the labels of its measures."""
    (row,) = [row for row in rows(CONTRACT) if row[0] == f"`pulse_{measure.counter}`"]
    assert set(re.findall(r"`(\w+)`", row[1])) == {*measure.labels, *measure.fixed}


def test_contract_lists_the_windows() -> None:
    """Each window stands in the table, with the step and how long it is restated."""
    hour = 3_600_000
    steps = {60_000: "1 min", hour: "1 h", 24 * hour: "1 day"}
    wanted = {
        (w.label, "1 month" if w.monthly else steps[w.step_ms], f"{w.restate_ms // hour} h")
        for w in WINDOWS.values()
    }
    part = CONTRACT.split("## 6. Windows")[1].split("Windows are aligned")[0]
    listed = {(label, row[2], row[3]) for row in rows(part) for label in re.findall(r"`(\w+)`", row[0])}
    assert listed == wanted


def test_contract_lists_the_window_record() -> None:
    """The table of pulse.window is the record's fields, in their order."""
    part = CONTRACT.split("### `pulse.window`")[1].split("### `pulse.case`")[0]
    listed = [name for row in rows(part) for name in re.findall(r"`(\w+)`", row[0])]
    assert listed == [field.name for field in msgspec.structs.fields(WindowRecord)]


def test_contract_lists_the_case_record() -> None:
    """The table of pulse.case is the record's fields, in their order."""
    part = CONTRACT.split("### `pulse.case`")[1].split("### `pulse.pane`")[0]
    listed = [name for row in rows(part) for name in re.findall(r"`(\w+)`", row[0])]
    assert listed == [field.name for field in msgspec.structs.fields(CaseRecord)]


def test_contract_lists_the_built_in_entries() -> None:
    """The rates, exchange rates and gifts that hold by default are those of the code."""
    shown = {
        "fx": lambda one: f"{one['id']} {one['usd_micros']:,}",
        "rate": lambda one: f"`{one['id']}` {one['usd_micros']:,}",
        "gift": lambda one: f"{one['id']} {one['unit_coins']:,}",
        "take_rate": lambda one: f"{str(one['id']).removesuffix(':*:*')} {one['bps']:,}",
    }
    wanted = [shown[str(entry["kind"])](entry) for entry in DEFAULTS if entry["kind"] in shown]
    assert [text for text in wanted if not re.search(rf"{re.escape(text)}\b", CONTRACT)] == []


def test_the_page_of_benchmarks_lists_the_built_in_terms() -> None:
    """Each term that holds by default has its row: platform, tool, what, since when, and who says so."""
    page = rows((ROOT / "docs/benchmark-terms.md").read_text())
    listed = {(":".join((row[0], row[1], row[2].strip("`"))), row[4], row[5]) for row in page}
    terms = [entry for entry in DEFAULTS if entry["kind"] == "benchmark"]
    days = [datetime.fromtimestamp(int(str(term["valid_from"])) / 1000, UTC).date() for term in terms]
    wanted = {(term["id"], str(day), term["source"]) for term, day in zip(terms, days, strict=True)}
    assert wanted
    assert wanted - listed == set()


def test_operate_lists_the_settings() -> None:
    """The table of settings has every variable with its default, and no other."""
    part = OPERATE.split("## Settings")[1].split("## An existing Kafka")[0]
    terms = {row[0].strip("`"): row[1].strip("`") for row in rows(part)[1:]}
    assert terms == {name: text or "empty" for name, text in to_environ(Settings()).items()}


def test_operate_lists_the_secrets() -> None:
    """The page names the file variable of each setting that is shown as ``***``, and no other."""
    part = OPERATE.split("These can come from files:")[1].split(".\n")[0]
    assert set(re.findall(r"`(\w+)`", part)) == {f"PULSE_{name.upper()}_FILE" for name in secrets()}


def test_operate_links_every_alert() -> None:
    """Each alert has a row with its runbook."""
    alerts = {guardrail.alert for metric in METRICS for guardrail in metric.guardrails}
    assert [name for name in alerts if f"| [{name}](../grafana/runbooks/{name}.md)" not in OPERATE] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file of the project finds it; a block of code may be of a file yet to come."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\((?!https?:)([^)#]+)", prose)
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page: Path) -> None:
    """Every `pulse COMMAND` of a page is a command, with options that it has."""
    for name, rest in re.findall(r"(?:^|[`/])pulse ([a-z]+)([^`#\n]*)", page.read_text(), re.MULTILINE):
        assert name in commands(), name
        command = commands()[name]
        # Of a command with commands of its own, the options of any of them.
        parts = (command, *(command.commands.values() if isinstance(command, click.Group) else ()))
        known = {option for part in parts for param in part.params for option in param.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) - known == set()


def test_targets_of_make_exist() -> None:
    """Every make target that a page names is in the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        word
        for page in PAGES
        for word in re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(), re.MULTILINE)
    }
    assert named - targets == set()


def test_tour_names_every_room() -> None:
    """The tour of the README has a row for each room of what runs, and of what proves."""
    package = ROOT / "creator_pulse"
    rooms = {
        f"{top}/{path.parent.name}"
        for top in ("stream", "proof")
        for path in (package / top).glob("*/__init__.py")
    }
    assert [
        room for room in rooms if f"| `creator_pulse/{room}` |" not in (ROOT / "README.md").read_text()
    ] == []


def test_the_contract_says_how_many_changelogs_there_are() -> None:
    """Twelve: ten inputs, the reference topic, and panes; so many topics of that name are created."""
    settings = Settings()
    names = {topic.name for topic in declared(settings) if topic.name.endswith("-changelog")}
    assert len(names) == 12
    assert "the workers' twelve changelogs" in CONTRACT


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_counts_the_metrics(page: Path) -> None:
    """A number of metrics on a page is wrong with the next one that is declared."""
    assert re.findall(r"\ball \d+ metrics\b|the \d+ metrics\b", page.read_text(encoding="utf-8")) == []


def test_the_contract_counts_the_changelogs() -> None:
    """One of each of the ten input topics, one of the reference topic, one of the panes: twelve."""
    names = [topic.name for topic in declared(Settings()) if topic.name.endswith("-changelog")]
    assert len(names) == 12
    assert "the workers' twelve changelogs" in CONTRACT
    assert len([name for name in names if name.startswith("pulse-creator.")]) == 10 + 1
