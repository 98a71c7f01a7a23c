"""Watches a run: its rate, its lag, firing alerts, and whether every number equals the ledger."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import msgspec

from creator_pulse.proof.demo.live_check import PageSnapshot, differences, take_snapshot
from creator_pulse.proof.ledger.verify import Difference, verify_prometheus
from creator_pulse.stream.errors import UnreachableError
from creator_pulse.stream.exposition.bounded_body import bounded_body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.proof.demo.deferred_ledger import DeferredLedger
    from creator_pulse.proof.demo.workers import Workers
    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.settings import Settings

_SETTLE_SECONDS = 90.0
_REPORTED_DIFFERENCES = 20
_OUTCOMES = ("counted", "progress", "duplicate", "late", "invalid", "test")
_TIMEOUT = aiohttp.ClientTimeout(total=2)


class Observer:
    """Compares the workers' pages with the ledger repeatedly.

    Args:
        settings: addresses and partitions.
        workers: processes of the workers.
        ledger: expected totals; None if events come from elsewhere.
        clock: measures rates and ages of data.
        note: a remark about the events for the reader of the board; empty: none.
    """

    def __init__(
        self,
        settings: Settings,
        workers: Workers,
        ledger: DeferredLedger | None,
        clock: Clock,
        note: str = "",
    ) -> None:
        self._settings = settings
        self._workers = workers
        self._ledger = ledger
        self._clock = clock
        self._note = note
        self._began = clock.monotonic()
        self._looked_at = self._began
        self._before = 0.0
        self._read: float | None = None
        self._per_second = 0.0
        self._snapshot: PageSnapshot | None = None
        self.compared: PageSnapshot | None = None
        """The last snapshot if the ledger could be counted up to its offsets; else None."""
        self.wrong = 0
        """Number of snapshots with a difference."""
        self._differences: list[Difference] | None = None
        self._checks = 0
        self.firing: list[str] = []
        """Sorted names of the alerts that fired at the last look, without the Watchdog."""

    async def look(self) -> None:
        """Read all pages, and compare them with the ledger at the offsets that they show."""
        snapshot = await take_snapshot(self._settings, self._workers.targets)
        self.firing = await self._alerts()
        self._snapshot, self.compared = snapshot, None
        if snapshot.whole:
            now, read = self._clock.monotonic(), snapshot.total("pulse_records_total")
            if self._read is None:
                self._before = read
            else:
                # Restored lanes may show less for a moment: a rate below 0 says nothing.
                self._per_second = max(0.0, (read - self._read) / (now - self._looked_at))
            self._read, self._looked_at = read, now
        if self._ledger is not None:
            differing = await differences(self._ledger, self._settings, snapshot)
            if differing is not None:
                self._differences, self.compared = differing, snapshot
                self._checks += 1
                self.wrong += bool(differing)

    def line(self) -> str:
        """The progress line."""
        if self._snapshot is None:
            return "looking for the workers"
        seconds = round(self._clock.monotonic() - self._began)
        mark = self._snapshot.watermark_seconds()
        age = "  -" if mark is None else f"{self._clock.now_ms() / 1000 - mark:4.1f} s"
        moving = "" if self._snapshot.whole else "  (partitions are moving)"
        firing = f"{len(self.firing)} firing" if self.firing else "none firing"
        return (
            f"{seconds // 60:02d}:{seconds % 60:02d}  {self._per_second:7,.0f} events/s  "
            f"lag {self._snapshot.lag():,}  watermark {age}  alerts {firing}  {self.verdict()}{moving}"
        )

    def verdict(self) -> str:
        """A text that says whether the numbers are right."""
        if self._ledger is None:
            return "no ledger: events come from elsewhere"
        if self._differences is None:
            return "ledger: not compared yet"
        if self._differences:
            return f"LEDGER DIFFERS in {len(self._differences)} series"
        return f"every number equals the ledger ({self._checks} checks)"

    def header(self) -> Mapping[str, object]:
        """The figures in the header of the board."""
        return {
            "events_per_second": round(self._per_second),
            "lag_records": self._snapshot.lag() if self._snapshot else 0,
            "verdict": self.verdict(),
            "ok": not self._differences,
            "note": self._note,
        }

    async def report(self) -> dict[str, object]:
        """Wait until everything is counted, compare once more, including Prometheus, and report."""
        read = (self._read or 0.0) - self._before
        report: dict[str, object] = {
            "seconds": round(self._clock.monotonic() - self._began, 1),
            "events_per_second": round(read / max(self._looked_at - self._began, 1e-9), 1),
            "workers_replaced": self._workers.replaced,
            "firing": self.firing,
        }
        if self._ledger is None:
            return report | {"read": round(read), "ledger_equal": None, "differences": []}
        differing = await self._settled(self._ledger)
        outcomes = self._ledger.truth.outcomes.values()
        sums = {name: sum(counts.get(name, 0) for counts in outcomes) for name in _OUTCOMES}
        return report | {
            "produced": self._ledger.acknowledged,
            "read": sum(sums.values()),
            **sums,
            "lag": self._snapshot.lag() if self._snapshot else 0,
            "checks": self._checks,
            "ledger_equal": not differing,
            "differences": [counts._asdict() for counts in differing[:_REPORTED_DIFFERENCES]],
        }

    async def _settled(self, ledger: DeferredLedger) -> list[Difference]:
        if not ledger.acknowledged:
            return [Difference("ledger", "records: nothing was compared", {}, "1 or more", "0")]
        deadline = self._clock.monotonic() + _SETTLE_SECONDS
        while True:
            await self.look()
            differing = self._differences
            done = ledger.waiting == 0 and self._snapshot is not None and self._snapshot.lag() == 0
            # Workers first, as they are asked directly; Prometheus follows by a scrape.
            if done and differing == []:
                differing = await verify_prometheus(ledger.truth, self._settings)
                if not differing:
                    return []
            if self._clock.monotonic() >= deadline:
                counted = str(ledger.acknowledged - ledger.waiting)
                return differing or [Difference("workers", "records", {}, str(ledger.acknowledged), counted)]
            await asyncio.sleep(1.0)

    async def _alerts(self) -> list[str]:
        """Sorted names of the firing alerts without the Watchdog; empty if Prometheus does not answer."""
        address = f"{self._settings.prometheus.reveal()}/api/v1/alerts"
        try:
            async with aiohttp.ClientSession(timeout=_TIMEOUT) as session, session.get(address) as answer:
                alerts = msgspec.json.decode(await bounded_body(answer))["data"]["alerts"]
        except (aiohttp.ClientError, TimeoutError, KeyError, UnreachableError, msgspec.DecodeError):
            return []
        firing = {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}
        # Watchdog always fires: its silence is the alarm.
        return sorted(firing - {"Watchdog"})
