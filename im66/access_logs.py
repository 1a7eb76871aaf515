"""Keeps tokens, invitations and the secrets of bots in addresses out of the log, whichever logger has the
line. Says in one line that somebody may not see a page."""

import logging
import re
from urllib.parse import unquote_plus

from django.core.exceptions import PermissionDenied

from accounts.authentication.proofs import PARAMETER

_PAIR = re.compile(r"([?&])([^=&\s]*)=[^&\s]*")
# Also as a part of another value, where the rest of that goes with it.
_TOKEN = re.compile(r"(access(?:_|%5f)token(?:=|%3d))[^&\s]*", re.IGNORECASE)
_IN_PATHS = re.compile(r"(/(?:signup|hooks|recover|confirm)/)[^/?\s<]+")


class WithoutTokens(logging.Filter):
    """A filter of handlers: loggers do not filter what their children log."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], PermissionDenied):
            record.exc_info = None
        if isinstance(record.args, tuple):
            record.args = tuple(_hidden(arg) if isinstance(arg, str) else arg for arg in record.args)
        return True


def _hidden(text: str) -> str:
    return _IN_PATHS.sub(r"\1…", _TOKEN.sub(r"\1…", _PAIR.sub(_masked, text)))


def _masked(pair: re.Match[str]) -> str:
    # A name may be percent-encoded.
    return f"{pair[1]}{pair[2]}=…" if unquote_plus(pair[2]).lower() == PARAMETER else pair[0]
