"""Alembic's scripts: one revision per change of the schema, from the first release on."""
