"""What happened during a shift: alerts and their cost, blind times, restatements, cases, silences, overrides.

Nothing is kept for it: alerts and costs come from Prometheus, silences from Alertmanager, cases from the API,
overrides from the reference topic.
A source that does not answer is named, and its part is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import aiohttp
import msgspec

from creator_pulse.agents.override_past import OverrideLog, PastOverride
from creator_pulse.stream.api.prometheus import Prometheus
from creator_pulse.stream.catalog.declaration.lane_series import lane_counter
from creator_pulse.stream.errors import UnreachableError
from creator_pulse.stream.exposition.bounded_body import answered
from creator_pulse.stream.monitoring.alerts import SEVERITY, declared

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from creator_pulse.stream.secret import Address, Secret

MOST_POINTS: Final = 10_000
"""Points of a range; Prometheus gives at most 11,000."""
LEAST_STEP: Final = 15
"""Seconds between two looks at firing alerts: shorter ones may be missed."""
BLIND: Final = frozenset({"AlertingUnwatched", "DataStale", "WorkerDown"})
"""Alerts while which the others cannot be relied on."""
NO_WORKER: Final = "nothing was scraped"
_WITHIN = aiohttp.ClientTimeout(total=20, connect=3)
_MOST_BYTES = 16 << 20
_PAGE = 1_000
_PLACES = ("app", "region", "surface", "topic", "tool", "rule", "state", "instance", "part")
"""Labels that say where an alert is, in the order in which they are shown."""
_T = TypeVar("_T")


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of time in which an alert fired.

    Attributes:
        alert: its name.
        severity: ``critical`` (a page) or ``warning`` (a ticket).
        labels: where: app, region, topic and the like.
        began: epoch seconds; of one that fired before the shift, when that began.
        ended: epoch seconds of the last time it was seen firing.
        is_over: whether it fires no more.
        lost_usd: the cost of the change while it fired, US dollars; None if its signal has no price.
        expected: the signal's expected sum meanwhile, in the signal's unit.
        seen: the signal's actual sum, likewise.
    """

    alert: str
    severity: str
    labels: dict[str, str]
    began: float
    ended: float
    is_over: bool
    lost_usd: float | None = None
    expected: float | None = None
    seen: float | None = None

    @property
    def seconds(self) -> float:
        """For how long."""
        return self.ended - self.began


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which alerts could not be relied on.

    Attributes:
        why: the alert that says so, with its place, or ``NO_WORKER``.
        began: epoch seconds.
        ended: epoch seconds.
    """

    why: str
    began: float
    ended: float


class CaseCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Cases that were opened in the shift.

    Attributes:
        opened: by rule.
        confirmed: of these, closed with a verdict that the rule was right.
        rejected: of these, closed as something else.
        is_whole: whether the API holds all cases of the shift.
    """

    opened: dict[str, int]
    confirmed: int
    rejected: int
    is_whole: bool


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """A silence that holds at the end of the shift.

    Attributes:
        matchers: as ``alertname=GiftValueDrop``.
        comment: why.
        by: who.
        until: as Alertmanager writes it.
    """

    matchers: list[str]
    comment: str
    by: str
    until: str


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """The report; a part is None if its source is away.

    Attributes:
        since: begin of the shift, epoch seconds.
        until: end of the shift, epoch seconds.
        alerts: by begin.
        lost_usd: of all alerts that know; a signal of two alerts at once counts once.
        restated: window results that were restated.
        blind: by begin.
        cases: opened in the shift.
        silences: that hold now.
        overrides: bounds that somebody set, and that held in the shift.
        away: what each source that does not answer says.
    """

    since: float
    until: float
    alerts: list[Episode] | None
    lost_usd: float | None
    restated: float | None
    blind: list[Stretch] | None
    cases: CaseCounts | None
    silences: list[Silence] | None
    overrides: list[PastOverride] | None
    away: list[str]


class ShiftSources:
    """Where a report comes from.

    Args:
        prometheus: holds the series of workers and rules.
        alertmanager: address of the Alertmanager that has the silences.
        api: address of the API that has the cases.
        api_token: of the API; empty: it asks for none.
        overrides: reads the reference topic for bounds that were set.
        session: connects to all that speak HTTP.
    """

    def __init__(
        self,
        prometheus: Address,
        alertmanager: Address,
        api: Address,
        api_token: Secret,
        overrides: OverrideLog,
        session: aiohttp.ClientSession,
    ) -> None:
        self.overrides = overrides
        self._prometheus = Prometheus(prometheus, session)
        self._alertmanager, self._api, self._api_token = alertmanager, api, api_token
        self._session = session

    async def series(self, query: str, since: float, until: float, step: float) -> list[dict[str, Any]]:
        """The series of a range query.

        Raises:
            UnreachableError: Prometheus does not answer, or refuses it.
        """
        parameters = {"query": query, "start": f"{since:.0f}", "end": f"{until:.0f}", "step": f"{step:.0f}"}
        _, body = await self._prometheus.get("query_range", parameters)
        answer = msgspec.json.decode(body, type=dict[str, Any])
        if answer.get("status") != "success":
            raise UnreachableError(f"Prometheus refuses a query: {answer.get('error')}")
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result

    async def silences(self) -> list[dict[str, Any]]:
        """All silences of Alertmanager.

        Raises:
            UnreachableError: it does not answer.
        """
        silences: list[dict[str, Any]] = await self._object(
            "Alertmanager", self._alertmanager, "api/v2/silences", {}
        )
        return silences

    async def cases(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        """A page of cases.

        Raises:
            UnreachableError: the API does not answer, or refuses.
        """
        page: dict[str, Any] = await self._object("the API", self._api, "v1/cases", parameters)
        return page

    async def _object(self, name: str, address: Address, path: str, parameters: Mapping[str, str]) -> Any:
        token = self._api_token.reveal() if address is self._api else ""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{address.reveal().rstrip('/')}/{path}"
        request = self._session.get(url, params=parameters, headers=headers, timeout=_WITHIN)
        response, body = await answered(request, f"{name} at {address}", _MOST_BYTES)
        if response.status != 200:
            raise UnreachableError(f"{name} at {address} answered {response.status}")
        try:
            return msgspec.json.decode(body)
        except msgspec.DecodeError as error:
            raise UnreachableError(f"{name} at {address} answered what is no JSON") from error


async def shift(sources: ShiftSources, since: float, until: float) -> Shift:
    """Gather a report.

    Args:
        sources: of alerts, cases, silences and overrides.
        since: begin of the shift, epoch seconds.
        until: end of the shift, epoch seconds.
    """
    away: list[str] = []

    async def part(gather: Callable[[], Awaitable[_T]]) -> _T | None:
        try:
            return await gather()
        except UnreachableError as error:
            if str(error) not in away:
                away.append(str(error))
            return None

    episodes = await part(lambda: _episodes(sources, since, until))
    blind = await part(lambda: _blind(sources, episodes or [], since, until))
    return Shift(
        since=since,
        until=until,
        alerts=episodes,
        lost_usd=None if episodes is None else _lost(episodes),
        restated=await part(lambda: _restated(sources, since, until)),
        blind=blind if episodes is not None else None,
        cases=await part(lambda: _cases(sources, since, until)),
        silences=await part(lambda: _silences(sources)),
        overrides=await part(lambda: sources.overrides.held(since, until)),
        away=away,
    )


def _step(since: float, until: float) -> int:
    return max(LEAST_STEP, round((until - since) / MOST_POINTS) + 1)


def stretches(times: Iterable[float], step: float) -> list[tuple[float, float]]:
    """First and last of each run of times that lie at most two steps apart.

    Example:
        >>> stretches([0, 15, 30, 90, 105], 15)
        [(0, 30), (90, 105)]
    """
    runs: list[tuple[float, float]] = []
    for time in times:
        if runs and time - runs[-1][1] <= 2 * step:
            runs[-1] = runs[-1][0], time
        else:
            runs.append((time, time))
    return runs


async def _episodes(sources: ShiftSources, since: float, until: float) -> list[Episode]:
    step = _step(since, until)
    firing = 'ALERTS{product="pulse",alertstate="firing",alertname!="Watchdog"}'
    episodes: list[Episode] = []
    for series in await sources.series(firing, since, until, step):
        labels = series["metric"]
        places = {name: labels[name] for name in _PLACES if labels.get(name)}
        for began, ended in stretches([time for time, _ in series["values"]], step):
            episode = Episode(
                alert=labels["alertname"],
                severity=labels.get("severity", ""),
                labels=places,
                began=began,
                ended=ended,
                is_over=until - ended > 2 * step,
            )
            episodes.append(await _with_cost(sources, episode))
    return sorted(
        episodes, key=lambda episode: (episode.began, episode.alert, sorted(episode.labels.items()))
    )


async def _with_cost(sources: ShiftSources, episode: Episode) -> Episode:
    """The episode with cost, expectation and actual sum of its signal; without evidence, unchanged."""
    scanned = _SCANS.get((episode.alert, episode.severity))
    if scanned is None:
        return episode
    names = {"signal": "|".join(scanned.signals), "app": episode.labels.get("app", "")}
    names |= {"region": episode.labels.get("region", "all") if names["app"] else ""}
    place = ",".join(f'{name}=~"{text}"' for name, text in names.items() if text)
    scan = f'{place},direction="{scanned.direction}",speed="fast"'
    # A minute is the unit of all three: so their sum over minutes is what it was in all.
    sums = {
        name: await _sum(sources, query, episode)
        for name, query in {
            "lost_usd": f"max(pulse_score_lost_usd{{{scan}}})",
            "expected": f"max(pulse_expected{{{place}}})",
            "seen": f"max(pulse_seen{{{place}}})",
        }.items()
    }
    if len(scanned.signals) > 1:
        # Of two signals the larger numbers need not be of the same one.
        sums["expected"] = sums["seen"] = None
    return msgspec.structs.replace(episode, **sums)


async def _sum(sources: ShiftSources, query: str, episode: Episode) -> float | None:
    # The numbers at the end of each of its minutes, of the first one at least.
    first = episode.began + 60
    series = await sources.series(query, first, max(episode.ended, first), 60)
    numbers = [float(number) for labelled in series for _, number in labelled["values"]]
    return sum(numbers) if numbers else None


_SCANS: Final = {
    (guardrail.alert, SEVERITY[guardrail.severity]): scan
    for _, guardrail in declared()
    if (scan := guardrail.condition.scan) is not None
}


def _lost(episodes: Sequence[Episode]) -> float:
    """The cost of all episodes: a page and a ticket of one alert and place are the same loss."""
    most: dict[tuple[str, str], float] = {}
    for episode in episodes:
        key = episode.alert, repr(sorted(episode.labels.items()))
        most[key] = max(most.get(key, 0.0), episode.lost_usd or 0.0)
    return sum(most.values())


async def _restated(sources: ShiftSources, since: float, until: float) -> float:
    query = f"sum(increase({lane_counter('pulse_restatements_total')}[{round(until - since)}s]))"
    series = await sources.series(query, until, until, LEAST_STEP)
    return sum(float(labelled["values"][-1][1]) for labelled in series)


async def _blind(
    sources: ShiftSources, episodes: Sequence[Episode], since: float, until: float
) -> list[Stretch]:
    blind = [
        Stretch(
            why=" ".join((episode.alert, *episode.labels.values())), began=episode.began, ended=episode.ended
        )
        for episode in episodes
        if episode.alert in BLIND
    ]
    step = _step(since, until)
    series = await sources.series("count(pulse_worker_info)", since, until, step)
    scraped = {round(time) for labelled in series for time, _ in labelled["values"]}
    grid = range(round(since), round(until) + 1, step)
    gaps = stretches([time for time in grid if time not in scraped], step / 2)
    blind += [Stretch(why=NO_WORKER, began=began, ended=ended) for began, ended in gaps if ended > began]
    return sorted(blind, key=lambda stretch: (stretch.began, stretch.why))


async def _cases(sources: ShiftSources, since: float, until: float) -> CaseCounts:
    opened: dict[str, int] = {}
    verdicts = {True: 0, False: 0}
    parameters = {
        "from": f"{1_000 * since:.0f}",
        "to": f"{1_000 * until:.0f}",
        "limit": str(_PAGE),
    }
    held_since = 0
    while True:
        page = await sources.cases(parameters)
        held_since = max(held_since, page["held_since"])
        for item in page["items"]:
            rule = str(item["case"].get("rule"))
            opened[rule] = opened.get(rule, 0) + 1
            if item["verdict"] is not None:
                verdicts[bool(item["verdict"]["confirmed"])] += 1
        if page["next"] is None:
            return CaseCounts(
                opened=dict(sorted(opened.items())),
                confirmed=verdicts[True],
                rejected=verdicts[False],
                is_whole=held_since <= 1_000 * since,
            )
        parameters = {"cursor": page["next"], "limit": str(_PAGE)}


async def _silences(sources: ShiftSources) -> list[Silence]:
    return [
        Silence(
            matchers=[
                f"{matcher['name']}{_OPERATORS[matcher['isEqual'], matcher['isRegex']]}{matcher['value']}"
                for matcher in silence["matchers"]
            ],
            comment=silence.get("comment", ""),
            by=silence.get("createdBy", ""),
            until=silence.get("endsAt", ""),
        )
        for silence in await sources.silences()
        if silence.get("status", {}).get("state") == "active"
    ]


_OPERATORS = {(True, False): "=", (False, False): "!=", (True, True): "=~", (False, True): "!~"}
