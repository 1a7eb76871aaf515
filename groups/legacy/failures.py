"""What a group call that fails is answered."""

import logging

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import UnreadablePostError
from django.utils.translation import gettext
from rest_framework.exceptions import MethodNotAllowed, ParseError, UnsupportedMediaType, ValidationError
from rest_framework.response import Response

from accounts.codes import Cause, Failed, Name
from accounts.limits.limits import TooFast
from accounts.wording import in_words
from groups.legacy.parameters import complaint
from groups.replies import error, too_fast

logger = logging.getLogger(__name__)


def answer(failed: Exception, path: str) -> Response:
    """The reply to a call of `path` that raised this, while it is being handled."""
    if isinstance(failed, TooFast):
        return too_fast(in_words(failed))
    if isinstance(failed, Failed):
        return error(failed.legacy or failed.name, in_words(failed))
    if fault := _fault(failed):
        return error(Name.INVALID, fault)
    logger.exception("%s failed", path)
    return error(Name.TRY_AGAIN, gettext(Cause.SERVER_ERROR.text))


def _fault(failed: Exception) -> str | None:
    """What the caller did wrong; None if nothing."""
    match failed:
        case MethodNotAllowed():
            return gettext("Use GET or POST.")
        case ValidationError():
            return complaint(failed)
        case RequestDataTooBig():
            return gettext("The body is too large.")
        case UnsupportedMediaType():
            return gettext("The body must be a form, url-encoded or multipart.")
        case BadRequest():
            return gettext(str(failed))
        case ParseError() | SuspiciousOperation() | UnreadablePostError():
            return gettext("The body is not a form that can be read.")
    return None
