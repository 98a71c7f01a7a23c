"""The commands ``pulse boards push`` and ``pulse boards export``."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import aiohttp
import click

from creator_pulse.agents.option_types import HttpAddress
from creator_pulse.agents.options import JSON
from creator_pulse.agents.report import give, say
from creator_pulse.stream.errors import SettingsError
from creator_pulse.stream.monitoring.boards_push import FOLDER, FOLDER_UID, Pushed, push, with_runbooks
from creator_pulse.stream.monitoring.build import generated
from creator_pulse.stream.monitoring.config_maps import LABEL
from creator_pulse.stream.monitoring.config_maps import config_maps as manifests
from creator_pulse.stream.monitoring.grafana import Grafana
from creator_pulse.stream.monitoring.site import Site
from creator_pulse.stream.secret import Secret
from creator_pulse.stream.setting_rules import secret_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.secret import Address
    from creator_pulse.stream.settings import Settings


@click.group()
def boards() -> None:
    """Put the generated boards where a Grafana has them."""


@boards.command(name="push")
@click.argument("url", type=HttpAddress())
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="Holds the token of a service account with the role Editor.",
)
@click.option("--folder", default=FOLDER, show_default=True, help="Title of the folder, where it is created.")
@click.option("--folder-uid", default=FOLDER_UID, show_default=True, help="The folder that boards lie in.")
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would change.")
@JSON
@click.pass_obj
def push_boards(
    settings: Settings,
    url: Address,
    token_file: Path,
    folder: str,
    folder_uid: str,
    dry_run: bool,
    target: Path | None,
) -> None:
    """Create and replace the boards in the Grafana at URL, those only that differ.

    A board that somebody has changed there by hand is replaced: its history keeps the change. Boards that
    somebody saves at the same time are not overwritten.
    """
    token = _token(token_file)
    files = with_runbooks(generated("dashboards", Site.of(settings)), settings.runbook_url)
    pushed = asyncio.run(_push(GrafanaFolder(url, token, (folder_uid, folder)), files, write=not dry_run))
    changes = {change: [board.uid for board in pushed if board.change == change] for change in _CHANGES}
    give({"dry_run": dry_run, **changes}, target)


_CHANGES = ("created", "updated", "unchanged")


class GrafanaFolder(NamedTuple):
    """Where boards are pushed to: a Grafana, its token, uid and title of a folder."""

    url: Address
    token: Secret
    folder: tuple[str, str]


async def _push(place: GrafanaFolder, files: Mapping[str, bytes], *, write: bool) -> list[Pushed]:
    """Push the boards, and say for each whether it changed."""
    done: list[Pushed] = []
    words = {"created": "would create", "updated": "would update"}
    async with aiohttp.ClientSession() as session:
        async for board in push(Grafana(place.url, place.token, session), files, place.folder, write=write):
            say(f"{board.change if write else words.get(board.change, board.change)} {board.uid}")
            done.append(board)
    counts = Counter[str](board.change for board in done)
    say(f"{place.url}: " + ", ".join(f"{counts[change]} {change}" for change in _CHANGES))
    return done


def _token(file: Path) -> Secret:
    try:
        text = secret_text(str(file))
    except ValueError as error:
        raise SettingsError(f"--token-file {file} holds no token: {error}") from error
    words = text.split()
    if len(words) != 1 or not text.isascii():
        raise SettingsError(f"--token-file {file} holds no token: put the token of a service account into it")
    return Secret(words[0], str(file))


@boards.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--config-maps",
    "as_config_maps",
    is_flag=True,
    help="As ConfigMaps for the sidecar of Grafana's Helm charts.",
)
@click.option("--namespace", default="", metavar="NAME", help="Of the ConfigMaps; default: none is named.")
@click.option(
    "--label", default="=".join(LABEL), show_default=True, metavar="NAME=VALUE", help="Of the ConfigMaps."
)
@click.pass_obj
def export(settings: Settings, folder: Path, as_config_maps: bool, namespace: str, label: str) -> None:
    """Write the boards into FOLDER: one file each, to import or to provision.

    A board asks for its data source when it is opened, so the same file is good for every Grafana.
    """
    name, _, value = label.partition("=")
    if not name or not value:
        raise click.UsageError(f"--label {label!r} is no NAME=VALUE")
    files: Mapping[str, bytes] = with_runbooks(
        generated("dashboards", Site.of(settings)), settings.runbook_url
    )
    if as_config_maps:
        files = manifests(files, namespace, (name, value))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (folder / file).write_bytes(content)
    except OSError as error:
        raise SettingsError(
            f"cannot write {error.filename}: {error.strerror}; choose another folder"
        ) from error
    say(f"wrote {len(files)} files into {folder}")
