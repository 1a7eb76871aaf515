"""The HTTP calls of the shipped apps: what their Django REST framework views have in common.

The apps read only the body of a reply. So a call is always answered in the same form, whatever its headers
ask for, and the framework adds no header of its own.
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

# The parameter by which a backend says whom it acts for.
ACTS_FOR = "as"

# As Django says it.
_NOT_UTF_8 = gettext_noop(
    "HTTP requests with the 'application/x-www-form-urlencoded' content type must be UTF-8 encoded."
)


def proof_in_head(request: Request) -> Proof | None:
    """The API key or the token in the head of a request; None if there is none."""
    return proof_in(request.headers.get("Authorization", ""), request._request.META["QUERY_STRING"])


def acting_for(request: Request) -> str:
    """The person for whom a backend says that it acts; empty if it names none, and in open mode. Raises
    BadToken as `named_by_backend`."""
    return "" if is_open() else named_by_backend(request)


def named_by_backend(request: Request) -> str:
    """The same in either mode. Raises BadToken if the parameter is repeated or empty: an empty one would
    stand for the operator."""
    named = request.query_params.getlist(ACTS_FOR)
    if len(named) > 1 or "" in named:
        raise BadToken(Fault.FOR_WHOM)
    return str(named[0]) if named else ""


class CompactJSON(BaseRenderer):
    """JSON whose bytes never change: the framework's own renderer escapes U+2028, and indents if asked to."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        # A reply without data has no body: one of the status 204 may have none.
        return b"" if data is None else compact(data)


class Utf8Form(FormParser):
    """A url-encoded form. Raises BadRequest if it says that it is not in UTF-8."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        encoding = parser_context["request"].encoding
        if encoding is not None and encoding.lower() != "utf-8":
            raise BadRequest(_NOT_UTF_8)
        return super().parse(stream, media_type, parser_context)


class Multipart(MultiPartParser):
    """A multipart form. Raises ParseError if its text cannot be decoded in the way that it names."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except UnicodeError as error:
            raise ParseError from error


class OneWay(BaseContentNegotiation):
    """Chooses the parser by the content type of the body, and always the same renderer."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        content_type = request._request.content_type
        return next((parser for parser in parsers if parser.media_type == content_type), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)


class OurPagesOnly(BasePermission):
    """Pages of other sites cannot change anything."""

    message = "Not for pages of another site."

    def has_permission(self, request: Request, view: Any) -> bool:
        return not (view.may_change(request) and is_of_another_site(request))


class LegacyRequest(Request):
    """A request with the body that arrived. The framework's own treats a body without a length as empty."""

    @property
    def stream(self) -> Any:
        """The body to parse; None if there is none."""
        stream = super().stream
        if stream is not None:
            return stream
        if self._request.content_type == MultiPartParser.media_type:
            return BytesIO()
        body: bytes = self._request.body
        # An empty form is still a form, and may name an encoding that cannot be read.
        return BytesIO(body) if body or self._request.content_type == Utf8Form.media_type else None


class OneWayView(APIView):
    """A view with one form of replies, which takes the body that arrived.

    The framework's throttles can only refuse. So they are not used: a call waits for its turn before it
    reaches the view.
    """

    authentication_classes = ()
    throttle_classes = ()
    renderer_classes = (CompactJSON,)
    content_negotiation_class = OneWay
    metadata_class = None
    versioning_class = None

    def slowed(self, refusal: R, userid: str) -> R:
        """The reply by which the call is refused; it is sent late if that happens too often. `userid`: of who
        calls; empty if it is not known."""
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
    """A view for a call of the shipped apps."""

    permission_classes = (OurPagesOnly,)
    schema = None

    # The caller, if it is known.
    caller: str | None = None

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {}

    def may_change(self, request: Request) -> bool:
        """Whether the request asks for a change. Pages of other sites may not make such requests."""
        raise NotImplementedError

    def claimed(self, request: Request) -> str:
        """The caller, or the person whom the caller names; empty if there is none."""
        return self.caller or str(request.query_params.get(ACTS_FOR, ""))

    def answer_failure(self, failed: Exception) -> HttpResponseBase:
        """The response after `failed` was raised. Called while the exception is being handled."""
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
