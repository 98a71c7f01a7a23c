"""Bounds, durations and severities are those of the metric catalogue, written down by hand here."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TABLE = {
    ("GiftValueSurge", "critical"): ("> 10", None),
    ("AdRevenueSurge", "critical"): ("> 10", None),
    ("RegionPriceHigh", "warning"): ("> 10", None),
    ("AppDown", "critical"): ("> 5", None),
    ("GiftValueDrop", "critical"): ("> 10", None),
    ("GiftValueDrop", "warning"): ("> 5", "5m"),
    ("AdRevenueDrop", "critical"): ("> 10", None),
    ("AdRevenueDrop", "warning"): ("> 5", "5m"),
    ("CheckoutOutage", "critical"): ("> 10", None),
    ("CheckoutOutage", "warning"): ("> 5", "5m"),
    ("CreatorEarningsDrop", "warning"): ("< 0.8 *", "15m"),
    ("AdLoadHigh", "warning"): ("> 5", None),
    ("AdLoadOverCap", "critical"): ("> 45", "10m"),
    ("EcpmOutOfBand", "warning"): ("> 2 *", "20m"),
    ("CreatorEarningsLow", "warning"): ("< 0.9 *", "60m"),
    ("CreatorEarningsSurge", "critical"): ("> 2 *", "30m"),
    ("ToolEarningsDrop", "warning"): ("< 0.7 *", "30m"),
    ("PlatformRevenueOutOfBand", "warning"): ("> 1.5 *", "60m"),
    ("TopupsFailing", "critical"): ("> 10", None),
    ("AdFillDrop", "warning"): ("< 0.85 *", "15m"),
    ("AdViewabilityDrop", "warning"): ("< -0.05 +", "30m"),
    ("AdClickRateHigh", "warning"): ("> 3 *", "15m"),
    ("SharedInventoryDrop", "critical"): ("< 0.8 *", "20m"),
    ("RewardDrop", "warning"): ("< 0.8 *", "360m"),
    ("RewardSurge", "critical"): ("> 2 *", "30m"),
    ("QualifiedViewsDrop", "warning"): ("< 0.8 *", "1440m"),
    ("RewardOverBudget", "critical"): ("> 2", "30m"),
    ("RewardOverBudget", "warning"): ("> 1.2", "30m"),
    ("DisclosureMissing", "warning"): ("< 0.99", "30m"),
    ("OrderValueOutOfBand", "warning"): ("> 2 *", "30m"),
    ("ClickToOrderDrop", "warning"): ("< 0.7 *", "20m"),
    ("CommissionRateOutOfRange", "warning"): ("> 0.3", "30m"),
    ("CommissionRateShift", "warning"): ("> 0.03 +", "30m"),
    ("CheckoutFailing", "critical"): ("> 10", None),
    ("PayoutsFailing", "critical"): ("> 10", None),
    ("PayoutsDown", "critical"): ("> 10", None),
    ("PayoutsStuck", "critical"): ("> 259200", "15m"),
    ("DealsOverdue", "warning"): ("> 1.5 *", "1440m"),
    ("EarningsShrink", "warning"): ("< 0.85", "60m"),
    ("PayersShrink", "warning"): ("< 0.9", "60m"),
    ("AudienceShrinks", "warning"): ("< 0.9", "60m"),
    ("NewPayersDrop", "warning"): ("< 0.7 *", "360m"),
    ("SpendConcentrated", "warning"): ("> 0.1 +", "360m"),
    ("ViewersOverDayCap", "warning"): ("> 2 *", "60m"),
    ("GiftRefundsHigh", "warning"): ("> 5", None),
    ("CoinPurchasesDrop", "warning"): ("> 5", None),
    ("CoinDisputesHigh", "critical"): ("> 0.009", "60m"),
    ("CoinDisputesHigh", "warning"): ("> 0.005", "60m"),
    ("RealisedTakeRateOff", "warning"): ("> 0.03", "360m"),
    ("GiftTakeRateOff", "critical"): ("> 0.02", "10m"),
    ("AdTakeRateOff", "critical"): ("> 0.02", "10m"),
    ("CommerceTakeRateOff", "critical"): ("> 0.02", "10m"),
    ("TopicSilent", "critical"): ("== 0", None),
    ("AppSilent", "critical"): ("== 0", None),
    ("RulesFail", "critical"): ("> 0", "10m"),
    ("RulesLate", "warning"): ("> 10", "5m"),
    ("HistoryTooShort", "warning"): ("< 1900800", "60m"),
    ("NotificationsFail", "critical"): ("> 0", "10m"),
    ("ConfigStale", "warning"): ("< 1", "5m"),
    ("AlertingUnwatched", "warning"): ("< 1", "15m"),
    ("BooksApart", "critical"): ("> 0.02", "30m"),
    ("BooksApart", "warning"): ("> 0.005", "30m"),
    ("DisputeMonthHigh", "critical"): ("> 0.009", "60m"),
    ("DisputeMonthHigh", "warning"): ("> 0.005", "60m"),
    ("HypeRefundCohort", "warning"): ("> 2 *", "360m"),
    ("ReversalsHigh", "warning"): ("> 2 *", "60m"),
    ("NewEarnersDrop", "warning"): ("< 0.7 *", "1440m"),
    ("CreatorRetentionDrop", "warning"): ("< -0.05 +", "60m"),
    ("PayerRetentionDrop", "warning"): ("< -0.05 +", "60m"),
    ("CreatorsFallen", "critical"): ("> 2 *", "60m"),
    ("ReciprocalGiftsHigh", "warning"): ("> 3 *", "360m"),
    ("CampaignsOverDelivered", "warning"): ("> 1.3", "30m"),
    ("SuspensionsHigh", "critical"): ("> 3 *", "10m"),
    ("LiabilityHigh", "warning"): ("> 1.3 *", "1440m"),
    ("AdTimeHigh", "warning"): ("> 0.2", "15m"),
    ("AdsBackToBack", "warning"): ("> 0.01", "10m"),
    ("AdFastSkipsHigh", "warning"): ("> 0.05 +", "15m"),
    ("AdHidesHigh", "warning"): ("> 0.006", "15m"),
    ("AdReportsHigh", "warning"): ("> 0.002", "10m"),
    ("SessionsEndAfterAds", "warning"): ("> 1.3 *", "30m"),
    ("MinorGift", "critical"): ("> 0", None),
    ("MinorHostGift", "critical"): ("> 0", None),
    ("AgeUnknown", "warning"): ("> 0", None),
    ("SpendCapBreached", "warning"): ("> 0", None),
    ("SpendCapsNotEnforced", "critical"): ("> 10", None),
    ("DisputeRatioHigh", "warning"): ("> 0.005", "60m"),
    ("DisputeRatioHigh", "critical"): ("> 0.009", "60m"),
    ("RefundWave", "critical"): ("> 10", None),
    ("RefundRatioHigh", "warning"): ("> 0.05 +", "360m"),
    ("RuleCriesWolf", "warning"): ("< 0.3", "15m"),
    ("InvalidTrafficHigh", "warning"): ("> 10", None),
    ("InvalidTrafficHigh", "critical"): ("> 0.1", "5m"),
    ("AdConversionsDrop", "warning"): ("< 0.6 *", "120m"),
    ("AdReturnDrop", "warning"): ("< 0.6 *", "120m"),
    ("AdsBesideRemovedContent", "critical"): ("> 0.001", "15m"),
    ("AdOffTarget", "warning"): ("< -0.05 +", "30m"),
    ("ConversionCostHigh", "warning"): ("> 1.5 *", "120m"),
    ("SmallCreatorsShareDrop", "warning"): ("< -0.05 +", "1440m"),
    ("StreakEndsLost", "warning"): ("> 0.01", "15m"),
    ("GiftNotInCatalogue", "warning"): ("> 0", "5m"),
    ("CurrencyWithoutRate", "warning"): ("> 0", "5m"),
    ("FieldMissing", "warning"): ("< 0.99", "15m"),
    ("RecordRateSurge", "warning"): ("> 10", None),
    ("SeriesOverBudget", "warning"): ("> 200000", "15m"),
    ("WatermarkAhead", "critical"): ("> 300", "1m"),
    ("ReferenceRefused", "warning"): ("> 0", None),
    ("DataStale", "critical"): ("> 300", "5m"),
    ("DataStale", "warning"): ("> 60", "2m"),
    ("ConsumerLagHigh", "critical"): ("> 120", "5m"),
    ("LateShareHigh", "warning"): ("> 0.02", "10m"),
    ("LateValueLost", "critical"): ("> 0.01", "5m"),
    ("LateValueLost", "warning"): ("> 0.001", "15m"),
    ("DuplicateShareHigh", "warning"): ("> 10", None),
    ("DedupSilent", "warning"): ("== 0", "60m"),
    ("SemanticDuplicatesHigh", "warning"): ("> 0.002", "60m"),
    ("ConflictingRecordsHigh", "warning"): ("> 0.001", "30m"),
    ("MiskeyedRecords", "warning"): ("> 0", "5m"),
    ("InvalidShareHigh", "critical"): ("> 0.02", "5m"),
    ("InvalidShareHigh", "warning"): ("> 10", None),
    ("RecordsUncounted", "critical"): ("> 1000", None),
    ("RecordsUncounted", "warning"): ("> 0", None),
    ("PartitionsWait", "critical"): ("> 0", "30m"),
    ("PartitionsWait", "warning"): ("> 0", "5m"),
    ("PartitionsUncounted", "critical"): ("> 0", "2m"),
    ("GroupHasStrangers", "critical"): ("> 0", "1m"),
    ("EndToEndSlow", "critical"): ("> 30", "10m"),
    ("EndToEndSlow", "warning"): ("> 10", "10m"),
    ("RebalanceSlow", "warning"): ("> 120", None),
    ("TableNearlyFull", "warning"): ("> 0.8", "5m"),
    ("LaneRecoverySlow", "warning"): ("> 120", None),
    ("DeadLettersGrow", "warning"): ("> 3 *", "10m"),
    ("RecordRateDrop", "critical"): ("> 10", "2m"),
    ("RegionQuiet", "critical"): ("> 30", None),
    ("RegionQuiet", "warning"): ("> 10", "5m"),
    ("RecordsLost", "critical"): ("> 0", None),
    ("SourceReset", "critical"): ("> 0", None),
    ("WorkerDown", "critical"): ("< 1", "1m"),
    ("RedisDown", "warning"): ("< 1", "2m"),
    ("Watchdog", "none"): ("> 0", None),
    ("GifterTailHigh", "warning"): ("> 3 *", "30m"),
    ("EarningsConcentrated", "warning"): ("> 0.05 +", "360m"),
    ("ActiveSellersDrop", "warning"): ("< 0.85 *", "360m"),
    ("AdvertiserRetentionDrop", "warning"): ("< -0.05 +", "60m"),
    ("UsualEarningsDrop", "warning"): ("< 0.7 *", "360m"),
    ("AdvertisersLeaving", "warning"): ("< 0.85 *", "360m"),
    ("AdLoadTailOverCap", "critical"): ("> 75", "10m"),
    ("PayoutDelayHigh", "warning"): ("> 86400", "30m"),
    ("EarningCreatorsDrop", "warning"): ("< 0.9 *", "360m"),
    ("GifterConversionDrop", "warning"): ("< 0.75 *", "30m"),
    ("WatchTimeLow", "critical"): ("< 0.75 *", "10m"),
    ("WatchTimeLow", "warning"): ("< 0.9 *", "60m"),
    ("ActiveViewersDrop", "critical"): ("> 10", None),
    ("EngagementDrop", "warning"): ("< 0.7 *", "60m"),
    ("CompletionDrop", "warning"): ("< -0.05 +", "60m"),
    ("FunnelNarrows", "warning"): ("< 0.8 *", "360m"),
    ("ToolAdoptionDrop", "warning"): ("< 0.85 *", "1440m"),
    ("GiftVelocity", "critical"): ("> 4 *", "5m"),
    ("GiftSendVelocity", "critical"): ("> 4 *", "5m"),
    ("SuspectedMinors", "warning"): ("> 1.5 *", "60m"),
    ("MinorClaimsHigh", "warning"): ("> 1.5 *", "60m"),
    ("GiftStructuring", "warning"): ("> 3 *", "60m"),
    ("NewAccountWhales", "warning"): ("> 3 *", "30m"),
    ("GiftRings", "warning"): ("> 2 *", "60m"),
    ("GiftRingDevices", "warning"): ("> 2 *", "60m"),
    ("GiftRingPayments", "warning"): ("> 2 *", "60m"),
    ("HypeRefunds", "warning"): ("> 2 *", "360m"),
    ("SinglePayerDependence", "warning"): ("> 2 *", "360m"),
    ("AdFrequencyHigh", "warning"): ("> 0.02", "60m"),
}
GUARDS = {
    "NewEarnersDrop": "app:pulse_creators_new:baseline_24h >= 100",
    "SmallCreatorsShareDrop": "app:pulse_creators_earning:24h >= 1000",
    "SemanticDuplicatesHigh": "topic:pulse_records_accepted:1h >= 6300",
    "ConflictingRecordsHigh": "topic:pulse_records_read:10m >= 2000",
    "InvalidShareHigh": "topic:pulse_records_read:increase5m >= 300",
    "DeadLettersGrow": "topic:pulse_dead_letters:increase10m > 100",
    "DedupSilent": "topic:pulse_records_read:10m >= 2000",
    "DisclosureMissing": "app:pulse_deal_posted_count:24h >= 100",
    "AdsBackToBack": "app:pulse_ad_spaced_count:15m >= 1500",
    "AdFastSkipsHigh": "app:pulse_ad_human_impressions:15m >= 2000",
    "AdHidesHigh": "app:pulse_ad_human_impressions:30m >= 6300",
    "AdReportsHigh": "app:pulse_ad_human_impressions:30m >= 6300",
    "DisputeRatioHigh": "app:pulse_card_settled_count:24h >= 5500",
    "InvalidTrafficHigh": "app:pulse_ad_impressions_shown:15m >= 500",
    "AdsBesideRemovedContent": "app:pulse_ad_impressions_shown:1h >= 14500",
    "AdOffTarget": "app:pulse_ad_targeted_impressions:1h >= 5000",
    "ConversionCostHigh": "app:pulse_ad_conversion_count:24h >= 200",
    "UsualEarningsDrop": "app:pulse_creators_earning:24h >= 1000",
    "SuspensionsHigh": "ratio:increase1h > 0.005",
}


@pytest.fixture(scope="module")
def rules(tree: Path) -> list[dict[str, Any]]:
    """All alerting rules."""
    files = [yaml.safe_load(path.read_text()) for path in sorted((tree / "alerts").glob("*.yml"))]
    return [rule for file in files for group in file["groups"] for rule in group["rules"]]


def test_table_is_complete(rules: list[dict[str, Any]]) -> None:
    """The rules hold exactly the alerts of the table."""
    assert {(rule["alert"], rule["labels"]["severity"]) for rule in rules} == set(TABLE)


def test_bounds_and_durations(rules: list[dict[str, Any]]) -> None:
    """Each rule compares with the bound of the table, for its duration."""
    # A page begins at the bound of its second line, and goes on down to that of its first.
    bounds = {
        (r["alert"], r["labels"]["severity"]): (re.split(r"\n(?!and max by)", r["expr"])[0], r.get("for"))
        for r in rules
    }
    wrong = {
        key: bounds[key]
        for key, (bound, duration) in TABLE.items()
        if not re.search(re.escape(bound) + r"( |\)|$)", bounds[key][0]) or bounds[key][1] != duration
    }
    assert wrong == {}


def test_sample_guards(rules: list[dict[str, Any]]) -> None:
    """Each guard is that of the table; a drop of gifts looks at the baseline: none at all must page."""
    exprs: dict[str, str] = {}
    for rule in rules:
        exprs[rule["alert"]] = f"{exprs.get(rule['alert'], '')}\n{rule['expr']}"
    assert {alert: guard in exprs[alert] for alert, guard in GUARDS.items()} == dict.fromkeys(GUARDS, True)


def test_texts_follow_the_mixin_conventions(rules: list[dict[str, Any]]) -> None:
    """A summary is one static sentence; a description is templated; both links are there."""
    for rule in rules:
        texts = rule["annotations"]
        assert re.fullmatch(r"[A-Z][^{}]*\.", texts["summary"]), rule["alert"]
        assert "{{" in texts["description"], rule["alert"]
        assert texts["runbook_url"] == f"http://127.0.0.1:8080/runbooks/{rule['alert']}"


def test_a_bound_that_moves_is_told_with_what_is_usual_now(rules: list[dict[str, Any]]) -> None:
    """The description asks for the baseline of the alert's own series, by each of its labels."""
    moving = [rule for rule in rules if ":baseline_" in rule["expr"].partition("\nand on")[0]]
    assert len(moving) > 50
    for rule in moving:
        baseline = re.search(r"[a-z_]+:pulse_[a-z0-9_]+:baseline_\w+", rule["expr"])
        asked = re.search(r'printf "(\S+)\{(\S+)\}"', rule["annotations"]["description"])
        assert baseline is not None, rule["alert"]
        assert asked is not None, rule["alert"]
        labels = baseline[0].partition(":")[0].split("_")
        assert (asked[1], asked[2]) == (baseline[0], ",".join(f"{label}='%s'" for label in labels))


def test_links_open_the_board_of_the_alert(rules: list[dict[str, Any]]) -> None:
    """An absolute address: the board of the tool, the last hours or day, and the alert's app or topic."""
    urls = {rule["alert"]: rule["annotations"]["dashboard_url"] for rule in rules}
    app, topic = "var-app={{ $labels.app }}", "var-topic={{ $labels.topic }}"
    wanted = {
        "GiftValueDrop": f"pulse-tool-gift?from=now-6h&to=now&{app}",
        "RewardSurge": f"pulse-tool-reward?from=now-24h&to=now&{app}",
        "CreatorEarningsDrop": f"pulse-party-creators?from=now-6h&to=now&{app}",
        "DataStale": f"pulse-pipeline?from=now-6h&to=now&{topic}",
        "RegionQuiet": f"pulse-pipeline?from=now-6h&to=now&{app}&var-region={{{{ $labels.region }}}}",
        "Watchdog": "pulse-pipeline?from=now-6h&to=now",
    }
    assert {name: urls[name] for name in wanted} == {
        name: f"http://127.0.0.1:8080/d/{rest}" for name, rest in wanted.items()
    }


def test_each_link_leads_to_a_board(rules: list[dict[str, Any]], tree: Path) -> None:
    """There is a board with the uid of each link, and there are several."""
    boards = [json.loads(path.read_text()) for path in (tree / "dashboards").iterdir()]
    uids = {board["uid"] for board in boards}
    linked = {re.findall(r"/d/([a-z-]+)\?", rule["annotations"]["dashboard_url"])[0] for rule in rules}
    assert linked <= uids
    assert len(linked) > 5


LONGER = {
    "ActiveViewersDrop": "15m",
    "AppDown": "20m",
    "CheckoutFailing": "20m",
    "PayoutsFailing": "15m",
    "TopupsFailing": "15m",
}
"""Pages that explain others, with how long they go on."""


def test_an_alert_fires_on_after_its_condition(rules: list[dict[str, Any]]) -> None:
    """A page for ten minutes, a ticket for thirty: a number at its bound is one message.

    A page of evidence that holds back others goes on five minutes longer for each of those, one below the
    other: payments that fail hold back top-ups that fail, and these hold back gifts.
    The ticket of a page ends with it: one that went on longer would ring when the page is over. What is of
    the last quarter of an hour or longer, and fires at once, lasts by itself.
    """
    pages = {rule["alert"] for rule in rules if rule["labels"]["severity"] == "critical"}
    kept = {
        (rule["labels"]["severity"], rule["alert"] in pages, rule["keep_firing_for"])
        for rule in rules
        if "keep_firing_for" in rule and rule["alert"] not in LONGER
    }
    longer = {rule["alert"]: rule["keep_firing_for"] for rule in rules if rule["alert"] in LONGER}
    assert longer == LONGER
    assert kept == {("critical", True, "10m"), ("warning", True, "10m"), ("warning", False, "30m")}
    assert {rule["alert"] for rule in rules if "keep_firing_for" not in rule} == {
        "LaneRecoverySlow",
        "RecordsLost",
        "RecordsUncounted",
        "ReferenceRefused",
        "SourceReset",
        "Watchdog",
    }


def test_what_looks_back_goes_on_by_itself(rules: list[dict[str, Any]], tree: Path) -> None:
    """Only an alert that fires at once, on a series of a quarter of an hour or longer, is not kept firing."""
    groups = [group for file in (tree / "rules").glob("*.yml") for group in _groups(file)]
    ranges = {
        rule["record"]: max((_minutes(*span) for span in _RANGE.findall(rule["expr"])), default=0)
        for group in groups
        for rule in group["rules"]
    }
    looks_back = {
        rule["alert"]
        for rule in rules
        if "for" not in rule and ranges.get(rule["expr"].split()[0].split("{")[0], 0) >= 15
    }
    assert looks_back == {rule["alert"] for rule in rules if "keep_firing_for" not in rule} - {"Watchdog"}


_RECORDED = re.compile(r"[a-z_]+:pulse_[a-z0-9_]+:[a-z0-9_]+")
_RANGE = re.compile(r"(?:(?:increase|max_over_time)\([^\[]*\[|offset )(\d+)([mhd])")


def _minutes(number: str, unit: str) -> int:
    return int(number) * {"m": 1, "h": 60, "d": 1_440}[unit]


def _groups(file: Path) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = yaml.safe_load(file.read_text())["groups"]
    return groups


def test_each_group_says_how_often_it_is_evaluated(tree: Path) -> None:
    """No group depends on what the Prometheus that loads it evaluates by; what watches days is seldom."""
    files = [*(tree / "rules").glob("*.yml"), *(tree / "alerts").glob("*.yml")]
    groups = {group["name"]: group for file in files for group in yaml.safe_load(file.read_text())["groups"]}
    assert [name for name, group in groups.items() if "interval" not in group] == []
    intervals = {
        # Pages by evidence, which is scraped each 5 s, and the watchdog, whose silence is noticed.
        "pulse-GI1": "5s",
        "pulse-PL13": "5s",
        # Records lost, at once, and payouts that wait, for a quarter of an hour: both recorded each 15 s.
        "pulse-OP2": "15s",
        "pulse-CR5": "15s",
        "pulse-CF1": "1m",
        # Its ticket asks whether the page told of it within a day.
        "pulse-GI1-day": "1m",
    }
    assert {name: groups[name]["interval"] for name in intervals} == intervals


def test_alerts_on_recorded_windows_are_evaluated_as_often_as_those_are_recorded(tree: Path) -> None:
    """Each 30 s, if an alert waits for minutes, as ads back to back; else each 15 s, as a minor's gift."""
    groups = {
        group["name"]: group["interval"]
        for name in ("rules/sums.yml", "alerts/business.yml")
        for group in yaml.safe_load((tree / name).read_text())["groups"]
    }
    assert {groups[name] for name in ("pulse-sums", "pulse-ratios", "pulse-VX2", "pulse-VX4")} == {"30s"}
    assert {groups[name] for name in ("pulse-sums-at-once", "pulse-FR2", "pulse-FR14")} == {"15s"}


def test_no_alert_that_waits_for_nothing_reads_what_is_recorded_seldom(tree: Path) -> None:
    """What is recorded less often than each 15 s has only alerts with a duration or a look at a day."""
    every = {
        rule["record"]: group["interval"]
        for path in (tree / "rules").glob("*.yml")
        for group in _groups(path)
        for rule in group["rules"]
    }
    seldom = {name for name, interval in every.items() if interval not in {"5s", "15s"}}
    hurried = [
        (rule["alert"], name)
        for path in (tree / "alerts").glob("*.yml")
        for group in _groups(path)
        for rule in group["rules"]
        if "for" not in rule
        for name in _RECORDED.findall(rule["expr"])
        if name in seldom and ":age_" not in name
    ]
    assert hurried == []


def test_each_recording_is_read(tree: Path) -> None:
    """By an alert, a board, another recording, or code that asks Prometheus: else it costs for nothing."""
    groups = [group for path in (tree / "rules").glob("*.yml") for group in _groups(path)]
    rules = [rule for group in groups for rule in group["rules"]]
    texts = [path.read_text() for folder in ("alerts", "dashboards") for path in (tree / folder).iterdir()]
    code = [path.read_text() for path in (ROOT / "creator_pulse").rglob("*.py")]
    asked = {name for text in (*texts, *code) for name in _RECORDED.findall(text)}
    asked |= {name for rule in rules for name in _RECORDED.findall(rule["expr"]) if name != rule["record"]}
    assert {rule["record"] for rule in rules} - asked == set()


def test_no_label_has_a_blank_in_it(rules: list[dict[str, Any]]) -> None:
    """A label's value is a word of letters, digits and a few marks: it can be typed into a silence."""
    values = {value for rule in rules for value in rule["labels"].values()}
    assert [value for value in values if not re.fullmatch(r"[a-zA-Z0-9_,-]+", value)] == []


def test_who_answers(rules: list[dict[str, Any]]) -> None:
    """The team and the one who is hurt of some alerts, by the catalogue of who owns what."""
    wanted = {
        "GiftValueDrop": ("gifts", "platform"),
        "TopupsFailing": ("payments", "viewers"),
        "CheckoutFailing": ("payments", "platform"),
        "AdLoadOverCap": ("viewer-experience", "viewers"),
        "PayoutsStuck": ("finance", "creators"),
        "MinorGift": ("trust-and-safety", "viewers"),
        "DataStale": ("data-platform", "on-call"),
        "CreatorEarningsDrop": ("creator-success", "creators"),
    }
    owners = {rule["alert"]: (rule["labels"]["team"], rule["labels"]["stakeholder"]) for rule in rules}
    assert {alert: owners[alert] for alert in wanted} == wanted


def test_no_value_stands_in_a_label(rules: list[dict[str, Any]]) -> None:
    """Labels are static, so that an alert keeps its identity while its number moves."""
    assert not [rule["alert"] for rule in rules if "{{" in str(rule["labels"])]


def test_labels_of_every_alert(rules: list[dict[str, Any]]) -> None:
    """Each alert says severity, product, team, stakeholder, tool and tier; business alerts name their topics.

    An alert per tool has its tool from its series.
    """
    for rule in rules:
        assert {"severity", "product", "tier", "team", "stakeholder"} <= set(rule["labels"])
        assert bool(re.search("_tool(_step)?:", rule["expr"])) != ("tool" in rule["labels"])
        assert ("topics" in rule["labels"]) == (rule["labels"]["tier"] != "pipeline")
