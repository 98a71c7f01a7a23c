"""The alerting as it runs: a page of gauges, a real Prometheus with the generated rules, and Alertmanager."""

from __future__ import annotations

import asyncio
import re
import threading
import time
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from creator_pulse.agents.local_stack import monitoring
from creator_pulse.stream.local.stack import Stack, StackOptions
from creator_pulse.stream.monitoring.prometheus import JOB
from creator_pulse.stream.monitoring.site import Site
from creator_pulse.stream.receivers import Receiver
from tests.support.stack_fixture import ANY_PORT
from tests.support.webhook import webhook

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from creator_pulse.stream.local.addresses import Addresses
    from tests.support.webhook import Message

HURRIED = {
    "alerts/": {rb"keep_firing_for: (10|15|20)m": b"keep_firing_for: 5s"},
    "alertmanager.yml": {
        rb"group_interval: [15]m": b"group_interval: 2s",
        rb"repeat_interval: 50s": b"repeat_interval: 1s",
    },
}
"""What is shorter when a test has no ten minutes: part of a file's name -> patterns and words."""
RESENT = "--rules.alert.resend-delay=1s"
"""Alertmanager forgets what it hears of no more after four evaluations, 20 s, and not after four minutes."""


class Gauge(NamedTuple):
    """A series of the page.

    Attributes:
        selector: name and labels.
        number: its value; of a time, seconds after now.
        is_time: whether it is one.
    """

    selector: str
    number: float
    is_time: bool = False


class GaugePage:
    """What a worker shows; it may be away for a while."""

    def __init__(self) -> None:
        self.gauges: Sequence[Gauge] = ()
        self.away = False
        page = self

        class Handler(BaseHTTPRequestHandler):
            """Answers with the page, whatever is asked for."""

            def do_GET(self) -> None:
                body = page.text().encode()
                self.send_response(503 if page.away else 200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.end_headers()
                self.wfile.write(b"" if page.away else body)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def target(self) -> str:
        """``host:port``."""
        return f"127.0.0.1:{self._server.server_port}"

    def text(self) -> str:
        """As it is scraped."""
        now = time.time()
        lines = [f"{gauge.selector} {gauge.number + now * gauge.is_time!r}\n" for gauge in self.gauges]
        return "".join(dict.fromkeys(lines))

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


class LiveAlerting:
    """Prometheus and Alertmanager on a page of gauges; they can be restarted, hurried and killed.

    Args:
        address: of the webhook.
        messages: what has come there.
    """

    def __init__(self, address: str, messages: Sequence[Message]) -> None:
        self.messages = messages
        self.page = GaugePage()
        self._runner = asyncio.Runner()
        self._is_hurried = False
        receivers = tuple((name, Receiver(webhook=f"{address}/{name}")) for name in ("page", "ticket"))
        self._site = Site(receivers=receivers, dead_man=f"{address}/beat")
        parts = frozenset({"prometheus", "alertmanager"})
        options = StackOptions(parts=parts, ports=ANY_PORT, monitoring=self._monitoring)
        self._stack = Stack(options)

    def start(self) -> None:
        """Start both, and scrape the page."""
        self._runner.run(self._stack.__aenter__())
        self._stack.prometheus.set_targets(JOB, [self.page.target])

    def close(self) -> None:
        """Stop everything."""
        self._runner.run(self._stack.__aexit__(None, None, None))
        self._runner.close()
        self.page.close()

    def restart(self, name: str) -> None:
        """Stop ``prometheus`` or ``alertmanager``, and start it again."""
        self._runner.run(self._stack.part(name).stop())
        self._runner.run(self._stack.part(name).start())

    def hurry(self) -> None:
        """From now on with ``HURRIED`` and ``RESENT``; both start again."""
        self._is_hurried = True
        self._stack.write_monitoring()
        self._stack.prometheus.flags += (RESENT,)
        # One that runs on would wait for as long as it was told before.
        self.restart("alertmanager")
        self.restart("prometheus")

    def kill(self, name: str) -> None:
        """Kill one of them, for good."""
        self._runner.run(self._stack.part(name).kill())

    def is_connected(self) -> bool:
        """Whether Prometheus knows Alertmanager and scrapes the page; what fires before is sent late."""
        managers = self._asked(f"{self._stack.addresses.prometheus}/api/v1/alertmanagers")["data"]
        targets = self._asked(f"{self._stack.addresses.prometheus}/api/v1/targets")["data"]["activeTargets"]
        up = {target["labels"]["job"] for target in targets if target["health"] == "up"}
        return bool(managers["activeAlertmanagers"]) and JOB in up

    def active(self) -> set[tuple[str, str]]:
        """Alert and app of what Alertmanager has, but the Watchdog."""
        alerts = self._asked(f"{self._stack.addresses.alertmanager}/api/v2/alerts?active=true")
        labels = [alert["labels"] for alert in alerts]
        return {(own["alertname"], own.get("app", "")) for own in labels if own["alertname"] != "Watchdog"}

    def of(self, *receivers: str) -> list[Message]:
        """What has come to some receivers."""
        return [message for message in list(self.messages) if message.receiver in receivers]

    @staticmethod
    def _asked(url: str) -> Any:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            return msgspec.json.decode(answer.read())

    def _monitoring(self, addresses: Addresses) -> Mapping[str, bytes]:
        files = dict(monitoring(addresses, self._site))
        for part, words in HURRIED.items() if self._is_hurried else ():
            for name in [name for name in files if part in name]:
                for usual, hurried in words.items():
                    files[name] = re.sub(usual, hurried, files[name])
        return files


@contextmanager
def live_alerting() -> Iterator[LiveAlerting]:
    """Run the alerting while a block lasts."""
    with webhook() as (address, messages):
        alerting = LiveAlerting(address, messages)
        alerting.start()
        try:
            yield alerting
        finally:
            alerting.close()
