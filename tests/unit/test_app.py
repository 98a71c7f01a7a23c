"""What the application takes from Faust, and what it leaves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from creator_pulse.agents.app import PulseApp
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.transport.memory_log import MemoryLog
from tests.support.hash_key import HASH_KEY

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


async def begin() -> None:
    """What Faust does first when a worker starts."""
    await PulseApp(Settings(), MemoryLog({}), HASH_KEY).on_first_start()


def test_a_start_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory may be read-only, or another worker's too: Faust makes no folders in it."""
    monkeypatch.chdir(tmp_path)
    asyncio.run(begin())
    assert list(tmp_path.iterdir()) == []
