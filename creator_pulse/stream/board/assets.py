"""Scripts and style sheets of the board: read and compressed once, when it starts."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import ETag, web

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SUFFIXES = frozenset({".js", ".css"})


@dataclass(frozen=True, slots=True)
class Asset:
    """One file.

    Attributes:
        content: its bytes.
        packed: the same, compressed by gzip.
        kind: its media type.
        tag: changes with its content, so that a browser asks for it once.
    """

    content: bytes
    packed: bytes
    kind: str
    tag: str

    def answer(self, request: web.Request) -> web.Response:
        """The file, or that the browser has it already (304)."""
        if any(tag.value == self.tag for tag in request.if_none_match or ()):
            response = web.Response(status=web.HTTPNotModified.status_code)
        elif "gzip" in request.headers.get("Accept-Encoding", ""):
            response = web.Response(body=self.packed, content_type=self.kind)
            response.headers["Content-Encoding"] = "gzip"
        else:
            response = web.Response(body=self.content, content_type=self.kind)
        response.headers["Vary"] = "Accept-Encoding"
        response.etag = ETag(self.tag)
        return response


def read(folder: Path) -> Mapping[str, Asset]:
    """All scripts and style sheets under a folder, by their path in it."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES)
    return {path.relative_to(folder).as_posix(): _asset(path) for path in files}


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(content, gzip.compress(content, mtime=0), kind, hashlib.sha256(content).hexdigest()[:32])
