"""Tests of what runs inside a decky."""
