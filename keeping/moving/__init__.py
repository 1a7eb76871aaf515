"""Moves the content of a SQLite database into an empty PostgreSQL database."""
