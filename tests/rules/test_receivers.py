"""Who is told: the setting of receivers becomes a configuration by which Alertmanager sends."""

from __future__ import annotations

import json
import re
import threading
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from creator_pulse.stream.errors import SettingsError
from creator_pulse.stream.monitoring.alertmanager import alertmanager_config
from creator_pulse.stream.monitoring.rule_tests import files
from creator_pulse.stream.monitoring.site import Site
from creator_pulse.stream.receivers import Receiver
from creator_pulse.stream.settings import load
from tests.support.needed_rules import write_test
from tests.support.promtool import GOOD, said_of
from tests.support.running_alertmanager import running_alertmanager

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Run = Callable[..., "subprocess.CompletedProcess[str]"]
KINDS: dict[str, Receiver] = {
    "slack": Receiver(slack_url_file="/run/secrets/slack", slack_channel="#pages"),
    "slack without a channel": Receiver(slack_url_file="/run/secrets/slack"),
    "pagerduty": Receiver(pagerduty_key_file="/run/secrets/pagerduty"),
    "opsgenie": Receiver(opsgenie_key_file="/run/secrets/opsgenie"),
    "mail": Receiver(email_to="a@example.com", email_from="b@example.com", smtp="mail.example.com:587"),
    "mail with a login": Receiver(
        email_to="a@example.com",
        email_from="b@example.com",
        smtp="mail.example.com:587",
        smtp_username="pulse",
        smtp_password_file="/run/secrets/smtp",  # noqa: S106 - the name of a file
    ),
    "webhook": Receiver(webhook="https://hooks.example.com/page?key=1"),
}


def site(**receivers: Receiver) -> Site:
    """An installation with some receivers."""
    return Site(receivers=tuple(receivers.items()))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["page", "ticket", "ads.page", "finance.ticket"])
def test_amtool_takes_each_kind(tmp_path: Path, run: Run, kind: str, name: str) -> None:
    """Alertmanager's own tool finds nothing wrong, with its templates, and one receiver more than none."""
    path = tmp_path / "alertmanager.yml"
    path.write_bytes(alertmanager_config(site(**{name: KINDS[kind]})))
    done = run("amtool", "check-config", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    receivers = {receiver["name"]: receiver for receiver in yaml.safe_load(path.read_bytes())["receivers"]}
    assert len(receivers[name]) == 2


TEAMS = site(
    page=KINDS["pagerduty"],
    ticket=KINDS["mail"],
    **{"ads.page": KINDS["slack"], "ads.ticket": KINDS["webhook"]},
)


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ({"severity": "critical", "team": "ads"}, "ads.page"),
        ({"severity": "critical", "team": "ads", "hours": "day"}, "ads.page"),
        ({"severity": "critical", "team": "gifts"}, "page"),
        ({"severity": "warning", "team": "ads"}, "ads.ticket"),
        ({"severity": "warning", "team": "gifts"}, "ticket"),
        ({"severity": "none", "team": "ads"}, "watchdog"),
    ],
)
def test_a_team_has_its_own(tmp_path: Path, run: Run, labels: dict[str, str], receiver: str) -> None:
    """A team with a receiver gets its pages and tickets there, and all others go where everybody's go."""
    path = tmp_path / "alertmanager.yml"
    path.write_bytes(alertmanager_config(TEAMS))
    pairs = [f"{name}={value}" for name, value in labels.items()]
    options = (f"--config.file={path}", f"--verify.receivers={receiver}")
    done = run("amtool", "config", "routes", "test", *options, *pairs)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_team_that_there_is_not_is_refused() -> None:
    """The error names the receiver and the teams."""
    with pytest.raises(SettingsError, match=r"^PULSE_RECEIVERS: adds\.page is of no team; teams are ads, "):
        alertmanager_config(site(**{"adds.page": KINDS["webhook"]}))


def test_the_settings_become_the_site(tmp_path: Path) -> None:
    """Receivers, hours and the dead man of a settings file stand in the configuration."""
    (tmp_path / "beat").write_text("https://beats.example.com/k3y\n")
    settings = tmp_path / "pulse.toml"
    settings.write_text(
        f'page_hours = "07:00-19:30"\ntimezone = "Asia/Shanghai"\ndead_man_url_file = "{tmp_path}/beat"\n'
        '[receivers."ads.ticket"]\nslack_url_file = "/run/secrets/slack"\n'
    )
    loaded = load({"PULSE_SETTINGS": str(settings)})
    config = yaml.safe_load(alertmanager_config(Site.of(loaded)))
    receivers = {receiver["name"]: receiver for receiver in config["receivers"]}
    assert receivers["ads.ticket"]["slack_configs"][0]["api_url_file"] == "/run/secrets/slack"
    assert receivers["watchdog"]["webhook_configs"] == [
        {"url": "https://beats.example.com/k3y", "send_resolved": False}
    ]
    assert config["time_intervals"][0]["time_intervals"] == [
        {"times": [{"start_time": "07:00", "end_time": "19:30"}], "location": "Asia/Shanghai"}
    ]


def test_links_of_an_installation(tree: Path, tmp_path: Path) -> None:
    """The tests of alerts that go with an installation's files expect its links."""
    away = Site(board="https://grafana.example.com", runbooks="https://pulse.example.com/runbooks")
    document = files(away)["WorkerDown.yml"]
    expected = [
        alert["exp_annotations"]
        for case in document["tests"]
        for check in case["alert_rule_test"]
        for alert in check["exp_alerts"]
    ]
    assert {annotations["runbook_url"] for annotations in expected} == {
        "https://pulse.example.com/runbooks/WorkerDown"
    }
    assert {annotations["dashboard_url"].partition("?")[0] for annotations in expected} == {
        "https://grafana.example.com/d/pulse-pipeline"
    }
    path = write_test(tmp_path, tree, "WorkerDown", document)
    assert said_of([path])[path] != GOOD


class _Inbox:
    """A server of this machine that keeps what is posted to it, by path."""

    def __init__(self) -> None:
        self.posts: Queue[tuple[str, Any]] = Queue()
        posts = self.posts

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Keep it, and answer as Slack does."""
                body = self.rfile.read(int(self.headers["Content-Length"]))
                posts.put((self.path, json.loads(body)))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def inbox() -> Iterator[_Inbox]:
    """What Alertmanager posts to."""
    server = _Inbox()
    yield server
    server.close()


def _post(address: str, alerts: list[Mapping[str, Any]]) -> None:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}/api/v2/alerts", json.dumps(alerts).encode(), headers)  # noqa: S310 - loopback
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - loopback


def _alert(name: str, **labels: str) -> dict[str, Any]:
    began = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
    return {
        "labels": {"alertname": name, "severity": "critical", "product": "pulse", "team": "gifts", **labels},
        "annotations": {
            "summary": "Viewers spend far less on gifts.",
            "description": "tiktok: 12.00 USD in 5 minutes.",
            "runbook_url": f"https://pulse.example.com/runbooks/{name}",
            "dashboard_url": "https://grafana.example.com/d/pulse-gift?from=now-6h&to=now&var-app=tiktok",
        },
        "startsAt": began.isoformat(),
    }


@pytest.mark.stack
def test_what_slack_is_sent(tmp_path: Path, inbox: _Inbox) -> None:
    """What happened, the number, since when, the board from three hours before that on, the runbook."""
    (tmp_path / "slack").write_text(f"{inbox.address}/slack")
    where = Receiver(slack_url_file=str(tmp_path / "slack"), slack_channel="#pages")
    with running_alertmanager(tmp_path, alertmanager_config(site(page=where))) as address:
        _post(address, [_alert("GiftValueDrop", app="tiktok", stakeholder="platform")])
        path, message = inbox.posts.get(timeout=20)
    (attachment,) = message["attachments"]
    assert (path, message["channel"]) == ("/slack", "#pages")
    assert attachment["title"].split() == ["[FIRING", "1]", "GiftValueDrop", "tiktok"]
    # 2026-11-27 06:30 UTC is 1795761000 s after 1970 began.
    board = "https://grafana.example.com/d/pulse-gift?from=1795761000000&to=now&var-app=tiktok"
    assert attachment["text"].rstrip().split("\n") == [
        "Viewers spend far less on gifts.",
        "tiktok: 12.00 USD in 5 minutes.",
        "since 2026-11-27 09:30 UTC",
        "team gifts, hurt first: platform",
        f"<{board}|Board> <https://pulse.example.com/runbooks/GiftValueDrop|Runbook>",
    ]


@pytest.mark.stack
def test_what_is_over_says_how_long_and_how_much(tmp_path: Path, inbox: _Inbox) -> None:
    """Twenty minutes and 25,000 USD in all; while it went on, what it had cost until then."""
    (tmp_path / "slack").write_text(f"{inbox.address}/slack")
    where = Receiver(slack_url_file=str(tmp_path / "slack"))
    # What is over is sent with the next message of its group, five minutes later at most.
    config = alertmanager_config(site(page=where)).replace(b"group_interval: 5m", b"group_interval: 1s")
    alert = _alert("GiftValueDrop", app="tiktok", stakeholder="platform")
    with running_alertmanager(tmp_path, config) as address:
        alert["annotations"]["lost_usd"] = "1250"
        _post(address, [alert])
        _, message = inbox.posts.get(timeout=40)
        assert "since 2026-11-27 09:30 UTC, cost about 1250 USD so far" in _lines(message)
        alert["annotations"]["lost_usd"] = "25000"
        alert["endsAt"] = datetime(2026, 11, 27, 9, 50, tzinfo=UTC).isoformat()
        _post(address, [alert])
        _, message = inbox.posts.get(timeout=40)
    assert message["attachments"][0]["title"].split() == ["[RESOLVED]", "GiftValueDrop", "tiktok"]
    assert "since 2026-11-27 09:30 UTC, over after 20m0s, cost about 25000 USD in all" in _lines(message)


def _lines(message: Mapping[str, Any]) -> list[str]:
    lines: list[str] = message["attachments"][0]["text"].split("\n")
    return lines


@pytest.mark.stack
@pytest.mark.parametrize("awake", [True, False])
def test_a_page_of_a_day_waits_for_its_hours(tmp_path: Path, inbox: _Inbox, *, awake: bool) -> None:
    """Outside of its hours the page that can wait is not sent, and the one that wakes is."""
    hour = (datetime.now(tz=UTC) + timedelta(hours=12)).hour
    hours = "00:00-24:00" if awake else f"{hour:02}:00-{hour + 1:02}:00"
    config = alertmanager_config(Site(hours=hours, receivers=(("page", Receiver(webhook=inbox.address)),)))
    with running_alertmanager(tmp_path, config) as address:
        # Both wait as long, so the one that waits for the day would come first.
        _post(address, [_alert("RewardSurge", app="tiktok", hours="day")])
        _post(address, [_alert("GiftValueDrop", app="tiktok")])
        names = [inbox.posts.get(timeout=20)[1]["groupLabels"]["alertname"] for _ in range(1 + awake)]
    assert sorted(names) == (["GiftValueDrop", "RewardSurge"] if awake else ["GiftValueDrop"])


def test_no_template_holds_an_unknown_field() -> None:
    """Templates read only what Alertmanager gives: labels in common, alerts, their texts and times."""
    config = yaml.safe_load(alertmanager_config(site(page=KINDS["slack"], ticket=KINDS["opsgenie"])))
    texts = json.dumps(config["receivers"])
    fields = set(re.findall(r"\.([A-Z]\w+)", texts))
    assert fields <= {
        *("Status", "Alerts", "Firing", "CommonLabels", "Annotations", "Labels"),
        *("StartsAt", "EndsAt", "Format", "Add", "Sub", "UnixMilli"),
    }
