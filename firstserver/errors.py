"""The error of the import."""


class CannotImport(Exception):
    """The text gives the reason in one sentence. Nothing was imported."""
