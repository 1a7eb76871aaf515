"""A database backend: Django's for SQLite, with a line of those who want to write."""
