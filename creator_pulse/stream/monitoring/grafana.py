"""Grafana's HTTP API, as far as boards need it: folders and dashboards by uid.

Paths and fields are those of Grafana's documentation (developers/http_api/dashboard and .../folder), which
versions 9 to 13 serve: ``GET /api/dashboards/uid/:uid``, ``POST /api/dashboards/db``, ``GET`` and ``POST
/api/folders``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec

from creator_pulse.stream.errors import GrafanaError, UnreachableError
from creator_pulse.stream.exposition.bounded_body import answered

if TYPE_CHECKING:
    from creator_pulse.stream.secret import Address, Secret

TIMEOUT = aiohttp.ClientTimeout(total=30, connect=5)
MOST_BYTES = 16 << 20
"""Bytes of an answer."""
_ADVICE = {
    401: "it refuses the token: make one for a service account (Administration, Service accounts), and put "
    "it into the file",
    403: "the token may not do that: give its service account the role Editor, or the permissions "
    "dashboards:create, dashboards:write and folders:create",
}
"""Status -> what to do."""


class Grafana:
    """One Grafana; holds its address, the token and the connections.

    Args:
        address: in front of ``/api``.
        token: of a service account.
        session: HTTP client that connects to it.
    """

    def __init__(self, address: Address, token: Secret, session: aiohttp.ClientSession) -> None:
        self._address = address
        self._token = token
        self._session = session

    async def folder(self, uid: str) -> str | None:
        """The title of a folder; None: there is none.

        Raises:
            GrafanaError: it refuses the question.
            UnreachableError: it does not answer, or is no Grafana.
        """
        answer = await self._asked("GET", f"folders/{uid}", f"folder {uid}")
        return None if answer is None else str(answer.get("title"))

    async def create_folder(self, uid: str, title: str) -> None:
        """Create a folder.

        Raises:
            GrafanaError: it refuses it.
            UnreachableError: it does not answer, or is no Grafana.
        """
        await self._asked("POST", "folders", f"folder {title}", {"uid": uid, "title": title})

    async def dashboard(self, uid: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """A board with Grafana's remarks (``folderUid``, ``provisioned``); None if there is none.

        Raises:
            GrafanaError: it refuses the question.
            UnreachableError: it does not answer, or is no Grafana.
        """
        answer = await self._asked("GET", f"dashboards/uid/{uid}", uid)
        return None if answer is None else (answer.get("dashboard", {}), answer.get("meta", {}))

    async def save(self, board: dict[str, Any], folder: str, message: str) -> None:
        """Create or replace a board.

        Args:
            board: with the version that is replaced; 0 creates one.
            folder: uid of the folder it lies in.
            message: for the history of the board.

        Raises:
            GrafanaError: it refuses it, for example since somebody has changed the board meanwhile.
            UnreachableError: it does not answer, or is no Grafana.
        """
        body = {"dashboard": board, "folderUid": folder, "message": message, "overwrite": False}
        await self._asked("POST", "dashboards/db", str(board["uid"]), body)

    async def _asked(
        self, method: str, path: str, what: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """The answer's object; None if it is not there."""
        url = f"{self._address.reveal().rstrip('/')}/api/{path}"
        headers = {"Authorization": f"Bearer {self._token.reveal()}", "Accept": "application/json"}
        request = self._session.request(
            method, url, json=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
        )
        response, content = await answered(request, f"Grafana at {self._address}", MOST_BYTES)
        answer = _object(content)
        if answer is None:
            raise UnreachableError(
                f"{self._address} is no Grafana: it answered {response.status}, {response.content_type}; "
                "name the address that stands before /d/ in its links"
            )
        if response.status == 404 and method == "GET":
            return None
        if response.status >= 300:
            raise GrafanaError(f"Grafana at {self._address}, {what}: {_why(response.status, answer)}")
        return answer


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.DecodeError:
        return None


def _why(status: int, answer: dict[str, Any]) -> str:
    """Why a request is refused, and what to do, in one line."""
    message = " ".join(str(answer.get("message") or "no reason is given").split())
    kind = answer.get("status")
    if kind == "version-mismatch":
        return "somebody has saved the board meanwhile: look at the change, and push again"
    if kind == "name-exists":
        return "another board in the folder has its title: rename or remove that one, and push again"
    if "provisioned" in message:
        return (
            f"{message} ({status}): it comes from a file there: replace the file, or remove it and push again"
        )
    return f"{_ADVICE.get(status, message)} ({status})"
