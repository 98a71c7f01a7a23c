"""What generated files say of the installation that they are for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from creator_pulse.stream.settings import Settings

if TYPE_CHECKING:
    from creator_pulse.stream.receivers import Receiver


@dataclass(frozen=True, slots=True)
class Site:
    """Addresses, receivers and hours of an installation; without arguments those of the default settings.

    Attributes:
        board: address before ``/d/pulse-tool-gift``, of Grafana or of ``pulse board``.
        runbooks: address before ``/GiftValueDrop``.
        api: address before ``/v1/cases``.
        receivers: name -> where its messages go; alerts without one are sent to nobody.
        dead_man: address to which the watchdog's beat is posted; empty: to nobody.
        hours: when pages that can wait for the day are sent, ``08:00-20:00``.
        timezone: of these hours, for example ``Europe/Berlin``.
    """

    board: str = Settings().board_url
    runbooks: str = Settings().runbook_url
    api: str = Settings().api_url
    receivers: tuple[tuple[str, Receiver], ...] = ()
    dead_man: str = ""
    hours: str = Settings().page_hours
    timezone: str = Settings().timezone

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """That of some settings. It reveals the address of the dead man: Alertmanager has to know it."""
        return cls(
            board=settings.board_url.rstrip("/"),
            runbooks=settings.runbook_url.rstrip("/"),
            api=settings.api_url.rstrip("/"),
            receivers=tuple(sorted(settings.receivers.items(), key=lambda item: item[0])),
            dead_man=settings.dead_man_url.reveal(),
            hours=settings.page_hours,
            timezone=settings.timezone,
        )


USUAL = Site()
"""The installation of the default settings: the committed files are for it."""
