"""Loads the page of the desk that needs all apps. Django imports this module at the start."""

from im66.doctor import desk  # noqa: F401
