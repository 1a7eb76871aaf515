"""Keeps tokens and invitations out of the logs of servers that log requests, as uvicorn does."""

import logging
import re
from urllib.parse import unquote_plus

from accounts.proofs import PARAMETER

_LOGGERS = ("uvicorn.access", "uvicorn.error")
_PAIR = re.compile(r"([?&])([^=&\s]*)=[^&\s]*")
_INVITATION = re.compile(r"(/signup/)[^/?\s]+")


def hide_tokens() -> None:
    """Called when the application is loaded: by then a server has set up its loggers."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_without_tokens)


def _without_tokens(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple(_hidden(arg) if isinstance(arg, str) else arg for arg in record.args)
    return True


def _hidden(text: str) -> str:
    return _INVITATION.sub(r"\1…", _PAIR.sub(_shown, text))


def _shown(pair: re.Match[str]) -> str:
    # A name may be percent-encoded.
    return f"{pair[1]}{pair[2]}=…" if unquote_plus(pair[2]) == PARAMETER else pair[0]
