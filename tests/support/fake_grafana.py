"""A Grafana of a few lines: folders and dashboards by uid, as its HTTP API documents them.

Bodies and statuses are those of grafana.com/docs/grafana/latest/developers/http_api: dashboard and folder.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "glsa_of-an-editor"  # noqa: S105 - of the fake
VIEWER = "glsa_of-a-viewer"


@dataclass
class FakeGrafana:
    """Keeps boards and folders in memory.

    Attributes:
        folders: uid -> title.
        boards: uid -> board, as it was saved, with an id and a version.
        folder_of: uid of a board -> uid of its folder.
        provisioned: uid of a board that comes from a file -> the file.
        saved: uid and message of every save.
        meanwhile: uids of boards that somebody else saves before the next save.
    """

    folders: dict[str, str] = field(default_factory=dict)
    boards: dict[str, dict[str, Any]] = field(default_factory=dict)
    folder_of: dict[str, str] = field(default_factory=dict)
    provisioned: dict[str, str] = field(default_factory=dict)
    saved: list[tuple[str, str]] = field(default_factory=list)
    meanwhile: set[str] = field(default_factory=set)

    def app(self) -> web.Application:
        """The server; run it with an aiohttp test server."""
        app = web.Application(middlewares=[self._with_token])
        app.router.add_get("/api/folders/{uid}", self._folder)
        app.router.add_post("/api/folders", self._create_folder)
        app.router.add_get("/api/dashboards/uid/{uid}", self._board)
        app.router.add_post("/api/dashboards/db", self._save)
        return app

    @web.middleware
    async def _with_token(self, request: web.Request, handler: Any) -> web.StreamResponse:
        sent = request.headers.get("Authorization", "")
        if sent not in {f"Bearer {TOKEN}", f"Bearer {VIEWER}"}:
            return _said(401, "Invalid API key")
        if sent == f"Bearer {VIEWER}" and request.method == "POST":
            return _said(403, "You'll need additional permissions to perform this action.")
        response: web.StreamResponse = await handler(request)
        return response

    async def _folder(self, request: web.Request) -> web.Response:
        uid = request.match_info["uid"]
        if uid not in self.folders:
            return _said(404, "folder not found")
        return web.json_response({"uid": uid, "title": self.folders[uid]})

    async def _create_folder(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.folders[asked["uid"]] = asked["title"]
        return web.json_response(asked)

    async def _board(self, request: web.Request) -> web.Response:
        uid = request.match_info["uid"]
        if uid not in self.boards:
            return _said(404, "Dashboard not found")
        meta = {
            "folderUid": self.folder_of[uid],
            "provisioned": uid in self.provisioned,
            "provisionedExternalId": self.provisioned.get(uid, ""),
        }
        return web.json_response({"meta": meta, "dashboard": self.boards[uid]})

    async def _save(self, request: web.Request) -> web.Response:
        asked = await request.json()
        board, folder = asked["dashboard"], asked["folderUid"]
        uid = board["uid"]
        old = self.boards.get(uid)
        if uid in self.meanwhile and old is not None:
            self.meanwhile.discard(uid)
            old["version"] += 1
        if uid in self.provisioned:
            return _said(400, "Cannot save provisioned dashboard")
        if folder not in self.folders:
            return _said(400, "folder not found")
        twins = [
            other
            for other, one in self.boards.items()
            if other != uid and one["title"] == board["title"] and self.folder_of[other] == folder
        ]
        if twins:
            return _said(412, "A dashboard with the same name already exists", "name-exists")
        if old is not None and not asked["overwrite"] and board["version"] != old["version"]:
            return _said(412, "The dashboard has been changed by someone else", "version-mismatch")
        version = 1 if old is None else old["version"] + 1
        number = len(self.boards) + 1 if old is None else old["id"]
        self.boards[uid] = board | {"version": version, "id": number}
        self.folder_of[uid] = folder
        self.saved.append((uid, asked["message"]))
        return web.json_response({"status": "success", "uid": uid, "version": version})


def _said(status: int, message: str, kind: str = "") -> web.Response:
    return web.json_response({"message": message} | ({"status": kind} if kind else {}), status=status)
