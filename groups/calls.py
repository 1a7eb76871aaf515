"""The paths of the group calls. Pure."""

import re

NAMES = ("creategrp", "addmembers", "delmembers", "editgrp", "querymygrps", "grpinfo")

# These change nothing.
READING = ("querymygrps", "grpinfo")
# Of other apps, in the same form.
OTHERS = ("report",)

# Of the first server, for which there is nothing to do here: it forgot what it remembered of a group, and
# pushed notifications by a service of its makers.
ANSWERED = ("refreshgrp", "umeng/send")

_PATH = re.compile(rf"/(?:wsim/)?({'|'.join((*NAMES, *OTHERS, *ANSWERED))})/?")


def is_call(path: str) -> bool:
    """Whether the path is one of the calls. Each also answers below /wsim/, and with a slash at its end."""
    return _PATH.fullmatch(path) is not None


def is_reading(path: str) -> bool:
    """Whether the path is one of the calls that change nothing, by whatever method."""
    match = _PATH.fullmatch(path)
    return match is not None and match[1] in READING
