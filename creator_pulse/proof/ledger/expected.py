"""What every window must show, worked out in DuckDB from the ledger's lines, without the engine's code.

``windows.sql`` has the tables, ``sums.sql`` makes the sums of every window, ``figures.sql`` has a statement
for each value that is more than sums. Each is run once for all windows: to plan it takes milliseconds,
whatever it reads.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from creator_pulse.proof.ledger.formulas import FORMULAS, HEAD, labels_of
from creator_pulse.proof.ledger.measures import EARNINGS, MEASURES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from creator_pulse.proof.ledger.formulas import SumOrRatio
    from creator_pulse.proof.ledger.truth import Truth
    from creator_pulse.stream.settings import Settings

LabelSet = frozenset[tuple[str, str]]
WindowPlace = tuple[str, str, int, LabelSet]
"""Value, window label, window start, labels."""
Window = tuple[str, str]
"""Value and window label."""
_EARNED = tuple(f"{name}_by_creator" for name in EARNINGS)
_GAINED = tuple(f"{name}_by_creator" for name, earning in EARNINGS.items() if earning.sign > 0)
# Words for several measures in ``figures.sql``.
_NAMED = {
    "EARNED": _EARNED,
    "GAINED": _GAINED,
    "CANCELLED_AND_REFUNDED_DATED": ("order_cancelled_by_creator_dated", "order_refunded_by_creator_dated"),
    **{
        f"EARNED_WITH_{tool.upper()}": tuple(
            f"{name}_by_creator" for name, earning in EARNINGS.items() if earning.tool == tool
        )
        for tool in {earning.tool for earning in EARNINGS.values()}
    },
}
_OF_FIRSTS = {
    "creator_first_enrolled": ("creator_enrolments",),
    "creator_first_earned": (*_GAINED, "creator_imports"),
    "viewer_first_paid": ("gifter_usd", "buyer_usd"),
}
# Of the table ``series``, in its order.
_LABELS = (
    "app",
    "region",
    "surface",
    "tool",
    "topic",
    "room_id",
    "gift_id",
    "viewer_id",
    "creator_id",
    "device_hash",
    "payment_hash",
    "advertiser_id",
    "campaign_id",
    "size",
)
KINDS = frozenset({"sum", "size", "about", "figure", "number", "ranks", "rule", "case"})
"""Of values: ``sum`` are sums and ratios, the others are defined in ``figures.sql``."""
_SUMS = """
    SELECT
        reader, win, start, measure, app,
        CASE WHEN by_region THEN region END, CASE WHEN by_surface THEN surface END,
        CASE WHEN by_tool THEN tool END, topic,
        sum(in_time), sum(late)
    FROM windows JOIN series USING (series) JOIN readers USING (measure, win)
    WHERE plain GROUP BY ALL
"""
_GROUPS = """
    SELECT
        reader, win, start, app, CASE WHEN by_surface THEN surface END,
        count(in_time) > 0, count(late) > 0, coalesce(bool_or(late <> 0), false)
    FROM windows JOIN series USING (series) JOIN readers USING (measure, win)
    WHERE NOT plain GROUP BY ALL
"""
# Late sums that some window takes in.
_LATE = 3
# Rows that are handed to the database at a time: as texts of Python they are twenty times as large.
CHUNK = 100_000
# Of the database; beyond it, it writes to a temporary folder.
_MEMORY = "4GB"
# Later than any window's end, epoch ms.
FOREVER_MS = 2**62


class Statement(NamedTuple):
    """A value that is more than sums.

    Attributes:
        kind: as the statement says.
        name: of the value, without ``pulse_``.
        fixed: labels that it adds.
        windows: window labels.
        by: other labels than the app.
        measures: ids of those that it reads.
        days: ids of those that it reads of business days as well.
    """

    kind: str
    name: str
    fixed: tuple[tuple[str, str], ...]
    windows: tuple[str, ...]
    by: tuple[str, ...]
    measures: tuple[str, ...]
    days: tuple[str, ...]

    @property
    def key(self) -> str:
        """Its name and labels, as in the statement."""
        fixed = ",".join(f"{name}={value}" for name, value in self.fixed)
        return f"{self.name}{{{fixed}}}" if fixed else self.name


@dataclass(frozen=True, slots=True)
class ExpectedWindow:
    """A window of a figure, of one app.

    Attributes:
        figure: whose.
        window: its label.
        start: epoch ms.
        labels: of all its results.
        in_time: whether a record came in time.
        late: whether a record came late.
        restates: whether a record that came late changes a sum.
        finals: the final's numbers by the label that the statement makes (empty: none); of rules, who.
        restated: the same of the last restatement; that of the final where nothing came late.
    """

    figure: Statement
    window: str
    start: int
    labels: LabelSet
    in_time: bool
    late: bool
    restates: bool
    finals: dict[str, Any]
    restated: dict[str, Any]


@cache
def figures() -> Mapping[str, tuple[Statement, ...]]:
    """By the statements of ``figures.sql`` the values that each makes."""
    statements: dict[str, tuple[Statement, ...]] = {}
    heads: list[Statement] = []
    lines: list[str] = []
    for line in _read("figures.sql").splitlines():
        head = _figure(line)
        if head is not None:
            heads.append(head)
        elif heads and not line.startswith("--"):
            lines.append(line)
            if line.endswith(";"):
                text = "\n".join(lines).rstrip(";")
                # A statement that stands there twice makes the values of both.
                statements[text] = (*statements.get(text, ()), *heads)
                heads, lines = [], []
    return statements


def _figure(line: str) -> Statement | None:
    """The declaration in a comment line above a statement; None if the line is something else."""
    kind, _, rest = line.removeprefix("-- ").partition(" ")
    head = HEAD.fullmatch(rest)
    if head is None or kind not in KINDS:
        return None
    measures, _, days = head["rest"].partition(", days ")
    return Statement(
        kind,
        head["name"],
        labels_of(head["fixed"]),
        tuple(head["windows"].split()),
        tuple((head["by"] or "app").split())[1:],
        _named(measures),
        _named(days),
    )


def _named(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for word in text.split() for name in _NAMED.get(word, (word,))))


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


class Windows:
    """The sums of all windows, within the ``with`` of ``windows_of``.

    Args:
        database: in a transaction, which is taken back afterwards.
        formulas: sums and ratios that are wanted, each with its windows.
        figures: values that are more than sums, likewise.
    """

    def __init__(
        self,
        database: DuckDBPyConnection,
        formulas: Sequence[tuple[SumOrRatio, tuple[str, ...]]],
        figures: Sequence[tuple[Statement, tuple[str, ...]]],
    ) -> None:
        self._database = database
        self._formulas = formulas
        self._figures = figures

    def fill(self, truth: Truth, settings: Settings, until: int) -> None:
        """Hand the ledger's lines over, and make the sums of all windows.

        Args:
            truth: the ledger's sums by measure, labels and minute.
            settings: where business days begin, and the bounds of rules.
            until: epoch ms, the end of the last window that is wanted.
        """
        _insert(self._database, "horizon", [(until,)])
        readers = list(self._readers())
        _insert(self._database, "readers", readers)
        ahead = [(app, f"{hours} hours") for app, hours in settings.day_offset_hours.items()]
        _insert(self._database, "days_begin", ahead)
        _insert(
            self._database,
            "plans",
            [(name, *version) for name, plan in truth.plans.items() for version in plan],
        )
        caps = settings.viewer_day_coins, settings.viewer_month_coins
        _insert(self._database, "bounds", [(settings.room_least_peers, settings.room_odd_coins, *caps)])
        _load(self._database, truth, {measure for _, measure, *_ in readers})
        for statement in _statements("sums.sql"):
            self._database.execute(statement)

    def sums(self) -> Iterator[tuple[SumOrRatio, WindowPlace, str, int | None, int | None]]:
        """Of every window of a sum or ratio that a record fell in, each measure: in time, and late."""
        rows = self._database.execute(_SUMS).fetchall()
        labels: dict[tuple[Any, ...], LabelSet] = {}
        for reader, window, start, measure, *values, in_time, late in rows:
            formula = self._formulas[reader][0]
            key = (formula.fixed, *values)
            chosen = labels.get(key)
            if chosen is None:
                # The order of the columns in _SUMS; None where the value is not by that label.
                named = zip(("app", "region", "surface", "tool", "topic"), values, strict=True)
                pairs = (*formula.fixed, *((name, value) for name, value in named if value is not None))
                chosen = labels[key] = frozenset(pairs)
            yield formula, (formula.name, window, start, chosen), measure, in_time, late

    def groups(self) -> list[ExpectedWindow]:
        """Every window of a statement that a record fell in, with its numbers."""
        groups: dict[tuple[Any, ...], ExpectedWindow] = {}
        for reader, window, start, app, surface, *columns in self._database.execute(_GROUPS).fetchall():
            in_time, late, restates = columns
            figure, windows = self._figures[reader]
            if window in windows:
                own = (("app", app), *((("surface", surface),) if surface is not None else ()))
                labels = frozenset((*figure.fixed, *own))
                groups[figure.key, window, start, app, surface] = ExpectedWindow(
                    figure, window, start, labels, in_time, late, restates, {}, {}
                )
        read = {figure for figure, *_ in groups}
        for statement, several in figures().items():
            if read & {figure.key for figure in several}:
                _share(self._database.execute(statement).fetchall(), several, groups)
        # Where nothing came in time there is no final, though those of seven days before would have a share.
        return [
            replace(
                group,
                finals=group.finals if group.in_time else {},
                restated=group.restated if group.late else group.finals,
            )
            for group in groups.values()
        ]

    def _readers(self) -> Iterator[tuple[int, str, str, bool, bool, bool, bool]]:
        """Rows of the table of the name."""
        for number, (formula, windows) in enumerate(self._formulas):
            by = ("region" in formula.by, "surface" in formula.by, "tool" in formula.by)
            yield from ((number, name, window, *by, True) for window in windows for name in formula.measures)
        for number, (figure, windows) in enumerate(self._figures):
            rows = {(name, window) for window in windows for name in figure.measures}
            rows |= {(name, "day") for name in figure.days}
            yield from ((number, *row, False, bool(figure.by), False, False) for row in sorted(rows))


@contextmanager
def windows_of(
    truth: Truth,
    settings: Settings,
    only: Collection[Window] | None = None,
    kinds: Collection[str] = KINDS,
    until: int = FOREVER_MS,
) -> Iterator[Windows]:
    """The expected windows, to be read within the ``with``; several may be open at a time.

    Args:
        truth: the ledger's sums by measure, labels and minute.
        settings: where business days begin, and the bounds of rules.
        only: values and windows that are wanted; None: all.
        kinds: of values that are wanted.
        until: epoch ms, the end of the last window that is wanted. A minute lies in 60 hours and in 28 times
            28 days: of a short run, most of these never close.
    """

    def wanted(value: SumOrRatio | Statement) -> tuple[str, ...]:
        return tuple(window for window in value.windows if only is None or (value.name, window) in only)

    of_kinds = [figure for several in figures().values() for figure in several if figure.kind in kinds]
    database = _database().cursor()  # a connection of its own: chaos compares in threads
    windows = Windows(
        database,
        [(formula, wanted(formula)) for formula in FORMULAS if "sum" in kinds and wanted(formula)],
        [(figure, wanted(figure)) for figure in of_kinds if wanted(figure)],
    )
    database.begin()
    try:
        windows.fill(truth, settings, until)
        yield windows
    finally:
        database.rollback()
        database.close()


def _share(
    rows: list[tuple[Any, ...]],
    several: tuple[Statement, ...],
    groups: Mapping[tuple[Any, ...], ExpectedWindow],
) -> None:
    """Give the rows of a statement to the windows that they are of."""
    # Rows of a statement for several values begin with the value's key.
    figure, named = several[0], int(len(several) > 1)
    # Before the result stand: restated, window, start, app, and the surface if the value is by it.
    end = named + 4 + len(figure.by)
    for row in rows:
        restated, *window = row[named:end]
        *label, value = row[end:]
        group = groups.get((row[0] if named else figure.key, *window, *(() if figure.by else (None,))))
        if group is not None:
            results = group.restated if restated else group.finals
            if figure.kind in {"rule", "case"}:
                results.setdefault("", set()).add(value)
            else:
                results[label[0] if label else ""] = value


def _load(database: DuckDBPyConnection, truth: Truth, measures: set[str]) -> None:
    """Hand the lines of some measures over, and of those that firsts are made of."""
    measures = measures | {name for first in measures for name in _OF_FIRSTS.get(first, ())}
    series: dict[tuple[str, tuple[str, ...]], int] = {}

    def rows() -> Iterator[tuple[int | None, ...]]:
        for (name, labels, pane), parts in truth.windows.items():
            if name in measures:
                number = series.setdefault((name, labels), len(series))
                yield (number, pane, parts[0], *(*parts[1 : 1 + _LATE], None, None, None)[:_LATE])

    _insert(database, "lines", rows())
    for first, names in _OF_FIRSTS.items():
        for name, labels in list(series):
            # A first is by the labels of the measures that it is made of.
            if name in names:
                series.setdefault((first, labels), len(series))
    # Where a measure's labels stand in a row of the table `series`.
    places = {name: [_LABELS.index(label) for label in MEASURES[name].labels] for name, _ in series}
    wide = []
    for (name, labels), number in series.items():
        row: list[Any] = [None] * len(_LABELS)
        for place, label in zip(places[name], labels, strict=True):
            row[place] = label
        wide.append((number, name, *row))
    _insert(database, "series", wide)


@cache
def _database() -> DuckDBPyConnection:
    """One for all comparisons of a process: to open one takes longer than to compare a few records."""
    import duckdb  # noqa: PLC0415 - 66 MB, which no command but those that compare has to load

    database = duckdb.connect(
        config={"threads": 1, "memory_limit": _MEMORY, "temp_directory": tempfile.gettempdir()}
    )
    for statement in (*_statements("windows.sql"), *_statements("figures.sql")):
        if statement.startswith(("CREATE", "INSERT")):
            database.execute(statement)
    earnings = [
        # Factors to the finest scale of all, 10^-19 USD, so that sums of several measures are integers.
        (f"{name}_by_creator", earning.tool, earning.sign, 10**19 // MEASURES[name].scale)
        for name, earning in EARNINGS.items()
    ]
    _insert(database, "earnings", earnings)
    return database


def _statements(name: str) -> list[str]:
    text = "\n".join(line for line in _read(name).splitlines() if not line.startswith("--"))
    return [statement.strip() for statement in text.split(";") if statement.strip()]


def _insert(database: DuckDBPyConnection, table: str, rows: Iterable[Sequence[Any]]) -> None:
    """Add rows to a table; numbers go as text, as those of Python may have more than 64 bits."""
    remaining = iter(rows)
    while chunk := list(islice(remaining, CHUNK)):
        columns = {
            # As texts, which DuckDB casts to the column's type: HUGEINT has no type in numpy.
            f"c{number}": np.array([None if cell is None else str(cell) for cell in column], dtype=object)
            for number, column in enumerate(zip(*chunk, strict=True))
        }
        database.register("rows", columns)
        database.sql("FROM rows").insert_into(table)
        database.unregister("rows")
