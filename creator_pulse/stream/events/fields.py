"""The types of the contract's fields, with their ranges (contract section 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from creator_pulse.stream.settings import APPS

LARGEST_RECORD = 256 * 1024
"""Bytes of a record's value."""
String = Annotated[str, Meta(max_length=256)]
"""An id or a label. In all types here the maximal length of a text is one of its UTF-8 bytes."""
Text = Annotated[str, Meta(min_length=1, max_length=256)]
"""The same if it is required: it is not empty."""
LongString = Annotated[str, Meta(max_length=4_096)]
"""Text written by people, such as a reason."""
LongText = Annotated[str, Meta(min_length=1, max_length=4_096)]
Int = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Money = Annotated[int, Meta(ge=0, le=10**14)]
PositiveMoney = Annotated[int, Meta(gt=0, le=10**14)]
UnitCoins = Annotated[int, Meta(gt=0, le=10**7)]
RepeatCount = Annotated[int, Meta(ge=1, le=10**6)]
BasisPoints = Annotated[int, Meta(ge=0, le=10**4)]
Duration = Annotated[int, Meta(ge=0, le=86_400_000)]
YEARS = (946_684_800_000, 4_102_444_799_999)
"""First and last epoch milliseconds of the years 2000 to 2099."""
Time = Annotated[int, Meta(ge=946_684_800_000, lt=4_102_444_800_000)]
Natural = Annotated[int, Meta(ge=0, le=10**12)]
"""A number of views, viewers, messages or ads; its product with money and a rate fits into 128 bits."""
if TYPE_CHECKING:
    App = str
else:
    # What is listed is said once, beside the regions; a type checker cannot follow it there.
    App = Literal[APPS]
Surface = Literal["feed", "live"]
Tool = Literal["gift", "ad", "reward", "deal", "commerce"]
Version = Literal[1]


EVENT_ID, EVENT_TIME, INGEST_TIME, IS_TEST = "event_id", "event_time", "ingest_time", "is_test"
"""The fields of every event that the engine itself reads: its id, its event and ingest times, and whether it
counts at all. All other fields are named by schemas and measures only."""
ORIGINAL_TIME = "original_event_time"
"""The field of an event that reverses another one: when the reversed event happened."""


class Event(msgspec.Struct, kw_only=True, tag_field="event_type"):
    """Fields common to all input events.

    Events are declared as structs, but no record becomes one: ``layout`` turns the declarations into tables
    for the compiled parser.
    """

    event_id: Text
    schema_version: Version
    event_time: Time
    creator_id: Text
    region: Text
    app: App
    viewer_id: String | None = None
    platform: String | None = None
    creator_tier: String | None = None
    room_id: String | None = None
    video_id: String | None = None
    arm: String | None = None
    ingest_time: Time | None = None
    is_test: bool | None = None
