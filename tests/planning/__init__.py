"""Decisions: pure functions, tested as tables and as truths about every fleet."""
