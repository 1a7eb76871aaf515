"""The error of a refused release."""


class ReleaseRefused(Exception):
    """The release is refused. The text is the reason, in one sentence."""
