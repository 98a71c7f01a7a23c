"""Expressions of measures as SQL text, for whoever counts the same elsewhere."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import polars as pl

from creator_pulse.stream.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPERATORS = {
    "Plus": "+",
    "Minus": "-",
    "Multiply": "*",
    "FloorDivide": "//",
    "Eq": "=",
    "NotEq": "<>",
    "Gt": ">",
    "GtEq": ">=",
    "Lt": "<",
    "LtEq": "<=",
    "And": "AND",
    "Or": "OR",
}
_BINDS = {
    "OR": 1,
    "AND": 2,
    "=": 3,
    "<>": 3,
    ">": 3,
    ">=": 3,
    "<": 3,
    "<=": 3,
    "+": 4,
    "-": 4,
    "*": 5,
    "//": 5,
}
"""Operator -> how strongly it binds: a weaker one within it needs parentheses."""
_ATOM = 9


def expression_text(expression: pl.Expr) -> str:
    """An expression over the columns of a row, in DuckDB's SQL: ``//`` rounds down, NULL is an absent field.

    Args:
        expression: of columns, literals, arithmetic, comparisons, and what to take where a field is absent.

    Raises:
        CatalogError: it has an operation that nobody has said how to write.
    """
    return _text(json.loads(expression.meta.serialize(format="json")))[0]


def _text(node: Mapping[str, Any]) -> tuple[str, int]:
    """The text of a node, and how strongly its outermost operator binds."""
    ((kind, inner),) = node.items()
    if kind == "Column":
        return str(inner), _ATOM
    if kind == "Literal":
        return _literal(inner), _ATOM
    if kind == "BinaryExpr":
        return _binary(inner)
    if kind == "Cast":
        text, binds = _text(inner["expr"])
        # A sum is wide enough whatever its columns are; only a condition has to become a number.
        return (f"CAST({text} AS INT)", _ATOM) if inner["dtype"] == {"Literal": "Int64"} else (text, binds)
    if kind == "Function":
        return _function(inner["function"], [_text(argument) for argument in inner["input"]])
    raise CatalogError(f"no text is known for {kind} in {node}")


def _binary(inner: Mapping[str, Any]) -> tuple[str, int]:
    operator = _OPERATORS[inner["op"]]
    binds = _BINDS[operator]
    left, right = _text(inner["left"]), _text(inner["right"])
    # a - (b - c) needs its parentheses, a + b + c and a AND b AND c do not.
    strict = operator in {"-", "//"}
    sides = (
        left[0] if left[1] >= binds else f"({left[0]})",
        right[0] if right[1] > binds or (right[1] == binds and not strict) else f"({right[0]})",
    )
    return f"{sides[0]} {operator} {sides[1]}", binds


def _function(name: Any, parts: list[tuple[str, int]]) -> tuple[str, int]:
    texts = [text for text, _ in parts]
    first = texts[0] if parts[0][1] > _BINDS["="] else f"({texts[0]})"
    if isinstance(name, str) and name in {"FillNull", "Coalesce"}:
        return f"coalesce({', '.join(texts)})", _ATOM
    if name == "MinHorizontal":
        return f"least({', '.join(texts)})", _ATOM
    if isinstance(name, dict) and "Clip" in name:
        return f"least(greatest({texts[0]}, {texts[1]}), {texts[2]})", _ATOM
    if isinstance(name, dict) and "Boolean" in name:
        return _condition(name["Boolean"], first, texts), _BINDS["="]
    raise CatalogError(f"no text is known for the function {name}")


def _condition(name: Any, first: str, texts: list[str]) -> str:
    if name == "Not":
        return f"NOT {first}"
    if name == "IsNotNull":
        return f"{first} IS NOT NULL"
    if "IsIn" in name:
        return f"{first} IN {texts[1]}"
    if "IsBetween" in name:
        return f"{first} BETWEEN {texts[1]} AND {texts[2]}"
    raise CatalogError(f"no text is known for the condition {name}")


def _literal(inner: Mapping[str, Any]) -> str:
    ((_, value),) = inner.items()
    ((kind, value),) = value.items()
    if kind == "String":
        return f"'{value}'"
    if kind == "Boolean":
        return "TRUE" if value else "FALSE"
    if kind == "List":
        words = pl.read_ipc_stream(io.BytesIO(bytes(value))).to_series().to_list()
        return "(" + ", ".join(f"'{word}'" for word in words) + ")"
    return str(value)
