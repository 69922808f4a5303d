"""The mirror: what is remembered of fleets, in SQLite or PostgreSQL. Docker decides what is true; this remembers."""
