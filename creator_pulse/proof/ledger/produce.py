"""Produces synthetic events, and enters them in a ledger once they are acknowledged."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.bookkeeping import Bookkeeper
from creator_pulse.stream.generator.planned import planned_entries
from creator_pulse.stream.generator.producer import RecordSource, drive, up_to_now
from creator_pulse.stream.generator.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from creator_pulse.proof.ledger.ledger import Ledger
    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.generator.producer import Plan, ProducerProgress
    from creator_pulse.stream.settings import Settings


async def produce(
    settings: Settings,
    plan: Plan,
    ledger: Ledger | None,
    clock: Clock,
    *,
    stop: asyncio.Event | None = None,
    on_progress: Callable[[ProducerProgress], None] | None = None,
) -> ProducerProgress:
    """Produce into Kafka until the plan ends or ``stop`` is set; see :func:`drive`.

    Into the reference topic go the plans and contracts of the run before it, and, where there is a ledger,
    the books of each day that it leaves behind.

    Args:
        settings: where Kafka is, topics' prefix and partitions. The topics must exist.
        plan: what to produce, and where the ledger's file goes.
        ledger: takes in every record once it is acknowledged; None where nobody asks for one.
        clock: paces the run, unless the plan is unpaced.
        stop: ends the run after the chunk under way.
        on_progress: called after every chunk.

    Returns:
        Where it ended. The ledger file, if the plan names one, is then complete.

    Raises:
        UnreachableError: Kafka does not answer; the ledger then lacks the chunk under way.
    """
    async with Writer(settings) as writer:
        plan = up_to_now(plan, clock.now_ms())
        assert plan.start_ms is not None
        start_ms = plan.start_ms
        source = RecordSource(plan, settings, start_ms)
        entries = planned_entries(plan.rate, plan.world, start_ms, settings, plan.behind_ms)
        await writer.publish(entries)
        sink = writer if ledger is None else Bookkeeper(writer, ledger, start_ms, settings.day_offsets)
        progress = await drive(source, sink, ledger, clock, stop=stop, on_progress=on_progress)
    if ledger is not None and plan.ledger_file is not None:
        await asyncio.to_thread(write_ledger, plan.ledger_file, ledger)
    return progress


def write_ledger(path: Path, ledger: Ledger) -> None:
    """Write the ledger's JSON so that a reader sees the old file or the new one, never half of one.

    Args:
        path: the file; its folder must exist.
        ledger: written whole, as JSON.
    """
    half = path.with_name(f"{path.name}.{os.getpid()}.part")
    half.write_text(ledger.to_json(), encoding="utf-8")
    half.replace(path)
