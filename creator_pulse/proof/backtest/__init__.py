"""Guardrails judged on worlds whose incidents are labelled: what fires, how soon, and what fires in vain."""
