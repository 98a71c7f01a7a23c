"""Recording rules evaluated on blocks of the past, by a real Prometheus."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from creator_pulse.stream.lanes.lane import Sample
from creator_pulse.stream.past.blocks import make_blocks
from creator_pulse.stream.past.open_metrics import SampleFiles
from creator_pulse.stream.past.recorded import Recording, record

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.stack

MINUTE_MS, WEEK_MS = 60_000, 7 * 86_400_000
END_MS = 1_767_614_400_000
LOOKS = [END_MS - WEEK_MS - MINUTE_MS, END_MS - WEEK_MS, END_MS - MINUTE_MS, END_MS, END_MS + 50_000]
GIFTS = {look: number for number, look in enumerate(LOOKS, 1)}
RULES = (
    Recording("app:pulse_gifts:sum", "sum by (app) (pulse_gifts)", {}),
    Recording("app:pulse_gifts:week", "app:pulse_gifts:sum offset 1w", {"tool": "gift"}),
)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], tuple[str, float]]:
    """Name and epoch ms -> labels and value."""
    folder: Path = tmp_path_factory.mktemp("recorded")
    given, data, own = folder / "given", folder / "data", folder / "own"
    for each in (given, data, own):
        each.mkdir()
    files = SampleFiles(given)
    for look, gifts in GIFTS.items():
        regions = (("US", 10.0 * gifts), ("GB", 1.0 * gifts))
        files.take(
            look,
            [Sample("pulse_gifts", (("app", "tiktok"), ("region", region)), n) for region, n in regions],
        )
    files.close()

    async def run() -> list[Path]:
        await make_blocks(files.files, data)
        return await record(LOOKS, data, own, RULES, {rule.name for rule in RULES})

    lines = [line for file in asyncio.run(run()) for line in file.read_text().splitlines()]
    parsed = [re.fullmatch(r"([\w:]+)\{(.*)\} (\S+) (\d+)\.(\d{3})", line) for line in lines]
    return {(one[1], int(one[4] + one[5])): (one[2], float(one[3])) for one in parsed if one is not None}


def test_a_sum_is_recorded_at_each_look(recorded: dict[tuple[str, int], tuple[str, float]]) -> None:
    """Ten for each of the first region and one of the second, also at a look on no whole minute."""
    sums = {look: at for (name, look), at in recorded.items() if name == "app:pulse_gifts:sum"}
    assert sums == {look: ('app="tiktok"', 11.0 * gifts) for look, gifts in GIFTS.items()}


def test_a_rule_looks_back_at_what_was_recorded(
    recorded: dict[tuple[str, int], tuple[str, float]],
) -> None:
    """Last week's sum, with the label that the rule adds; there is none a week before the first look."""
    weeks = {look: at for (name, look), at in recorded.items() if name == "app:pulse_gifts:week"}
    labels = 'app="tiktok",tool="gift"'
    assert weeks == {LOOKS[2]: (labels, 11.0), LOOKS[3]: (labels, 22.0), LOOKS[4]: (labels, 22.0)}
