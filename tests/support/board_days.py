"""What Prometheus could answer to any query of the generated boards: on a day of history, or on none.

Labels follow from the query's own ``by``, sizes from the names it reads, so that a new metric has a plausible
picture without a word here.
"""

from __future__ import annotations

import math
import re
import time
import zlib
from itertools import accumulate, product
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
    "rank": tuple(str(rank) for rank in range(1, 6)),
    "state": ("agreed", "posted"),
    "rule": ("FR1", "FR7"),
    "instance": ("worker-1:9464", "worker-2:9464"),
    "partition": ("0", "1", "2", "3"),
    "outcome": ("counted", "duplicate", "invalid"),
    "alert": ("AdLoadHigh",),
    "who": ("ads operations",),
    "reason": ("missing field", "not JSON"),
    "kind": ("seen", "streaks"),
    "step": ("engaged", "monetized", "paid"),
    "platform": ("youtube", "youtube_shorts"),
    "signal": ("gifts", "topups_failed"),
    "what": ("region US", "region US, payment method card", "gift rose"),
}
"""Label -> some of its values."""
_FEW: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "pulse_benchmark": {
        "tool": ("gift", "ad"),
        "what": ("pay_per_1000_views_low", "pay_per_1000_views_high"),
    },
    "pulse_creator_share_ratio": {"tool": ("gift", "ad")},
    "pulse_pay_per_1000_views_usd": {"tool": ("ad", "reward")},
    "app_tool:pulse_take_ratio": {"tool": ("gift", "ad", "commerce")},
}
"""Series -> values of labels of which it has but these."""
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
_REPLACED = re.compile(r'label_replace\((.*), "(\w+)", "([^"]*)", "(\w*)", "([^"]*)"\)', re.DOTALL)
_OF_ALERTS = re.compile("ALERTS|alert_rank")


def of_a_day(query: str, active: int) -> list[Series]:
    """Series on a day with a week behind it, on which the first ``active`` of ``ALERTS`` are active.

    All of them fire but the last, which is pending.
    """
    if match := _REPLACED.fullmatch(query):
        inner, label, new, source, old = match.groups()
        # A bracket that closes before it opens: two such calls side by side, not one in the other.
        if _is_whole(inner):
            return [
                (_replaced(one, label, new, source, old), value) for one, value in of_a_day(inner, active)
            ]
    return _answered(query, active)


def _answered(query: str, active: int) -> list[Series]:
    """The answer to a query as it stands, for example to what is inside of a label_replace."""
    for start, answer in _MARKS.items():
        if query.startswith(start):
            return answer(active)
    if "max by (what, app)" in query:
        return _changes(query, active)
    labels = _labels(query)
    if "party" in labels or "party_rank" in query:
        return _parties(query, _PARTIES if active else dict.fromkeys(_PARTIES, ""))
    if "alertname" in labels:
        return _alerts(query, labels, active)
    if "offset 1w" in query and "/" not in query:
        query = query.replace(" offset 1w", "")
        return [(one, _shifted(value)) for one, value in of_a_day(query, active)]
    return _of_sets(query, labels, active)


def _is_whole(text: str) -> bool:
    depths = list(accumulate({"(": 1, ")": -1}.get(sign, 0) for sign in text))
    return min(depths) >= 0 and depths[-1] == 0


def _replaced(labels: dict[str, str], label: str, new: str, source: str, old: str) -> dict[str, str]:
    """What label_replace of PromQL makes of the labels."""
    match = re.fullmatch(old, labels.get(source, ""))
    return labels | {label: match.expand(new.replace("$", "\\"))} if match else labels


def _of_sets(query: str, labels: tuple[str, ...], active: int) -> list[Series]:
    """A series for each combination of the labels' values."""
    few = next((few for name, few in _FEW.items() if name in query), {})
    values = {**VALUES, **few}
    sets = [dict(zip(labels, each, strict=True)) for each in product(*(values[name] for name in labels))]
    counts_alerts = query.startswith("count") and _OF_ALERTS.search(query)
    return [
        (one, _steady(max(0, active - place)) if counts_alerts else _curve(query, place))
        for place, one in enumerate(sets)
    ]


def _marked(severity: str, active: int) -> list[Series]:
    """Alerts of a severity since they fire."""
    return [
        ({"alertname": alert}, _between(900 * (place + 1), 0))
        for place, (alert, rank, *_) in enumerate(ALERTS[:active])
        if rank == severity
    ]


def _between(begins: float, ends: float) -> Callable[[float], float | None]:
    """1 from some seconds before now until some others."""
    now = time.time()
    return lambda seconds: 1.0 if now - begins <= seconds <= now - ends else None


_FIRING = 'max by (alertname) (ALERTS{product="pulse",alertstate="firing",severity="%s"'
_MARKS: Final[Mapping[str, Callable[[int], list[Series]]]] = {
    _FIRING % "critical": lambda active: _marked("critical", active),
    _FIRING % "warning": lambda active: _marked("warning", active),
    "max by (topic) (topic:pulse_freshness_seconds:max) > 300": lambda _active: [
        ({"topic": "watch"}, _between(800, 700))
    ],
    "max by (app, tool) (app_tool:pulse_calendar_factor:max": lambda _active: [
        ({"app": "tiktok", "tool": "commerce"}, _between(600, 480))
    ],
    "sum(increase(topic_partition:pulse_restatements_total:max[5m])) >": lambda _active: [
        ({}, _between(420, 360))
    ],
    "max by (instance) (changes(process_start_time_seconds": lambda _active: [
        ({"instance": "worker-1:9464"}, _between(250, 240))
    ],
    "max(changes(prometheus_config_last_reload": lambda _active: [({}, _between(120, 110))],
}
"""How the query of a kind of marks begins -> from how many alerts are active to its answer."""


def of_no_day(_query: str) -> list[Series]:
    """Nothing, as in the first minutes."""
    return []


def _labels(query: str) -> tuple[str, ...]:
    """The labels of a query's answer: of its first ``by``, or of the level that a recorded series names."""
    if '"tool", "gift"' in query:
        return ("tool",)
    if "pulse_override" in query:
        return ("alert", "app", "region", "reason", "who")
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


def _parties(query: str, ailing: Mapping[str, str]) -> list[Series]:
    ranks = {"": 0.0, "AdLoadHigh": 3.0, "CheckoutOutage": 4.0}
    if query.startswith("max("):
        party = re.search(r'party="(\w+)"', query)
        return [({}, _steady(ranks[ailing[party[1]]] if party else 0))]
    if "FOR_STATE" in query:
        return [
            ({"party": party, "alertname": alert}, _ago(2_400)) for party, alert in ailing.items() if alert
        ]
    return [
        ({"party": party} | ({"alertname": alert} if alert else {}), _steady(ranks[alert]))
        for party, alert in ailing.items()
    ]


def _changes(query: str, active: int) -> list[Series]:
    """A worker that started, and where alerts are active one that fires and one that is over."""
    found = [({"what": "worker worker-1:9464"}, 2, 250)]
    if active:
        found += [
            ({"what": "CheckoutOutage", "app": "tiktok"}, 1, 900),
            ({"what": "AdLoadHigh", "app": "tiktok"}, 0, 1_500),
        ]
    is_time = query.startswith("1000 *")
    return [(one, _ago(ago) if is_time else _steady(state)) for one, state, ago in found]


def _alerts(query: str, labels: tuple[str, ...], active: int) -> list[Series]:
    series: list[Series] = []
    for place, (alert, severity, tool, app, unit) in enumerate(ALERTS):
        every = {"alertname": alert, "severity": severity, "tool": tool, "app": app, "unit": unit}
        one = {name: every[name] for name in labels if every.get(name)}
        is_active = place < active
        # 2 fires, 1 is pending.
        state = 2 if place < active - 1 else 1 if is_active else 0
        if "FOR_STATE" in query:
            if is_active:
                series.append((one, _ago(900 * (place + 1))))
        elif "guardrail_used" in query and "ALERTS" not in query:
            over = 1 + 0.05 * (active - place)
            series.append((one, _steady(over if is_active else 0.85 - 0.1 * (place - active))))
        elif "guardrail" in query and "ALERTS" in query:
            series.append((one, _steady(state)))
        elif "guardrail" in query:
            series.append((one, _curve(query + alert, place)))
        elif "sum_over_time" in query and is_active:
            series.append(
                (one, _steady(540 / (place + 1) / (900 if "range_s" in query or "/ " in query else 1)))
            )
        elif is_active:
            series.append((one, _steady(state)))
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
    share = quotient or re.search("_ratio|:ratio|_gap:|creator_share|take_rate", query)
    if query.startswith("1000 *") and "timestamp_seconds" in query:
        # A bound that somebody set holds for two hours more.
        return _ago(-7_200 if "override_until" in query else 2_400)
    if query.startswith("count"):
        return _steady(max(0, 3 - place))
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
