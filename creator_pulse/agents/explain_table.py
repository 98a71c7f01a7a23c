"""The body of the command ``explain``: what explains a change of a guarded count, as a table or as JSON."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click
import msgspec

from creator_pulse.agents.report import give
from creator_pulse.stream.api.explain import explain
from creator_pulse.stream.api.live_views import LiveViewReader
from creator_pulse.stream.api.problem import AskedWrongError
from creator_pulse.stream.contributors.explanation import what
from creator_pulse.stream.errors import SettingsError
from creator_pulse.stream.transport.redis_client import redis_client, redis_trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from creator_pulse.stream.api.answers import Explained
    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.contributors.explanation import Explanation
    from creator_pulse.stream.settings import Settings

_PATIENCE_SECONDS = 5.0
_ROW = "    {:<44} {:>8} {:>12} {:>12}"


async def show_explanation(
    settings: Settings, clock: Clock, parameters: Mapping[str, str | None], target: Path | None
) -> None:
    """Print what explains the change of a signal.

    Args:
        settings: where Redis is.
        clock: says what now is.
        parameters: the parameters of ``/v1/explain``; None where one is not given.
        target: file for the JSON, ``-`` for standard output; None: print for people.

    Raises:
        SettingsError: a parameter is not valid.
        UnreachableError: Redis does not answer.
    """
    redis = redis_client(settings, _PATIENCE_SECONDS)
    values = LiveViewReader(redis, str(settings.redis), partial(redis_trouble, settings))
    query = {name: text for name, text in parameters.items() if text is not None}
    try:
        answer = await explain(query, settings, values, clock.now_ms())
    except AskedWrongError as error:
        option = error.problem.where.removeprefix("query.").replace("signal", "SIGNAL")
        name = option if option == "SIGNAL" else f"--{option}"
        raise SettingsError(f"{name}: {error.problem.detail}; {error.problem.fix}") from error
    finally:
        await redis.aclose()
    if target is not None:
        give(msgspec.to_builtins(answer), target)
        return
    for line in lines(answer):
        click.echo(line)


def lines(answer: Explained) -> Iterator[str]:
    """An answer for people."""
    if not answer.published:
        yield "no worker has published anything: is one running?"
    elif not answer.items:
        yield "nothing to explain: no guarded count that was asked for differs from what is usual"
    for explanation in answer.items:
        yield from _lines(explanation)


def _lines(explanation: Explanation) -> Iterator[str]:
    where = " ".join(filter(None, (explanation.app or "all apps", explanation.region)))
    minutes = (explanation.until - explanation.since) // 60_000
    yield f"{where}, {minutes} minutes: {explanation.words}"
    if explanation.contributors:
        yield _ROW.format("who", "share", "seen", "usual")
    for each in explanation.contributors:
        mark = "* " if each.stands_out else "  "
        name = mark + what(each.labels)[:42]
        yield _ROW.format(name, f"{each.share:.0%}", f"{each.seen:.4g}", f"{each.usual:.4g}")
    yield ""
