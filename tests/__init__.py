"""Tests: mirrors the code; builders, strategies and a private LAN beside them."""
