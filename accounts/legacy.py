"""The HTTP calls of the shipped apps: what their Django REST framework views have in common.

The apps read only the body of a reply. So replies always have the same form, whatever the request headers
say, and the framework adds no headers.
"""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any, TypeVar

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase, HttpResponseForbidden
from django.utils.translation import gettext_noop
from rest_framework.exceptions import ParseError, PermissionDenied
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser, FormParser, MultiPartParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts import refusals
from accounts.addresses import client_address
from accounts.authentication.origins import is_of_another_site
from accounts.authentication.proofs import BadToken, Fault, Proof, proof_in
from accounts.compact import compact
from accounts.language import reply_language
from accounts.late_replies import late
from accounts.limits import limits
from accounts.services import is_open
from accounts.wording import Denial

R = TypeVar("R", bound=HttpResponseBase)

# The parameter by which a backend names the person it acts for.
ACTS_FOR = "as"

# A text of Django.
_NOT_UTF_8 = gettext_noop(
    "HTTP requests with the 'application/x-www-form-urlencoded' content type must be UTF-8 encoded."
)


def proof_in_head(request: Request) -> Proof | None:
    """Return the API key or the token in the header or the query of a request, None if there is neither."""
    return proof_in(request.headers.get("Authorization", ""), request._request.META["QUERY_STRING"])


def acting_for(request: Request) -> str:
    """Return the userid that a backend acts for; empty if it names none, and in open mode. Raises BadToken
    like `named_by_backend`."""
    return "" if is_open() else named_by_backend(request)


def named_by_backend(request: Request) -> str:
    """Return the userid that a backend acts for, in both modes; empty if it names none. Raises BadToken if
    the parameter is repeated or empty, because no userid would mean the operator."""
    userids = request.query_params.getlist(ACTS_FOR)
    if len(userids) > 1 or "" in userids:
        raise BadToken(Fault.FOR_WHOM)
    return str(userids[0]) if userids else ""


class CompactJSON(BaseRenderer):
    """JSON whose bytes never change: the framework's own renderer escapes U+2028, and indents if asked to."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        # A reply without data has no body, as the status 204 requires.
        return b"" if data is None else compact(data)


class Utf8Form(FormParser):
    """Parses a url-encoded form. Raises BadRequest if its charset is not UTF-8."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        encoding = parser_context["request"].encoding
        if encoding is not None and encoding.lower() != "utf-8":
            raise BadRequest(_NOT_UTF_8)
        return super().parse(stream, media_type, parser_context)


class Multipart(MultiPartParser):
    """Parses a multipart form. Raises ParseError if its text cannot be decoded with its charset."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except UnicodeError as error:
            raise ParseError from error


class FixedNegotiation(BaseContentNegotiation):
    """Chooses the parser by the content type of the body, and always the first renderer."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        content_type = request._request.content_type
        return next((parser for parser in parsers if parser.media_type == content_type), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)


class OurPagesOnly(BasePermission):
    """Denies changes to pages of other sites."""

    message = "Not for pages of another site."

    def has_permission(self, request: Request, view: Any) -> bool:
        return not (view.may_change(request) and is_of_another_site(request))


class LegacyRequest(Request):
    """A request whose body is read even without a `Content-Length`. The framework treats that body as
    empty."""

    @property
    def stream(self) -> Any:
        """The body to parse, None if there is none."""
        stream = super().stream
        if stream is not None:
            return stream
        if self._request.content_type == MultiPartParser.media_type:
            return BytesIO()
        body: bytes = self._request.body
        # An empty form is parsed too, because its charset may be invalid.
        return BytesIO(body) if body or self._request.content_type == Utf8Form.media_type else None


class OneWayView(APIView):
    """A view with one form of replies, which reads bodies without a length.

    The framework's throttles are not used, because they can only reject. A call waits for its turn before it
    reaches the view.
    """

    authentication_classes = ()
    throttle_classes = ()
    renderer_classes = (CompactJSON,)
    content_negotiation_class = FixedNegotiation
    metadata_class = None
    versioning_class = None

    def slowed(self, refusal: R, userid: str) -> R:
        """Return the refusal, marked to be sent late if the caller is refused too often. `userid`: of the
        caller, empty if unknown."""
        address = client_address(self.request._request)
        return late(refusal) if limits.is_refused_often(address, userid) else refusal

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> LegacyRequest:
        return LegacyRequest(
            request,
            parsers=self.get_parsers(),
            negotiator=self.get_content_negotiator(),
            parser_context=self.get_parser_context(request),
        )


class LegacyCall(OneWayView):
    """A view of the shipped apps."""

    permission_classes = (OurPagesOnly,)
    schema = None

    # The userid of the caller, None if unknown.
    caller: str | None = None

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {}

    def may_change(self, request: Request) -> bool:
        """Return whether the request may change something. Pages of other sites may not send it then."""
        raise NotImplementedError

    def claimed(self, request: Request) -> str:
        """Return the userid of the caller, or the one that the request names; empty if there is neither."""
        return self.caller or str(request.query_params.get(ACTS_FOR, ""))

    def answer_failure(self, failed: Exception) -> HttpResponseBase:
        """Return the response for the exception. Called while the exception is being handled."""
        raise NotImplementedError

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with reply_language():
            return super().dispatch(request, *args, **kwargs)

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], HttpResponseBase]:
        return self._answer

    def _answer(self, failed: Exception, context: dict[str, Any]) -> HttpResponseBase:
        if isinstance(failed, PermissionDenied):
            return HttpResponseForbidden(str(failed))
        if isinstance(failed, Denial):
            request = context["request"]
            refusals.log_denial(failed, request.path, self.claimed(request), client_address(request._request))
        return self.slowed(self.answer_failure(failed), self.caller or "")
