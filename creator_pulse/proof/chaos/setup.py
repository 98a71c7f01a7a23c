"""The stack and settings of a chaos run: the usual ones with shorter times, so that more happens."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import yaml

from creator_pulse.agents.local_stack import local_stack, monitoring
from creator_pulse.stream.local.addresses import PROMETHEUS_FILE, Addresses
from creator_pulse.stream.local.stack import PARTS, Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from creator_pulse.stream.settings import Settings

SCRAPE_SECONDS = 2
"""Seconds between scrapes: shorter than usual, to see the moments around a fault."""
SHORT: Mapping[str, object] = {
    # So short that windows close, results are restated and partitions move within a round.
    "allowed_lateness_ms": 30_000,
    "restate_interval": 5.0,
    "session_timeout": 3.0,
    "heartbeat_interval": 1.0,
    # Free ports, because on a fixed one a worker of another stack might be scraped in place of a spare.
    "metrics_port": 0,
}


def chaos_settings(settings: Settings, differing: Mapping[str, object]) -> Settings:
    """The settings of a plan.

    Args:
        settings: settings of the operator.
        differing: values that the plan changes beyond the shorter times.
    """
    return msgspec.structs.replace(settings, **{**SHORT, **differing})


def chaos_stack(settings: Settings, say: Callable[[str], None]) -> Stack:
    """A stack on free ports, with empty data, whose Prometheus scrapes every two seconds."""
    usual = local_stack(settings, say, None)
    ports = dict.fromkeys(PARTS, 0)
    return Stack(replace(usual.options, monitoring=_often, ports=ports), say)


def _often(addresses: Addresses) -> Mapping[str, bytes]:
    files = dict(monitoring(addresses))
    config = yaml.safe_load(files[PROMETHEUS_FILE])
    for job in config["scrape_configs"]:
        job |= {"scrape_interval": f"{SCRAPE_SECONDS}s", "scrape_timeout": f"{SCRAPE_SECONDS}s"}
    return files | {PROMETHEUS_FILE: yaml.safe_dump(config).encode()}
