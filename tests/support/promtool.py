"""Many rule tests in few processes of promtool, each of them judged by itself."""

from __future__ import annotations

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
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


def said_of_rules(
    folder: Path,
    rules: Iterable[Mapping[str, object]],
    series: Mapping[str, str],
    expected: Mapping[str, Sequence[Mapping[str, object]]],
) -> str:
    """What promtool says of rules in one group, as ``said_of_file`` says it of a file."""
    (folder / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "tested", "rules": [*rules]}]}))
    return said_of_file(folder, "rules.yml", series, expected)


def said_of_file(
    folder: Path,
    rules: str,
    series: Mapping[str, str],
    expected: Mapping[str, Sequence[Mapping[str, object]]],
) -> str:
    """What promtool says of rules that are evaluated each minute; empty if all is as expected.

    Args:
        folder: for the test's file.
        rules: path of a rule file in the folder.
        series: selector -> values from minute 0 on, one a minute, for example ``5x3`` or ``0+1x9``.
        expected: as ``samples`` or ``firing`` give it.
    """
    test = {
        "rule_files": [rules],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                **expected,
            }
        ],
    }
    (folder / "test.yml").write_text(yaml.safe_dump(test))
    done = subprocess.run(
        ["promtool", "test", "rules", "test.yml"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout


def samples(expr: str, minute: int, values: Mapping[str, float]) -> dict[str, list[dict[str, object]]]:
    """An expression that must give these values, by their labels, in a minute, and no others."""
    expected = [{"labels": labels, "value": value} for labels, value in values.items()]
    return {"promql_expr_test": [{"expr": expr, "eval_time": f"{minute}m", "exp_samples": expected}]}


def firing(alert: str, minute: int, *labels: Mapping[str, str]) -> dict[str, list[dict[str, object]]]:
    """An alert that must fire with these labels in a minute, and with no others."""
    expected = [{"exp_labels": each} for each in labels]
    return {"alert_rule_test": [{"alertname": alert, "eval_time": f"{minute}m", "exp_alerts": expected}]}


def _output(tests: Sequence[Path]) -> str:
    command = ["promtool", "test", "rules", *map(str, tests)]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600, check=False
    )
    return done.stdout
