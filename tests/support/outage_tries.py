"""Total outages in the demo, one after the other: how long each takes to reach a webhook, in how many pages.

    python -m tests.support.outage_tries [--tries 10] [--fault app-down] [--history DAYS] [--rate 1000]

Each try is a demo of its own with the real Kafka, Prometheus and Alertmanager and all default intervals; the
history behind it is made once and continued. A try takes about three minutes. Prints a table, and ends with
1 if an outage was missed, took longer than 90 s, made more than one page, or one that fired before it.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlencode

from tests.support.webhook import webhook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.webhook import Message

MOST_SECONDS: Final = 90.0
"""From the first lost record to the webhook."""
_START_SECONDS: Final = 900.0


class Try(NamedTuple):
    """What came of one outage; seconds are counted from its begin.

    Attributes:
        scored: until the score was seen above its bar by Prometheus.
        fired: until the rule fired.
        paged: until the webhook had it.
        pages: alert and app of each page.
        tickets: of each ticket.
        equal: whether every number equalled the ledger.
    """

    scored: float | None
    fired: float | None
    paged: float | None
    pages: list[str]
    tickets: list[str]
    equal: bool


def attempt(options: argparse.Namespace, folder: Path) -> Try:
    """One outage in one demo."""
    endpoints = folder / "endpoints.json"
    with webhook() as (address, messages):
        receivers = {name: {"webhook": f"{address}/{name}"} for name in ("page", "ticket")}
        command = [sys.executable, "-m", "creator_pulse", "demo", "--endpoints", str(endpoints)]
        command += ["--rate", str(options.rate), "--workers", str(options.workers), "--world", options.world]
        command += [] if options.history is None else ["--history", str(options.history)]
        command += ["--fault", options.fault, "--at", f"{options.at}s", "--fault-for", "10m"]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PULSE_RECEIVERS": json.dumps(receivers)},
        )
        output: list[tuple[float, str]] = []
        say = _say if options.verbose else _nothing
        reader = threading.Thread(target=_read, args=(process, output, say), daemon=True)
        reader.start()
        began = _moment(process, output, f"{options.fault.partition(':')[0]} begins")
        before = [message for message in messages if message.at < began]
        while process.poll() is None:
            pages = [message for message in messages if message.receiver == "page" and message.at >= began]
            ends = pages[0].at + options.after if pages else began + 2 * MOST_SECONDS
            if time.time() > ends:
                break
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.5)
        prometheus = json.loads(endpoints.read_text(encoding="utf-8"))["prometheus"]
        pages = [message for message in messages if message.receiver == "page" and message.at >= began]
        if options.verbose:
            for message in messages:
                _say(f"{message.at - began:8.1f} s  {message}")
            for line in _trace(prometheus, began):
                _say(line)
        scored = _first(prometheus, 'pulse_score{region="all",speed="fast",direction="fall"} > 10', began)
        alert = pages[0].alert if pages else ""
        fired = _first(prometheus, f'ALERTS{{alertname="{alert}",alertstate="firing"}}', began)
        process.send_signal(signal.SIGINT)
        process.wait()
        reader.join()
    for message in before:
        _say(f"before the outage: {message.receiver} {message.alert} {message.where}")
    return Try(
        scored,
        fired,
        round(pages[0].at - began, 1) if pages else None,
        _names(pages),
        _names([message for message in messages if message.receiver == "ticket" and message.at >= began]),
        process.returncode == 0,
    )


def _names(messages: list[Message]) -> list[str]:
    return [f"{message.alert} {message.where}" for message in messages if message.status == "firing"]


def _read(
    process: subprocess.Popen[bytes], output: list[tuple[float, str]], say: Callable[[str], None]
) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        text = line.decode(errors="replace").strip()
        output.append((time.time(), text))
        say(text[-160:])


def _nothing(_text: str) -> None:
    """Takes what nobody wants to read."""


def _moment(process: subprocess.Popen[bytes], output: list[tuple[float, str]], text: str) -> float:
    """When the demo said something."""
    deadline = time.time() + _START_SECONDS
    while time.time() < deadline and process.poll() is None:
        for at, line in output:
            if line.endswith(text):
                return at
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
    process.kill()
    raise SystemExit("\n".join(line for _, line in output[-20:]))


def _first(prometheus: str, query: str, began: float) -> float | None:
    """Seconds until a query gives something."""
    times = [float(at) for series in _range(prometheus, query, began) for at, _ in series["values"]]
    return round(min(times) - began, 1) if times else None


def _range(prometheus: str, query: str, began: float, step: float = 1.0) -> list[dict[str, Any]]:
    form = urlencode({"query": query, "start": began, "end": time.time(), "step": step})
    with urllib.request.urlopen(f"{prometheus}/api/v1/query_range?{form}") as answer:  # noqa: S310
        result: list[dict[str, Any]] = json.loads(answer.read())["data"]["result"]
    return result


def _trace(prometheus: str, began: float) -> Iterator[str]:
    """Scores, ages of topics and alerts over the outage, as Prometheus saw them."""
    for query in (
        'max by (app, signal) (pulse_score{region="all",speed="fast",direction="fall"}) > 1',
        "time() - min by (topic) (pulse_watermark_timestamp_seconds)",
        'max by (alertname, app, topic, alertstate) (ALERTS{alertname!~"Watchdog|FieldMissing"})',
    ):
        yield query
        for series in _range(prometheus, query, began, 5.0):
            points = " ".join(f"{float(at) - began:.0f}:{float(value):.3g}" for at, value in series["values"])
            yield f"  {' '.join(series['metric'].values())}  {points[:200]}"


def main() -> int:
    """Run the tries and print them as a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tries", type=int, default=10)
    parser.add_argument("--fault", default="app-down")
    parser.add_argument("--history", type=float, help="days; by default as many as a demo has")
    parser.add_argument("--rate", type=float, default=1000.0)
    parser.add_argument("--world", default="platform")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--at", type=int, default=30, help="seconds after the start at which it begins")
    parser.add_argument(
        "--after",
        type=float,
        default=60.0,
        help="seconds for which others are waited for after the first page",
    )
    parser.add_argument("--verbose", action="store_true", help="what the demo says, and what came when")
    options = parser.parse_args()
    wrong = 0
    _say("| try | seconds to webhook | score | rule | pages | tickets | equal |")
    _say("|---|---|---|---|---|---|---|")
    for number in range(1, options.tries + 1):
        with tempfile.TemporaryDirectory() as name:
            result = attempt(options, Path(name))
        late = result.paged is None or result.paged > MOST_SECONDS
        # What fired when it began is about something else.
        early = result.fired is None or result.fired <= 0
        wrong += late or early or len(result.pages) != 1 or not result.equal
        cells = result.paged, result.scored, result.fired, *map(", ".join, (result.pages, result.tickets))
        _say(f"| {number} | {' | '.join(map(str, cells))} | {result.equal} |")
    return int(wrong > 0)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - it is a command


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
