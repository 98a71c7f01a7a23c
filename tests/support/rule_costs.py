"""What all rules cost a real Prometheus that holds five weeks of what they look back at.

    python -m tests.support.rule_costs [--program prometheus] [--seconds 120]

A page of every series that an installation of the default settings can expose is scraped at the configured
interval. What rules look back at has samples as close as they would be: at the interval of the group that
records it, at that of the scrape where it is exposed. Then processor time is taken twice, with rules and
without them; the difference is theirs.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections import Counter, defaultdict
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote, urlencode

import numpy as np
import yaml

from creator_pulse.stream.local.ports import HOST, choose_ports
from creator_pulse.stream.monitoring.build import generate
from creator_pulse.stream.monitoring.prometheus import FLAGS, INTERVAL
from creator_pulse.stream.settings import Settings
from tests.support.exposed_series import Exposed, exposed
from tests.support.five_weeks import DAY, HOUR, head, values, write_marks
from tests.support.pulse_process import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

WARM: Final = 150.0
"""Seconds in which each group must have recorded once: the longest interval is two minutes."""
LABELLED: Final = "5s"
"""The interval of all groups while the labels are looked for that they record."""
SETTLED: Final = 5.0
"""Seconds after a change of the configuration, before processor time is taken."""
REPEATS: Final = 3
"""Evaluations of each rule, of which the mean is taken."""
_UNITS: Final = {"s": 1, "m": 60, "h": HOUR, "d": DAY, "w": 7 * DAY}
_LOOK: Final = re.compile(
    r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{[^}]*\})?(?:\[(\d+[smhdw])(?::[^\]]*)?\])?(?: offset (\d+[smhdw]))?"
)
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Span(NamedTuple):
    """Seconds before now, from the nearer to the farther."""

    near: int
    far: int


def looks() -> dict[str, set[Span]]:
    """Series name -> what of its past some rule reads, beyond its newest sample."""
    spans: defaultdict[str, set[Span]] = defaultdict(set)
    for name, text in generate().items():
        if name.startswith(("rules/", "alerts/")):
            for group in yaml.safe_load(text)["groups"]:
                for rule in group["rules"]:
                    for series, span, offset in _LOOK.findall(rule["expr"]):
                        if span or offset:
                            near = _seconds(offset)
                            spans[series].add(Span(near, near + (_seconds(span) or 300)))
    return spans


def intervals() -> dict[str, int]:
    """Recorded series -> seconds between its samples."""
    return {
        rule["record"]: _seconds(group["interval"])
        for name, text in generate().items()
        if name.startswith("rules/")
        for group in yaml.safe_load(text)["groups"]
        for rule in group["rules"]
    }


def _seconds(text: str) -> int:
    return int(text[:-1]) * _UNITS[text[-1]] if text else 0


def _times(spans: set[Span], now: int, step: int) -> NDArray[np.int64]:
    """The marks of some spans of the past."""
    # A range ends where the live samples begin: what is older than the scraping is written.
    each = [np.arange(now - span.far - 300, now - span.near + 300, step) for span in spans]
    times = np.unique(np.concatenate(each))
    return times[times < now]


class Costs(NamedTuple):
    """What was measured.

    Attributes:
        version: of Prometheus.
        scraped: series on the page.
        past: samples that were written of the past.
        without: processor seconds in a second, with scraping alone.
        with_rules: the same with all rules.
        groups: the dearest groups: processor seconds in a second, evaluated one rule after the other.
        rules: the dearest rules likewise, each with its group, and what it records or which alert it is.
        missed: evaluations that came too late to happen.
        failed: evaluations that failed.
        recorded: recorded series name -> how many series it has.
    """

    version: str
    scraped: int
    past: int
    without: float
    with_rules: float
    groups: list[tuple[str, float]]
    rules: list[tuple[str, float]]
    missed: float
    failed: float
    recorded: dict[str, int]


@contextmanager
def _page(series: Iterable[Exposed]) -> Iterator[str]:
    """Serves all series, with numbers that stand still: what they are costs a rule nothing."""
    now = np.array([int(time.time())])
    # ``job`` and ``instance`` are the scrape's: those of the page are kept, as the configuration says.
    lines = [
        f"{head(labelled)}{float(values(labelled, now, int(now[0]))[0])!r}\n" for labelled in sorted(series)
    ]
    body = "".join(lines).encode()

    class Handler(BaseHTTPRequestHandler):
        """Answers with the page, whatever is asked for."""

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"{HOST}:{server.server_port}"
    finally:
        server.shutdown()


class Measured:
    """A Prometheus whose processor time is taken.

    Args:
        program: of the Prometheus.
        folder: of its data, configuration and rules.
        target: ``host:port`` of the page.
    """

    def __init__(self, program: str, folder: Path, target: str) -> None:
        self._folder = folder
        self._target = target
        self._port = choose_ports({"prometheus": 0})["prometheus"]
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, rules: bool) -> None:
        """Start it, with the generated rules or without."""
        self.configure(rules=rules)
        command = [self._program, f"--config.file={self._folder}/prometheus.yml", "--log.level=warn"]
        command += [f"--storage.tsdb.path={self._folder}/data", f"--web.listen-address={HOST}:{self._port}"]
        command += [*FLAGS, "--web.enable-lifecycle"]
        with (self._folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for(self._is_ready, 60, "a Prometheus that is ready")

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "log.txt").read_text()
        with suppress(OSError):
            urllib.request.urlopen(f"{self._url}/-/ready").close()  # noqa: S310
            return True
        return False

    def warm_up(self) -> None:
        """Wait until each group has recorded what is scraped."""
        wait_for(lambda: self.number('scrape_samples_scraped{job="pulse"}') > 0, WARM, "a scrape")
        wait_for(partial(self._is_evaluated, time.time()), WARM, "an evaluation of each group")

    def _is_evaluated(self, since: float) -> bool:
        groups = self._object("rules")["groups"]
        return all(datetime.fromisoformat(group["lastEvaluation"]).timestamp() > since for group in groups)

    def stop(self) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def configure(self, *, rules: bool, scraping: bool = True) -> None:
        """Write its configuration."""
        config = {
            "global": {"scrape_interval": INTERVAL, "evaluation_interval": INTERVAL},
            "rule_files": [f"{self._folder}/rules/*.yml", f"{self._folder}/alerts/*.yml"] if rules else [],
            "scrape_configs": [
                {
                    "job_name": "pulse",
                    "honor_labels": True,
                    "scrape_timeout": INTERVAL,
                    "static_configs": [{"targets": [self._target]}],
                },
                {"job_name": "prometheus", "static_configs": [{"targets": [f"{HOST}:{self._port}"]}]},
            ],
        }
        if not scraping:
            config["scrape_configs"] = []
        (self._folder / "prometheus.yml").write_text(yaml.safe_dump(config))

    def load(self, *, rules: bool) -> None:
        """Take the rules on, or off, while it runs."""
        self.configure(rules=rules)
        self.reload()

    def reload(self) -> None:
        """Have it read its configuration; rules that are gone have had their last evaluation then."""
        urllib.request.urlopen(f"{self._url}/-/reload", b"").close()  # noqa: S310

    def cost(self, query: str, when: float, times: int) -> float:
        """Mean processor seconds of an instant query."""
        form = urlencode({"query": query, "time": str(when)}).encode()
        before = self._thread_seconds()
        for _ in range(times):
            urllib.request.urlopen(f"{self._url}/api/v1/query", form).read()  # noqa: S310
        return (self._thread_seconds() - before) / times

    def _thread_seconds(self) -> float:
        """Processor time of all its threads, to the nanosecond."""
        assert self._process is not None
        threads = Path(f"/proc/{self._process.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

    def series(self, query: str) -> list[dict[str, Any]]:
        """The series of an instant query."""
        result: list[dict[str, Any]] = self._object(f"query?query={quote(query)}")["result"]
        return result

    def _object(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self._url}/api/v1/{path}") as answer:  # noqa: S310
            data: dict[str, Any] = json.loads(answer.read())["data"]
        return data

    def number(self, query: str) -> float:
        """The value of a query that gives one series, else 0."""
        return sum(float(series["value"][1]) for series in self.series(query))

    def processor_seconds(self) -> float:
        """User and system time of its process so far."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def share(self, seconds: float) -> float:
        """Processor seconds in a second, over so many seconds."""
        before, began = self.processor_seconds(), time.monotonic()
        self.run_for(seconds)
        return (self.processor_seconds() - before) / (time.monotonic() - began)

    def run_for(self, seconds: float) -> None:
        """Let it run for so long; it must not end meanwhile."""
        assert self._process is not None
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
            raise AssertionError((self._folder / "log.txt").read_text())

    @property
    def _url(self) -> str:
        return f"http://{HOST}:{self._port}"


def measure(program: str, seconds: float, say: Callable[[str], None]) -> Costs:
    """Measure what the rules cost a Prometheus.

    Args:
        program: of the Prometheus.
        seconds: of each of both measurements; whole minutes hold each group equally often.
        say: takes lines of progress.
    """
    folder = Path(tempfile.mkdtemp(prefix="pulse-rule-costs-"))
    (folder / "data").mkdir()
    _write_rules(folder, LABELLED)
    series = exposed(Settings())
    try:
        with _page(series) as target:
            server = Measured(program, folder, target)
            try:
                say(f"scraping {len(series)} series until each group has recorded once")
                server.start(rules=True)
                # What some groups record others read, and record in turn.
                for _ in range(3):
                    server.warm_up()
                labels = _recorded(server)
                assert server.number('scrape_samples_scraped{job="pulse"}') == len(series), (
                    "the page is not read"
                )
                server.stop()
                # Recordings of the first minute are thrown away: only their labels are needed.
                shutil.rmtree(folder / "data")
                (folder / "data").mkdir()
                _write_rules(folder)
                past = _write_past(folder / "data", series, labels)
                say(f"wrote {past} samples of the past; waiting until all groups have recorded")
                server.start(rules=True)
                server.warm_up()
                with_rules, before = server.share(seconds), server
                costs = _costs(before, len(series), past, with_rules, labels)
                server.load(rules=False)
                server.run_for(SETTLED)
                costs = costs._replace(without=server.share(seconds))
                say("each group by itself")
                groups, rules = _dearest(server)
                return costs._replace(groups=groups, rules=rules)
            finally:
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_rules(folder: Path, every: str = "") -> None:
    """Write the generated rules.

    Args:
        folder: that gets ``rules`` and ``alerts``.
        every: interval of all groups; empty: as generated.
    """
    for name, text in generate().items():
        if name.startswith(("rules/", "alerts/")):
            (folder / name).parent.mkdir(exist_ok=True)
            if every:
                groups = [group | {"interval": every} for group in yaml.safe_load(text)["groups"]]
                (folder / name).write_text(yaml.safe_dump({"groups": groups}))
            else:
                (folder / name).write_bytes(text)


def _dearest(server: Measured) -> tuple[list[tuple[str, float]], list[tuple[str, float]]]:
    """What groups and rules cost, the dearest first: the mean of some evaluations, less a trivial one's."""
    when = time.time() - 10
    # The page is let go: nothing but the queries takes processor time now.
    server.configure(rules=False, scraping=False)
    server.reload()
    server.run_for(SETTLED)
    groups: defaultdict[str, float] = defaultdict(float)
    rules: defaultdict[str, float] = defaultdict(float)
    trivial = server.cost("vector(1)", when, 200)
    for name, text in generate().items():
        if name.startswith(("rules/", "alerts/")):
            for group in yaml.safe_load(text)["groups"]:
                for rule in group["rules"]:
                    cost = server.cost(rule["expr"], when, REPEATS) - trivial
                    share = cost / _seconds(group["interval"])
                    groups[group["name"]] += share
                    rules[f"{group['name']} {rule.get('record') or rule['alert']}"] += share
    by_cost = itemgetter(1)
    return sorted(groups.items(), key=by_cost, reverse=True), sorted(rules.items(), key=by_cost, reverse=True)


def _recorded(server: Measured) -> list[Exposed]:
    """The recorded series that there are."""
    recorded = server.series('{__name__=~".+:.+"}')
    return [
        Exposed(
            series["metric"]["__name__"],
            tuple(sorted(item for item in series["metric"].items() if item[0] != "__name__")),
        )
        for series in recorded
    ]


def _write_past(folder: Path, series: Iterable[Exposed], labels: Iterable[Exposed]) -> int:
    now = int(time.time())
    read, every = looks(), intervals()
    of_past = {name: _times(spans, now, every.get(name, _seconds(INTERVAL))) for name, spans in read.items()}
    wanted = [labelled for labelled in (*series, *labels) if labelled.family in of_past]
    return write_marks(folder, wanted, of_past.__getitem__, now)


def _costs(server: Measured, scraped: int, past: int, with_rules: float, labels: Iterable[Exposed]) -> Costs:
    names = Counter(label.family for label in labels)
    version = server.series("prometheus_build_info")[0]["metric"]["version"]
    return Costs(
        version=version,
        scraped=scraped,
        past=past,
        without=0.0,
        with_rules=with_rules,
        groups=[],
        rules=[],
        missed=server.number("sum(prometheus_rule_group_iterations_missed_total)"),
        failed=server.number("sum(prometheus_rule_evaluation_failures_total)"),
        recorded=dict(names),
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default="prometheus", help="which Prometheus")
    parser.add_argument("--seconds", type=float, default=120.0, help="of each of both measurements")
    options = parser.parse_args()
    costs = measure(options.program, options.seconds, print)
    shown = {"recorded": sum(costs.recorded.values()), "groups": costs.groups[:12], "rules": costs.rules[:40]}
    print(json.dumps(costs._asdict() | shown, indent=1))  # noqa: T201
    print(f"rules: {costs.with_rules - costs.without:.4f} of a core while running, ", end="")  # noqa: T201
    print(f"{sum(cost for _, cost in costs.groups):.4f} one after the other")  # noqa: T201


if __name__ == "__main__":
    main()
