"""The panels of a metric, each in the form that its declaration asks for."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import cycle, pairwise
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.forms import (
    UNIT_WORDS,
    form_of,
    headline,
    quantile,
    quantity,
    short_name,
    shown,
)
from creator_pulse.stream.monitoring.board_links import leaderboard, to_cases, to_tool
from creator_pulse.stream.monitoring.board_panel import APP_COLORS, BoardColumn, Kind, Panel, Style
from creator_pulse.stream.monitoring.board_values import (
    WHERE,
    apart,
    braced,
    edges,
    query,
    usual,
    where_of,
)
from creator_pulse.stream.monitoring.board_words import (
    NO_HISTORY,
    NO_TRAFFIC,
    NO_VERDICT,
    TOOLS,
    nothing_in,
)
from creator_pulse.stream.monitoring.families import FAMILIES, Family, gauge, once
from creator_pulse.stream.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from creator_pulse.stream.catalog.declaration.declare import Form, Guardrail, Metric, Value

PAST = Style(color="gray", dashed=True)
USUAL = Style(color="purple", dashed=True)
EDGE = Style(color="red", dashed=True)
NOW = Style(color="blue", width=2)
_LABEL_NAMES = {**TOOLS, "unknown": "not said"}
_UNITS = {
    "_seconds:": "s",
    "_days:": "s",
    "_usd:": "currencyUSD",
    "_ratio:": "percentunit",
    ":ratio": "percentunit",
}
_MEDIAN = "p50"
_MOST_NARROW = 3
"""Values of a third of a line: the legend of more would hide some."""
_TOP = 5
"""The ranks of a table: those of two apps are ten lines, which are read without scrolling."""
STEPS = {
    "produced": "Produced",
    "engaged": "Engaged",
    "monetized": "Monetized",
    "paid": "Paid out",
    "shared": "Platform's share",
}
"""Step of the funnel -> its column, in their order."""
_NO_PART = "no part"
MONEY = {"gross": "Gross", "earned": "Creators' part", "paid": "Paid out", "platform": "Platform's part"}
"""Step of the money in a funnel -> its column, in their order."""


def panels_of(metric: Metric) -> tuple[Panel, ...]:
    """The panel with the answer, one for each guarded value that is not on it, and those declared beside."""
    # A funnel has the parts that are guarded as columns.
    drawn = tuple(FAMILIES) if form_of(metric) == "funnel" else shown(metric)
    guarded = dict.fromkeys(
        guardrail.series
        for guardrail in metric.guardrails
        if guardrail.window
        if guardrail.series not in drawn
    )
    more = tuple(_of_values(metric, (name,), _form(metric, name)) for name in guarded)
    further = tuple(_further(metric, names) for names in metric.more)
    panels = (*_first(metric, shown(metric)), *more, *further)
    links = to_cases(metric)
    return tuple(replace(panel, links={**panel.links, **links}) for panel in panels)


def _further(metric: Metric, names: tuple[str, ...]) -> Panel:
    """Further panels of a metric: some of its values, or series that Prometheus computes from these."""
    if names[0] in FAMILIES:
        return _of_values(metric, names, _form(metric, names[0]))
    panel = _recorded(metric, "trend", names)
    if len(names) > 1:
        more = [label for label in _level(names[0]) if label != "app"]
        return replace(panel, title=f"{panel.title}, by {' and '.join(more)}")
    name = _series_name(metric, names[0])
    return replace(panel, title=f"{panel.title}: {name[:1].lower()}{name[1:]}")


def spreads_of(metric: Metric) -> tuple[Panel, ...]:
    """Median and tails beside what answers the question: they explain it."""
    guarded = {guardrail.series for guardrail in metric.guardrails}
    groups: dict[str, list[str]] = {}
    for value in metric.values:
        name = quantile(value)
        if name and value.name not in shown(metric):
            groups.setdefault(value.name.replace(f"_{name}", ""), []).append(value.name)
    return tuple(
        _of_values(metric, tuple(dict.fromkeys(names)), "distribution")
        for names in groups.values()
        if guarded.isdisjoint(names)
    )


def tile_of(metric: Metric) -> Panel:
    """A tile with the headline of a metric that has values."""
    value = headline(metric)
    family = FAMILIES[value.name]
    window = window_of(metric, family)
    return Panel(
        f"{metric.title}{f': {_what(value)}' if value.title else ''}, {window}",
        f"{metric.id}: {metric.question} {value.help[:1].upper()}{value.help[1:]}.",
        value.unit,
        {braced(apart(family)) or "all chosen": query(family, window)},
        width=4,
        height=4,
        kind="stat",
        decimals=None if value.unit in {"short", "s", "d"} else 2,
        empty=_empty(value, window),
        names=_LABEL_NAMES if "tool" in apart(family) else {},
        alerts=_alerts(metric, (value.name,)),
        links=to_tool(metric.tool),
    )


def usd_tile(title: str, description: str, queries: dict[str, str], tool: str = "") -> Panel:
    """A tile with US dollars, by legend; it leads to the board of a tool."""
    return Panel(
        title,
        description,
        "currencyUSD",
        queries,
        width=4,
        height=4,
        kind="stat",
        decimals=2,
        links=to_tool(tool),
    )


def window_of(metric: Metric, family: Family) -> str:
    """The window that guardrails look at, else the shortest."""
    watched = [guardrail.window for guardrail in metric.guardrails if guardrail.series == family.name]
    return watched[0] if watched else family.windows[0]


def funnel(metric: Metric) -> Panel:
    """The way from content to payment as a table: a line a tool, a column a step, and the part left."""
    family = FAMILIES[headline(metric).name]
    window = family.windows[0]
    declared = {value.fixed["step"] for value in family.values}
    names = [step for step in STEPS if step in declared]
    # A step that nobody has a word for yet comes last, in its own.
    names += sorted(declared - set(names))
    count = {step: _step(family, window, step) for step in names}
    columns = [
        BoardColumn("Tool", label="tool", states={tool: (name, "text") for tool, name in TOOLS.items()})
    ]
    for before, step in zip(["", *names], names, strict=False):
        title = STEPS.get(step, step.capitalize())
        columns.append(BoardColumn(title, count[step]))
        if before:
            left = f"{count[step]} / ({count[before]} > 0)"
            columns.append(
                BoardColumn(f"{title} per {_one(before)}", left, unit="percentunit", empty=NO_VERDICT)
            )
    return _table(metric, f"{metric.id} {metric.title}, {window}", window, columns)


def _money(metric: Metric) -> Panel:
    """The money of a funnel as a table: a line a tool, its parts, and their shares of the gross."""
    family, parts = FAMILIES["funnel_usd"], FAMILIES["funnel_usd_ratio"]
    window = family.windows[0]
    of_gross = {value.fixed["step"] for value in parts.values}
    columns = [
        BoardColumn("Tool", label="tool", states={tool: (name, "text") for tool, name in TOOLS.items()})
    ]
    for step, title in MONEY.items():
        amount = _step(family, window, step)
        # Of some tools the platform keeps nothing: that is no lack of data.
        empty = _NO_PART if step == "platform" else NO_VERDICT
        columns.append(BoardColumn(title, amount, unit="currencyUSD", empty=empty))
        if step in of_gross:
            share = f"{amount} / ({_step(family, window, 'gross')} > 0)"
            columns.append(BoardColumn(f"{title} of gross", share, unit="percentunit", empty=empty))
    return _table(metric, f"{metric.id} Money funnel, {window}", window, columns)


def _table(metric: Metric, title: str, window: str, columns: list[BoardColumn]) -> Panel:
    return Panel(
        title,
        _text(metric),
        "short",
        {},
        width=24,
        height=6,
        kind="table",
        columns=tuple(columns),
        empty=nothing_in((window,)),
    )


def _one(step: str) -> str:
    return f"{STEPS.get(step, step).lower()}"


def _step(family: Family, window: str, step: str) -> str:
    selector = gauge(family.name, window, *where_of(family), f'step="{step}"')
    return f"sum by (tool) ({once(family, selector)})"


def _first(metric: Metric, drawn: tuple[str, ...]) -> tuple[Panel, ...]:
    form = form_of(metric)
    if metric.beside:
        return tuple(_beside_others(metric))
    if not metric.values:
        return (_recorded(metric, form),)
    if form == "funnel":
        return (funnel(metric), _money(metric))
    if form == "ranking":
        return tuple(_rankings(metric))
    return (_of_values(metric, drawn, form, is_answer=True),)


def _form(metric: Metric, name: str) -> Form:
    value = FAMILIES[name].values[0]
    if quantile(value):
        return "distribution"
    if quantity(value) == "share":
        return "share"
    return "trend" if form_of(metric) in {"share", "distribution"} else form_of(metric)


def _text(metric: Metric) -> str:
    return f"{metric.question} {metric.formula}. {metric.note}".rstrip()


def _alerts(metric: Metric, names: Iterable[str]) -> tuple[str, ...]:
    chosen = set(names)
    return tuple(
        dict.fromkeys(guardrail.alert for guardrail in metric.guardrails if guardrail.series in chosen)
    )


def _empty(value: Value, window: str) -> str:
    """The text of a panel without numbers: a share of nothing is no verdict."""
    if quantity(value) == "share" or quantile(value):
        return f"{NO_VERDICT}: {nothing_in((window,))}"
    return nothing_in((window,))


def _of_values(metric: Metric, names: tuple[str, ...], form: Form, *, is_answer: bool = False) -> Panel:
    """Values of one quantity on one axis: alone beside its past and bounds, or several by their names."""
    if form == "distribution":
        # A quantile that is guarded stands with the others of what it is a quantile of.
        names = _siblings(metric, names)
    families = [FAMILIES[name] for name in names]
    first = families[0].values[0]
    if any({"app", "tool"} <= set(apart(family)) for family in families):
        return _by_app_and_tool(metric, families, "" if is_answer else _what(first))
    window = window_of(metric, families[0])
    title = f"{metric.id} {metric.title}"
    if not is_answer:
        title = f"{title}: {_what(first)}"
    queries: dict[str, str] = {}
    styles: dict[str, Style] = {}
    width = 8
    bands: tuple[tuple[str, str], ...] = ()
    if form == "distribution":
        middle = _middle(families)
        for family in families:
            labels = braced(apart(family))
            legend = f"{quantile(family.values[0])} {labels}"
            queries[legend] = query(family, window_of(metric, family))
            if family is not middle:
                styles[legend] = Style(dashed=True)
        bands = _bands(families)
    elif len(families) == 1:
        queries, styles = _alone(metric, families[0], window, form)
    else:
        width = 12 if len(families) > _MOST_NARROW else 8
        for family in families:
            labels = braced(apart(family))
            queries[f"{short_name(family.values[0])} {labels}".strip()] = query(
                family, window_of(metric, family)
            )
    labelled = {label for family in families for label in apart(family)}
    return Panel(
        title if title.endswith(window) else f"{title}, {window}",
        _text(metric),
        first.unit,
        queries,
        width=width,
        alerts=_alerts(metric, names),
        empty=_empty(first, window),
        styles=styles,
        bands=bands,
        colors=_colors(queries),
        names=_LABEL_NAMES if "tool" in labelled else {},
        kind="stat" if form == "stock" else "timeseries",
        low=0 if form == "share" else None,
    )


def _by_app_and_tool(metric: Metric, families: list[Family], what: str) -> Panel:
    """Values that do not add up over apps, by tool as well: a table, as ten lines in a plot are not read."""
    first = families[0].values[0]
    window = window_of(metric, families[0])
    columns = [
        BoardColumn("App", label="app"),
        BoardColumn("Tool", label="tool", states={tool: (name, "text") for tool, name in TOOLS.items()}),
    ]
    more = dict.fromkeys(label for family in families for label in apart(family))
    columns += [
        BoardColumn(label.capitalize(), label=label) for label in more if label not in {"app", "tool"}
    ]
    for family in families:
        now = query(family, window_of(metric, family))
        before = query(family, window_of(metric, family), " offset 1w")
        name = short_name(family.values[0])
        columns.append(BoardColumn(name, now, unit=first.unit, empty=_empty(first, window)))
        if len(families) == 1:
            change = f"{now} / ({before} > 0) - 1"
            columns.append(BoardColumn("Against last week", change, unit="percentunit", empty=NO_HISTORY))
    return Panel(
        f"{metric.id} {metric.title}{f': {what}' if what else ''}, {window}",
        _text(metric),
        first.unit,
        {},
        width=12,
        height=10,
        kind="table",
        columns=tuple(columns),
        sort=next(column.title for column in columns if column.expr),
        alerts=_alerts(metric, (family.name for family in families)),
        empty=_empty(first, window),
    )


def _siblings(metric: Metric, names: tuple[str, ...]) -> tuple[str, ...]:
    if any(apart(FAMILIES[name]) != ("app",) for name in names):
        # By surface or tool, one line an app is enough.
        return names
    stems = {name.replace(f"_{quantile(FAMILIES[name].values[0])}", "") for name in names}
    return tuple(
        dict.fromkeys(
            value.name
            for value in metric.values
            if quantile(value) and value.name.replace(f"_{quantile(value)}", "") in stems
        )
    )


def _what(value: Value) -> str:
    """The title of a panel beside the answer, after a colon."""
    name = short_name(value)
    stem = name.replace(quantile(value), "").replace("  ", " ").strip() if quantile(value) else name
    return stem[:1].lower() + stem[1:] if stem[1:2].islower() else stem


def _middle(families: list[Family]) -> Family:
    """The quantile whose line is whole, the median if it is there; the others of its colour are dashed."""
    return next((family for family in families if quantile(family.values[0]) == _MEDIAN), families[0])


def _bands(families: list[Family]) -> tuple[tuple[str, str], ...]:
    """Between neighbouring quantiles the space is filled, app by app: Grafana fills between names."""
    if any(apart(family) != ("app",) for family in families):
        return ()
    names = [quantile(family.values[0]) for family in families]
    return tuple(
        (f"{upper} {app}", f"{lower} {app}")
        for lower, upper in pairwise(names)
        for app in sorted(Settings().regions)
    )


def _alone(
    metric: Metric, family: Family, window: str, form: Form
) -> tuple[dict[str, str], dict[str, Style]]:
    """One value: by its labels, or beside last week, the expected value, and its moving bounds."""
    labels = apart(family)
    base = usual(family, window)
    if base and not family.addable:
        # What is usual of two apps cannot be added: a line an app, beside what is usual of it, and no more.
        return (
            {"{{app}}": query(family, window, by=("app",)), "usual {{app}}": base},
            {"usual {{app}}": Style(dashed=True)},
        )
    now = query(family, window)
    if labels:
        return {braced(labels): now}, {}
    queries, styles = {"now": now}, {"now": NOW}
    if form == "trend":
        queries["last week"], styles["last week"] = query(family, window, " offset 1w"), PAST
    if base:
        queries["usual"], styles["usual"] = base, USUAL
        for guardrail in _guards(metric, family.name):
            for name, expr in edges(guardrail, now, base).items():
                queries.setdefault(name, expr)
                styles.setdefault(name, EDGE)
    return queries, styles


def _colors(queries: Mapping[str, str]) -> dict[str, str]:
    """An app's lines have one colour: the usual value is dashed, and the area between quantiles is filled."""
    by_app = [legend for legend in queries if re.fullmatch(r"(usual |p\d+ )?\{\{app\}\}", legend)]
    if len(by_app) < max(2, len(queries)):
        return {}
    colors = zip(sorted(Settings().regions), cycle(APP_COLORS), strict=False)
    return {legend.replace("{{app}}", app): color for app, color in colors for legend in by_app}


def _guards(metric: Metric, name: str) -> list[Guardrail]:
    """The guardrails of a value over whole apps, the gravest first."""
    chosen = [
        guardrail for guardrail in metric.guardrails if guardrail.series == name and guardrail.by == ("app",)
    ]
    return sorted(chosen, key=lambda guardrail: guardrail.severity != "page")


def _level(recorded: str) -> tuple[str, ...]:
    """The labels of a recorded series, which its name begins with."""
    return tuple(recorded.split(":", maxsplit=1)[0].split("_"))


def _series_name(metric: Metric, recorded: str) -> str:
    """A recorded series in words, if it has no title: ``app:pulse_gift_take_ratio:1h`` is *Gift take*."""
    if recorded in metric.titles:
        return metric.titles[recorded]
    words = recorded.split(":")[1].removeprefix("pulse_").split("_")
    if words[-1] in UNIT_WORDS:
        words.pop()
    return " ".join(words).capitalize()


def _recorded(metric: Metric, form: Form, names: tuple[str, ...] = ()) -> Panel:
    """What Prometheus makes of gauges: the series declared last is the answer, unless others are named."""
    name = names[0] if names else tuple(metric.recorded)[-1]
    labels = () if _level(name) == ("global",) else _level(name)
    where = '{app=~"$app"}' if "app" in labels else ""
    unit = _unit(name)
    empty = _none_of(unit)
    if {"app", "tool"} <= set(labels):
        columns = (
            BoardColumn("App", label="app"),
            BoardColumn("Tool", label="tool", states={tool: (name, "text") for tool, name in TOOLS.items()}),
            *(
                BoardColumn(label.capitalize(), label=label)
                for label in labels
                if label not in {"app", "tool"}
            ),
            *(
                BoardColumn(
                    _series_name(metric, each) if names or each in metric.titles else "Now",
                    f"{_scale(each)}max by ({', '.join(labels)}) ({each}{where})",
                    unit=unit,
                    empty=empty,
                )
                for each in names or (name,)
            ),
        )
        return Panel(
            f"{metric.id} {metric.title}",
            _text(metric),
            unit,
            {},
            width=8,
            height=10,
            kind="table",
            columns=columns,
            sort=columns[-1].title,
            alerts=_alerts(metric, names or (name,)),
            empty=empty,
        )
    selected = f"{name}{where}"
    is_stock = form == "stock" and len(labels) < 2
    kind: Kind = "stat" if is_stock else "timeseries"
    if is_stock and labels and labels != ("app",):
        # Which of them are there changes: a number over time would still be that of one that is gone.
        kind = "bargauge"
        # Of many that are 0 one number says so; the others are those that somebody must see to.
        label = labels[0]
        none = f'label_replace(sum({selected}) == 0, "{label}", "all", "", "")'
        words = f'label_replace({selected} > 0, "{label}", "$1 $2", "{label}", "([^_]+)_([^_]+)")'
        selected = f"{words} or {none}"
    return Panel(
        f"{metric.id} {metric.title}",
        _text(metric),
        unit,
        {braced(labels) or "all": f"{_scale(name)}{selected}"},
        alerts=_alerts(metric, (name,)),
        kind=kind,
        names=_LABEL_NAMES if "tool" in labels else {},
        empty=empty,
        low=0 if unit == "percentunit" else None,
    )


def _beside_others(metric: Metric) -> Iterable[Panel]:
    """A panel a tool: our apps, and what is published of others, which is dashed."""
    name = tuple(metric.recorded)[-1]
    unit = _unit(name)
    for tool, lines in metric.beside.items():
        yield Panel(
            f"{metric.id} {metric.title}: {TOOLS[tool].lower()}",
            _text(metric),
            unit,
            {"{{app}}": f'max by (app) ({name}{{app=~"$app",tool="{tool}"}})', **lines},
            width=24 // len(metric.beside),
            styles=dict.fromkeys(lines, Style(dashed=True)),
            empty=_none_of(unit),
            low=0 if unit == "percentunit" else None,
        )


def _unit(recorded: str) -> str:
    """Grafana's id of what a recorded series is in."""
    return next((unit for end, unit in _UNITS.items() if end in recorded), "short")


def _none_of(unit: str) -> str:
    """The text of a panel of recorded series that have nothing to tell."""
    return NO_VERDICT if unit == "percentunit" else NO_TRAFFIC


def _scale(recorded: str) -> str:
    """What days are multiplied by: as a time in seconds it is written in minutes, hours or days, as it is."""
    return "86400 * " if "_days:" in recorded else ""


def _rankings(metric: Metric) -> Iterable[Panel]:
    """A table for each thing that is ranked: its size, its share of all, and its change of an hour."""
    by_name = {value.name: value for value in metric.values}
    for name in (name for name in by_name if not name.endswith("_share_ratio")):
        value = by_name[name]
        family = FAMILIES[name]
        window = family.windows[0]
        share = FAMILIES.get(f"{name.rsplit('_', 1)[0]}_share_ratio")
        size = once(family, gauge(name, window, WHERE[0], f'rank=~"[1-{_TOP}]"'))
        before = once(family, gauge(name, window, WHERE[0], f'rank=~"[1-{_TOP}]"') + " offset 1h")
        columns = [
            BoardColumn("App", label="app"),
            BoardColumn("Rank", label="rank", link=leaderboard(name, window, "app")),
            BoardColumn("Coins" if quantity(value) == "coins" else "Value", size, unit=value.unit),
        ]
        if share is not None:
            selector = gauge(share.name, window, WHERE[0], f'rank=~"[1-{_TOP}]"')
            columns.append(BoardColumn("Share of all", once(share, selector), unit="percentunit", bar=1))
        columns.append(
            BoardColumn(
                "Against an hour ago", f"{size} / ({before} > 0) - 1", unit="percentunit", empty=NO_HISTORY
            )
        )
        yield Panel(
            f"{metric.id} {short_name(value).replace('Top', f'Top {_TOP}')} of each app, {window}",
            _text(metric),
            value.unit,
            {},
            width=12,
            height=11,
            kind="table",
            columns=tuple(columns),
            sort=columns[2].title,
            links={"Who": leaderboard(name, window)},
            empty=nothing_in((window,)),
        )
