"""Producing from one process, counting in others, verifying from a third."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.pulse_process import pulse, running, wait_for

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.stack


def _verify(ledger: Path, found: dict[str, Any]) -> tuple[int, dict[str, Any], str]:
    addresses = [worker["metrics"].removeprefix("http://") for worker in found["workers"]]
    workers = ",".join(address.removesuffix("/metrics") for address in addresses)
    words = ("--ledger", str(ledger), "--workers", workers, "--prometheus", found["prometheus"], "--windows")
    done = pulse(
        "verify", *words, "--wait", "75s", "--json", "-", seconds=120, environ={"PULSE_KAFKA": found["kafka"]}
    )
    return done.returncode, json.loads(done.stdout.splitlines()[-1]), done.stderr


def test_a_ledger_is_verified_and_a_forged_one_is_refused(tmp_path: Path) -> None:
    """Workers, Prometheus and windows equal the producer's ledger; one coin more in it is named."""
    ledger = tmp_path / "ledger.json"
    with running("demo", "--no-producer") as run:
        endpoints = run.endpoints()
        words = ("--for", "20s", "--rate", "800", "--ledger", str(ledger), "--json")
        made = pulse("produce", *words, seconds=90, environ={"PULSE_KAFKA": endpoints["kafka"]})
        records = json.loads(made.stdout.splitlines()[-1])["records"]
        assert records > 10_000
        wait_for(lambda: run.total("pulse_records_total") == records, 60, "all records")
        code, report, told = _verify(ledger, endpoints)
        assert report == {"ledger_equal": True, "differences": []}, told
        assert code == 0
        forged = json.loads(ledger.read_text(encoding="utf-8"))
        coins = next(total for total in forged["totals"] if total[0] == "gift_coins")
        coins[-1] = str(int(coins[-1]) + 1) if isinstance(coins[-1], str) else coins[-1] + 1
        ledger.write_text(json.dumps(forged), encoding="utf-8")
        again = ("--ledger", str(ledger), "--prometheus", str(endpoints["prometheus"]), "--wait", "1s")
        refused = pulse("verify", *again, seconds=60, environ={"PULSE_KAFKA": endpoints["kafka"]})
    assert refused.returncode == 1
    assert refused.stderr.count("pulse_gift_coins_total") == 1
