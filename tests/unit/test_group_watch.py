"""A stranger in the workers' group is named, shown and alarmed, and so is the end of it."""

from __future__ import annotations

import pytest
from aiokafka.errors import KafkaConnectionError

from creator_pulse.agents.app import PulseApp
from creator_pulse.agents.group_watch import GroupWatch
from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.transport.group_members import Member
from creator_pulse.stream.transport.memory_log import MemoryLog
from tests.support.hash_key import HASH_KEY

KCAT = Member("rdkafka", "127.0.0.1")


class Group:
    """Who is in the group, set by hand."""

    def __init__(self) -> None:
        self.members: tuple[Member, ...] = ()
        self.error: Exception | None = None
        self.closed = False

    async def strangers(self) -> tuple[Member, ...]:
        """Its strangers, or no answer."""
        if self.error is not None:
            raise self.error
        return self.members

    async def close(self) -> None:
        """Remember it."""
        self.closed = True


@pytest.fixture
def group() -> Group:
    """With workers only."""
    return Group()


@pytest.fixture
def app() -> PulseApp:
    """An application that is never started."""
    return PulseApp(Settings(), MemoryLog({}), HASH_KEY, ManualClock())


async def test_a_stranger_is_named_once(
    app: PulseApp, group: Group, caplog: pytest.LogCaptureFixture
) -> None:
    """However often one looks."""
    watch = GroupWatch(app, group)
    group.members = (KCAT,)
    for _ in range(3):
        await watch.look()
    assert app.stranger_fault == "the group pulse has members that are no workers: rdkafka at 127.0.0.1"
    assert [entry.message for entry in caplog.records] == [
        f"{app.stranger_fault}; stop them, or give them another group"
    ]
    assert watch.strangers == (KCAT,)


async def test_a_stranger_who_left_is_forgotten(app: PulseApp, group: Group) -> None:
    """The worker is ready again."""
    watch = GroupWatch(app, group)
    group.members = (KCAT,)
    await watch.look()
    group.members = ()
    await watch.look()
    assert (app.stranger_fault, watch.strangers) == ("", ())


@pytest.mark.parametrize("error", [KafkaConnectionError(), OSError(), TimeoutError()])
async def test_without_an_answer_all_is_as_it_was(app: PulseApp, group: Group, error: Exception) -> None:
    """Kafka is away: nobody knows who is in the group, and the worker says so elsewhere."""
    watch = GroupWatch(app, group)
    group.members = (KCAT,)
    await watch.look()
    group.error = error
    await watch.look()
    assert watch.strangers == (KCAT,)
