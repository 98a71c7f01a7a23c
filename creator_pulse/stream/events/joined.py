"""Joining texts from users, so that no two lists of texts give the same result."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SEPARATOR = ","


def escaped(text: str) -> str:
    r"""A text with a ``\`` before each ``,`` and ``\``; any other text is unchanged."""
    if SEPARATOR not in text and "\\" not in text:
        return text
    return text.replace("\\", "\\\\").replace(SEPARATOR, f"\\{SEPARATOR}")


def joined(texts: Sequence[str]) -> str:
    """The texts, each ``escaped``, with ``,`` between them; a single text is unchanged."""
    return texts[0] if len(texts) == 1 else SEPARATOR.join(map(escaped, texts))
