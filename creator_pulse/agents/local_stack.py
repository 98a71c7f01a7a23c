"""The local stack, provided with this application's rules, alerts and boards."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.local.addresses import ALERTMANAGER_FILE, PROMETHEUS_FILE, Addresses
from creator_pulse.stream.local.jars import JarSource
from creator_pulse.stream.local.stack import PARTS, Stack, StackOptions
from creator_pulse.stream.monitoring.alertmanager import alertmanager_config
from creator_pulse.stream.monitoring.build import generate
from creator_pulse.stream.monitoring.prometheus import JOB, prometheus_config
from creator_pulse.stream.monitoring.site import USUAL, Site
from creator_pulse.stream.secret import Address, Secret

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from creator_pulse.stream.settings import Settings


def monitoring(addresses: Addresses, site: Site = USUAL) -> Mapping[str, bytes]:
    """Configuration and rules of Prometheus and Alertmanager.

    Args:
        addresses: of the parts.
        site: links, receivers and hours.
    """
    files = {name: text for name, text in generate(site).items() if name.startswith(("rules/", "alerts/"))}
    config = prometheus_config(
        prometheus=addresses.prometheus.removeprefix("http://"),
        alertmanager=addresses.alertmanager.removeprefix("http://"),
        targets_file=f"targets/{JOB}.json",
        rules_dir=".",
    )
    return files | {PROMETHEUS_FILE: config, ALERTMANAGER_FILE: alertmanager_config(site)}


def local_stack(
    settings: Settings,
    say: Callable[[str], None],
    data: Path | None,
    parts: frozenset[str] = frozenset(PARTS),
    waits: Mapping[str, Callable[[], Awaitable[object]]] = MappingProxyType({}),
) -> Stack:
    """A stack on the usual ports, or on free ones if those are taken.

    Args:
        settings: folders of jars, cache and logs.
        say: takes progress lines for people.
        data: folder to keep data in; None: a temporary one.
        parts: names of ``PARTS`` to run.
        waits: name of a part -> the wait before its start.
    """
    options = StackOptions(
        parts=parts,
        waits=waits,
        data_dir=data,
        log_dir=Path(settings.log_dir) if settings.log_dir else None,
        jars=jar_source(settings),
        monitoring=partial(monitoring, site=Site.of(settings)),
    )
    return Stack(options, say)


def jar_source(settings: Settings) -> JarSource:
    """Where the broker's jars come from.

    Args:
        settings: folders of jars and of the cache.
    """
    return JarSource(
        cache=Path(settings.cache_dir) if settings.cache_dir else None,
        jar_dir=Path(settings.jar_dir) if settings.jar_dir else None,
    )


def pointed_at(settings: Settings, addresses: Addresses) -> Settings:
    """The settings with the addresses of the running parts in place of their own.

    Args:
        settings: as the operator set them, for example for another Kafka with TLS and a login.
        addresses: of the parts; empty for a part that does not run.
    """
    where: dict[str, object] = {
        name: Address(address)
        for name in ("redis", "prometheus", "alertmanager")
        if (address := getattr(addresses, name))
    }
    if addresses.redis:
        where |= {
            "redis_ca_file": "",
            "redis_cert_file": "",
            "redis_key_file": "",
            "redis_key_password": Secret(),
        }
    if addresses.kafka:
        where |= {"kafka": addresses.kafka, "kafka_security": "PLAINTEXT"}
    return msgspec.structs.replace(settings, **where)
