"""The dashboards on disk: the same JSON files that Grafana is provisioned with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from creator_pulse.stream.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """All dashboards of a folder by uid: the overview, then the others in the order of their file names.

    Raises:
        SettingsError: a file is not a dashboard.
    """
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.json"), key=lambda path: (path.stem != "overview", path.name)):
        try:
            model = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
            found[str(model["uid"])] = model
        except (OSError, msgspec.DecodeError, KeyError) as error:
            raise SettingsError(f"{path} is not a dashboard with a uid: {error}") from error
    return found


def summaries(folder: Path) -> list[dict[str, Any]]:
    """uid, title and description of each dashboard, for the links between them.

    Raises:
        SettingsError: a file is not a dashboard.
    """
    return [
        {"uid": uid, "title": model.get("title", uid), "description": model.get("description", "")}
        for uid, model in read(folder).items()
    ]
