"""The paths of the group calls. Pure."""

import re

CALL_NAMES = ("creategrp", "addmembers", "delmembers", "editgrp", "querymygrps", "grpinfo")

# These change nothing.
READ_ONLY_CALLS = ("querymygrps", "grpinfo")
# Of other apps, in the same form.
CALLS_OF_OTHER_APPS = ("report",)

# Of the first server, for which there is nothing to do here: it forgot what it remembered of a group, and
# pushed notifications by a service of its makers.
NO_OP_CALLS = ("refreshgrp", "umeng/send")

_PATH = re.compile(rf"/(?:wsim/)?({'|'.join((*CALL_NAMES, *CALLS_OF_OTHER_APPS, *NO_OP_CALLS))})/?")


def is_group_call(path: str) -> bool:
    """Whether the path is one of the calls. Each also answers below /wsim/, and with a slash at its end."""
    return _PATH.fullmatch(path) is not None


def is_read_only_call(path: str) -> bool:
    """Whether the path is one of the calls that change nothing, by whatever method."""
    match = _PATH.fullmatch(path)
    return match is not None and match[1] in READ_ONLY_CALLS
