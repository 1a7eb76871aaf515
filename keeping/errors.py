"""Errors of an operator's commands."""


class MaintenanceRefused(Exception):
    """A command is refused. The exception's text is the reason, in one sentence."""
