"""Metrics of rules about rooms: what is given in them, held against who watches.

Gifts and the readings of rooms come in two topics; they meet by app and room.
"""

from __future__ import annotations

from creator_pulse.stream.aggregates import Flagged
from creator_pulse.stream.aggregates.rules import AbovePeers, Below, ManyAlike
from creator_pulse.stream.catalog import guardrails_rooms as guard
from creator_pulse.stream.catalog.declare import Metric, Ratio, Sum, Value
from creator_pulse.stream.catalog.tunable import Tunable
from creator_pulse.stream.catalog.values_spread import APP

_AUDIENCE = Ratio(Sum({"viewers_by_room": 1}), Sum({"readings_by_room": 1}))
LEAST_PEERS = 1_000
"""Rooms of a size from which on one in a thousand of them is a room (FR13)."""
ODD_COINS_PER_VIEWER = 1_000
"""Coins by viewer in 10 minutes that are odd where rooms of the size are few: a Galaxy from each (FR13)."""

FR8 = Metric(
    id="FR8",
    title="Structuring",
    question="Is money cashed out in many equal gifts, in rooms where nobody watches?",
    tier="guardrail",
    tool="gift",
    stakeholders=("platform",),
    unit="pairs of room and viewer",
    formula=(
        "1 h: viewers with over 20 gifts of the same coins in one room that had under 5 viewers on average, "
        "and no chat message"
    ),
    source="catalogue FR8: private-room cash-out",
    values=(
        Value(
            "structuring_pairs",
            Flagged(
                ("room_id", "viewer_id"),
                (
                    ManyAlike("pair_equal_gifts", 20),
                    Below(("room_id",), _AUDIENCE, 5, "readings_by_room"),
                    Below(("room_id",), Sum({"messages_by_room": 1}), 1, "readings_by_room"),
                ),
            ),
            "short",
            ("1h",),
            "viewers with over 20 equal gifts in a silent room with under 5 viewers",
            APP,
        ),
    ),
    guardrails=guard.STRUCTURING,
    note=(
        "The audience is the mean of the room's readings in the window. A room without a reading has an "
        "unknown audience, and is not flagged: a lost content topic must not accuse anybody."
    ),
)

FR13 = Metric(
    id="FR13",
    title="Gifts against audience",
    question="Do rooms take far more coins than their viewers could give?",
    tier="guardrail",
    tool="gift",
    stakeholders=("platform",),
    unit="rooms",
    formula=(
        "10 m: rooms whose coins by mean viewers are above the p99.9 of the rooms with as many digits of "
        "viewers; "
        f"above {ODD_COINS_PER_VIEWER:,} where those are under {LEAST_PEERS:,} (settings)"
    ),
    source=(
        "catalogue FR13: viewer-bots or laundering; decided: what holds for few rooms, "
        "PULSE_ROOM_LEAST_PEERS and PULSE_ROOM_ODD_COINS"
    ),
    values=(
        Value(
            "gift_audience_outlier_rooms",
            Flagged(
                ("room_id",),
                (
                    AbovePeers(
                        "room_coins",
                        "viewers_by_room",
                        "readings_by_room",
                        permille=999,
                        least=Tunable(LEAST_PEERS, "room_least_peers"),
                        bound=Tunable(ODD_COINS_PER_VIEWER, "room_odd_coins"),
                    ),
                ),
            ),
            "short",
            ("10m",),
            "rooms with far more coins by viewer than rooms of their size",
            APP,
        ),
    ),
    note=(
        "No alert: by its definition about one room in a thousand is above; the cases are for people to look "
        "at. The audience is the mean of the room's readings, at least 1; a room without a reading in the "
        "window has an unknown audience, and is not flagged. Rooms without coins are not compared with."
    ),
)

METRICS = (FR8, FR13)
