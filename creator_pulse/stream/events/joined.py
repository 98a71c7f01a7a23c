"""Texts that anybody may have chosen, joined so that no two lists of them give the same text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SEPARATOR = ","


def escaped(text: str) -> str:
    r"""A text in which each ``,`` and ``\`` has a ``\`` before it; another one stays as it is."""
    if SEPARATOR not in text and "\\" not in text:
        return text
    return text.replace("\\", "\\\\").replace(SEPARATOR, f"\\{SEPARATOR}")


def joined(texts: Sequence[str]) -> str:
    """The texts with ``,`` between them, each ``escaped``; a single one stays as it is."""
    return texts[0] if len(texts) == 1 else SEPARATOR.join(map(escaped, texts))
