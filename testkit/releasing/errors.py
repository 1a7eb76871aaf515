"""Why no release is made."""


class Refused(Exception):
    """The text says why, in one sentence."""
