"""A further app, or label of the merge key, is a line: everything else follows from it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import json

from creator_pulse.stream import settings
from creator_pulse.stream.catalog.declaration import labels

labels.MERGE_KEY = (*labels.MERGE_KEY, "platform")
labels.DOMAINS = {**labels.DOMAINS, "platform": ("ios", "android")}

settings.DECLARED_APPS["third"] = settings.AppDefaults(("FR", "ES"), 2)
settings.APPS = tuple(settings.DECLARED_APPS)
settings.DEFAULT_REGIONS["third"] = ("FR", "ES")
settings.DEFAULT_DAY_OFFSETS["third"] = 2

from creator_pulse.stream.catalog.declaration.declare import Measure
from creator_pulse.stream.events.reference_judge import judged
from creator_pulse.stream.settings import Settings, load
from creator_pulse.stream.topology import PRODUCT, Topology
from creator_pulse.stream.transport.batch import Batch
from creator_pulse.stream.transport.names import PANE_TOPIC
from tests.support.hash_key import HASH_KEY
from tests.support.records import T0, record

SETTINGS = Settings(partitions=1, quiet_partitions=1, merge_partitions=1)
topology = Topology(SETTINGS, HASH_KEY, job=PRODUCT.only("gift"))
source, merge = topology.source_lane("gift"), topology.merge_lane()
gift = {"unit_coins": 5, "repeat_count": 1, "event_time": T0 + 1}
values = [
    record("gift", "gift_sent", event_id="a", app="third", region="FR", **gift),
    record("gift", "gift_sent", event_id="b", app="third", region="IT", **gift),
    record("gift", "gift_sent", event_id="c", app="fourth", region="FR", **gift),
    record("gift", "gift_sent", event_id="d", event_time=T0 + 2 * 10**8, is_test=True),
]
times = [T0, T0, T0, T0 + 2 * 10**8]
source.apply(Batch.of(range(4), times, [b"x"] * 4, values))
sent = [one.value for one in source.checkpoint(0).outgoing if one.topic == PANE_TOPIC]
merge.apply(Batch.of(range(len(sent)), [0] * len(sent), [b""] * len(sent), sent))
windows = []
for one in merge.checkpoint(10**6).outgoing:
    said = json.loads(one.value)
    if said.get("name") == "gift_value_coins" and said["state"] == "final":
        windows.append((said["window"], said["labels"], said["value"]))
sale = {"kind": "calendar", "id": "third", "valid_from": T0, "valid_until": T0 + 1, "factor": 2.0}
shown = [(one.family, dict(one.labels), one.value) for one in source.snapshot().samples]
print(json.dumps({
    "totals": [(labels, value) for family, labels, value in shown if family == "pulse_gift_coins_total"],
    "invalid": sum(
        value for family, labels, value in shown
        if family == "pulse_invalid_records_total" and labels["reason"] == "not_listed"
    ),
    "windows": windows,
    "routes": [
        Measure("m", topic="watch", event="heartbeat", value=None, help="", labels=names).route
        for names in (("app", "region", "platform"), ("app", "platform"), ("app",))
    ],
    "combinations": len(list(labels.combinations(("app", "region", "platform"), SETTINGS, "watch"))),
    "set": load({"PULSE_REGIONS": '{"third": ["PT"]}'}).regions,
    "offsets": SETTINGS.day_offsets,
    "refused": isinstance(judged(json.dumps(sale).encode(), SETTINGS.day_offsets), str),
}))
"""


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    """What a process makes of gifts of a third app, in which nothing but the line was added."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_its_records_count_by_its_regions(seen: dict[str, Any]) -> None:
    """5 coins in a region of its own, 5 in another one, and each further region from 0 on."""
    totals = {labels["region"]: value for labels, value in seen["totals"] if labels["app"] == "third"}
    assert totals == {"FR": 5, "ES": 0, "other": 5}


def test_an_app_that_is_not_declared_is_still_refused(seen: dict[str, Any]) -> None:
    """One record of a fourth app."""
    assert seen["invalid"] == 1


def test_its_windows_are_stated(seen: dict[str, Any]) -> None:
    """A minute of 5 coins in each of the two places."""
    minutes = {labels["region"]: value for window, labels, value in seen["windows"] if window == "1m"}
    assert minutes == {"FR": "5", "other": "5"}


def test_its_settings_are_taken(seen: dict[str, Any]) -> None:
    """Regions by the environment, and a business day of its own."""
    assert (seen["set"], seen["offsets"]["third"]) == ({"third": ["PT"]}, 2)


def test_its_references_are_taken(seen: dict[str, Any]) -> None:
    """An entry of the calendar for it is an entry, not a refusal."""
    assert not seen["refused"]


def test_another_label_of_the_merge_key_chooses_the_merge_lane(seen: dict[str, Any]) -> None:
    """What has it is routed by it too, and is shown for each of its values: 12 places by 2 platforms."""
    assert seen["routes"] == [["app", "region", "platform"], ["app", "platform"], ["app"]]
    # 6, 1 and 2 regions of the three apps, each app with the other ones on top.
    assert seen["combinations"] == (7 + 2 + 3) * 2
