"""The base view of SCIM: authentication with an API key of scope `people`, bodies, pages and errors."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, cast
from urllib.parse import quote

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiView, JsonBody, JsonReply
from accounts.api.errors import ApiError, malformed
from accounts.api.paths import SCIM
from accounts.authentication.api_keys import id_in
from accounts.authentication.authentication import prove_holder
from accounts.authentication.proofs import BadToken, Fault, Proof, ProofKind, Scope
from accounts.codes import Name
from accounts.wording import in_words
from groups.errors import UserNotFound
from keeping.people.groups import Taken
from keeping.scim.describing import ERROR, GROUP, LIST, MAX_PAGE
from keeping.scim.reading import Term, scim_error, terms_in
from moderation.moderators import Moderator, backend

_SCHEMES = ("bearer", "api-key")
_MAX_INDEX = 10**9
_SCIM_TYPES = {Name.MALFORMED: "invalidSyntax", Name.INVALID: "invalidValue"}
_ALWAYS_INCLUDED = frozenset({"schemas", "id", "meta"})


class ScimBody(JsonBody):
    media_type = "application/scim+json"


class ScimReply(JsonReply):
    media_type = "application/scim+json"


class ScimView(ApiView):
    """Accepts an API key as a bearer token too, because identity providers send it so."""

    schema = None
    scope = Scope.PEOPLE
    has_problems = False
    parser_classes = (ScimBody, JsonBody)
    renderer_classes = (ScimReply,)

    def recognise(self, request: Request) -> None:
        scheme, _, text = str(request.headers.get("Authorization", "")).strip().partition(" ")
        if scheme.lower() not in _SCHEMES or not text.strip():
            raise BadToken(Fault.MISSING)
        self.key = id_in(text.strip())
        if not self.key:
            raise BadToken
        prove_holder(Proof(ProofKind.API_KEY, text.strip()), self.scope, address=self.address)

    @property
    def by_key(self) -> Moderator:
        return backend(self.key, self.address)

    @property
    def body(self) -> Mapping[str, Any]:
        """Raises ApiError."""
        data = self.request.data
        if not isinstance(data, Mapping):
            raise malformed("The body is not a JSON object.")
        return data

    @property
    def terms(self) -> list[Term]:
        """The terms of the filter. Raises ApiError."""
        text = self.request.query_params.get("filter", "")
        return terms_in(text) if text else []

    def query_number(self, name: str, default: int) -> int:
        """Return a number from the query string. Raises ApiError."""
        text = self.request.query_params.get(name, str(default))
        try:
            return max(0, min(int(text[:20]), _MAX_INDEX))
        except ValueError:
            raise scim_error("invalidValue", f"{name} is a number.") from None

    def page(self, matches: Any, serialize: Callable[[Any], list[dict[str, Any]]]) -> Response:
        """Return the requested page of the query set. Raises ApiError."""
        start = max(1, self.query_number("startIndex", 1))
        count = min(self.query_number("count", 100), MAX_PAGE)
        items = serialize(matches[start - 1 : start - 1 + count]) if count else []
        return Response(list_of(items, matches.count(), start))

    def resource(self, fields: Mapping[str, Any], made: str) -> dict[str, Any]:
        """Return a resource: the requested ones of the fields, and `meta`."""
        kind = "Group" if GROUP in fields["schemas"] else "User"
        meta = {"resourceType": kind, "created": made, "location": self.location(f"{kind}s", fields["id"])}
        return {name: value for name, value in {**fields, "meta": meta}.items() if self.includes(name)}

    def location(self, kind: str, name: str) -> str:
        return f"{self.base_url}{SCIM}v2/{kind}/{quote(name, safe='')}"

    def includes(self, name: str) -> bool:
        included, excluded = self._requested_attributes
        return name in _ALWAYS_INCLUDED or (
            name.lower() in included if included else name.lower() not in excluded
        )

    @cached_property
    def _requested_attributes(self) -> list[set[str]]:
        """The included and the excluded attributes in lower case. A sub-attribute counts as its attribute."""
        query = self.request.query_params
        lists = [query.get(name, "").lower().split(",", 50) for name in ("attributes", "excludedAttributes")]
        return [
            {name.strip().rpartition(":")[2].partition(".")[0] for name in names} - {""} for names in lists
        ]

    def as_error(self, failed: Exception) -> ApiError | None:
        match failed:
            case UserNotFound():
                return scim_error("invalidValue", in_words(failed))
            case Taken():
                return scim_error("uniqueness", in_words(failed), 409)
        return super().as_error(failed)

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], HttpResponseBase]:
        return self._answer_failure

    def _answer_failure(self, failed: Exception, context: dict[str, Any]) -> HttpResponseBase:
        response: Any = super().get_exception_handler()(failed, context)
        error = response.data["error"]
        scim_type = error.get("why") or (
            _SCIM_TYPES.get(error["name"], "") if response.status_code == 400 else ""
        )
        response.data = {
            "schemas": [ERROR],
            "status": str(response.status_code),
            **({"scimType": scim_type} if scim_type else {}),
            "detail": error["reason"],
        }
        return cast(HttpResponseBase, response)


def list_of(items: list[dict[str, Any]], total: int, start: int = 1) -> dict[str, Any]:
    return {
        "schemas": [LIST],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(items),
        "Resources": items,
    }
