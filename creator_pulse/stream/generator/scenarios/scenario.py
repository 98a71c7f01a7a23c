"""A scenario: what goes wrong, by how much, which alerts must say so, and which must not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.generator.scenarios.change import Change

Flow = Literal["change", "hold", "replay", "pause"]
"""The effect of a fault on the flow of records.

``change``: records change one by one. ``hold``: they wait until its end. ``replay``: those of before come
again at its start. ``pause``: the workers stand still, and the records stay as they are.
"""


@dataclass(frozen=True, slots=True)
class RecordChange:
    """Some records, and how they change.

    Attributes:
        topic: input topic without prefix.
        change: what comes out of each.
        events: event types; none: all of the topic.
        where: field -> its value, or a tuple of values; other records stay as they are.
    """

    topic: str
    change: Change
    events: tuple[str, ...] = ()
    where: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Something that goes wrong.

    For example half of the orders vanish: size 0.5 of ``orders-vanish``, unit ``share``.

    Attributes:
        name: by which a command chooses it.
        title: what happens, in one sentence.
        size: by default.
        sizes: the least and the largest size.
        unit: of the size: ``share`` of the records that it is about, ``factor`` of a number,
            ``minutes``, or ``partition``.
        fires: names of alerts, at least one of which must follow.
        quiet: alerts that must not follow, by their names.
        parts: which records change, and how.
        flow: what happens to records.
        held: of ``hold`` and ``replay``: the input topics, without prefix.
        where: who is hit, in words.
    """

    name: str
    title: str
    size: float
    unit: Literal["share", "factor", "minutes", "partition"]
    fires: tuple[str, ...]
    where: str
    parts: tuple[RecordChange, ...] = ()
    quiet: tuple[str, ...] = ()
    sizes: tuple[float, float] = (0.0, 1.0)
    flow: Flow = "change"
    held: tuple[str, ...] = ()
