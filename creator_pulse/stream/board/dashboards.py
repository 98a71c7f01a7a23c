"""The dashboards: the same JSON models that Grafana is provisioned with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from creator_pulse.stream.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping


def read(files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """All dashboards by uid, in the order of the files.

    Args:
        files: classic dashboard JSON by file name; the first one is home.

    Raises:
        SettingsError: a file is not a dashboard.
    """
    models: dict[str, dict[str, Any]] = {}
    for name, text in files.items():
        try:
            model = msgspec.json.decode(text, type=dict[str, Any])
            models[str(model["uid"])] = model
        except (msgspec.DecodeError, KeyError) as error:
            raise SettingsError(f"{name} is not a dashboard with a uid: {error}") from error
    return models


def summaries(models: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """uid, title and description of each dashboard, for the links between them."""
    return [
        {"uid": uid, "title": model.get("title", uid), "description": model.get("description", "")}
        for uid, model in models.items()
    ]
