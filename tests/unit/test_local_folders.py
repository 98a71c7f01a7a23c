"""Ports, folders and files of the local stack."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import msgspec
import pytest

from creator_pulse.stream.errors import StackError
from creator_pulse.stream.local.endpoints import Endpoints, WorkerEndpoint, write_endpoints
from creator_pulse.stream.local.folders import make_folder, sole_user, write_atomically
from creator_pulse.stream.local.kafka import cluster_id
from creator_pulse.stream.local.ports import HOST, choose_ports
from creator_pulse.stream.local.prometheus import PrometheusServer
from creator_pulse.stream.local.stack import Stack, StackOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something listens on."""
    with socket.create_server((HOST, 0)) as server:
        yield server.getsockname()[1]


def test_usual_port_is_taken_when_free() -> None:
    """A name gets the port that it likes best."""
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
    assert choose_ports({"redis": port}) == {"redis": port}


def test_taken_port_is_replaced(taken: int) -> None:
    """A port that is in use is replaced by a free one."""
    chosen = choose_ports({"redis": taken})["redis"]
    assert chosen not in {0, taken}


def test_no_two_names_get_one_port(taken: int) -> None:
    """Names that like the same port get different ones."""
    chosen = choose_ports({"a": 0, "b": taken, "c": taken, "d": 0})
    assert len(set(chosen.values())) == 4


def test_what_is_made_is_its_owners_alone(tmp_path: Path) -> None:
    """Folders 0700, with those above them, and files 0600; a folder that was there keeps its rights."""
    given = tmp_path / "given"
    given.mkdir(mode=0o755)
    given.chmod(0o755)
    write_atomically(given / "a" / "b" / "file", b"secret", "the test")
    make_folder(given / "c" / "d", "the test")
    made = {name: (given / name).stat().st_mode & 0o777 for name in ("", "a", "a/b", "a/b/file", "c", "c/d")}
    assert made == {"": 0o755, "a": 0o700, "a/b": 0o700, "a/b/file": 0o600, "c": 0o700, "c/d": 0o700}


def test_write_replaces_a_file_and_leaves_no_other(tmp_path: Path) -> None:
    """An atomic write makes its folder and leaves only the file."""
    path = tmp_path / "new" / "file.json"
    write_atomically(path, b"one", "the test")
    write_atomically(path, b"two", "the test")
    assert path.read_bytes() == b"two"
    assert [entry.name for entry in path.parent.iterdir()] == ["file.json"]


def test_failed_write_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    """A file that cannot be replaced is named, and no part of it stays."""
    (tmp_path / "file.json").mkdir()
    with pytest.raises(StackError, match=r"cannot write the test at .*file\.json"):
        write_atomically(tmp_path / "file.json", b"one", "the test")
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.json"]


def test_folder_without_room_says_how_much_is_needed(tmp_path: Path) -> None:
    """A disk with too little room is one line with both numbers."""
    with pytest.raises(StackError, match=r"only \d+ MB are free in .*, the data needs 1073741824 MB"):
        make_folder(tmp_path, "the data", room=1 << 50)


def test_folder_has_one_user(tmp_path: Path) -> None:
    """A second stack in the same data folder is refused; after the first has gone it may use it."""
    with (
        sole_user(tmp_path),
        pytest.raises(StackError, match="another local stack is using"),
        sole_user(tmp_path),
    ):
        pass
    with sole_user(tmp_path):
        assert (tmp_path / ".lock").exists()


def test_endpoints_hold_the_names_of_the_contract(tmp_path: Path) -> None:
    """The endpoints file has each name, and empty text for what does not run."""
    path = tmp_path / "endpoints.json"
    worker = WorkerEndpoint(pid=7, metrics="http://127.0.0.1:9464/metrics")
    write_endpoints(path, Endpoints(kafka="127.0.0.1:9092", workers=(worker,)))
    assert msgspec.json.decode(path.read_bytes()) == {
        "kafka": "127.0.0.1:9092",
        "redis": "",
        "prometheus": "",
        "alertmanager": "",
        "board": "",
        "api": "",
        "workers": [{"pid": 7, "metrics": "http://127.0.0.1:9464/metrics"}],
    }


def test_targets_stand_beside_the_configuration(tmp_path: Path) -> None:
    """Targets are a file that Prometheus's file discovery reads; none is an empty list."""
    prometheus = PrometheusServer(tmp_path, tmp_path / "log", 9090, tmp_path / "prometheus.yml")
    path = tmp_path / "targets" / "pulse.json"
    prometheus.set_targets("pulse", ["127.0.0.1:9464"])
    assert msgspec.json.decode(path.read_bytes()) == [{"targets": ["127.0.0.1:9464"]}]
    prometheus.set_targets("pulse", [])
    assert msgspec.json.decode(path.read_bytes()) == []


def test_cluster_id_is_no_option() -> None:
    """A cluster id never begins with a hyphen, which Kafka's tool would take for an option."""
    ids = {cluster_id() for _ in range(500)}
    assert len(ids) == 500
    assert not any(text.startswith("-") for text in ids)


def test_unknown_part_is_named() -> None:
    """A part that does not exist is refused with the parts that do."""
    with pytest.raises(StackError, match="no such part of the stack: kafak; there are kafka, redis"):
        Stack(StackOptions(parts=frozenset({"kafak"})))


async def test_monitoring_file_stays_in_its_folder(tmp_path: Path) -> None:
    """A configuration whose name leads elsewhere is refused before anything starts."""
    options = StackOptions(
        parts=frozenset({"prometheus"}),
        data_dir=tmp_path / "data",
        monitoring=lambda _addresses: {"../outside.yml": b""},
    )
    with pytest.raises(StackError, match="leads out of"):
        await Stack(options).__aenter__()
    assert not (tmp_path / "data" / "outside.yml").exists()


async def test_log_folder_that_cannot_be_written_ends_the_start(tmp_path: Path) -> None:
    """A stack whose log folder is a file says so in one line, and starts nothing."""
    (tmp_path / "logs").write_text("in the way")
    options = StackOptions(
        parts=frozenset({"alertmanager"}), data_dir=tmp_path / "data", log_dir=tmp_path / "logs"
    )
    with pytest.raises(StackError, match="cannot write the logs of the parts") as caught:
        await Stack(options).__aenter__()
    assert "\n" not in str(caught.value)
