"""``pulse boards``: boards into a Grafana by its API, and as files."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import pytest
import yaml
from aiohttp.test_utils import TestServer
from click.testing import CliRunner

from creator_pulse.agents.cli import main
from creator_pulse.stream.monitoring.boards_push import with_runbooks
from creator_pulse.stream.monitoring.build import generated
from creator_pulse.stream.monitoring.config_maps import MOST_BYTES
from tests.support.fake_grafana import TOKEN, VIEWER, FakeGrafana

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BOARDS = with_runbooks(generated("dashboards"), "http://127.0.0.1:8080/runbooks")
UIDS = [json.loads(content)["uid"] for content in BOARDS.values()]


class Place(NamedTuple):
    """A Grafana that runs, and a file with a token for it."""

    grafana: FakeGrafana
    url: str
    token: Path

    def push(self, *options: str) -> tuple[int, list[str]]:
        """Exit code and lines of ``pulse boards push``."""
        return run("boards", "push", self.url, "--token-file", str(self.token), *options)


def run(*words: str) -> tuple[int, list[str]]:
    """Exit code and lines of a command."""
    done = CliRunner().invoke(main, words)
    return done.exit_code, done.output.splitlines()


@contextmanager
def serving(grafana: FakeGrafana) -> Iterator[str]:
    """Run a Grafana on a loop of its own, as the command runs another."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> TestServer:
        server = TestServer(grafana.app())
        await server.start_server()
        return server

    server = asyncio.run_coroutine_threadsafe(start(), loop).result()
    try:
        yield str(server.make_url("")).rstrip("/")
    finally:
        asyncio.run_coroutine_threadsafe(server.close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """An empty Grafana, and the token of an editor."""
    grafana = FakeGrafana()
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    with serving(grafana) as url:
        yield Place(grafana, url, token)


def test_all_boards_are_created(place: Place) -> None:
    """In a folder that was missing, and each is there as generated."""
    code, lines = place.push()
    assert (code, lines) == (
        0,
        [
            *(f"created {uid}" for uid in UIDS),
            f"{place.url}: {len(UIDS)} created, 0 updated, 0 unchanged",
        ],
    )
    assert place.grafana.folders == {"creator-pulse": "Creator Pulse"}
    now = json.loads(BOARDS["now.json"])
    there = place.grafana.boards["pulse-now"]
    assert {name: there[name] for name in now if name not in {"id", "version"}} == {
        name: now[name] for name in now if name not in {"id", "version"}
    }


def test_a_second_push_changes_nothing(place: Place) -> None:
    """What is the same but for the id and version that Grafana gave it is not saved again."""
    place.push()
    saved = len(place.grafana.saved)
    _, lines = place.push()
    assert lines[-1] == f"{place.url}: 0 created, 0 updated, {len(UIDS)} unchanged"
    assert len(place.grafana.saved) == saved


def test_only_what_differs_is_updated(place: Place) -> None:
    """A board whose panel somebody has renamed by hand is put right, the others are left alone."""
    place.push()
    place.grafana.saved.clear()
    place.grafana.boards["pulse-now"]["panels"][1]["title"] = "Mine"
    _, lines = place.push()
    assert "updated pulse-now" in lines
    assert place.grafana.saved == [("pulse-now", "pulse boards push")]
    assert place.grafana.boards["pulse-now"]["version"] == 2


def test_a_board_in_another_folder_is_moved(place: Place) -> None:
    """The folder is part of where a reader looks for it."""
    place.push()
    place.grafana.folder_of["pulse-now"] = "elsewhere"
    _, lines = place.push()
    assert "updated pulse-now" in lines
    assert place.grafana.folder_of["pulse-now"] == "creator-pulse"


def test_a_dry_run_changes_nothing(place: Place) -> None:
    """It says what would be created, and creates neither board nor folder."""
    code, lines = place.push("--dry-run")
    assert (code, lines[0]) == (0, f"would create {UIDS[0]}")
    assert (place.grafana.boards, place.grafana.folders) == ({}, {})


def test_another_folder_can_be_named(place: Place) -> None:
    """By its uid, and by its title where it must be created."""
    place.push("--folder-uid", "ops", "--folder", "Operations")
    assert place.grafana.folders == {"ops": "Operations"}
    assert set(place.grafana.folder_of.values()) == {"ops"}


def test_the_report_names_the_boards(place: Place, tmp_path: Path) -> None:
    """For programs: uids by what became of them."""
    place.push()
    del place.grafana.boards["pulse-now"]
    place.push("--json", str(tmp_path / "report.json"))
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["created"], report["updated"], len(report["unchanged"])) == (
        ["pulse-now"],
        [],
        len(UIDS) - 1,
    )


def test_a_wrong_token_is_one_line(place: Place) -> None:
    """It says where a token is made, and quotes nothing of the one it has."""
    place.token.write_text("glsa_stale")
    code, lines = place.push()
    said = "it refuses the token: make one for a service account (Administration, Service accounts), and put"
    assert (code, lines) == (
        1,
        [f"pulse: Grafana at {place.url}, folder creator-pulse: {said} it into the file (401)"],
    )


def test_a_token_without_rights_is_one_line(place: Place) -> None:
    """It names the role that is needed."""
    place.token.write_text(VIEWER)
    code, lines = place.push()
    assert code == 1
    assert "give its service account the role Editor" in lines[-1]


@pytest.mark.parametrize("text", ["", "two words", "\x00\xff"])
def test_a_file_without_a_token_is_one_line(place: Place, text: str) -> None:
    """Nothing is asked of Grafana with it."""
    place.token.write_bytes(text.encode("latin-1"))
    code, lines = place.push()
    assert (code, len(lines)) == (1, 1)
    assert lines[0].startswith(f"pulse: --token-file {place.token} ")


def test_what_somebody_saves_meanwhile_is_not_overwritten(place: Place) -> None:
    """Between our look and our save: the push ends, and says to look first."""
    place.push()
    place.grafana.boards["pulse-now"]["title"] = "Old"
    place.grafana.meanwhile.add("pulse-now")
    code, lines = place.push()
    assert (code, place.grafana.boards["pulse-now"]["title"]) == (1, "Old")
    assert "somebody has saved the board meanwhile" in lines[-1]


def test_a_provisioned_board_that_differs_is_named(place: Place) -> None:
    """Grafana would refuse it; the line names the file it comes from."""
    place.push()
    place.grafana.boards["pulse-now"]["title"] = "Old"
    place.grafana.provisioned["pulse-now"] = "now.json"
    code, lines = place.push()
    assert code == 1
    assert lines[-1].startswith("pulse: pulse-now differs, and comes from a file there (now.json)")


def test_a_board_of_the_same_title_is_named(place: Place) -> None:
    """A board that was imported by hand has another uid, and the folder takes one of a title."""
    title = json.loads(BOARDS["now.json"])["title"]
    place.grafana.boards["abc"] = {"uid": "abc", "title": title, "version": 1, "id": 9}
    place.grafana.folder_of["abc"] = "creator-pulse"
    code, lines = place.push()
    assert code == 1
    assert "another board in the folder has its title" in lines[-1]


def test_what_is_no_grafana_is_one_line(tmp_path: Path) -> None:
    """Nobody listens on the address."""
    token = tmp_path / "token"
    token.write_text(TOKEN)
    code, lines = run("boards", "push", "http://127.0.0.1:9", "--token-file", str(token))
    assert (code, len(lines)) == (1, 1)
    assert lines[0].startswith("pulse: Grafana at http://127.0.0.1:9 does not answer")


def test_files_are_as_generated(tmp_path: Path) -> None:
    """Each can be imported as it is, since its data source is a variable."""
    assert run("boards", "export", str(tmp_path / "boards"))[0] == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "boards").iterdir()} == BOARDS


def test_config_maps_hold_the_boards(tmp_path: Path) -> None:
    """One for each board, under the sidecar's label and small enough for Kubernetes, the board unchanged."""
    run("boards", "export", str(tmp_path), "--config-maps", "--namespace", "ops")
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert len(files) == len(UIDS)
    assert max(map(len, files.values())) < MOST_BYTES
    now = yaml.safe_load(files["now.yaml"])
    assert (now["kind"], now["metadata"]["namespace"], now["metadata"]["labels"]["grafana_dashboard"]) == (
        "ConfigMap",
        "ops",
        "1",
    )
    assert now["metadata"]["annotations"] == {"grafana_folder": "Creator Pulse"}
    assert now["data"]["pulse-now.json"].encode() == BOARDS["now.json"]


def test_runbooks_are_linked_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A board in Grafana has no runbooks beside it: its links lead to PULSE_RUNBOOK_URL."""
    monkeypatch.setenv("PULSE_RUNBOOK_URL", "https://wiki.example.com/pulse")
    run("boards", "export", str(tmp_path))
    text = (tmp_path / "now.json").read_text()
    assert '"https://wiki.example.com/pulse/${__data.fields.alertname}"' in text
    assert '"/runbooks/' not in text


def test_another_label_can_be_named(tmp_path: Path) -> None:
    """For a sidecar that looks for another one."""
    run("boards", "export", str(tmp_path), "--config-maps", "--label", "dashboards=all")
    labels = yaml.safe_load((tmp_path / "now.yaml").read_bytes())["metadata"]["labels"]
    assert labels["dashboards"] == "all"
    assert "grafana_dashboard" not in labels


def test_a_wrong_label_is_one_line(tmp_path: Path) -> None:
    """A name without a value would label nothing."""
    code, lines = run("boards", "export", str(tmp_path), "--config-maps", "--label", "grafana")
    assert (code, len(lines)) == (2, 1)
    assert "'grafana' is no NAME=VALUE" in lines[0]
