"""What is built is what is tested: the sdist, the wheel made of it, and its commands installed elsewhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from creator_pulse.stream.monitoring.build import generate, with_rule_tests
from tests.support.pulse_process import wait_for
from tests.support.stack_fixture import own_stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


pytestmark = [pytest.mark.stack, pytest.mark.slow]
# One test needs a stack; the others are run with it, because a wheel takes a minute of a core to build.
ROOT = Path(__file__).resolve().parents[2]
NOT_SOURCES = shutil.ignore_patterns(".*", "*.so", "*.egg-info", "__pycache__", "build", "dist")
STATIC = "creator_pulse/stream/board/static"
NATIVE = "creator_pulse/stream/native"
BUILD_SDIST = "import sys; from setuptools.build_meta import build_sdist; build_sdist(sys.argv[1])"


def run(
    *argv: str | Path, cwd: Path, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A program run to its end."""
    env = {**os.environ, **(environ or {})}
    return subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist of a checkout in which nothing was ever built."""
    folder = tmp_path_factory.mktemp("sdist")
    shutil.copytree(ROOT, folder / "checkout", ignore=NOT_SOURCES)
    for name in (".dockerignore",):
        shutil.copy(ROOT / name, folder / "checkout")
    done = run(sys.executable, "-c", BUILD_SDIST, folder, cwd=folder / "checkout")
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist's files."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return next(folder.iterdir())


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that the sdist builds."""
    folder = tmp_path_factory.mktemp("wheel")
    done = run(*_pip_wheel(folder), sdist, cwd=folder)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def bin_folder(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel in it, and the pinned dependencies of this one."""
    folder = tmp_path_factory.mktemp("elsewhere")
    made = run(sys.executable, "-m", "venv", "--without-pip", folder / "env", cwd=folder)
    assert made.returncode == 0, made.stderr
    programs = folder / "env/bin"
    pip = (sys.executable, "-m", "pip", "--python", programs / "python")
    done = run(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=folder)
    assert done.returncode == 0, done.stderr
    site = Path(run(programs / "python", "-c", _SITE, cwd=folder).stdout.strip())
    # A .pth file in a folder that is itself named by one is not read: this checkout stays out.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return programs


_SITE = "import sysconfig; print(sysconfig.get_path('purelib'))"


def _pip_wheel(folder: Path) -> tuple[str, ...]:
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index")
    return (*pip, "--wheel-dir", str(folder))


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_sdist_holds_what_a_checkout_holds(unpacked: Path, tmp_path: Path) -> None:
    """Every source, page, test and generated file is in the sdist, and nothing that was compiled."""
    shutil.copytree(ROOT, tmp_path / "checkout", ignore=NOT_SOURCES)
    assert _files(tmp_path / "checkout") - _files(unpacked) == set()
    assert [name for name in _files(unpacked) if name.endswith((".so", ".c", ".pyc"))] == []


def test_wheel_holds_every_compiled_module(wheel: Path) -> None:
    """Each source under ``native`` is a shared object in the wheel."""
    names = ZipFile(wheel).namelist()
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    sources = sorted((ROOT / NATIVE).glob("*.pyx"))
    assert sources
    assert [path.stem for path in sources if f"{NATIVE}/{path.stem}{suffix}" not in names] == []


def test_wheel_holds_every_other_file_of_the_package(wheel: Path, unpacked: Path) -> None:
    """Modules, stubs, pages, scripts and pinned lists: all but the sources of what is compiled."""
    wanted = {f"creator_pulse/{name}" for name in _files(unpacked / "creator_pulse")}
    sources = {name for name in wanted if name.endswith((".pyx", ".pxd", ".pxi"))}
    assert wanted - sources - set(ZipFile(wheel).namelist()) == set()


def test_wheel_holds_the_generated_files(wheel: Path) -> None:
    """Boards, rules, alerts, runbooks and configurations are those of the catalogue, under the package."""
    wanted = {f"creator_pulse/grafana/{name}": text for name, text in generate().items()}
    with ZipFile(wheel) as archive:
        packed = {name: archive.read(name) for name in archive.namelist() if "/grafana/" in name}
    assert packed == wanted


def test_wheel_installs_one_folder(wheel: Path) -> None:
    """Everything lies under creator_pulse, besides what says what was installed."""
    tops = {name.split("/")[0] for name in ZipFile(wheel).namelist()}
    assert tops == {"creator_pulse", next(top for top in tops if top.endswith(".dist-info"))}


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        (f"{NATIVE}/rows.pyx", "no source of the compiled modules: creator_pulse/stream/native/rows.pyx"),
        (NATIVE, "no source of the compiled modules"),
        ("grafana", "grafana is missing"),
    ],
)
def test_a_build_without_its_sources_fails(unpacked: Path, tmp_path: Path, missing: str, says: str) -> None:
    """Where a compiled module or the generated files would be missing there is no wheel."""
    shutil.copytree(unpacked, tmp_path / "part")
    gone = tmp_path / "part" / missing
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    done = run(*_pip_wheel(tmp_path), ".", cwd=tmp_path / "part")
    assert done.returncode != 0
    assert says in done.stdout + done.stderr
    assert list(tmp_path.glob("*.whl")) == []


def test_a_build_without_a_compiler_fails(unpacked: Path, tmp_path: Path) -> None:
    """No pure Python takes the place of what cannot be compiled; one module of them shows it."""
    shutil.copytree(unpacked, tmp_path / "part")
    for path in (tmp_path / "part" / NATIVE).glob("*.py?"):
        if path.stem != "sums":
            path.unlink()
    done = run(*_pip_wheel(tmp_path), ".", cwd=tmp_path / "part", environ={"CC": "false"})
    assert done.returncode != 0
    assert list(tmp_path.glob("*.whl")) == []


def test_the_installed_package_is_used(bin_folder: Path, tmp_path: Path) -> None:
    """Code and compiled modules come from the environment, not from this checkout."""
    asked = "import creator_pulse as a, creator_pulse.stream.native.rows as b; print(a.__file__, b.__file__)"
    done = run(bin_folder / "python", "-c", asked, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [name.startswith(str(bin_folder.parent)) for name in done.stdout.split()] == [True, True]


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("settings",), ("generate", "--help")])
def test_commands_run(bin_folder: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    """A command that needs nothing else runs."""
    done = run(bin_folder / "pulse", *words, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_catalog_runs(bin_folder: Path, tmp_path: Path) -> None:
    """The catalogue is the one of this checkout."""
    done = run(bin_folder / "pulse", "catalog", "--json", cwd=tmp_path)
    here = run(sys.executable, "-m", "creator_pulse", "catalog", "--json", cwd=ROOT)
    assert json.loads(done.stdout) == json.loads(here.stdout)


def test_generate_writes_everything(bin_folder: Path, tmp_path: Path) -> None:
    """Into any folder, byte for byte what stands in the checkout, and the alerts' tests."""
    done = run(bin_folder / "pulse", "generate", "--out", "files", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    files = {name: (tmp_path / "files" / name).read_bytes() for name in _files(tmp_path / "files")}
    assert files == with_rule_tests()


def test_generate_asks_for_a_folder(bin_folder: Path, tmp_path: Path) -> None:
    """Without a checkout and without a folder it says what to do, in one line."""
    done = run(bin_folder / "pulse", "generate", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "pulse: this is no checkout, which would hold the files: name a folder, --out DIR\n"


@contextmanager
def _background(
    output: Path, *argv: str | Path, environ: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    with output.open("wb") as target:
        process = subprocess.Popen(
            argv, cwd=output.parent, env={**os.environ, **environ}, stdout=target, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _said(output: Path, process: subprocess.Popen[bytes], pattern: str) -> str:
    """What the pattern's group matches in the output, once it is there."""

    def there() -> bool:
        assert process.poll() is None, output.read_text()
        return re.search(pattern, output.read_text()) is not None

    wait_for(there, 60, pattern)
    match = re.search(pattern, output.read_text())
    assert match is not None
    return match[1]


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - loopback
        content: bytes = answer.read()
        return content


def test_board_is_served(bin_folder: Path, tmp_path: Path) -> None:
    """Boards, runbooks and scripts come from the package."""
    output = tmp_path / "said"
    with _background(output, bin_folder / "pulse", "board", "--port", "0", environ={}) as process:
        url = _said(output, process, r"board at (\S+)")
        listed = json.loads(_get(f"{url}api/dashboards"))
        assert [entry["uid"] for entry in listed][:2] == ["pulse-now", "pulse-party-creators"]
        assert b"<title>" in _get(f"{url}d/pulse-now")
        assert b"DataStale" in _get(f"{url}runbooks/DataStale")
        assert (
            _get(f"{url}static/page.js") == (ROOT / "creator_pulse/stream/board/static/page.js").read_bytes()
        )
        assert b"uPlot (v1.6.32)" in _get(f"{url}static/uplot/uPlot.js")


def test_worker_counts(bin_folder: Path, tmp_path: Path) -> None:
    """An installed worker counts what an installed producer sends, to the last coin of its ledger."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    with own_stack("kafka", "redis") as stack:
        environ = {
            "PULSE_KAFKA": stack.kafka,
            "PULSE_REDIS": stack.redis,
            "PULSE_METRICS_PORT": port,
            "PULSE_HEALTH_PORT": "0",
        }
        output, pulse = tmp_path / "said", bin_folder / "pulse"
        sent = run(
            pulse,
            "produce",
            "--for",
            "5s",
            "--rate",
            "300",
            "--ledger",
            "ledger.json",
            cwd=tmp_path,
            environ=environ,
        )
        assert sent.returncode == 0, sent.stderr
        with _background(output, pulse, "worker", environ=environ) as process:
            words = ("--ledger", "ledger.json", "--wait", "90s", "--workers", f"127.0.0.1:{port}")
            done = run(pulse, "verify", *words, cwd=tmp_path, environ=environ)
            assert process.poll() is None, output.read_text()
        assert (done.returncode, done.stderr) == (0, "every number equals the ledger\n"), output.read_text()
