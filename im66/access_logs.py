"""A log filter that hides tokens, invitation codes and bots' secrets in URLs, and drops the traceback of a
PermissionDenied."""

import logging
import re
from urllib.parse import unquote_plus

from django.core.exceptions import PermissionDenied

from accounts.authentication.proofs import PARAMETER

_PARAMETER = re.compile(r"([?&])([^=&\s]*)=[^&\s]*")
# Also inside another parameter's value, of which the rest is hidden as well.
_TOKEN = re.compile(r"(access(?:_|%5f)token(?:=|%3d))[^&\s]*", re.IGNORECASE)
_PATH_SECRETS = re.compile(r"(/(?:signup|hooks|recover|confirm)/)[^/?\s<]+")


class WithoutTokens(logging.Filter):
    """A filter for handlers, because a logger's filters do not apply to its child loggers."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], PermissionDenied):
            record.exc_info = None
        if isinstance(record.args, tuple):
            record.args = tuple(_hide_secrets(arg) if isinstance(arg, str) else arg for arg in record.args)
        return True


def _hide_secrets(text: str) -> str:
    return _PATH_SECRETS.sub(r"\1…", _TOKEN.sub(r"\1…", _PARAMETER.sub(_mask_token, text)))


def _mask_token(pair: re.Match[str]) -> str:
    # A name may be percent-encoded.
    return f"{pair[1]}{pair[2]}=…" if unquote_plus(pair[2]).lower() == PARAMETER else pair[0]
