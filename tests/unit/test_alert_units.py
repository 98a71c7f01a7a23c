"""In which unit an alert tells what is usual of a signal."""

from __future__ import annotations

import pytest

from creator_pulse.stream.catalog.registry import MEASURES
from creator_pulse.stream.catalog.signals import SIGNALS
from creator_pulse.stream.monitoring.alerts import declared

_COUNTED = {signal.name: MEASURES[signal.count].scale for signal in SIGNALS}
"""Signal of the business -> how many of what is counted are one of its unit; others count records."""
_TELLING = [
    (guardrail.alert, guardrail.condition.scan.signals[0], guardrail.description)
    for _, guardrail in declared()
    if guardrail.condition.scan is not None
    if "of what is usual, which is" in guardrail.description
]


@pytest.mark.parametrize(("alert", "signal", "text"), _TELLING)
def test_what_is_usual_is_told_in_a_unit_that_people_read(alert: str, signal: str, text: str) -> None:
    """Money is counted in micro-dollars and time in milliseconds: nobody reads 18,696,366.8 of these."""
    asked = text.partition("which is ")[2].partition(" a minute now")[0]
    assert ("/ " in asked) == (_COUNTED.get(signal, 1) > 1), alert


def test_money_and_time_are_told_in_dollars_and_hours() -> None:
    """A million micro-dollars are a dollar, and 3,600,000 milliseconds an hour."""
    texts = {alert: text for alert, _, text in _TELLING}
    for alert, size, word in (
        ("AdRevenueSurge", 1_000_000, "USD of as many impressions"),
        ("ActiveViewersDrop", 3_600_000, "hours of viewing"),
    ):
        assert f') / {size}"' in texts[alert]
        assert f"{word} a minute now" in texts[alert]


def test_a_cost_is_told_only_where_there_is_one() -> None:
    """Fewer records cost nobody knows what: no sentence says that it is 0 USD."""
    texts = {alert: text for alert, _, text in _TELLING}
    for alert in ("RecordRateDrop", "GiftValueDrop"):
        assert ' > 0"' in texts[alert].partition("This has lasted")[2].partition("and costs")[0]
