"""Messages judged by hand-made truths."""

from __future__ import annotations

from creator_pulse.proof.backtest.figures import SeedResult, alert_rows, figures, incident_rows, missed_goals
from creator_pulse.proof.backtest.incident import Incident, Match
from creator_pulse.proof.backtest.judge import judged, outcomes
from creator_pulse.proof.backtest.messages import Message

GIFTS = Match("GiftValueDrop")
OUTAGE = Incident(
    name="gifts vanish",
    size="50 %",
    start=1000,
    end=1060,
    app="tiktok",
    hard=True,
    must=(GIFTS,),
    may=(Match("ToolEarningsDrop", {"tool": "gift|all"}),),
    never=(Match("DataStale"),),
)
SALE = Incident(name="sale", kind="unusual", severity="none", start=3000, end=4000, app="tiktok", tickets=1)
CLEAN = Incident(name="clean week", kind="clean", severity="none", start=5000, end=6000)
TRUTH = (OUTAGE, SALE, CLEAN)


def message(start: int, alert: str, *, end: int = 0, severity: str = "critical", **labels: str) -> Message:
    """One that lasts 20 minutes unless told otherwise."""
    return Message(({"alertname": alert, "severity": severity, **labels},), start, end or start + 20)


def opinions(*messages: Message) -> list[str]:
    """What is thought of each."""
    return [opinion.opinion for opinion in judged(messages, TRUTH)]


def test_what_must_fire_is_right() -> None:
    """The alert that an incident names, of its app, while it lasts."""
    assert opinions(message(1002, "GiftValueDrop", app="tiktok")) == ["right"]


def test_what_may_fire_is_collateral() -> None:
    """A consequence is no false alarm."""
    assert opinions(message(1002, "ToolEarningsDrop", app="tiktok", tool="gift")) == ["collateral"]


def test_labels_of_a_consequence_count() -> None:
    """The same alert of a tool that the incident does not explain is about something else."""
    assert opinions(message(1002, "ToolEarningsDrop", app="tiktok", tool="commerce")) == ["beside"]


def test_another_app_is_no_excuse() -> None:
    """While gifts vanish in one app, their alert in the other one is false."""
    assert opinions(message(1002, "GiftValueDrop", app="douyin")) == ["between"]


def test_an_alert_of_all_apps_is_about_any() -> None:
    """An alert without an app speaks of each."""
    assert opinions(message(1002, "GiftValueDrop")) == ["right"]


def test_a_part_of_the_place_is_the_place() -> None:
    """An incident of a whole app is told by the alert of one of its regions."""
    assert opinions(message(1002, "GiftValueDrop", app="tiktok", region="US")) == ["right"]


def test_another_region_is_another_place() -> None:
    """An incident of one region is not told by the alert of another, but by that of the whole app."""
    there = (Incident(name="gone", start=0, end=9, app="tiktok", region="US", must=(GIFTS,)),)
    regions = ("GB", "US", "all")
    told = [message(1, "GiftValueDrop", app="tiktok", region=region) for region in regions]
    assert [opinion.opinion for opinion in judged(told, there)] == ["between", "right", "right"]


def test_a_late_page_is_right_for_an_hour() -> None:
    """60 minutes after the end of an incident its page may still begin, then it is about nothing."""
    assert opinions(message(1119, "GiftValueDrop"), message(1120, "GiftValueDrop")) == ["right", "between"]


def test_what_is_unusual_excuses_nothing() -> None:
    """A page during a sale is in vain, and is counted apart."""
    assert opinions(message(3100, "CheckoutOutage", app="tiktok")) == ["unusual"]


def test_a_clean_week_excuses_nothing() -> None:
    """A page in a clean week is counted apart."""
    assert opinions(message(5100, "CheckoutOutage", app="douyin")) == ["clean"]


def test_never_wins_over_may() -> None:
    """What must not fire is beside the incident, even if a set of consequences has it."""
    stall = Incident(name="stall", start=0, end=9, severity="none", may=(Match(".*"),), never=(GIFTS,))
    told = [message(1, "GiftValueDrop"), message(1, "DataStale")]
    assert [opinion.opinion for opinion in judged(told, (stall,))] == ["beside", "collateral"]


def test_time_to_detect_and_to_reset() -> None:
    """From 1000 to the page at 1003; from the end at 1060 to the end of the page at 1075."""
    told = judged([message(1003, "GiftValueDrop", end=1075)], TRUTH)
    (outcome,) = outcomes(told, TRUTH)
    assert (outcome.detected, outcome.reset) == (3, 15)


def test_a_ticket_does_not_wake_anybody() -> None:
    """An incident that must be paged is missed if it makes but a ticket."""
    told = judged([message(1003, "GiftValueDrop", severity="warning")], TRUTH)
    assert outcomes(told, TRUTH)[0].detected is None


def test_a_page_is_more_than_a_ticket() -> None:
    """An incident of which a ticket must tell is found by a page as well."""
    small = Incident(name="small", severity="ticket", start=0, end=99, must=(GIFTS,))
    told = judged([message(7, "GiftValueDrop")], (small,))
    assert outcomes(told, (small,))[0].detected == 7


def test_an_alert_that_comes_again_flaps() -> None:
    """Three messages of the same alert about one incident are two flaps."""
    told = judged([message(start, "GiftValueDrop", end=start + 5) for start in (1001, 1010, 1020)], TRUTH)
    assert outcomes(told, TRUTH)[0].flaps == 2


def seed_result(*messages: Message) -> SeedResult:
    """Of a world of two weeks."""
    told = judged(messages, TRUTH)
    return SeedResult("by hand", 2.0, told, outcomes(told, TRUTH))


MIXED = (
    message(1002, "GiftValueDrop", app="tiktok"),
    message(1004, "ToolEarningsDrop", app="tiktok", tool="all"),
    message(3100, "CheckoutOutage", app="tiktok"),
    message(5100, "CheckoutOutage", app="douyin"),
    message(3200, "CheckoutOutage", severity="warning"),
    message(3300, "CheckoutOutage", severity="warning"),
)


def test_precision_is_of_pages() -> None:
    """Of four pages one is right and one collateral; tickets do not count."""
    assert figures([seed_result(*MIXED)])["page_precision"] == 0.5


def test_pages_a_week() -> None:
    """Four pages in two weeks."""
    assert figures([seed_result(*MIXED)])["pages_a_week"] == 2.0


def test_tickets_that_are_acceptable() -> None:
    """A sale that may cost one ticket and costs two has one too many."""
    assert figures([seed_result(*MIXED)])["unusual_tickets"] == 1


def test_recall_over_worlds() -> None:
    """Told in one world and missed in the other."""
    assert figures([seed_result(*MIXED), seed_result()])["recall"] == 0.5


def test_rows_of_incidents() -> None:
    """One row for an incident at a size: told in one of two, after two minutes."""
    (row,) = incident_rows([seed_result(*MIXED), seed_result()])
    figures = (row.name, row.size, row.happened, row.detected, row.minutes)
    assert figures == ("gifts vanish", "50 %", 2, 1, 2.0)


def test_rows_of_alerts() -> None:
    """Pages and tickets of an alert are apart."""
    rows = {(row.alert, row.severity): row for row in alert_rows([seed_result(*MIXED)])}
    checkout = rows["CheckoutOutage", "page"]
    assert (checkout.clean, checkout.unusual, checkout.in_vain) == (1, 1, 2)
    assert rows["CheckoutOutage", "ticket"].unusual == 2


def test_a_goal_is_missed_on_its_side() -> None:
    """Precision must be at least 0.95, pages in clean weeks at most 0."""
    measured = figures([seed_result(*MIXED)])
    assert missed_goals(measured, {"page_precision": 0.5, "clean_pages": 1.0}) == []
    assert missed_goals(measured, {"page_precision": 0.95, "clean_pages": 0.0}) == [
        "page_precision is 0.5, at least 0.95 is required",
        "clean_pages is 1, at most 0 is required",
    ]


def test_what_could_not_be_measured_misses_its_goal() -> None:
    """No page at all is no precision of 1."""
    assert missed_goals(figures([seed_result()]), {"page_precision": 0.5}) != []
