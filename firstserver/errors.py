"""Why nothing can be imported."""


class CannotImport(Exception):
    """The text gives the reason in one sentence. Nothing was imported."""
