"""Producing from one process, counting in others, verifying from a third."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.pulse_process import pulse, running, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.stack


def _verify(ledger: Path, endpoints: dict[str, Any]) -> tuple[int, dict[str, Any], str]:
    addresses = [one["metrics"].removeprefix("http://") for one in endpoints["workers"]]
    workers = ",".join(address.removesuffix("/metrics") for address in addresses)
    words = (
        "--ledger",
        str(ledger),
        "--workers",
        workers,
        "--prometheus",
        endpoints["prometheus"],
        "--windows",
    )
    done = pulse(
        "verify",
        *words,
        "--wait",
        "75s",
        "--json",
        "-",
        seconds=120,
        environ={"PULSE_KAFKA": endpoints["kafka"]},
    )
    return done.returncode, json.loads(done.stdout.splitlines()[-1]), done.stderr


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A ledger, and where the workers run that have counted its records."""
    ledger = tmp_path_factory.mktemp("produced") / "ledger.json"
    with running("demo", "--no-producer") as run:
        endpoints = run.endpoints()
        words = ("--for", "20s", "--rate", "800", "--ledger", str(ledger), "--json")
        made = pulse("produce", *words, seconds=90, environ={"PULSE_KAFKA": endpoints["kafka"]})
        records = json.loads(made.stdout.splitlines()[-1])["records"]
        assert records > 10_000
        wait_for(lambda: run.total("pulse_records_total") == records, 60, "all records")
        yield ledger, endpoints


def test_a_ledger_is_verified_and_a_forged_one_is_refused(counted: tuple[Path, dict[str, Any]]) -> None:
    """Workers, Prometheus and windows equal the producer's ledger; one coin more in it is named."""
    ledger, endpoints = counted
    code, report, told = _verify(ledger, endpoints)
    assert report == {"ledger_equal": True, "differences": []}, told
    assert code == 0
    forged = json.loads(ledger.read_text(encoding="utf-8"))
    coins = next(total for total in forged["totals"] if total[0] == "gift_coins")
    coins[-1] = str(int(coins[-1]) + 1) if isinstance(coins[-1], str) else coins[-1] + 1
    ledger.with_name("forged.json").write_text(json.dumps(forged), encoding="utf-8")
    again = ("--ledger", str(ledger.with_name("forged.json")), "--prometheus", str(endpoints["prometheus"]))
    refused = pulse("verify", *again, "--wait", "1s", seconds=60, environ={"PULSE_KAFKA": endpoints["kafka"]})
    assert refused.returncode == 1
    assert refused.stderr.count("pulse_gift_coins_total") == 1


CANDIDATES = """
groups:
  - name: candidates
    rules:
      - alert: AnyGift
        expr: sum by (app) (pulse_gift_coins_total{app="tiktok"}) > 0
      - alert: MoreCoinsThanThereAre
        expr: sum by (app) (pulse_gift_coins_total) > 1e15
      - alert: MoreCoinsThanSomebodySet
        expr: sum by (app) (pulse_gift_coins_total) > on (app) max by (app) (pulse_override_bound)
"""


def _replayed(folder: Path, endpoints: dict[str, Any], *words: str) -> dict[str, Any]:
    """What candidates would have fired in the last minutes."""
    rules = folder / "candidates.yml"
    rules.write_text(CANDIDATES, encoding="utf-8")
    now = datetime.now(tz=UTC)
    span = [f"{moment:%Y-%m-%dT%H:%M}" for moment in (now - timedelta(minutes=5), now + timedelta(minutes=1))]
    done = pulse(
        *("replay", "--from", span[0], "--to", span[1], "--rules", str(rules), *words, "--json", "-"),
        seconds=300,
        environ={"PULSE_KAFKA": endpoints["kafka"], "PULSE_PROMETHEUS": endpoints["prometheus"]},
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


def test_a_replay_judges_candidates_beside_the_workers(
    counted: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """Gifts were sent in the large app: one of three would have fired. What did fire has no rule here."""
    report = _replayed(tmp_path, counted[1])
    assert [(alert["alert"], alert["labels"]["app"]) for alert in report["fired"]] == [("AnyGift", "tiktok")]
    assert report["new"] == report["fired"]
    assert (report["not_any_more"], report["not_judged"]) == ([], [])
    assert "Watchdog" in report["of_no_rule"]


def test_a_replay_takes_overrides_of_a_file(counted: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """A bound of one coin in one app, which nobody has set in the topic, is passed there and nowhere else."""
    begin = round(datetime.now(tz=UTC).timestamp() - 3_600) * 1_000
    entry = {"kind": "override", "id": "GiftValueDrop:tiktok:all", "valid_from": begin, "value": 1}
    entry |= {"valid_until": begin + 7_200_000, "note": "tried out", "who": "ann"}
    overrides = tmp_path / "bounds.jsonl"
    overrides.write_text(json.dumps(entry) + "\n", encoding="utf-8")
    report = _replayed(tmp_path, counted[1], "--overrides", str(overrides))
    apps = [
        alert["labels"]["app"] for alert in report["fired"] if alert["alert"] == "MoreCoinsThanSomebodySet"
    ]
    assert apps == ["tiktok"]


def test_the_hand_over_tells_an_override_that_was_ended(counted: tuple[Path, dict[str, Any]]) -> None:
    """Set by one person and ended by another, each with a reason, as the workers' topic holds it."""
    endpoints = counted[1]
    environ = {"PULSE_KAFKA": endpoints["kafka"]}
    place = ("GiftValueDrop", "--app", "tiktok")
    pulse(
        "override",
        "set",
        *place,
        "--bound",
        "50",
        "--for",
        "1h",
        "--why",
        "a sale",
        "--who",
        "ann",
        environ=environ,
    )
    pulse("override", "end", *place, "--why", "it is over", "--who", "bea", environ=environ)
    sources = [f"--{name}={endpoints[name]}" for name in ("prometheus", "alertmanager", "api")]
    done = pulse("report", "--since", "10m", *sources, "--json", "-", environ=environ)
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)["overrides"]
    assert (told["bound"], told["who"], told["why"]) == (50, "ann", "a sale")
    assert (told["ended_by"], told["ended_why"]) == ("bea", "it is over")
    assert told["began"] < told["ended"] < told["expires"]
