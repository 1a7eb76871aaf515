"""Erasing people and messages for good, and again after a restore."""
