"""What Prometheus could answer to any query of the generated boards: on a day of history, or on none.

Labels follow from the query's own ``by``, sizes from the names it reads, so that a new metric has a plausible
picture without a word here.
"""

from __future__ import annotations

import math
import re
import time
import zlib
from itertools import product
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.board_prometheus import Series

VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "app": ("douyin", "tiktok"),
    "region": ("US", "GB", "BR", "other"),
    "tool": ("gift", "ad", "reward", "deal", "commerce"),
    "surface": ("feed", "live"),
    "topic": ("ad", "ad_interaction", "commerce", "content", "deal", "gift", "payout", "watch"),
    "rank": tuple(str(rank) for rank in range(1, 11)),
    "state": ("agreed", "posted"),
    "rule": ("FR1", "FR7"),
    "instance": ("worker-1:9464", "worker-2:9464"),
    "partition": ("0", "1", "2", "3"),
    "outcome": ("counted", "duplicate", "invalid"),
    "reason": ("missing field", "not JSON"),
    "kind": ("seen", "streaks"),
    "step": ("engaged", "monetized", "paid"),
    "platform": ("ours", "another"),
    "signal": ("gifts", "topups_failed"),
    "what": ("region US", "region US, payment method card", "gift rose"),
}
"""Label -> some of its values."""
ALERTS: Final = (
    ("CheckoutOutage", "critical", "commerce", "tiktok", "%"),
    ("AdLoadHigh", "warning", "ad", "tiktok", "ads per viewing hour"),
    ("GiftValueDrop", "critical", "gift", "douyin", "USD"),
    ("PayoutDelayHigh", "warning", "", "tiktok", "s"),
    ("CommissionRateOutOfRange", "warning", "commerce", "douyin", "%"),
    ("AdViewabilityDrop", "warning", "ad", "douyin", "%"),
    ("CreatorEarningsDrop", "critical", "", "tiktok", "USD"),
    ("MinorClaimsHigh", "warning", "gift", "tiktok", "claims per 1,000 gifters"),
)
"""Alert, severity, tool, app, unit: the gravest first."""
_PARTIES = {"creators": "", "viewers": "AdLoadHigh", "advertisers": "", "platform": "CheckoutOutage"}
_BY = re.compile(r"by \(([^)]*)\)")
_DAY = 86_400


def of_a_day(query: str) -> list[Series]:
    """Series on a day with a week behind it, on which some alerts fire."""
    for start, answer in _MARKS.items():
        if query.startswith(start):
            return answer()
    if "max by (what, app)" in query:
        return _changes(query)
    labels = _labels(query)
    if "party" in labels or "party_rank" in query:
        return _parties(query)
    if "alertname" in labels:
        return _alerts(query, labels)
    if "offset 1w" in query and "/" not in query:
        query = query.replace(" offset 1w", "")
        return [(one, _shifted(value)) for one, value in of_a_day(query)]
    sets = [dict(zip(labels, values, strict=True)) for values in product(*(VALUES[name] for name in labels))]
    return [(one, _curve(query, place)) for place, one in enumerate(sets)]


def _marked(severity: str) -> list[Series]:
    """Alerts of a severity since they fire."""
    active = list(enumerate(ALERTS[:3]))
    return [
        ({"alertname": alert}, _between(900 * (place + 1), 0))
        for place, (alert, rank, *_) in active
        if rank == severity
    ]


def _between(begins: float, ends: float) -> Callable[[float], float | None]:
    """1 from some seconds before now until some others."""
    now = time.time()
    return lambda seconds: 1.0 if now - begins <= seconds <= now - ends else None


_FIRING = 'max by (alertname) (ALERTS{product="pulse",alertstate="firing",severity="%s"'
_MARKS: Final[Mapping[str, Callable[[], list[Series]]]] = {
    _FIRING % "critical": lambda: _marked("critical"),
    _FIRING % "warning": lambda: _marked("warning"),
    "max by (topic) (topic:pulse_freshness_seconds:max) > 300": lambda: [
        ({"topic": "watch"}, _between(800, 700))
    ],
    "max by (app, tool) (app_tool:pulse_calendar_factor:max": lambda: [
        ({"app": "tiktok", "tool": "commerce"}, _between(600, 480))
    ],
    "sum(increase(topic_partition:pulse_restatements_total:max[5m])) >": lambda: [({}, _between(420, 360))],
    "max by (instance) (changes(process_start_time_seconds": lambda: [
        ({"instance": "worker-1:9464"}, _between(250, 240))
    ],
    "max(changes(prometheus_config_last_reload": lambda: [({}, _between(120, 110))],
}
"""How the query of a kind of marks begins -> what it finds on that day."""


def of_no_day(_query: str) -> list[Series]:
    """Nothing, as in the first minutes."""
    return []


def _labels(query: str) -> tuple[str, ...]:
    """The labels of a query's answer: of its first ``by``, or of the level that a recorded series names."""
    if '"tool", "gift"' in query:
        return ("tool",)
    by = _BY.search(query)
    level = re.match(r"^(?:\d+ \* |label_replace\()?([a-z_]+):pulse_", query)
    if level and not query.startswith(("sum", "max(", "count")):
        names = "topic", "app", "tool", "rule", "state", "kind", "instance", "reason", "surface"
        return tuple(name for name in names if name in level[1].split("_"))
    if by is None or re.match(r"(clamp\()?(\d+ \* )?(sum|max|min|count)\(", query):
        return ()
    return _named(by[1])


def _named(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    return tuple(
        name for name in names if name in VALUES or name in {"alertname", "party", "severity", "unit"}
    )


def _parties(query: str) -> list[Series]:
    ranks = {"": 0.0, "AdLoadHigh": 3.0, "CheckoutOutage": 4.0}
    if query.startswith("max("):
        party = re.search(r'party="(\w+)"', query)
        return [({}, _steady(ranks[_PARTIES[party[1]]] if party else 0))]
    if "FOR_STATE" in query:
        return [
            ({"party": party, "alertname": alert}, _ago(2_400)) for party, alert in _PARTIES.items() if alert
        ]
    return [
        ({"party": party} | ({"alertname": alert} if alert else {}), _steady(ranks[alert]))
        for party, alert in _PARTIES.items()
    ]


def _changes(query: str) -> list[Series]:
    """An alert that fires, one that is over, and a worker that started."""
    found = (
        ({"what": "CheckoutOutage", "app": "tiktok"}, 1, 900),
        ({"what": "AdLoadHigh", "app": "tiktok"}, 0, 1_500),
        ({"what": "worker worker-1:9464"}, 2, 250),
    )
    is_time = query.startswith("1000 *")
    return [(one, _ago(ago) if is_time else _steady(state)) for one, state, ago in found]


def _alerts(query: str, labels: tuple[str, ...]) -> list[Series]:
    series: list[Series] = []
    for place, (alert, severity, tool, app, unit) in enumerate(ALERTS):
        every = {"alertname": alert, "severity": severity, "tool": tool, "app": app, "unit": unit}
        one = {name: every[name] for name in labels if every.get(name)}
        is_active = place < 3
        if "FOR_STATE" in query:
            if is_active:
                series.append((one, _ago(900 * (place + 1))))
        elif "guardrail_used" in query and "ALERTS" not in query:
            series.append((one, _steady(1.3 - 0.15 * place)))
        elif "guardrail" in query and "ALERTS" in query:
            series.append((one, _steady(2 - place if place < 2 else 0)))
        elif "guardrail" in query:
            series.append((one, _curve(query + alert, place)))
        elif "sum_over_time" in query and is_active:
            series.append(
                (one, _steady(540 / (place + 1) / (900 if "range_s" in query or "/ " in query else 1)))
            )
        elif is_active:
            series.append((one, _steady(2 if place < 2 else 1)))
    return series


_BY_PLACE: Final = {
    ">bool": (0, 0, 1, 0, 2),
    "floor": (-1, 0, 1, 0, 1),
    " - 1": (0.08, -0.31, 0.02, -0.07, 0.4),
}
"""What a query has in it -> values of its series in turn: levels, directions, changes."""


def _curve(query: str, place: int) -> Callable[[float], float]:
    """A curve of a size that suits what the query reads."""
    seed = zlib.crc32(query.replace("offset", "").encode()) % 1_000 / 1_000
    quotient = " / (" in query and not re.match(r"\d{2,} \*", query)
    share = "_ratio" in query or ":ratio7d" in query or quotient
    if query.startswith("count"):
        return _steady(3 - place)
    for sign, values in _BY_PLACE.items():
        if sign in query:
            return _steady(values[place % 5])
    if share:
        return lambda seconds: min(1, max(0, (0.2 + 0.5 * seed) / (1 + place / 4) + wave(0, 0.03, seconds)))
    level = 10 ** (2 + 3 * seed) / (1 + place)
    if "_seconds" in query:
        level = 5 + 40 * seed
    if re.search(r"worker_up|redis_up", query):
        return _steady(1)
    return lambda seconds: wave(level, level / 8, seconds + 997 * place)


def wave(level: float, height: float, seconds: float) -> float:
    """A wave of three hours around a level."""
    return level + height * math.sin(2 * math.pi * seconds / 10_800)


def _steady(value: float) -> Callable[[float], float]:
    return lambda _seconds: value


def _ago(seconds: float) -> Callable[[float], float]:
    """A moment some seconds before now, in milliseconds."""
    moment = 1_000 * (time.time() - seconds)
    return lambda _seconds: moment


def _shifted(value: Callable[[float], float | None]) -> Callable[[float], float | None]:
    """What it was a week ago: a little less, at another phase."""

    def before(seconds: float) -> float | None:
        number = value(seconds - _DAY)
        return None if number is None else 0.94 * number

    return before
