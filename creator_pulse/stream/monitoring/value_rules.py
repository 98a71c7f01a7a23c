"""The rule of every value and measure: for ``pulse catalog --json`` and ``docs/rules.md``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from creator_pulse.stream.catalog.registry import MEASURES, VALUES, topics_of
from creator_pulse.stream.monitoring.expression_text import expression_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.stream.catalog.declaration.declare import Measure, Metric, Value

RULES_PAGE = "docs/rules.md"
"""Path of the page, from the root of the project."""
_TIMES = {
    "event": "event_time",
    "watermark": "the watermark before the record",
    "original": "the time of what it takes back (of `deal_agreed`: of its invitation), up to 14 days ago",
}
_ROWS = {
    "accepted": "counted records, and booked streaks; late ones in the late part",
    "late": "late records only",
    "every": "every record, whatever its outcome",
}


def value_rule(value: Value) -> dict[str, Any]:
    """The rule of a value, by its declaration.

    Args:
        value: declared by a metric of the catalogue.
    """
    return {
        "value": value.name,
        "fixed": dict(value.fixed),
        "labels": list(value.labels),
        "windows": list(value.windows),
        "topics": list(topics_of(value)),
        "measures": list(value.measures),
        "means": value.help,
        **value.formula.definition()._asdict(),
    }


def measure_rule(measure: Measure) -> dict[str, Any]:
    """How much a record adds to a measure; expressions are SQL over the record's fields.

    Args:
        measure: declared in a room of the catalogue.
    """
    first = measure.first
    of_first = None if first is None else _first(first.of, first.unless)
    return {
        "measure": measure.id,
        "means": measure.help,
        "topic": measure.topic,
        "event": measure.event,
        "adds": of_first or expression_text(measure.value),
        "if": "" if measure.where is None else expression_text(measure.where),
        "size": "" if measure.bucket is None else expression_text(measure.bucket),
        "labels": list(measure.labels),
        "fixed": dict(measure.fixed),
        "scale": measure.scale,
        "counter": "" if measure.counter is None else f"pulse_{measure.counter}",
        "rows": measure.rows,
        "time": measure.time,
    }


def _first(of: tuple[str, ...], unless: tuple[str, ...]) -> str:
    but = f", but not if {' or '.join(unless)} is above 0 in that hour or before" if unless else ""
    return f"1 in the hour in which {' or '.join(of)} of the identity is first above 0{but}"


def metric_rules(metric: Metric) -> dict[str, Any]:
    """The rules of a metric's values, of the measures in them, and the PromQL of what Prometheus records.

    Args:
        metric: declared in a room of the catalogue.
    """
    names = dict.fromkeys(name for value in metric.values for name in _all_measures(value))
    return {
        "values": [value_rule(value) for value in metric.values],
        "measures": [measure_rule(MEASURES[name]) for name in names],
        "recorded": dict(metric.recorded),
    }


def _all_measures(value: Value) -> Iterable[str]:
    """The measures in a value, and those that firsts are made of."""
    for name in value.measures:
        first = MEASURES[name].first
        yield from (name, *(() if first is None else first.measures))


def rules_page() -> bytes:
    """The rules as a Markdown page."""
    lines = [_HEAD, *map(_value_row, VALUES), "", _MEASURES_HEAD, *map(_measure_row, MEASURES.values())]
    return ("\n".join(lines) + "\n").encode()


def _value_row(value: Value) -> str:
    rule = value_rule(value)
    fixed = ",".join(f"{name}={text}" for name, text in value.fixed.items())
    low, high = ("-" if bound is None else str(bound) for bound in (rule["low"], rule["high"]))
    return _row(
        f"`{value.name}`" + (f" {fixed}" if fixed else ""),
        ", ".join(value.windows),
        ", ".join(value.labels),
        rule["kind"],
        rule["numerator"],
        rule["denominator"],
        rule["counts"],
        f"{low} to {high}",
        rule["rounding"],
        rule["empty"],
    )


def _measure_row(measure: Measure) -> str:
    rule = measure_rule(measure)
    return _row(
        f"`{measure.id}`",
        f"{measure.topic} {measure.event}",
        f"`{rule['adds']}`",
        f"`{rule['if']}`" if rule["if"] else "",
        f"`{rule['size']}`" if rule["size"] else "",
        ", ".join(measure.labels),
        f"{measure.scale:,}",
        measure.rows,
        measure.time,
    )


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") or "-" for cell in cells) + " |"


_HEAD = f"""# Rules

Generated from `creator_pulse/stream/catalog` by `pulse generate`; the same stands in
`pulse catalog --json` (`rules`). With [contract.md](contract.md), which says which records count and
when windows close, it is all that somebody needs to make the same numbers elsewhere.
`tests/unit/test_worked_examples.py` works examples by hand, and `tests/unit/test_measure_rules.py` runs
the SQL of every measure beside the lanes.

How to read it:

- A *measure* is an integer sum over the records of one event type (`*`: all). A record adds `adds`
  where `if` holds (always where it is empty), else 0; a condition on an absent field does not hold.
  Expressions are DuckDB's SQL over the fields of the contract; `//` rounds down.
- Fields that are made: `gifts` (1 for a final gift or a booked streak, else 0), `coins`, `capped_coins`
  and `timed_out` by the streak rules of the contract, section 5; `coin_price`, `creator_rate`
  (micro-USD per coin), `fx_rate` (micro-USD per unit of `currency`) and `catalogue_coins` by section 3;
  `in_state_ms`, the time in a deal's state by section 5, -1 if it is not known; `watermark`, before the
  record; `outcome`, `reason`, `conflicting`, `miskeyed`, `key_known` by section 4.
- It falls into the window that holds its `time`:
  {"; ".join(f"`{name}` is {text}" for name, text in _TIMES.items())}.
- `rows`: {"; ".join(f"`{name}` are {text}" for name, text in _ROWS.items())}.
- A window's sum holds what came in time; of a restated or provisional one also the late part. It is
  divided by `scale` where it is shown, and the sums of a formula are brought to one scale before they
  are added or divided.
- A label that a value does not have is summed over. An identity is the text of its field; records
  without it, or with `-`, are nobody's, and count only where a rule says so. Regions that the settings
  do not list are `other`, a missing `surface` is `unknown`.
- A *panel* is of all regions of an app. Bounds are those that a value cannot pass; `-` is none.

## Values

| value | windows | labels | kind | numerator | denominator | counts | bounds | rounding | empty |
|---|---|---|---|---|---|---|---|---|---|"""
_MEASURES_HEAD = """## Measures

| measure | topic and event | adds | if | size | labels | scale | rows | time |
|---|---|---|---|---|---|---|---|---|"""
