"""Registers the desk's pages about legal holds. Django imports this module at the start."""

from keeping import desk  # noqa: F401
