"""How worker processes and producers are started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from creator_pulse.proof.chaos.load import Load
from creator_pulse.proof.demo.workers import Workers
from creator_pulse.stream.secret import Secret
from creator_pulse.stream.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from creator_pulse.stream.local.process import Child

WORD = "geheim"
SETTINGS = msgspec.structs.replace(Settings(metrics_port=0, kafka="127.0.0.1:1"), api_token=Secret(WORD))


async def stopped(child: Child) -> Child:
    """The child, which is not needed any longer."""
    child.kill()
    await child.ended()
    return child


def hands_on(child: Child) -> tuple[bool, bool]:
    """Whether a child's environment holds the secret, and whether its arguments do."""
    program = child.program
    return (program.environ or {}).get("PULSE_API_TOKEN") == WORD, WORD in " ".join(program.argv)


async def test_a_worker_gets_its_settings_by_the_environment(tmp_path: Path) -> None:
    """No list of processes shows them."""
    workers = Workers(SETTINGS, 1, tmp_path, lambda _: None, lambda: None)
    assert hands_on(await stopped(await workers._launch("worker-1"))) == (True, False)


async def test_a_producer_of_chaos_gets_its_settings_by_the_environment(tmp_path: Path) -> None:
    """Likewise."""
    load = Load(SETTINGS, tmp_path, 1)
    await load.start("steady", 1.0)
    ((child, _),) = load._running
    assert hands_on(await stopped(child)) == (True, False)
