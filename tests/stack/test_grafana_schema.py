"""Every board is a value of Grafana's own TypeScript type, of its versions 11 to 13."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from creator_pulse.stream.monitoring.build import generated

pytestmark = [pytest.mark.stack, pytest.mark.slow]

VERSIONS: Final = ("11.6.16", "12.4.11", "13.2.3")
"""Of @grafana/schema: the newest ones of each major version."""
TYPESCRIPT: Final = "5.9.3"
TYPES: Final = Path(__file__).parents[1] / "support/grafana_schema.ts"
CACHE: Final = Path(__file__).parents[2] / ".cache/grafana-schema"
TSC: Final = ("--noEmit", "--strict", "--skipLibCheck", "--moduleResolution", "bundler", "--module", "esnext")


@pytest.fixture(scope="module", params=VERSIONS)
def project(request: pytest.FixtureRequest) -> Path:
    """A folder with the schema of a version and the compiler; fetched once into the cache."""
    folder = CACHE / str(request.param)
    if not (folder / "node_modules/.package-lock.json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text("{}")
        packages = [f"@grafana/schema@{request.param}", f"typescript@{TYPESCRIPT}"]
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", *packages]
        subprocess.run(command, cwd=folder, check=True)
    return folder


def compiled(project: Path, boards: dict[str, str]) -> list[str]:
    """What the compiler says of some boards, given as JSON by name."""
    shutil.copy(TYPES, project / "schema.ts")
    lines = ["import type { Board } from './schema';"]
    lines += [
        f"export const {re.sub(r'[^a-z]', '_', name)}: Board = {text};" for name, text in boards.items()
    ]
    (project / "boards.ts").write_text("\n".join(lines))
    command = ["node_modules/.bin/tsc", *TSC, "boards.ts"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.stdout.splitlines()


def test_boards_are_of_the_type(project: Path) -> None:
    """The compiler finds no field that the schema does not have, and no value of another type."""
    boards = {name.removesuffix(".json"): text.decode() for name, text in generated("dashboards").items()}
    assert compiled(project, boards) == []


def test_wrong_boards_are_refused(project: Path) -> None:
    """Text for a number, a misspelt field, a number for text, a panel without a width: an error each."""
    right = json.loads(generated("dashboards")["now.json"])
    narrow = json.loads(generated("dashboards")["now.json"])
    del narrow["panels"][1]["gridPos"]["w"]
    wrong = {
        "tooltip": right | {"graphTooltip": "1"},
        "zone": right | {"timezon": "utc"},
        "title": right | {"title": 5},
        "grid": narrow,
    }
    said = compiled(project, {name: json.dumps(board) for name, board in wrong.items()})
    # The first line imports, then each board is a line of its own.
    lines = [re.match(r"boards\.ts\((\d+),", line) for line in said]
    assert {int(found[1]) for found in lines if found} == {2, 3, 4, 5}
