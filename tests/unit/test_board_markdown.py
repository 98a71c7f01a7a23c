"""Runbooks' Markdown as HTML."""

from __future__ import annotations

import pytest

from creator_pulse.stream.board.markdown import inline, to_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ('plain < & "', "plain &lt; &amp; &quot;"),
        ("`a < b`", "<code>a &lt; b</code>"),
        ("**so `x`**", "<strong>so <code>x</code></strong>"),
        ("[lag](Lag.md)", '<a href="/runbooks/Lag">lag</a>'),
        ("[board](/d/pulse-now)", '<a href="/d/pulse-now">board</a>'),
        ("`/d/pulse-now`", '<a href="/d/pulse-now"><code>/d/pulse-now</code></a>'),
        ("<https://example.org/a>", '<a href="https://example.org/a">https://example.org/a</a>'),
        ("[x](javascript:alert)", "x"),
        ("[x](//evil.example)", "x"),
        ('[x](/a"onclick="b)', '<a href="/a&quot;onclick=&quot;b">x</a>'),
    ],
)
def test_inline(text: str, html: str) -> None:
    """Code, bold and harmless links are marked up; the rest is escaped text."""
    assert inline(text) == html


def test_code_block_is_kept_as_written() -> None:
    """Lines, spaces and marks inside a fence stay."""
    assert to_html("```promql\na  > 1\n\n# no heading\n```\nend") == (
        '<pre tabindex="0"><code>a  &gt; 1\n\n# no heading</code></pre>\n<p>end</p>'
    )


def test_paragraph_then_list_without_blank_line() -> None:
    """A list may follow its lead at once, and an item may go on in the next line."""
    assert to_html("Look:\n- one\n  more\n- two") == "<p>Look:</p><ul><li>one more</li><li>two</li></ul>"


def test_numbered_list() -> None:
    """Numbers make an ordered list."""
    assert to_html("1. first\n2. second") == "<ol><li>first</li><li>second</li></ol>"


def test_table() -> None:
    """The line of dashes is not a row."""
    assert to_html("| a | b |\n|---|:-:|\n| 1 | <2 |") == (
        "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>&lt;2</td></tr></table>"
    )
