"""Whether the others can be trusted: PL and OP metrics, their measures and alerts.

It may import declaration.
It never says how the business does, only whether its numbers can be believed.
"""
