"""Backups: one file with the database and the media, made while the server runs."""
