"""Loads the pages of the desk about what is kept. Django imports this module at the start."""

from keeping import desk  # noqa: F401
