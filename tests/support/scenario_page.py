"""The table of ``docs/scenarios.md``: rewritten by ``python -m tests.support.scenario_page``."""

from __future__ import annotations

from pathlib import Path

from creator_pulse.agents.fault_options import sized
from creator_pulse.stream.generator.scenarios.listed import SCENARIOS

PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"
BEGIN = "<!-- table -->"


def table() -> str:
    """The scenarios as a Markdown table."""
    lines = [
        "| scenario | what happens | size | one of these fires | these must not |",
        "|---|---|---|---|---|",
    ]
    for scenario in SCENARIOS.values():
        least, most = (sized(scenario, size) for size in scenario.sizes)
        size = f"{sized(scenario, scenario.size)} ({scenario.unit}, {least} to {most})"
        what = f"{scenario.title} Where: {scenario.where}."
        cells = (f"`{scenario.name}`", what, size, ", ".join(scenario.fires), ", ".join(scenario.quiet))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(f"{text.partition(BEGIN)[0]}{BEGIN}\n{table()}", encoding="utf-8")
