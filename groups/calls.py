"""The paths of the group calls. Pure."""

import re

NAMES = ("creategrp", "addmembers", "delmembers", "editgrp", "querymygrps", "grpinfo")

# Of other apps, in the same form.
OTHERS = ("report",)

_PATH = re.compile(rf"/(?:wsim/)?(?:{'|'.join((*NAMES, *OTHERS))})/?")


def is_call(path: str) -> bool:
    """Whether the path is one of the calls. Each also answers below /wsim/, and with a slash at its end."""
    return _PATH.fullmatch(path) is not None
