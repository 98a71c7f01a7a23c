"""The API beside a real stack: live values, their history, and a clean end."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import urlopen

import pytest

from tests.support.pulse_process import running, wait_for

pytestmark = pytest.mark.stack


def _got(url: str) -> Any:
    with urlopen(url, timeout=40) as answer:  # noqa: S310 - the API's own address
        return json.load(answer)


def test_the_api_of_a_demo_gives_values_and_their_history() -> None:
    """Gift value of a minute is live in Redis, and stated in the topic of results; Ctrl-C ends both."""
    with running("demo", "--history", "0", "--rate", "500") as run:
        api = str(run.endpoints()["api"])
        live = f"{api}v1/metrics/gift_value_usd?window=1m"
        wait_for(lambda: bool(_got(live)["items"]), 150, "a live value")
        assert _got(f"{api}v1/health")["status"] == "ok"
        stated = f"{api}v1/metrics/gift_value_usd/history?window=1m&state=provisional"
        wait_for(lambda: bool(_got(stated)["items"]), 60, "a stated result")
        assert _got(stated)["items"][0]["name"] == "gift_value_usd"
        assert run.interrupt() == 0, run.said
        assert "Traceback" not in run.said
