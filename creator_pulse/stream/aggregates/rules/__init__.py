"""Conditions of a rule about somebody (``Flagged``): one class in one file for each kind.

May import other modules of ``aggregates``; never knows a window, a table or a series. A new kind is a class
in its own file and a line here; nothing asks which kind a condition is.
"""

from creator_pulse.stream.aggregates.rules.above import Above
from creator_pulse.stream.aggregates.rules.above_peers import AbovePeers
from creator_pulse.stream.aggregates.rules.below import Below
from creator_pulse.stream.aggregates.rules.few_partners import FewPartners
from creator_pulse.stream.aggregates.rules.many_alike import AMOUNT, ManyAlike
from creator_pulse.stream.aggregates.rules.many_partners import ManyPartners
from creator_pulse.stream.aggregates.rules.rule import RuleCondition
from creator_pulse.stream.aggregates.rules.young_partners import YoungPartners

__all__ = [
    "AMOUNT",
    "Above",
    "AbovePeers",
    "Below",
    "FewPartners",
    "ManyAlike",
    "ManyPartners",
    "RuleCondition",
    "YoungPartners",
]
