"""Markdown to HTML, as far as runbooks use it. Everything else stays text, and all text is escaped."""

from __future__ import annotations

import re
from html import escape
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

INLINE = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<bold>[^*]+)\*\*|\[(?P<text>[^\]]+)\]\((?P<link>[^)\s]+)\)|<(?P<url>https?://[^>\s]+)>"
)
SAFE_LINK = re.compile(r"https?://|/(?!/)|#")
RUNBOOK_LINK = re.compile(r"(?:\./)?(\w+)\.md")
BOARD = re.compile(r"/d/[\w-]+")
HEADING = re.compile(r"(#{1,6})\s+(.+)")
ITEM = re.compile(r"\s*(?:[-*]|(?P<number>\d+)[.)])\s+(.+)")


def to_html(text: str) -> str:
    """Headings, paragraphs, flat lists, tables, code, bold and links; no HTML passes through."""
    return "\n".join(_blocks(text.splitlines()))


def inline(text: str) -> str:
    """One line: code, bold and links; a link to anything but http(s) or this server stays text."""
    # ends[-1] is where the last match ended; the text between two matches is escaped.
    ends = [0]
    parts: list[str] = []
    for match in INLINE.finditer(text):
        parts += [escape(text[ends[-1] : match.start()]), _inline_match(match)]
        ends.append(match.end())
    return "".join([*parts, escape(text[ends[-1] :])])


def _inline_match(match: re.Match[str]) -> str:
    if match["code"]:
        code = f"<code>{escape(match['code'])}</code>"
        return f'<a href="{match["code"]}">{code}</a>' if BOARD.fullmatch(match["code"]) else code
    if match["bold"]:
        return f"<strong>{inline(match['bold'])}</strong>"
    link = match["link"] or match["url"]
    label = escape(match["text"] or match["url"])
    runbook = RUNBOOK_LINK.fullmatch(link)
    target = f"/runbooks/{runbook[1]}" if runbook else link
    # A link with any other scheme, such as javascript:, stays text.
    return f'<a href="{escape(target)}">{label}</a>' if SAFE_LINK.match(target) else label


def _blocks(lines: list[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        heading = HEADING.fullmatch(line.rstrip())
        if heading:
            level = len(heading[1])
            yield f"<h{level}>{inline(heading[2])}</h{level}>"
            at += 1
        elif line.lstrip().startswith("```"):
            code = list(
                takewhile(lambda code_line: not code_line.lstrip().startswith("```"), lines[at + 1 :])
            )
            yield f'<pre tabindex="0"><code>{escape(chr(10).join(code))}</code></pre>'
            # The lines of the code, and the two fences around them.
            at += len(code) + 2
        elif line.strip():
            block = list(takewhile(_goes_on, lines[at + 1 :]))
            yield _text_block([line, *block])
            at += 1 + len(block)
        else:
            at += 1


def _goes_on(line: str) -> bool:
    return bool(line.strip()) and not HEADING.match(line) and not line.lstrip().startswith("```")


def _text_block(lines: list[str]) -> str:
    if lines[0].startswith("|"):
        return _table(lines)
    # Item i of a list goes from its first line to the line before item i + 1 begins.
    starts = [number for number, line in enumerate(lines) if ITEM.fullmatch(line)]
    if not starts:
        return f"<p>{inline(' '.join(line.strip() for line in lines))}</p>"
    lead = _text_block(lines[: starts[0]]) if starts[0] else ""
    return lead + _list([lines[start:end] for start, end in pairwise([*starts, len(lines)])])


def _list(items: list[list[str]]) -> str:
    matches = [ITEM.fullmatch(item[0]) for item in items]
    tag = "ol" if matches[0] and matches[0]["number"] else "ul"
    texts = [
        " ".join([match[2], *(line.strip() for line in item[1:])])
        for match, item in zip(matches, items, strict=True)
        if match
    ]
    return f"<{tag}>{''.join(f'<li>{inline(text)}</li>' for text in texts)}</{tag}>"


def _table(lines: list[str]) -> str:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    # The line of dashes under the titles is no row.
    body = [row for row in rows[1:] if not all(re.fullmatch(r":?-+:?", cell) for cell in row)]
    return f"<table>{_row(rows[0], 'th')}{''.join(_row(row, 'td') for row in body)}</table>"


def _row(cells: list[str], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{inline(cell)}</{tag}>' for cell in cells)}</tr>"
