"""Creator Pulse: live metrics and guardrails for creator monetization on short-video platforms."""
