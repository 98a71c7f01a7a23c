"""The cache of Kafka's jars: checked, whole or absent, and clear about what is wrong."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from creator_pulse.stream.errors import ChecksumError, MissingPartError, StackError
from creator_pulse.stream.local.jars import LOCK, NAME, JarSource, ensure_jars, read_lock
from creator_pulse.stream.local.maven import parse_pin, progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from creator_pulse.stream.local.maven import Pin, Say

CONTENT = {"one-1.0.jar": b"first", "two-2.0.jar": b"second"}


class FakeMaven:
    """Writes the given files, and counts how often it was asked."""

    def __init__(self, content: dict[str, bytes], error: Exception | None = None) -> None:
        self.content = content
        self.error = error
        self.calls = 0

    async def __call__(self, pins: Sequence[Pin], folder: Path, say: Say) -> None:
        """Write the files, then fail if told to."""
        self.calls += 1
        say(f"{len(pins)} jars")
        for name, content in self.content.items():
            (folder / name).write_bytes(content)
        if self.error:
            raise self.error


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A lock of two tiny jars."""
    digests = [hashlib.sha256(content).hexdigest() for content in CONTENT.values()]
    path = tmp_path / "jars.lock"
    path.write_text(f"# comment\nshop.a:one:1.0 {digests[0]}\nshop.b:two:2.0 {digests[1]}\n")
    return path


def source(tmp_path: Path, lock: Path, fetch: FakeMaven) -> JarSource:
    """Jars of the tiny lock, cached below the test's folder."""
    return JarSource(cache=tmp_path / "cache", lock=lock, fetch=fetch)


def silent(_line: str) -> None:
    """Take a progress line."""


def left_over(tmp_path: Path) -> list[str]:
    """What stands in the cache besides its lock file."""
    return sorted(path.name for path in (tmp_path / "cache").iterdir() if path.name != ".lock")


async def test_fetched_jars_are_given_in_the_order_of_the_lock(tmp_path: Path, lock: Path) -> None:
    """A first use fetches, checks and moves the jars to their place."""
    jars = await ensure_jars(source(tmp_path, lock, FakeMaven(CONTENT)), silent)
    assert [jar.name for jar in jars] == list(CONTENT)
    assert [jar.read_bytes() for jar in jars] == list(CONTENT.values())
    assert left_over(tmp_path) == [NAME]


async def test_second_use_fetches_nothing(tmp_path: Path, lock: Path) -> None:
    """Jars that the cache holds are not fetched again."""
    maven = FakeMaven(CONTENT)
    said: list[str] = []
    await ensure_jars(source(tmp_path, lock, maven), said.append)
    first = len(said)
    await ensure_jars(source(tmp_path, lock, maven), said.append)
    assert maven.calls == 1
    assert len(said) == first


async def test_harmed_cache_is_fetched_again(tmp_path: Path, lock: Path) -> None:
    """A cached jar whose bytes have changed is replaced, though its size is the same."""
    maven = FakeMaven(CONTENT)
    jars = await ensure_jars(source(tmp_path, lock, maven), silent)
    jars[0].write_bytes(b"fIrst")
    jars = await ensure_jars(source(tmp_path, lock, maven), silent)
    assert jars[0].read_bytes() == b"first"
    assert maven.calls == 2


async def test_wrong_jar_names_file_and_both_checksums(tmp_path: Path, lock: Path) -> None:
    """A fetched jar that is not the pinned one is refused, and nothing of it stays."""
    maven = FakeMaven({**CONTENT, "two-2.0.jar": b"forged"})
    with pytest.raises(ChecksumError) as caught:
        await ensure_jars(source(tmp_path, lock, maven), silent)
    text = str(caught.value)
    assert "two-2.0.jar" in text
    assert hashlib.sha256(b"second").hexdigest() in text
    assert hashlib.sha256(b"forged").hexdigest() in text
    assert "delete ~/.m2/repository/shop/b/two/2.0" in text
    assert left_over(tmp_path) == []


async def test_interrupted_fetch_leaves_nothing_half_written(tmp_path: Path, lock: Path) -> None:
    """A fetch that fails midway leaves no folder that looks like a full one."""
    maven = FakeMaven({"one-1.0.jar": b"first"}, MissingPartError("network is gone"))
    with pytest.raises(MissingPartError, match="network is gone"):
        await ensure_jars(source(tmp_path, lock, maven), silent)
    assert left_over(tmp_path) == []


async def test_leavings_of_a_killed_fetch_are_swept(tmp_path: Path, lock: Path) -> None:
    """The staging folder of a process that was killed is removed by the next fetch."""
    stale = tmp_path / "cache" / ".fetching-dead"
    stale.mkdir(parents=True)
    await ensure_jars(source(tmp_path, lock, FakeMaven(CONTENT)), silent)
    assert left_over(tmp_path) == [NAME]


async def test_missing_jar_is_named(tmp_path: Path, lock: Path) -> None:
    """A folder of jars that lacks one is an error that names it."""
    (tmp_path / "one-1.0.jar").write_bytes(b"first")
    with pytest.raises(MissingPartError, match=r"lacks 1 of 2 jars of Kafka: two-2\.0\.jar"):
        await ensure_jars(JarSource(jar_dir=tmp_path, lock=lock), silent)


async def test_given_folder_is_used_in_place(tmp_path: Path, lock: Path) -> None:
    """Jars that were downloaded by other means are checked and used where they are."""
    for name, content in CONTENT.items():
        (tmp_path / name).write_bytes(content)
    jars = await ensure_jars(JarSource(jar_dir=tmp_path, lock=lock), silent)
    assert jars == [tmp_path / name for name in CONTENT]


async def test_cache_that_cannot_be_written_is_one_line(tmp_path: Path, lock: Path) -> None:
    """A cache path that is a file is named in one line."""
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(StackError, match="cannot write the cache of Kafka's jars") as caught:
        await ensure_jars(source(tmp_path, lock, FakeMaven(CONTENT)), silent)
    assert "\n" not in str(caught.value)


def test_wrong_line_of_a_lock_is_quoted() -> None:
    """A line of a lock with another shape is shown."""
    with pytest.raises(StackError, match="a:b 12"):
        parse_pin("a:b 12")


def test_lock_pins_each_jar_once() -> None:
    """The lock in the project pins the broker and no jar twice."""
    names = [pin.file_name for pin in read_lock(LOCK)]
    assert "kafka_2.13-4.4.0.jar" in names
    assert len(names) == len(set(names)) == 45


def test_progress_counts_only_pinned_jars() -> None:
    """Jars of Maven's own plugins are not counted as Kafka's."""
    pins = [parse_pin(f"shop.a:one:1.0 {'0' * 64}"), parse_pin(f"shop.b:two:2.0 {'0' * 64}")]
    log = (
        b"[INFO] Downloaded from central: https://x.invalid/a/one-1.0.jar (1.5 MB at 3.0 MB/s)\n"
        b"[INFO] Downloaded from central: https://x.invalid/a/plugin-9.jar (9.0 MB at 3.0 MB/s)\n"
        b"[INFO] Downloading from central: https://x.invalid/b/two-2.0.jar\n"
    )
    assert progress(log, pins).endswith("1 of 2 jars, 1.5 MB")
    assert not progress(b"[INFO] Scanning for projects...\n", pins)
