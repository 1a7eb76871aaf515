"""Readers that follow the log, each with its own cursor."""
