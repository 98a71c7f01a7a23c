"""Many rule tests in few processes of promtool, each of them judged by itself."""

from __future__ import annotations

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_HEAD = re.compile(r"^Unit Testing:  .+$", re.MULTILINE)
_RESULT = re.compile(r"^  (?=SUCCESS$|FAILED:$)", re.MULTILINE)
GOOD = "  SUCCESS"


def said_of(tests: Sequence[Path]) -> dict[Path, str]:
    """What promtool says of each test file, ``GOOD`` if it holds.

    promtool takes one file after the other: the files are dealt out to one process for each processor.
    """
    count = os.cpu_count() or 1
    hands = [hand for hand in (tests[first::count] for first in range(count)) if hand]
    with ThreadPoolExecutor(count) as pool:
        outputs = list(pool.map(_output, hands))
    said: dict[Path, str] = {}
    for hand, output in zip(hands, outputs, strict=True):
        # Version 2 names each file before it, version 3 does not; both take them in order.
        texts = _RESULT.split(_HEAD.sub("", output))[1:]
        said |= {path: f"  {text.strip()}" for path, text in zip(hand, texts, strict=True)}
    return said


def _output(tests: Sequence[Path]) -> str:
    command = ["promtool", "test", "rules", *map(str, tests)]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600, check=False
    )
    return done.stdout
