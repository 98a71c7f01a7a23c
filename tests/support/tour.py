"""The tour of four incidents: what a reader clicks, what stands there then, and the page that says so.

``python -m tests.support.tour`` walks them all, takes the pictures, and writes ``docs/tour.md``.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from playwright.async_api import async_playwright

from tests.support.tour_past import SEEN_MS, tour_past
from tests.support.tour_stack import standing

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.tour_past import Shown

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "tour.md"
PICTURES: Final = ROOT / "docs" / "tour"
MOST_CLICKS: Final = 6
WIDTH, HEIGHT = 1200, 700
_BEGIN: Final = "<!-- tour -->"
_REFRESHED: Final = "body[data-refreshed]"
_ARGUMENTS: Final = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


class Step(NamedTuple):
    """One thing that a reader does, and what is seen then.

    Attributes:
        says: for people, in Markdown.
        click: selector of what is clicked; empty: it is only looked at.
        sees: selector of what must be there then.
        picture: whether the page has a picture of it.
    """

    says: str
    click: str
    sees: str
    picture: bool = False


class Incident(NamedTuple):
    """A fault and the way through it.

    Attributes:
        scenario: as ``pulse demo --fault`` takes it.
        title: for people.
        happens: what happens, in a sentence.
        steps: from *Now* on.
        command: of the demo that has it.
        by_hand: what that demo showed when it was tried, with its times.
    """

    scenario: str
    title: str
    happens: str
    steps: tuple[Step, ...]
    command: str
    by_hand: str

    @property
    def clicks(self) -> int:
        """How many clicks it takes."""
        return sum(bool(step.click) for step in self.steps)


def _panel(title: str) -> str:
    return f'article:has(h2:text-is("{title}"))'


def _signal(name: str) -> str:
    return _panel(f"{name} per minute vs expected")


def _row(panel: str, *texts: str) -> str:
    having = "".join(f':has-text("{text}")' for text in texts)
    return f"{_panel(panel)} tbody tr{having}"


UNUSUAL: Final = "Unusual signals"
WHO: Final = "Contributors, by signal and app"


def _well(party: str, alert: str) -> Step:
    return Step(
        f"**Found.** *Now* says *{party}: not well*, why (*{alert}*), and since when.",
        "",
        _row("The four parties", party, alert),
        picture=True,
    )


def _tool(name: str, signal: str, sees: str) -> Step:
    return Step(
        f"Click **{name}** in the table of tools. *{signal} per minute* {sees}.",
        f'{_panel("Tools")} td a:text-is("{name}")',
        f'{_signal(signal)}[data-state="drawn"]',
    )


def _where(signal: str, words: str, who: str, tells: str, sized: str = "") -> Step:
    return Step(
        "**Sized and traced.** Click **Where** on that panel. The first table has the evidence, what part of "
        f"the usual comes, {sized}since when; the second says who: {tells}.",
        f'{_signal(signal)} .deeper:text("Where")',
        f"{_row(WHO, words, who)}",
        picture=True,
    )


TOUR: Final = (
    Incident(
        "gifts-vanish",
        "An outage: gifts vanish",
        "Gifts are sent, and their records never arrive.",
        (
            _well("Platform", "GiftValueDrop"),
            _tool("Gifts", "Gift value", "has fallen out of its band"),
            _where(
                "Gift value",
                "gift value",
                "everything alike",
                "*everything alike*: no region, platform or gift, so it is no market and no release of an "
                "app but what they share",
                "what it costs a minute, ",
            ),
            Step(
                "Click **GiftValueDrop** below: its runbook says what to do.",
                f'{_panel("Active alerts of these apps")} td a:text-is("GiftValueDrop")',
                '.runbook h1:text-is("GiftValueDrop")',
            ),
        ),
        "pulse demo --history 2 --fault gifts-vanish",
        (
            "In a demo: some fifteen gifts a minute come, so GiftValueDrop fires two and a half "
            "minutes after they stop, and RecordRateDrop of the topic two minutes later. Creators and"
            " the platform are *not well*."
        ),
    ),
    Incident(
        "cpm-unit-error",
        "A wrong price: ads at a thousand times their price",
        "A price per impression is sent as a price per thousand of them, in one country.",
        (
            _well("Platform", "AdRevenueSurge"),
            _tool(
                "Ads",
                "Ad revenue",
                "has left its band upwards, while *Impressions per minute* is within its own",
            ),
            _where(
                "Ad revenue",
                "ad revenue",
                "region US",
                "*region US*, with all of the change",
                "what it costs a minute, ",
            ),
            Step(
                "Click **region US**: the API tells all contributors of this half hour, with what is usual.",
                f'{_row(WHO, "ad revenue", "region US")} a:text("region US")',
                'body:has-text("ad_revenue")',
            ),
        ),
        "pulse demo --history 2 --fault cpm-unit-error",
        (
            "In a demo: AdRevenueSurge fires 44 seconds after the price is wrong; *Since* is right to"
            " half a minute. Its history has drawn sums of impressions, and no regions in them: "
            "*Where* cannot tell the country, and says *everything alike*. On the pictures the past "
            "was counted."
        ),
    ),
    Incident(
        "refund-wave",
        "A wave of refunds",
        "Buyers send back what they bought the day before.",
        (
            _well("Platform", "RefundWave"),
            _tool(
                "Commerce",
                "Refunds",
                "has left its band upwards, while *Orders per minute* is within its own",
            ),
            _where(
                "Refunds",
                "refunds",
                "region US",
                "*region US*, the largest market, with most of them: of ten refunds a hint and no proof",
            ),
            Step(
                "Click **Cases**: the API lists who was flagged in this hour, with the evidence.",
                f'{_panel(WHO)} .deeper:text("Cases")',
                'body:has-text("held_since")',
            ),
        ),
        "pulse demo --world dense --rate 40 --history 1.1 --fault refund-wave --fault-for 15m",
        (
            "The world is the dense one, because of the usual one a thousand records a second hold "
            "one order a minute: there nothing fires within five minutes. At this rate a wave is some "
            "three refunds a minute beside one in two minutes: RefundWave fires nine minutes after it "
            "began, as creators, viewers and the platform are *not well*. The wave is in all regions; "
            "whichever the first refunds came from is named first."
        ),
    ),
    Incident(
        "payouts-stuck",
        "A stuck payout",
        "A batch of payouts hangs at the provider: nothing fails, and nothing is paid.",
        (
            _well("Creators", "PayoutsDown"),
            Step(
                "Click **Creators**, the party. *Payouts per minute* has fallen to nothing, and *Failed "
                "payouts per minute* has not risen: they hang.",
                f'{_panel("The four parties")} td a:text-is("Creators")',
                f'{_signal("Payouts")}[data-state="drawn"]',
            ),
            _where(
                "Payouts",
                "payouts",
                "everything alike",
                "*everything alike*: no region and no provider alone",
            ),
            Step(
                "Click **PayoutsDown** below: its runbook says what to do.",
                f'{_panel("Active alerts of these apps")} td a:text-is("PayoutsDown")',
                '.runbook h1:text-is("PayoutsDown")',
            ),
        ),
        "pulse demo --world dense --rate 100 --history 1.1 --fault payouts-stuck",
        (
            "The world is the dense one: the usual one has a payout in some minutes only. At this rate "
            "thirteen a minute come to one app: PayoutsDown fires two and a half minutes after they stop. "
            "With less than a day behind it their stop is a ticket at most, and no page."
        ),
    ),
)


class Walked(NamedTuple):
    """What a walk has found.

    Attributes:
        clicks: how many there were.
        sized: of the row of the signal on *Where*, column -> what it says.
        pictures: name -> PNG.
    """

    clicks: int
    sized: dict[str, str]
    pictures: dict[str, bytes]


async def _walk(page: Page, board: str, incident: Incident) -> Walked:
    """Walk an incident, clicking nothing but what its steps say.

    Raises:
        playwright.async_api.TimeoutError: what a step says is not there.
    """
    clicks, sized, pictures = 0, dict[str, str](), dict[str, bytes]()
    await page.clock.set_fixed_time(datetime.fromtimestamp(SEEN_MS / 1000, UTC))
    await page.goto(f"{board}d/pulse-now?from=now-1h&to=now&zone=UTC&theme=dark")
    await page.wait_for_selector(_REFRESHED)
    for number, step in enumerate(incident.steps, 1):
        if step.click:
            await page.click(step.click)
            clicks += 1
        await page.wait_for_selector(step.sees)
        if "/d/" in page.url:
            await page.wait_for_selector(_REFRESHED)
        if "pulse-where" in page.url and not sized:
            rows = page.locator(_row(UNUSUAL, incident.steps[2].sees.split('"')[3])).first
            heads = await page.locator(f"{_panel(UNUSUAL)} thead th").all_text_contents()
            sized = dict(zip(heads, await rows.locator("td").all_text_contents(), strict=True))
        if step.picture:
            pictures[f"{incident.scenario}-{number}.png"] = await page.screenshot()
    return Walked(clicks, sized, pictures)


async def walk(prometheus: str, shown: Shown, incident: Incident) -> Walked:
    """Walk an incident in a headless Chromium, on the real board and the real API.

    Args:
        prometheus: address of one that holds its past.
        shown: what the API has.
        incident: its steps.
    """
    chromium = shutil.which("chromium")
    assert chromium, "the stack needs Chromium: install the package chromium"
    async with standing(prometheus, shown) as board, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(_ARGUMENTS))
        page = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="dark")
        page.set_default_timeout(30_000)
        try:
            return await _walk(page, board, incident)
        finally:
            await browser.close()


def page_text() -> str:
    """The page: its beginning as it stands, and the steps that are walked."""
    parts = [PAGE.read_text(encoding="utf-8").partition(_BEGIN)[0] + f"{_BEGIN}\n"]
    for incident in TOUR:
        parts.append(f"## {incident.title}\n\n{incident.happens} {_clicks(incident.clicks)}\n")
        parts.append(f"```bash\n{incident.command}\n```\n")
        parts.append(f"{incident.by_hand}\n")
        for number, step in enumerate(incident.steps, 1):
            parts.append(f"{number}. {step.says}\n")
            if step.picture:
                name = f"{incident.scenario}-{number}.png"
                parts.append(f"   ![{incident.title}, step {number}](tour/{name})\n")
    return "\n".join(parts)


def _clicks(count: int) -> str:
    return f"{('One', 'Two', 'Three', 'Four', 'Five', 'Six')[count - 1]} click{'s' if count > 1 else ''}."


def main() -> None:
    """Walk all incidents, and write the page and its pictures."""
    PICTURES.mkdir(exist_ok=True)
    for incident in TOUR:
        with (
            tempfile.TemporaryDirectory() as folder,
            tour_past(incident.scenario, Path(folder)) as (past, shown),
        ):
            walked = asyncio.run(walk(past.url, shown, incident))
        for name, picture in walked.pictures.items():
            (PICTURES / name).write_bytes(picture)
        sys.stdout.write(f"{incident.scenario}: {walked.clicks} clicks, {walked.sized}\n")
    PAGE.write_text(page_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
