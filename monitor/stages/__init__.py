"""The stages: each a function of (state, records, now) that returns what it decided."""
