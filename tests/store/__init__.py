"""The mirror, on every kind of database that it can live in."""
