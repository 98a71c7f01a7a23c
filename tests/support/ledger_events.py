"""One event at a time for a ledger, with what every event has."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.support.any_event import T0

if TYPE_CHECKING:
    from creator_pulse.proof.ledger.ledger import Ledger

_IDS = count()


def add(ledger: Ledger, topic: str, kind: str, **own: Any) -> str:
    """Add an event of US at T0 (or its own ``event_time``), sent as it happens."""
    event = {
        "event_id": f"e{next(_IDS)}",
        "event_type": kind,
        "schema_version": 1,
        "event_time": T0,
        "creator_id": "c1",
        "region": "US",
        "app": "tiktok",
        **own,
    }
    return ledger.add(topic, 0, json.dumps(event).encode(), event["event_time"])
