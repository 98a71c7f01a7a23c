"""A child process: its readiness, its death with last words, its log, its end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from functools import partial
from pathlib import Path

import pytest

from creator_pulse.stream.errors import MissingPartError, StackError
from creator_pulse.stream.local.process import Child, Program, find_program, tail, until

FULL = Path("/dev/full")
FOREVER = "import signal; print('up', flush=True); signal.pause()"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {FOREVER}"


def program(log: Path, code: str, grace: float = 5.0) -> Program:
    """A Python program under test."""
    return Program(name="Echo", argv=(sys.executable, "-c", code), log=log, grace=grace)


def says_up(log: Path) -> bool:
    """Whether the program has written its greeting."""
    return "up" in tail(log)


async def started(log: Path, code: str, grace: float = 5.0) -> Child:
    """A child that has greeted."""
    child = Child(program(log, code, grace))

    async def check() -> bool:
        return says_up(log)

    await child.start()
    await child.ready(check, 20)
    return child


async def never() -> bool:
    """Say that a program is not ready."""
    return False


async def test_death_before_ready_names_part_code_and_last_words(tmp_path: Path) -> None:
    """A program that ends while it is waited for is named with exit code and log."""
    child = Child(program(tmp_path / "echo.log", "print('no such thing'); raise SystemExit(3)"))
    await child.start()
    with pytest.raises(
        StackError, match=r"Echo ended by itself with exit code 3.*\n  no such thing"
    ) as caught:
        await child.ready(never, 20)
    assert str(tmp_path / "echo.log") in str(caught.value)


async def test_last_words_are_fifteen_lines_of_this_run(tmp_path: Path) -> None:
    """The error shows the end of the log, and nothing of an earlier run."""
    log = tmp_path / "echo.log"
    log.write_text("an earlier run\n")
    child = Child(program(log, "for n in range(40): print('line', n)\nraise SystemExit(1)"))
    await child.start()
    with pytest.raises(StackError) as caught:
        await child.finish(20)
    lines = str(caught.value).splitlines()[1:]
    assert lines == [f"  line {n}" for n in range(25, 40)]


async def test_death_without_words_says_so(tmp_path: Path) -> None:
    """A program that died in silence has an empty log, not its earlier one."""
    child = Child(program(tmp_path / "echo.log", "raise SystemExit(2)"))
    await child.start()
    with pytest.raises(StackError, match=r"its log .* is empty"):
        await child.finish(20)


async def test_killed_program_is_named_with_the_signal(tmp_path: Path) -> None:
    """A program killed from outside ends the watch with the signal's name."""
    child = await started(tmp_path / "echo.log", FOREVER)
    os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(StackError, match="Echo was killed by SIGKILL"):
        await child.watch()
    assert not child.running


async def test_program_that_never_answers_is_given_up(tmp_path: Path) -> None:
    """The wait for readiness ends at its deadline."""
    child = await started(tmp_path / "echo.log", FOREVER)
    with pytest.raises(StackError, match="Echo did not answer within 0 s"):
        await child.ready(never, 0.05)
    await child.stop()


async def test_stop_ends_a_program_that_ignores_the_request(tmp_path: Path) -> None:
    """After the grace period the program is killed."""
    child = await started(tmp_path / "echo.log", STUBBORN, grace=0.05)
    await child.stop()
    assert await child.ended() == -signal.SIGKILL


async def test_stop_may_be_called_at_any_time(tmp_path: Path) -> None:
    """Stopping what was not started, or has ended, does nothing."""
    child = Child(program(tmp_path / "echo.log", "print('done')"))
    await child.stop()
    await child.start()
    await child.ended()
    await child.stop()
    assert not child.running


async def test_child_is_not_in_the_terminals_group(tmp_path: Path) -> None:
    """Ctrl-C reaches the terminal's process group; a child leads a group of its own."""
    child = await started(tmp_path / "echo.log", FOREVER)
    assert os.getpgid(child.pid) == child.pid != os.getpgid(0)
    await child.stop()


async def test_child_dies_with_its_parent(tmp_path: Path) -> None:
    """When the process that started a child is killed, the child does not stay."""
    log = tmp_path / "echo.log"
    parent = (
        "import asyncio, os, signal, sys\n"
        "from pathlib import Path\n"
        "from creator_pulse.stream.local.process import Child, Program\n"
        "async def main():\n"
        f"    argv = (sys.executable, '-c', {FOREVER!r})\n"
        f"    child = Child(Program(name='Echo', argv=argv, log=Path({str(log)!r})))\n"
        "    await child.start()\n"
        "    print(child.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", parent, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == -signal.SIGKILL
    async with asyncio.timeout(20):
        await until(partial(is_gone, int(output)))
    assert await is_gone(int(output))


async def is_gone(pid: int) -> bool:
    """Whether no process has this id, or only one that waits to be collected."""
    try:
        status = await asyncio.to_thread(Path(f"/proc/{pid}/status").read_text)
    except OSError:
        return True
    return "State:\tZ" in status


async def test_log_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    """A file where the log folder should be is named in one line."""
    (tmp_path / "logs").write_text("in the way")
    child = Child(program(tmp_path / "logs" / "echo.log", FOREVER))
    with pytest.raises(
        StackError, match=r"cannot write the log of Echo at .*choose another folder"
    ) as caught:
        await child.start()
    assert "\n" not in str(caught.value)


async def test_full_disk_is_one_line() -> None:
    """A log on a full disk is refused before the program starts."""
    child = Child(Program(name="Echo", argv=(sys.executable,), log=FULL))
    with pytest.raises(
        StackError, match="cannot write the log of Echo at /dev/full: No space left on device"
    ):
        await child.start()


async def test_program_that_is_not_there_is_missing(tmp_path: Path) -> None:
    """A program that does not exist is a missing part."""
    child = Child(Program(name="Echo", argv=("/no/such/program",), log=tmp_path / "echo.log"))
    with pytest.raises(MissingPartError, match="there is no program /no/such/program"):
        await child.start()


def test_missing_program_says_how_to_install_it() -> None:
    """The error for a program that the PATH lacks is one line with the package."""
    with pytest.raises(MissingPartError, match="install it: apt-get install echo-server") as caught:
        find_program(("no-such-program",), "Echo", "echo-server")
    assert "\n" not in str(caught.value)


def test_tail_of_no_log_is_empty(tmp_path: Path) -> None:
    """A log that was never written has no last lines."""
    assert tail(tmp_path / "none.log") == []


async def test_what_the_environment_of_a_child_holds_no_list_of_processes_shows(tmp_path: Path) -> None:
    """The child has it; its arguments, which everybody on the machine may read, have not."""
    code = f"import os; print('up' if os.environ['WORD'] == 'geheim' else 'down', flush=True); {FOREVER}"
    log = tmp_path / "echo.log"
    argv = (sys.executable, "-c", code)
    child = Child(Program(name="Echo", argv=argv, log=log, environ={**os.environ, "WORD": "geheim"}))

    async def check() -> bool:
        return says_up(log)

    await child.start()
    try:
        await child.ready(check, 20)
        shown = await asyncio.to_thread(Path(f"/proc/{child.pid}/cmdline").read_bytes)
        assert b"geheim" not in shown.replace(code.encode(), b"")
    finally:
        await child.stop()
    assert "geheim" not in repr(child.program).replace(code, "")
