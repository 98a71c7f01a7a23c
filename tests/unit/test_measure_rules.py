"""The rules that the catalogue tells are what lanes do: the SQL of every measure, beside its expression."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import polars as pl
import pytest

from creator_pulse.stream.catalog.registry import MEASURES, METRICS, VALUES
from creator_pulse.stream.errors import CatalogError
from creator_pulse.stream.events.listed_words import LISTED_WORDS
from creator_pulse.stream.monitoring.catalog_page import catalog_json
from creator_pulse.stream.monitoring.expression_text import expression_text
from creator_pulse.stream.monitoring.value_rules import measure_rule, value_rule
from creator_pulse.stream.settings import Settings

if TYPE_CHECKING:
    from creator_pulse.stream.catalog.declaration.declare import Measure, Value

ROWS = 200
TEXTS = {
    "outcome": ("counted", "late", "progress", "duplicate", "invalid", "test"),
    "tool": ("gift", "ad", "reward", "deal", "commerce"),
    "milestone": ("2s", "6s", "q25", "q50", "q75", "q100"),
    "ivt_class": ("none", "givt"),
    "surface": ("feed", "live"),
    "attribution": ("live", "video"),
    "approved_by": ("deemed", "advertiser"),
    "creator_tier": ("lt_10k", "ge_1m"),
    "region": ("US", "KR"),
    "reason": ("minor_claim", "chargeback", "no_rate"),
    "room_id": ("", "r"),
    "match_id": ("m",),
    **{
        name: (*words[:2], words[-2], "18", "other")
        for name, words in LISTED_WORDS.items()
        if name != "reason"
    },
}
"""Columns of texts, with some of what they may hold."""
FLAGS = frozenset(
    {
        "billable", "measurable", "in_target", "is_sample", "session_end", "disclosure_label", "repeat_end",
        "conflicting", "miskeyed", "key_known",
    }
)  # fmt: skip
MADE = frozenset(
    {"gifts", "coins", "capped_coins", "timed_out", "fx_rate", "coin_price", "creator_rate", "event_time"}
)
"""Columns that are always there."""


def column(name: str, rng: Random) -> pl.Series:
    """Values of a column: of its type, some of them absent."""
    if name in TEXTS:
        cells: list[Any] = [rng.choice(TEXTS[name]) for _ in range(ROWS)]
        kind: Any = pl.String
    elif name in FLAGS:
        cells, kind = [rng.random() < 0.5 for _ in range(ROWS)], pl.Boolean
    else:
        largest = 3 if name in {"gifts", "timed_out", "gift_type"} else rng.choice((3, 10**5, 2 * 10**9))
        cells, kind = (
            [rng.randrange(-1 if name == "in_state_ms" else 0, largest) for _ in range(ROWS)],
            pl.Int64,
        )
    if name not in MADE:
        cells = [None if rng.random() < 0.2 else cell for cell in cells]
    return pl.Series(name, cells, dtype=kind)


@pytest.mark.parametrize(
    "measure",
    [measure for measure in MEASURES.values() if measure.first is None],
    ids=lambda measure: measure.id,
)
def test_what_a_record_adds_is_what_its_sql_says(measure: Measure) -> None:
    """Of 200 rows with absent fields: the value where the condition holds, by DuckDB as by the lanes."""
    rng = Random(measure.id)
    frame = pl.DataFrame([column(name, rng) for name in sorted(measure.columns)])
    rule = measure_rule(measure)
    condition = rule["if"] or "TRUE"
    database = duckdb.connect()
    cells = {
        name: np.array([None if cell is None else str(cell) for cell in frame[name]], dtype=object)
        for name in frame.columns
    }
    database.register("cells", cells)
    types = {pl.Int64: "HUGEINT", pl.Boolean: "BOOL", pl.String: "VARCHAR"}
    # In wide integers, as sums are; a row whose condition is unknown does not count.
    read = ", ".join(f"{name}::{types[type(frame[name].dtype)]} AS {name}" for name in frame.columns)
    added = f"CASE WHEN {condition} THEN {rule['adds']} ELSE 0 END"
    told = database.sql(f"SELECT ({added})::VARCHAR FROM (SELECT {read} FROM cells)").fetchall()  # noqa: S608
    wanted = frame.select(measure.counted.alias("made"))["made"].fill_null(0).to_list()
    if len(wanted) == 1:  # a bare literal
        wanted *= len(told)
    assert [int(row[0] or 0) for row in told] == [int(number) for number in wanted]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.name)
def test_every_value_has_a_whole_rule(value: Value) -> None:
    """Above and below the line, bounds, rounding, what is shown of nothing; every measure is named."""
    rule = value_rule(value)
    assert rule["numerator"]
    assert rule["rounding"]
    assert rule["empty"]
    named = " ".join((rule["numerator"], rule["denominator"], rule["counts"]))
    assert [name for name in value.measures if name not in named] == []
    assert (value.unit == "percentunit" and rule["kind"] == "share") <= (
        rule["low"] == 0 and rule["high"] == 1
    )


def test_the_catalogue_tells_all_rules() -> None:
    """Of each metric in the JSON: one rule for each value, and one for each measure in it."""
    told = catalog_json(Settings())
    for metric, one in zip(METRICS, told, strict=True):
        assert [rule["value"] for rule in one["rules"]["values"]] == [value.name for value in metric.values]
        names = {rule["measure"] for rule in one["rules"]["measures"]}
        assert {name for value in metric.values for name in value.measures} <= names


def test_an_operation_without_a_text_is_refused() -> None:
    """Rather than told in a way that nobody can read."""
    with pytest.raises(CatalogError, match="no text is known"):
        expression_text(pl.col("coins").sqrt())
