"""Creator Pulse: live metrics and guardrails for creator monetization on short-video platforms.

``stream`` is the library, ``agents`` puts it together, ``proof`` proves that it is right. It imports nothing,
and never does anything when it is imported.
"""
