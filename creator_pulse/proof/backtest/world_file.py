"""Worlds in files: sums as Parquet or JSON lines, and labels as JSON lines beside them (docs/backtest.md)."""

from __future__ import annotations

import re
from array import array
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import msgspec
import numpy as np
import polars as pl

from creator_pulse.proof.backtest.incident import Announcement, Incident, Stall
from creator_pulse.proof.backtest.labelled_world import LabelledWorld
from creator_pulse.proof.backtest.sums import WEEK, MinuteSums, SeriesKey
from creator_pulse.stream.errors import PulseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LABELS = ".labels.jsonl"
"""Ends the name of the file of labels, instead of the ending of the file of sums."""
ENDINGS = (".parquet", ".jsonl")
HISTORY_WEEKS = 5
LONGEST = 104 * WEEK
"""Minutes from the first to the last sum."""
_COLUMNS = ("minute", "measure", "labels", "sum")
_LABELS = pl.Struct({"app": pl.String, "region": pl.String})

Minute = Annotated[int, msgspec.Meta(ge=0, lt=2**32)] | Annotated[datetime, msgspec.Meta(tz=True)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**62)]


class WorldFileError(PulseError):
    """Raised when a file of a world cannot be read; the text names the file, the line and the fault."""


class _Labels(msgspec.Struct, forbid_unknown_fields=True):
    app: str = ""
    region: str = ""


class _SumRow(msgspec.Struct, forbid_unknown_fields=True):
    minute: Minute
    measure: str
    labels: _Labels
    sum: Count


class _Label(msgspec.Struct):
    """The fields of every line of labels; the others depend on its kind."""

    kind: Literal["incident", "unusual", "clean", "announced", "stall", "judged"]


def labels_file(path: Path) -> Path:
    """The file of labels that belongs to a file of sums."""
    return path.with_name(path.name.removesuffix(path.suffix) + LABELS)


def write_world(world: LabelledWorld, path: Path) -> None:
    """Write a world, with its labels beside it.

    Args:
        world: sums, incidents and calendar to write.
        path: a file whose name ends in ``.parquet`` or ``.jsonl``.

    Raises:
        WorldFileError: it cannot be written.
    """
    _check_ending(path)
    try:
        if path.suffix == ".parquet":
            pl.concat(list(_frames(world))).write_parquet(path)
        else:
            with path.open("wb") as lines:
                for frame in _frames(world):
                    frame.write_ndjson(lines)
        with labels_file(path).open("wb") as lines:
            for line in _label_lines(world):
                lines.write(msgspec.json.encode(line) + b"\n")
    except OSError as error:
        raise WorldFileError(f"cannot write {path}: {error.strerror}") from error


def _check_ending(path: Path) -> None:
    if path.suffix not in ENDINGS:
        raise WorldFileError(f"{path}: a world's name ends in {' or '.join(ENDINGS)}")


def _frames(world: LabelledWorld) -> Iterator[pl.DataFrame]:
    """Rows of each series in turn, without the minutes of no records but the first of the world."""
    for key in world.sums:
        series = world.sums[key]
        at = np.union1d(np.flatnonzero(series), [0, len(series) - 1])
        labels = pl.lit({"app": key.app, "region": key.region}, dtype=_LABELS)
        frame = pl.DataFrame({"minute": at + world.start, "sum": series[at]})
        yield frame.select(
            "minute", pl.lit(key.measure).alias("measure"), labels.alias("labels"), pl.col("sum")
        )


def _label_lines(world: LabelledWorld) -> Iterator[dict[str, object]]:
    yield {"kind": "judged", "start": world.judged}
    for kind, labels in (("announced", world.calendar), ("stall", world.stalls)):
        for label in labels:
            yield {"kind": kind, **msgspec.to_builtins(label)}
    for incident in world.incidents:
        yield msgspec.to_builtins(incident)


def read_world(path: Path) -> LabelledWorld:
    """Read a world, with its labels.

    Args:
        path: of the file with the sums.

    Raises:
        WorldFileError: a file is missing, or a line is wrong.
    """
    _check_ending(path)
    reader = _parquet if path.suffix == ".parquet" else _json_lines
    try:
        series = reader(path)
        labels = labels_file(path).read_bytes().splitlines()
    except OSError as error:
        raise WorldFileError(f"cannot read {error.filename or path}: {error.strerror or error}") from error
    if not series:
        raise WorldFileError(f"{path}: holds no sums")
    start = min(min(minutes) for minutes, _ in series.values())
    end = max(max(minutes) for minutes, _ in series.values()) + 1
    if end - start > LONGEST:
        raise WorldFileError(
            f"{path}: from its first minute to its last are {(end - start) // WEEK} weeks, at most "
            f"{LONGEST // WEEK} are read; is a minute written in seconds?"
        )
    sums = MinuteSums(end - start)
    for key, (minutes, amounts) in series.items():
        sums.add(key, (minute - start for minute in minutes), amounts)
    return _labelled(labels_file(path), labels, sums, start)


_Series = dict[SeriesKey, tuple["array[int]", "array[int]"]]


def _json_lines(path: Path) -> _Series:
    decoder, series = msgspec.json.Decoder(_SumRow), _Series()
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = decoder.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                _refuse(path, number, error)
            key = SeriesKey(row.measure, row.labels.app, row.labels.region)
            if key not in series:
                series[key] = array("q"), array("q")
            minutes, amounts = series[key]
            minutes.append(_minute(row.minute))
            amounts.append(row.sum)
    return series


def _minute(minute: Minute) -> int:
    return minute if isinstance(minute, int) else int(minute.astimezone(UTC).timestamp()) // 60


def _refuse(path: Path, number: int, error: Exception) -> NoReturn:
    text = re.sub(r" - at `\$\.?(.*)`", r" in \1", str(error)).replace("in ...", "in a list")
    raise WorldFileError(f"{path}:{number}: {text}") from error


def _parquet(path: Path) -> _Series:
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, pl.exceptions.ComputeError) as error:
        raise WorldFileError(f"{path}: is no Parquet file: {str(error).splitlines()[0]}") from error
    frame = _typed(path, frame)
    wrong = frame.select(
        minute=pl.col("minute").is_between(0, 2**32 - 1),
        measure=pl.col("measure").is_not_null(),
        sum=pl.col("sum").ge(0),
    ).with_row_index("row")
    for column in ("minute", "measure", "sum"):
        refused = wrong.filter(~pl.col(column).fill_null(value=False))["row"]
        if len(refused):
            raise WorldFileError(f"{path}: row {refused[0] + 1}: {column} is missing or out of its range")
    series = _Series()
    parts = frame.unnest("labels").partition_by(["measure", "app", "region"], as_dict=True)
    for (measure, app, region), part in parts.items():
        columns = (array("q", part[name].to_numpy().astype(np.int64).tobytes()) for name in ("minute", "sum"))
        minutes, amounts = columns
        series[SeriesKey(str(measure), str(app or ""), str(region or ""))] = minutes, amounts
    return series


def _typed(path: Path, frame: pl.DataFrame) -> pl.DataFrame:
    """The four columns in their types; a minute may be a time, and labels may be a text of JSON."""
    missing = [name for name in _COLUMNS if name not in frame.columns]
    if missing:
        raise WorldFileError(f"{path}: there is no column {', '.join(missing)}")
    minute, labels = frame.schema["minute"], frame.schema["labels"]
    try:
        if isinstance(minute, pl.Datetime):
            frame = frame.with_columns(pl.col("minute").dt.epoch("s") // 60)
        if labels == pl.String:
            frame = frame.with_columns(pl.col("labels").str.json_decode(_LABELS))
        names = frame["labels"].struct.fields
        given = [
            pl.col("labels").struct.field(name) if name in names else pl.lit("").alias(name)
            for name in ("app", "region")
        ]
        return frame.select(
            pl.col("minute").cast(pl.Int64),
            pl.col("measure").cast(pl.String),
            pl.struct(given).alias("labels"),
            pl.col("sum").cast(pl.Int64),
        )
    except (pl.exceptions.PolarsError, AttributeError) as error:
        raise WorldFileError(
            f"{path}: its columns are not of the types minute (whole number or time), measure (text), "
            f"labels (struct of app and region, or JSON), sum (whole number): {str(error).splitlines()[0]}"
        ) from error


def _labelled(path: Path, lines: list[bytes], sums: MinuteSums, start: int) -> LabelledWorld:
    incidents: list[Incident] = []
    calendar: list[Announcement] = []
    stalls: list[Stall] = []
    judged = start + HISTORY_WEEKS * WEEK
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            kind = msgspec.json.decode(line, type=_Label).kind
            if kind == "judged":
                judged = msgspec.json.decode(line, type=_JudgedSpan).start
            elif kind == "announced":
                calendar.append(msgspec.json.decode(line, type=Announcement))
            elif kind == "stall":
                stalls.append(msgspec.json.decode(line, type=Stall))
            else:
                incidents.append(msgspec.json.decode(line, type=Incident))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            _refuse(path, number, error)
    if not start <= judged < start + sums.minutes:
        raise WorldFileError(
            f"{path}: the judged time begins outside of the world; give five weeks of history before it, or "
            f'say where it begins: {{"kind":"judged","start":MINUTE}}'
        )
    return LabelledWorld(
        start=start,
        judged=judged,
        sums=sums,
        incidents=tuple(incidents),
        calendar=tuple(calendar),
        stalls=tuple(stalls),
    )


class _JudgedSpan(msgspec.Struct):
    start: Annotated[int, msgspec.Meta(ge=0)]
