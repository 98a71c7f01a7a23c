"""What holds what back, over all pairs of alerts: a real Alertmanager against causes written down by hand."""

from __future__ import annotations

import json
import re
import urllib.parse
import urllib.request
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from creator_pulse.stream.catalog.declaration.causes import holds
from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.errors import CatalogError
from creator_pulse.stream.monitoring.alertmanager import alertmanager_config
from creator_pulse.stream.monitoring.alerts import declared
from tests.support.fired_alerts import Fired, Law, every, fired
from tests.support.running_alertmanager import running_alertmanager
from tests.support.written_causes import EXPLAINED_BY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from creator_pulse.stream.catalog.declaration.declare import Guardrail, Metric

PAGE, TICKET = "critical", "warning"
LONG_AGO = "2001-01-01T00:00:00Z"
POLLS = 500
CONFIG: dict[str, Any] = yaml.safe_load(alertmanager_config())
RULES = range(len(CONFIG["inhibit_rules"]))
CANARY = {"source_matchers": ['canary="source"'], "target_matchers": ['canary="target"'], "equal": ["case"]}
"""A rule of the test's own: an alert that was posted after others is held back only after them."""


class Alertmanager:
    """A running one with our configuration: which alerts fire is set, and what it holds back is read."""

    def __init__(self, address: str) -> None:
        self._url = f"{address}/api/v2/alerts"
        self._firing: set[Fired] = set()
        self._cases = 0

    def fire(self, alerts: Iterable[Fired]) -> dict[Fired, set[Fired]]:
        """Let these alerts fire and no other: each with those that it names as holding it back."""
        wanted = set(alerts)
        self._cases += 1
        canaries = [{"canary": end, "case": str(self._cases)} for end in ("source", "target")]
        changes = [{"labels": alert.labels, "endsAt": LONG_AGO} for alert in self._firing - wanted]
        changes += [{"labels": alert.labels} for alert in wanted - self._firing]
        self._call([*changes, *({"labels": labels} for labels in canaries)])
        self._firing = wanted
        chosen = urllib.parse.urlencode(
            [("filter", f'{name}="{value}"') for name, value in canaries[1].items()]
        )
        settled = (self._call(query=f"?{chosen}")[0]["status"]["state"] for _ in range(POLLS))
        assert "suppressed" in settled
        self._call([{"labels": labels, "endsAt": LONG_AGO} for labels in canaries])
        shown = [alert for alert in self._call() if "canary" not in alert["labels"]]
        names = {alert["fingerprint"]: Fired(frozenset(alert["labels"].items())) for alert in shown}
        assert set(names.values()) == wanted
        return {
            names[alert["fingerprint"]]: {names[by] for by in alert["status"]["inhibitedBy"]}
            for alert in shown
        }

    def _call(self, body: object | None = None, query: str = "") -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._url + query, data=data, headers=headers)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
            return json.loads(answer.read() or "null")


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    """A real Alertmanager, which tells nobody."""
    receivers = [{"name": receiver["name"]} for receiver in CONFIG["receivers"]]
    rules = [*CONFIG["inhibit_rules"], CANARY]
    config = json.dumps(CONFIG | {"receivers": receivers, "inhibit_rules": rules})
    with running_alertmanager(tmp_path_factory.mktemp("alertmanager"), config.encode()) as address:
        yield Alertmanager(address)


@pytest.mark.stack
def test_every_pair(alertmanager: Alertmanager) -> None:
    """Of every two alerts that fire, the one holds the other back exactly if it explains it.

    Alertmanager names one alert that holds another back, not all. So each alert that explains something
    fires alone beside those that explain nothing; those that explain and are explained fire in groups.
    """
    alerts, law = list(every()), Law()
    holders = {target: {source for source in alerts if law.holds(source, target)} for target in alerts}
    sources = set().union(*holders.values())
    idle = set(alerts) - sources
    explained = [target for target in sources if holders[target]]
    groups = [idle, *(idle | {source} for source in sources), sources]
    groups += [sources - holders[target] for target in explained]
    groups += [{source, target} for target in explained for source in holders[target]]
    wrong, judged = [], {target: {target} for target in alerts}
    for group in groups:
        for target, by in alertmanager.fire(group).items():
            holding = holders[target] & group
            if len(holding) < 2:
                judged[target] |= holding or group
            if not (by <= holding and bool(by) == bool(holding)):
                wrong.append(
                    (target.labels, [source.labels for source in by], [source.labels for source in holding])
                )
    assert wrong == []
    assert {len(pairs) for pairs in judged.values()} == {len(alerts)}


@pytest.mark.stack
@pytest.mark.parametrize(
    ("source", "target"),
    [
        (
            fired("GiftValueDrop", PAGE, app="tiktok"),
            fired("ToolEarningsDrop", TICKET, app="tiktok", tool="gift"),
        ),
        (
            fired("CheckoutFailing", PAGE, app="tiktok"),
            fired("ToolEarningsDrop", TICKET, app="tiktok", tool="commerce"),
        ),
        (fired("GiftValueDrop", PAGE, app="tiktok"), fired("CreatorEarningsDrop", TICKET, app="tiktok")),
        (fired("GiftTakeRateOff", PAGE, app="tiktok"), fired("CreatorEarningsDrop", TICKET, app="tiktok")),
        (fired("TopupsFailing", PAGE, app="tiktok"), fired("GiftValueDrop", PAGE, app="tiktok")),
        (fired("CheckoutFailing", PAGE, app="tiktok"), fired("TopupsFailing", PAGE, app="tiktok")),
        (fired("GiftValueDrop", PAGE, app="tiktok"), fired("RecordRateDrop", PAGE, topic="gift")),
        (fired("AppDown", PAGE, app="tiktok"), fired("RecordRateDrop", PAGE, topic="purchase")),
        (fired("AppDown", PAGE, app="tiktok"), fired("ActiveViewersDrop", PAGE, app="tiktok")),
        (fired("AppDown", PAGE, app="tiktok"), fired("GiftValueDrop", PAGE, app="tiktok")),
        (
            fired("ActiveViewersDrop", PAGE, app="tiktok"),
            fired("AppSilent", PAGE, app="tiktok", topic="watch", tool="all"),
        ),
        (fired("PayoutsFailing", PAGE, app="tiktok"), fired("PayoutsDown", PAGE, app="tiktok")),
        (fired("GiftValueSurge", PAGE, app="tiktok"), fired("CreatorEarningsSurge", PAGE, app="tiktok")),
        (fired("AdRevenueSurge", PAGE, app="tiktok"), fired("EcpmOutOfBand", TICKET, app="tiktok")),
        (fired("ActiveViewersDrop", PAGE, app="tiktok"), fired("AdRevenueDrop", PAGE, app="tiktok")),
        (
            fired("AdLoadOverCap", PAGE, app="tiktok", surface="feed"),
            fired("AdTimeHigh", TICKET, app="tiktok"),
        ),
        (
            fired("AdLoadOverCap", PAGE, app="tiktok", surface="feed"),
            fired("AdsBackToBack", TICKET, app="tiktok"),
        ),
        (fired("EcpmOutOfBand", TICKET, app="tiktok"), fired("AdReturnDrop", TICKET, app="tiktok")),
        (fired("AdConversionsDrop", TICKET, app="tiktok"), fired("ConversionCostHigh", TICKET, app="tiktok")),
        (
            fired("CommissionRateOutOfRange", TICKET, app="tiktok"),
            fired("CommissionRateShift", TICKET, app="tiktok"),
        ),
        (
            fired("ActiveViewersDrop", PAGE, app="tiktok"),
            fired("RegionQuiet", TICKET, app="tiktok", region="US"),
        ),
        (fired("DataStale", PAGE, topic="gift"), fired("GiftValueDrop", PAGE, app="tiktok")),
        (fired("DataStale", PAGE, topic="gift"), fired("DataStale", TICKET, topic="gift")),
        (fired("ConsumerLagHigh", PAGE, topic="watch"), fired("CreatorEarningsDrop", TICKET, app="tiktok")),
        (fired("DataStale", PAGE, topic="pane"), fired("CheckoutOutage", PAGE, app="tiktok")),
        (fired("WorkerDown", PAGE, instance="a:9464"), fired("DataStale", PAGE, topic="gift")),
        (
            fired("ActiveViewersDrop", PAGE, app="tiktok"),
            fired("AdLoadOverCap", PAGE, app="tiktok", surface="feed"),
        ),
        (fired("TopicSilent", PAGE, topic="gift"), fired("GiftValueDrop", PAGE, app="tiktok")),
        (fired("TopicSilent", PAGE, topic="gift"), fired("RecordRateDrop", PAGE, topic="gift")),
        (
            fired("GiftValueDrop", PAGE, app="tiktok"),
            fired("AppSilent", PAGE, app="tiktok", topic="gift", tool="gift"),
        ),
    ],
    ids=lambda one: one.labels["alertname"],
)
def test_explained(alertmanager: Alertmanager, source: Fired, target: Fired) -> None:
    """The first alert explains the second, and holds it back."""
    assert alertmanager.fire((source, target))[target] == {source}


@pytest.mark.stack
@pytest.mark.parametrize(
    ("source", "target"),
    [
        (
            fired("GiftValueDrop", PAGE, app="tiktok"),
            fired("ToolEarningsDrop", TICKET, app="tiktok", tool="commerce"),
        ),
        (fired("GiftValueDrop", PAGE, app="tiktok"), fired("CreatorEarningsDrop", TICKET, app="douyin")),
        (
            fired("BooksApart", PAGE, app="douyin", tool="gift"),
            fired("BooksApart", TICKET, app="douyin", tool="ad"),
        ),
        (
            fired("ActiveViewersDrop", PAGE, app="douyin"),
            fired("RegionQuiet", TICKET, app="tiktok", region="US"),
        ),
        (fired("RecordRateDrop", PAGE, topic="gift"), fired("GiftValueDrop", PAGE, app="tiktok")),
        (fired("GiftValueDrop", PAGE, app="tiktok"), fired("RecordRateDrop", PAGE, topic="wallet")),
        (fired("CheckoutFailing", PAGE, app="douyin"), fired("TopupsFailing", PAGE, app="tiktok")),
        (fired("AppDown", PAGE, app="douyin"), fired("GiftValueDrop", PAGE, app="tiktok")),
        (fired("InvalidShareHigh", PAGE, topic="gift"), fired("MinorGift", PAGE, app="tiktok")),
        (fired("InvalidShareHigh", PAGE, topic="gift"), fired("GiftValueDrop", PAGE, app="tiktok")),
        (fired("DataStale", PAGE, topic="gift"), fired("MinorGift", PAGE, app="tiktok")),
        (fired("DataStale", PAGE, topic="payout"), fired("PayoutsStuck", PAGE, app="tiktok")),
        (
            fired("DataStale", PAGE, topic="gift"),
            fired("ToolEarningsDrop", TICKET, app="tiktok", tool="commerce"),
        ),
        (fired("DataStale", PAGE, topic="ad"), fired("GiftValueDrop", PAGE, app="tiktok")),
        (fired("DataStale", PAGE, topic="gift"), fired("DataStale", TICKET, topic="ad")),
        (fired("DataStale", TICKET, topic="gift"), fired("GiftValueDrop", PAGE, app="tiktok")),
        (fired("DataStale", PAGE, topic="gift"), fired("InvalidShareHigh", PAGE, topic="gift")),
        (fired("WorkerDown", PAGE, instance="a:9464"), fired("RecordsLost", PAGE, topic="gift")),
        (fired("TopicSilent", PAGE, topic="gift"), fired("MinorGift", PAGE, app="tiktok")),
        (fired("TopicSilent", PAGE, topic="payout"), fired("PayoutsStuck", PAGE, app="tiktok")),
        (
            fired("GiftValueDrop", PAGE, app="tiktok"),
            fired("AppSilent", PAGE, app="tiktok", topic="wallet", tool="all"),
        ),
        (fired("ActiveViewersDrop", PAGE, app="tiktok"), fired("AdRevenueDrop", PAGE, app="douyin")),
        (
            fired("AdLoadOverCap", PAGE, app="tiktok", surface="feed"),
            fired("AdLoadTailOverCap", PAGE, app="tiktok", surface="live"),
        ),
    ],
    ids=lambda one: one.labels["alertname"],
)
def test_not_explained(alertmanager: Alertmanager, source: Fired, target: Fired) -> None:
    """The first alert is about something else, or too little: the second is heard."""
    assert alertmanager.fire((source, target))[target] == set()


@pytest.mark.stack
def test_no_worker_at_all_explains_old_numbers(alertmanager: Alertmanager) -> None:
    """WorkerDown has no instance where none is scraped, and holds back DataStale all the same."""
    named, stale = fired("WorkerDown", PAGE, instance="a:9464"), fired("DataStale", PAGE, topic="gift")
    nameless = Fired(named.pairs - {("job", "pulse"), ("instance", "a:9464")})
    assert alertmanager.fire((nameless, stale))[stale] == {nameless}


@pytest.mark.stack
@pytest.mark.parametrize("worker", ["down", "up"])
def test_what_stands_still_is_held_back_though_its_cause_is_too(
    alertmanager: Alertmanager, worker: str
) -> None:
    """DataStale holds the business alert back, whether or not WorkerDown holds DataStale back."""
    stale, target = fired("DataStale", PAGE, topic="gift"), fired("GiftValueDrop", PAGE, app="tiktok")
    down = {fired("WorkerDown", PAGE, instance="a:9464")} if worker == "down" else set()
    assert alertmanager.fire({stale, target} | down)[target] == {stale}


@pytest.mark.stack
def test_another_product(alertmanager: Alertmanager) -> None:
    """An alert of the same name of another product holds back none of ours."""
    target = fired("GiftValueDrop", PAGE, app="tiktok")
    theirs = Fired(
        fired("DataStale", PAGE, topic="gift").pairs - {("product", "pulse")} | {("product", "other")}
    )
    assert alertmanager.fire((theirs, target))[target] == set()


@pytest.mark.stack
def test_another_installation(alertmanager: Alertmanager) -> None:
    """Where Prometheus names its cluster, an alert of another cluster holds nothing back."""
    source, target = fired("DataStale", PAGE, topic="gift"), fired("GiftValueDrop", PAGE, app="tiktok")
    here, there = (Fired(target.pairs | {("cluster", name)}) for name in ("eu", "us"))
    source = Fired(source.pairs | {("cluster", "eu")})
    shown = alertmanager.fire((source, here, there))
    assert (shown[here], shown[there]) == ({source}, set())


@pytest.mark.stack
def test_a_label_that_both_lack_is_not_equal(alertmanager: Alertmanager) -> None:
    """An alert that lost its app holds back none, though the other lost it as well."""
    source, target = (
        Fired(fired(alert, severity, app="tiktok").pairs - {("app", "tiktok")})
        for alert, severity in (("GiftValueDrop", PAGE), ("CreatorEarningsDrop", TICKET))
    )
    assert alertmanager.fire((source, target))[target] == set()


def _matches(matchers: Iterable[str], one: Fired) -> bool:
    for matcher in matchers:
        parsed = re.fullmatch(r'(\w+)(=~|!~|=)"(.*)"', matcher)
        assert parsed is not None, matcher
        label, op, wanted = parsed.groups()
        value = one.labels.get(label, "")
        same = value == wanted if op == "=" else re.fullmatch(wanted, value) is not None
        if same == (op == "!~"):
            return False
    return True


@pytest.mark.parametrize(
    "rule", CONFIG["inhibit_rules"], ids=[f"rule {place}" for place in range(len(CONFIG["inhibit_rules"]))]
)
def test_no_rule_stands_idle(rule: dict[str, Any]) -> None:
    """Each inhibition rule holds some alert back while some other fires."""
    alerts = list(every())
    equal = [label for label in rule["equal"] if label != "cluster"]
    seen = {
        tuple(alert.labels[name] for name in equal)
        for alert in alerts
        if _matches(rule["source_matchers"], alert)
    }
    held = [alert for alert in alerts if _matches(rule["target_matchers"], alert)]
    assert any(tuple(alert.labels.get(name, "") for name in equal) in seen for alert in held)


def test_the_declared_causes_are_those_written_down() -> None:
    """Each alert yields to the alerts of the table, and to no others; no alert of the table is gone."""
    causes: dict[str, set[str]] = {}
    for _, guardrail in declared():
        if guardrail.yields_to:
            causes.setdefault(guardrail.alert, set()).update(guardrail.yields_to)
    assert causes == {alert: set(names) for alert, names in EXPLAINED_BY.items()}


def test_each_named_alert_stands_in_its_rule_for_a_reason() -> None:
    """No name in a rule's list of causes is there in vain: each explains some alert that fires."""
    alerts, law = list(every()), Law()
    effects = {(g.alert, cause) for _, g in declared() for cause in g.yields_to}
    names = [(alert.labels["alertname"], alert) for alert in alerts]
    explained = {
        (target, source)
        for target, other in names
        for source, one in names
        if (target, source) in effects and law.holds(one, other)
    }
    assert explained == effects


def _with(alert: str, severity: str | None = None, **changes: Any) -> tuple[Metric, ...]:
    """The catalogue with one alert declared otherwise, in one of its forms or in all."""

    def changed(one: Guardrail) -> Guardrail:
        return replace(one, **changes) if one.alert == alert and severity in {None, one.severity} else one

    return tuple(replace(metric, guardrails=tuple(map(changed, metric.guardrails))) for metric in METRICS)


def test_a_ticket_that_yields_leaves_its_page_alone() -> None:
    """What only an alert's ticket yields to does not hold its page back."""
    changed = _with("InvalidTrafficHigh", "ticket", yields_to=("AdHidesHigh",))
    rules = yaml.safe_load(alertmanager_config(metrics=changed))["inhibit_rules"]
    page = fired("InvalidTrafficHigh", PAGE, app="tiktok")
    hides = fired("AdHidesHigh", TICKET, app="tiktok")
    targets = [rule["target_matchers"] for rule in rules if _matches(rule["source_matchers"], hides)]
    assert targets
    assert not any(_matches(target, page) for target in targets)


@pytest.mark.parametrize(
    ("alert", "cause", "says"),
    [
        ("AdReturnDrop", "EcpmOutOfBounds", "its cause 'EcpmOutOfBounds' is no alert"),
        ("AdRevenueDrop", "EcpmOutOfBand", "its cause EcpmOutOfBand is a ticket, and holds back no page"),
        ("AdFillDrop", "GiftValueDrop", "is about the tool gift, and the effect about ad"),
        ("DataStale", "CheckoutFailing", r"is of one \['app'\], and the effect of all"),
        ("GiftValueDrop", "CreatorEarningsDrop", "holds back"),
    ],
)
def test_a_wrong_cause_is_refused(alert: str, cause: str, says: str) -> None:
    """A cause that can never hold back, or would hold back too much, is an error of the catalogue."""
    with pytest.raises(CatalogError, match=says):
        holds(_with(alert, yields_to=(cause,)))
