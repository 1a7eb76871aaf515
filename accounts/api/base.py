"""What the views of the API have in common: who calls, how fast, in which form."""

import json
import logging
import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from django.http import HttpRequest, HttpResponseBase
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from accounts import refusals
from accounts.access import Forbidden
from accounts.addresses import base_url, client_address
from accounts.api.callers import caller_of, key_in, prove_caller
from accounts.api.deprecations import deprecation_headers
from accounts.api.errors import (
    ApiError,
    as_error,
    invalid,
    malformed,
    not_found,
    response,
)
from accounts.api.idempotency import answer_once, takes_key
from accounts.api.queries import check_query
from accounts.authentication.authentication import AccountBanned, Person, UnknownPerson
from accounts.authentication.proofs import BadToken, Fault, Scope
from accounts.codes import Cause, Name
from accounts.legacy import ACTS_FOR, CompactJSON, LegacyRequest, OneWayView
from accounts.limits import limits
from accounts.limits.limits import LimitState
from accounts.services import is_open

logger = logging.getLogger(__name__)

T = TypeVar("T", bound=serializers.Serializer[Any])

_UTF_8 = {"", "utf-8", "utf8"}
# A body up to this size cannot hold too many values.
_SHORT_BYTES = 16 * 1024
# The largest body is a list of 10,000 userids. Texts may contain what looks like the name of a member.
_MAX_VALUES, _MAX_NAMES = 12_000, 25_000
_VALUE_DELIMITERS = (b",", b"[", b"{")
# What the draft calls the unit of limits that do not count requests or what they make.
_UNITS = dict.fromkeys(("bytes", "upload_bytes", "file_bytes"), ';qu="content-bytes"')
_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class JsonBody(BaseParser):
    """Parses JSON in UTF-8. Raises ApiError for anything else, and for more values than any call takes,
    because parsing those would hold the interpreter lock for long."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            # Not the stream, of which any amount could be read.
            body: bytes = parser_context["request"].body
            return json.loads(body.decode()) if len(body) <= _SHORT_BYTES else _values(body)
        except (ValueError, RecursionError, msgspec.MsgspecError):
            raise malformed("The body is not JSON.") from None


def _values(body: bytes) -> dict[str, Any]:
    """Parse the members of a JSON object. Raises ApiError, and errors that JsonBody converts to ApiError."""
    if body.count(b'":') > _MAX_NAMES:
        raise _too_many()
    return {name: _value(bytes(raw)) for name, raw in _decode_object(body).items()}


def _value(written: bytes) -> Any:
    """Parse one JSON value. Raises ApiError, ValueError and RecursionError."""
    if not written.startswith(b'"') and sum(map(written.count, _VALUE_DELIMITERS)) > _MAX_VALUES:
        raise _too_many()
    return json.loads(written.decode())


def _too_many() -> ApiError:
    return ApiError(Name.TOO_LONG, "The body holds too many values.")


class JsonReply(CompactJSON):
    """Renders the same bytes as CompactJSON in a tenth of the time. A page with many reactions would
    otherwise hold the interpreter lock for 6 ms."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        try:
            return b"" if data is None else msgspec.json.encode(data)
        except (TypeError, UnicodeEncodeError):  # a text of a class of its own, or half a character
            return super().render(data)


class ApiView(OneWayView):
    """A view of the API."""

    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    permission_classes = ()
    parser_classes: tuple[type[BaseParser], ...] = (JsonBody,)
    renderer_classes = (JsonReply,)

    # The scope that an API key needs.
    scope = Scope.USERS
    # Whether a POST may have an `Idempotency-Key`.
    takes_key = True
    # Whether errors have the form of RFC 9457 if the caller accepts it.
    has_problems = True
    # Whether the response contains a secret that cannot be read again.
    answers_secret = False
    # The headers that, together with the body, identify a repeated request with an `Idempotency-Key`.
    key_covers: tuple[str, ...] = ()
    # The caller; None for a backend that acts for nobody.
    person: Person | None = None
    # The id of the caller's API key; empty if the caller authenticated in another way.
    key = ""

    @property
    def userid(self) -> str:
        """The userid of the caller. Raises ApiError for a backend that acts for nobody."""
        return self.somebody.userid

    @property
    def somebody(self) -> Person:
        """The caller. Raises ApiError for a backend that acts for nobody."""
        if self.person is None:
            raise invalid(ACTS_FOR, "Name the user you act for.")
        return self.person

    @property
    def by(self) -> str | None:
        """The caller's userid for services; None for a backend that acts for nobody, which counts as the
        operator."""
        return self.person and self.person.userid

    @property
    def address(self) -> str:
        return client_address(self.request._request)

    @property
    def base_url(self) -> str:
        return base_url(self.request._request)

    def valid_body(self, form: type[T]) -> dict[str, Any]:
        """Return the validated values of the body. Raises ApiError and ValidationError."""
        data = self.request.data
        if not isinstance(data, Mapping):
            raise malformed("The body is not a JSON object.")
        return _checked(form, data)

    def valid_query(self, form: type[T]) -> dict[str, Any]:
        """Return the validated values of the query. Raises ValidationError."""
        return _checked(form, self.request.query_params.dict())

    def as_error(self, failed: Exception) -> ApiError | None:
        """Return the error response for the exception, None for an unexpected exception."""
        return as_error(failed)

    def log_refusal(self, failed: Exception) -> None:
        """Log the exception if it denies the caller the action. Called with every exception of a call."""
        if isinstance(failed, AccountBanned | BadToken | Forbidden | UnknownPerson):
            refusals.log_denial(failed, self.route, self.by or "", self.address)

    @property
    def route(self) -> str:
        """The method and the URL pattern, for the log. Not the path, whose values the caller chooses."""
        match = self.request._request.resolver_match
        return f"{self.request.method} /{match.route if match else ''}"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        charset = (request._request.content_params or {}).get("charset", "")
        if charset.lower() not in _UTF_8:
            raise malformed("The body must be in UTF-8.")
        self.recognise(request)
        self.count()
        check_query(self)
        if takes_key(self, request) and (handler := getattr(self, "post", None)):
            vars(self)["post"] = partial(answer_once, self, handler)

    def count(self) -> None:
        """Charge the call to its rate limit. Raises TooFast."""
        limits.current().queries.take(self.address, self.by or "")

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> LegacyRequest:
        limits.begin_noting()
        return super().initialize_request(request, *args, **kwargs)

    def recognise(self, request: Request) -> None:
        """Authenticate the caller. Raises the same exceptions as `caller_of`."""
        self.person = caller_of(request, self.scope)
        self.key = "" if is_open() else key_in(request)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Forbid caching, because browsers would keep responses on disk after a sign-out or a recall. Add the
        headers of rate limits and deprecations."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers.setdefault("Cache-Control", "no-store")
        added = {**rate_limit_headers(limits.noted()), **deprecation_headers(self.route)}
        for name, value in added.items():
            answer.headers[name] = value
        return answer

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], HttpResponseBase]:
        return self._answer

    def _answer(self, failed: Exception, context: dict[str, Any]) -> HttpResponseBase:
        self.log_refusal(failed)
        error = self.as_error(failed)
        if error is None:
            logger.exception("%s failed", self.route)
            error = ApiError(Name.TRY_AGAIN, Cause.SERVER_ERROR.text, status=500)
        answer = response(error, self.request.headers.get("Accept", "") if self.has_problems else "")
        if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            self.slowed(answer, self.by or "")
        return answer


class KeyView(ApiView):
    """A view for backends only: it needs an API key with its scope, in open mode too."""

    def recognise(self, request: Request) -> None:
        self.key = authenticate_backend(request, self.scope)


def authenticate_backend(request: Request, scope: Scope) -> str:
    """Return the id of the API key of a backend that acts for nobody. Raises BadToken and ApiError for other
    callers."""
    proven = prove_caller(request, scope)
    if not proven.key:
        raise BadToken(Fault.NEEDS_KEY)
    if proven.person is not None:
        raise invalid(ACTS_FOR, "This is done for nobody.")
    return proven.key


class UnknownPath(ApiView):
    """Answers 404 for every path that has no view."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise not_found("There is nothing here.")


def _checked(form: type[T], data: Any) -> dict[str, Any]:
    serializer = form(data=data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def rate_limit_headers(states: Iterable[LimitState]) -> dict[str, str]:
    """Return `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-12). Empty if the call
    was charged to no limit."""
    if not (charged := list(states)):
        return {}
    policies, remaining = map(_policy_item, charged), map(_remaining_item, charged)
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(remaining)}


def _policy_item(state: LimitState) -> str:
    return f'"{state.name}";q={state.rate.burst}{_UNITS.get(state.name, "")};w={state.rate.seconds}'


def _remaining_item(state: LimitState) -> str:
    """Without `t`, the reset time, if the limit is unused."""
    seconds = f";t={math.ceil(state.seconds)}" if state.seconds else ""
    return f'"{state.name}";r={min(state.left, state.rate.burst)}{seconds}'
