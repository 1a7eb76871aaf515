"""Why no release is made."""


class ReleaseRefused(Exception):
    """The text says why, in one sentence."""
