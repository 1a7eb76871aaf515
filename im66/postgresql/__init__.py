"""A database backend: Django's for PostgreSQL, with a pool that outlives the database."""
