"""Registers the desk's page of the doctor, which needs all apps. Django imports this module at the start."""

from im66.doctor import desk  # noqa: F401
