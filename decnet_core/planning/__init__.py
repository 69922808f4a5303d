"""Decisions: pure functions from what was read to what shall be done."""
