"""The paths of the upload calls, and which kinds of files each takes. Pure."""

import re

from uploads.worker.tasks import Kind

# A file becomes the first of the kinds that it can be.
KINDS = {
    "writev1": (Kind.VOICE,),
    "writev2": (Kind.PICTURE, Kind.VOICE),
    "writev3": (Kind.VIDEO,),
    "avatar": (Kind.PICTURE,),
}

_PATH = re.compile(rf"/(?:wsim/)?upload/(?P<name>{'|'.join(KINDS)})/?")


def kinds_at(path: str) -> tuple[Kind, ...]:
    """What the call at `path` takes; empty if there is no call. Each call also answers below /wsim/, and with
    a slash at its end."""
    match = _PATH.fullmatch(path)
    return KINDS[match["name"]] if match else ()
