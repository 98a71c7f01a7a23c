"""The bodies of the commands board, api, topics, afresh, void and generate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import creator_pulse
from creator_pulse.agents.report import say
from creator_pulse.agents.stopping import stop_on_signals
from creator_pulse.agents.void import Voider
from creator_pulse.stream.api.server import serving_api
from creator_pulse.stream.board.server import serving_board
from creator_pulse.stream.clock import SystemClock
from creator_pulse.stream.errors import PulseError, SettingsError, TopicError
from creator_pulse.stream.monitoring.build import (
    differing,
    generated,
    stale,
    with_rule_tests,
    write,
    write_to,
)
from creator_pulse.stream.monitoring.site import Site
from creator_pulse.stream.transport.kafka_log import KafkaLog
from creator_pulse.stream.transport.state_topics import delete, there
from creator_pulse.stream.transport.topic_clocks import clock_warning
from creator_pulse.stream.transport.topics import declared, ensure, missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.agents.void import VoidRange
    from creator_pulse.stream.secret import Address
    from creator_pulse.stream.settings import Settings

# How many generated files are named in one line.
_NAMED = 10


async def serve_board(
    settings: Settings, host: str | None, port: int | None, prometheus: Address | None
) -> None:
    """Serve the boards until Ctrl-C."""
    chosen = msgspec.structs.replace(
        settings,
        board_host=host or settings.board_host,
        board_port=settings.board_port if port is None else port,
        prometheus=prometheus or settings.prometheus,
    )
    files = generated("dashboards", Site.of(chosen)), generated("runbooks")
    stop = stop_on_signals()
    async with serving_board(chosen, files, SystemClock()) as url:
        say(f"board at {url} from {chosen.prometheus}; Ctrl-C stops it")
        await stop.wait()


async def serve_api(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve the API until Ctrl-C."""
    chosen = msgspec.structs.replace(
        settings, api_host=host or settings.api_host, api_port=settings.api_port if port is None else port
    )
    stop = stop_on_signals()
    async with serving_api(chosen, SystemClock()) as url:
        say(f"API at {url}; Ctrl-C stops it")
        await stop.wait()


async def make_topics(settings: Settings, *, check: bool) -> None:
    """Create the topics, or only check them.

    Args:
        settings: names, partitions and retention of the topics.
        check: create nothing, and fail if a topic is missing.

    Raises:
        TopicError: with ``check``, a topic is missing.
    """
    wanted = declared(settings)
    if check:
        absent = await missing(settings, wanted)
        if absent:
            raise TopicError(f"missing: {', '.join(absent)}; `pulse topics` creates them")
        created: tuple[str, ...] = ()
    else:
        created = await ensure(settings, wanted)
    say(f"created {', '.join(created)}" if created else f"all {len(wanted)} topics are as declared")
    clocks = await clock_warning(settings, wanted)
    if clocks:
        say(f"warning: {clocks}")


async def begin_afresh(settings: Settings, write: bool) -> dict[str, object]:
    """List the topics that hold the workers' state, and delete them if ``write`` is set; returns a report."""
    names = await there(settings)
    if write:
        await delete(settings, names)
    for name in names:
        say(f"{'deleted' if write else 'would delete'} {name}")
    if not write and names:
        say("nothing is deleted yet: the same with --yes deletes them")
    if write or not names:
        say("workers that are started now count everything anew from what the inputs hold")
    return {"deleted": list(names) if write else [], "topics": list(names)}


async def declare_void(settings: Settings, void_range: VoidRange, why: str, write: bool) -> dict[str, object]:
    """Show records of an input partition, and declare them void if ``write`` is set; returns a report."""
    return await Voider(settings, KafkaLog(settings), SystemClock(), say).run(void_range, why, write=write)


def write_generated(settings: Settings, out: Path | None, *, check: bool) -> None:
    """Write the generated files, or report which are out of date.

    Args:
        settings: addresses, receivers and hours of the installation, for files in a separate folder; those
            of the checkout are for the default settings.
        out: a folder for the files; None: the checkout's, with the pages of the documentation.
        check: write nothing, and fail if a file differs.

    Raises:
        PulseError: with ``check``, some are out of date.
        SettingsError: no folder is named and this is no checkout, or the folder cannot be written.
    """
    root = Path(creator_pulse.__file__).parents[1]
    site = Site.of(settings)
    if out is None and not all((root / name).is_dir() for name in ("docs", "grafana")):
        raise SettingsError("this is no checkout, which would hold the files: name a folder, --out DIR")
    try:
        if check:
            old = stale(root) if out is None else differing(out, with_rule_tests(site))
            if old:
                raise PulseError(f"out of date: {_names(old)}; `pulse generate` writes them")
        elif out is None:
            old = stale(root)
            write(root)
        else:
            old = write_to(out, site)
    except OSError as error:
        raise SettingsError(
            f"cannot write {error.filename}: {error.strerror}; choose another --out"
        ) from error
    say(f"wrote {', '.join(old)}" if old else "all generated files are current")


def _names(paths: Sequence[str]) -> str:
    """The first paths, and how many more there are."""
    rest = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return ", ".join(paths[:_NAMED]) + rest
