"""What keeps an operator's command from being done."""


class MaintenanceRefused(Exception):
    """The text says in one sentence why."""
