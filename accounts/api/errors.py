"""The error responses of the API: one form, with stable names."""

import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse, UnreadablePostError
from rest_framework.exceptions import (
    MethodNotAllowed,
    NotFound,
    ParseError,
    UnsupportedMediaType,
    ValidationError,
)
from rest_framework.response import Response

from accounts.access import Forbidden
from accounts.api.paths import ROOT
from accounts.codes import Cause, Failed, Name, name_of
from accounts.compact import compact
from accounts.services import challenge
from accounts.texts import TextRefused
from accounts.wording import in_words

logger = logging.getLogger(__name__)

# The media type of RFC 9457, and the URL prefix of its `type`.
PROBLEM = "application/problem+json"
PROBLEM_TYPES = f"{ROOT}docs#error-"
# Weights in `Accept` that exclude a media type.
_ZERO_WEIGHTS = {"q=0", "q=0.0", "q=0.00", "q=0.000"}
# After this delay, the caller may retry what failed for a temporary reason.
RETRY_SECONDS = 1


class ApiError(Exception):
    """An error response. `reason`: a text for people. `fields`: the error of each invalid value, by field
    name. `retry`: the seconds after which the caller may retry. `why`: a finer code for programs. `status`:
    the HTTP status if it differs from the name's."""

    def __init__(
        self,
        name: Name,
        reason: str,
        fields: Mapping[str, str] | None = None,
        retry: int | None = None,
        why: str = "",
        status: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.status = status or name.status
        self.name = name
        self.reason = reason
        self.fields = fields
        self.retry = retry
        self.why = why


def malformed(reason: str) -> ApiError:
    return ApiError(Name.MALFORMED, reason)


def invalid(field: str, reason: str) -> ApiError:
    return ApiError(Name.INVALID, f"{field}: {reason}", {field: reason})


def not_found(reason: str) -> ApiError:
    """Return the error for a thing that does not exist, or that the caller may not know of."""
    return ApiError(Name.NOT_FOUND, reason)


def try_again(reason: str) -> ApiError:
    return ApiError(Name.TRY_AGAIN, reason, retry=RETRY_SECONDS)


def as_error(failed: Exception) -> ApiError | None:
    """Return the error response for the exception, None for an unexpected exception."""
    match failed:
        case ApiError():
            return failed
        case Failed(cause=Cause.OUTSIDE):
            # The existence of a group is hidden from non-members.
            return error_of(Forbidden(Cause.NO_SUCH_GROUP))
        case TextRefused(is_final=True):  # the nickname is the only text of a person in the API
            return invalid("nickname", failed.explanation or in_words(failed))
        case Failed():
            return error_of(failed)
        case OperationalError() | InterfaceError():
            logger.error("The database did not answer: %s", failed)
            return try_again(Cause.BUSY.text)
    return _of_request(failed)


def response(error: ApiError, accept: str) -> Response:
    """Return the response for the error, in the form of RFC 9457 if the header `Accept` names it."""
    if wants_problem(accept):
        return Response(problem(error), error.status, headers=_headers(error), content_type=PROBLEM)
    return Response(content(error), error.status, headers=_headers(error))


def wants_problem(accept: str) -> bool:
    """Return whether the header `Accept` names the media type of RFC 9457. Ranges such as `*/*` do not
    count."""
    wanted = [[part.strip().lower() for part in item.split(";")] for item in accept.split(",")]
    return any(type_ == PROBLEM and not _ZERO_WEIGHTS.intersection(rest) for type_, *rest in wanted)


def problem(error: ApiError) -> dict[str, Any]:
    """Return the error in the form of RFC 9457, extended by the members of the API's own form."""
    title = error.name.value.replace("_", " ").capitalize()
    described = content(error)["error"]
    more = {name: described[name] for name in ("name", "why", "fields") if name in described}
    kind = f"{PROBLEM_TYPES}{error.name.value}"
    return {"type": kind, "title": title, "status": error.status, "detail": error.reason, **more}


def plain_response(error: ApiError, accept: str) -> HttpResponse:
    """Return the error response as a Django response, for a call that reaches no view."""
    made = response(error, accept)
    media_type = made.content_type or "application/json"
    return HttpResponse(compact(made.data), media_type, status=error.status, headers=_headers(error))


def refuse_body(status: int, reason: str) -> bytes:
    """Return the JSON of the error response for a request whose body is rejected with this HTTP status."""
    name = Name.MALFORMED if status == 408 else name_of(status, Name.TRY_AGAIN)
    return compact(content(ApiError(name, reason, status=status)))


def content(error: ApiError) -> dict[str, Any]:
    body = {"code": error.status, "name": error.name.value, "reason": error.reason}
    if error.why:
        body["why"] = error.why
    if error.fields:
        return {"error": {**body, "fields": dict(error.fields)}}
    return {"error": body}


def _headers(error: ApiError) -> dict[str, str]:
    headers = {} if error.retry is None else {"Retry-After": str(error.retry)}
    return {**headers, "WWW-Authenticate": challenge()} if error.status == 401 else headers


def error_of(failed: Failed) -> ApiError:
    """Return the error response for the failure."""
    reason, fields = failed.explanation or in_words(failed), None
    if failed.field:
        reason, fields = f"{failed.field}: {reason}", {failed.field: reason}
    retry = failed.retry or (RETRY_SECONDS if failed.name is Name.TRY_AGAIN else None)
    return ApiError(failed.name, reason, fields, retry, failed.why, failed.status)


def _of_request(failed: Exception) -> ApiError | None:
    """Return the error for an exception of Django or DRF about the request itself, None for other
    exceptions."""
    match failed:
        case ValidationError():
            return _of_values(failed)
        case DjangoValidationError():
            return ApiError(Name.INVALID, " ".join(failed.messages))
        case RequestDataTooBig():
            return ApiError(Name.TOO_LONG, "The body is too large.")
        case UnsupportedMediaType():
            return ApiError(Name.MALFORMED, "The body is of another type than this call takes.", status=415)
        case MethodNotAllowed():
            return ApiError(Name.MALFORMED, "This path does not know the method.", status=405)
        case NotFound() | Http404():
            return not_found("There is nothing here.")
        case BadRequest() | ParseError() | SuspiciousOperation() | UnreadablePostError():
            return malformed("The body cannot be read.")
    return None


def _of_values(failed: ValidationError) -> ApiError:
    detail = failed.detail
    fields = (
        {str(name): _first(errors) for name, errors in detail.items()} if isinstance(detail, dict) else {}
    )
    reason = " ".join(f"{name}: {errors}" for name, errors in fields.items()) or _first(detail)
    return ApiError(Name.INVALID, reason, fields)


def _first(detail: Any) -> str:
    """Return the first error text in a nested structure of DRF errors."""
    while isinstance(detail, dict | list):
        detail = next(iter(detail.values() if isinstance(detail, dict) else detail), "Not valid.")
    return str(detail)
