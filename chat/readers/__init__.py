"""Whoever follows the log at a pace of its own."""
