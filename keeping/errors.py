"""What keeps an operator's command from being done."""


class Refused(Exception):
    """The text says in one sentence why."""
