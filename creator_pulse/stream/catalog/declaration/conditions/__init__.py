"""When a guardrail fires: one class in one file for each kind of condition.

May import other names of the catalogue; never knows a series, a metric or anything that evaluates a rule.
A new kind is a class in its own file and a line here; nothing asks which kind a condition is.
"""

from creator_pulse.stream.catalog.declaration.conditions.against import Against
from creator_pulse.stream.catalog.declaration.conditions.apart import Apart
from creator_pulse.stream.catalog.declaration.conditions.condition import Condition
from creator_pulse.stream.catalog.declaration.conditions.limit import Limit
from creator_pulse.stream.catalog.declaration.conditions.outside import Outside
from creator_pulse.stream.catalog.declaration.conditions.range import Range
from creator_pulse.stream.catalog.declaration.conditions.unusual import Unusual

__all__ = ["Against", "Apart", "Condition", "Limit", "Outside", "Range", "Unusual"]
