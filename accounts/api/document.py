"""The OpenAPI document of the API, and a page that shows it. Both are public: they contain no personal
data."""

from collections.abc import Callable, Iterable
from functools import cache, wraps
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from accounts.api.conditional import ConditionalView
from accounts.api.deprecations import DEPRECATIONS
from accounts.api.errors import PROBLEM, ApiError, plain_response
from accounts.api.idempotency import KEY
from accounts.api.paths import ROOT
from accounts.api.queries import check_names
from accounts.codes import Name
from accounts.compact import compact
from accounts.legacy import ACTS_FOR

Direction = Literal["request", "response"]


class ErrorBody(serializers.Serializer[Any]):
    code = serializers.IntegerField(help_text="The status code of HTTP.")
    name = serializers.CharField(help_text="What went wrong. Names stay.")
    reason = serializers.CharField(help_text="For people, in English.")
    why = serializers.CharField(required=False, help_text="What else programs must tell apart.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.CharField(), required=False, help_text="What is wrong with each value."
    )

    class Meta:
        ref_name = "Fault"


class ErrorReply(serializers.Serializer[Any]):
    error = ErrorBody()

    class Meta:
        ref_name = "Failed"


class Problem(serializers.Serializer[Any]):
    """The same in the form of RFC 9457, for those who ask for `application/problem+json`."""

    type = serializers.CharField(help_text="One for each name.")
    title = serializers.CharField(help_text="One for each name.")
    status = serializers.IntegerField(help_text="The status code of HTTP.")
    detail = serializers.CharField(help_text="For people, in English.")
    name = serializers.CharField(help_text="What went wrong. Names stay.")
    why = serializers.CharField(required=False, help_text="What else programs must tell apart.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.CharField(), required=False, help_text="What is wrong with each value."
    )


_HEADERS = {
    "RateLimit": {
        "description": "What is left of each limit that counts the call.",
        "schema": {"type": "string"},
        "example": '"queries";r=299;t=1',
    },
    "RateLimit-Policy": {
        "description": "These limits.",
        "schema": {"type": "string"},
        "example": '"queries";q=300;w=60',
    },
}
_LIMIT_HEADERS = {name: {"$ref": f"#/components/headers/{name}"} for name in _HEADERS}


_IF_MATCH = (
    "If-Match",
    "The `ETag` that the caller has seen. 412: what could be changed is not the same.",
)
_CONDITIONS = {
    "GET": ("If-None-Match", "The `ETag` that the caller has: 304 if it is still that."),
    "PATCH": _IF_MATCH,
    "DELETE": _IF_MATCH,
}


class Described(AutoSchema):
    """Adds to each operation the error response, the parameter `as`, and the headers it takes."""

    def get_override_parameters(self) -> list[Any]:
        acts_for = "With an API key: the userid of the person to act for."
        parameters = [OpenApiParameter(ACTS_FOR, str, description=acts_for)]
        if self.method == "POST" and getattr(self.view, "takes_key", False):
            once = "With the same key again, nothing is done, and the answer is the same, for a day."
            parameters.append(OpenApiParameter(KEY, str, OpenApiParameter.HEADER, description=once))
        if self.method in _CONDITIONS and isinstance(self.view, ConditionalView):
            name, means = _CONDITIONS[self.method]
            parameters.append(OpenApiParameter(name, str, OpenApiParameter.HEADER, description=means))
        return parameters

    def get_operation_id(self) -> str:
        return f"{self.method.lower()}{getattr(self.view, 'operation', type(self.view).__name__)}"

    def get_auth(self) -> list[dict[str, list[str]]]:
        return [{name: []} for name in SECURITY]

    def get_request_serializer(self) -> Any:
        return None if self.method == "DELETE" else super().get_request_serializer()

    def _get_request_body(self, direction: Direction = "request") -> Any:
        """Describe the body of a DELETE that declares one, which the library would leave out."""
        if self.method != "DELETE" or (form := self.get_request_serializer()) is None:
            return super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        describe: Callable[..., Any] = self._get_request_for_media_type
        shape, is_required = describe(form, direction)
        return {"content": {"application/json": {"schema": shape}}, "required": is_required}

    def _get_response_bodies(self, direction: Direction = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        describe: Callable[..., Any] = self._get_response_for_code
        bodies["default"] = describe(ErrorReply, "default", direction=direction)
        problem = describe(Problem, "default", [PROBLEM], direction=direction)
        bodies["default"]["content"] |= problem["content"]
        if self.method == "GET" and isinstance(self.view, ConditionalView):
            bodies["304"] = {"description": "It is what `If-None-Match` names."}
        for body in bodies.values():
            body["headers"] = {**body.get("headers", {}), **_LIMIT_HEADERS}
        return bodies


SECURITY = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sessionid",
        "description": "A browser session, from a page of this server; changes need its CSRF token in "
        "`X-CSRFToken`.",
    },
    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`Api-Key` and the key of a trusted backend.",
    },
    "userid": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "In open mode only: `Userid` and a userid, percent-encoded.",
    },
}


View = Callable[[HttpRequest], HttpResponse]

_METHODS = ("get", "post", "put", "patch", "delete")


def _only_read(view: View) -> View:
    """Allow GET and HEAD. Answer other methods with an error of the API instead of an HTML page."""

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        accept = request.headers.get("Accept", "")
        if request.method in ("GET", "HEAD"):
            try:
                check_names(request.GET)
            except ApiError as error:
                return plain_response(error, accept)
            return view(request)
        unknown = ApiError(Name.MALFORMED, "This path does not know the method.", status=405)
        refused = plain_response(unknown, accept)
        refused.headers["Allow"] = "GET, HEAD"
        return refused

    return answer


@_only_read
def schema(request: HttpRequest) -> HttpResponse:
    """The document, as JSON."""
    return HttpResponse(compact(document()), content_type="application/vnd.oai.openapi+json")


@_only_read
def docs(request: HttpRequest) -> HttpResponse:
    """The page."""
    spec = document()
    context = {
        "paths": _paths(spec),
        "shapes": _shapes(spec),
        "errors": list(Name),
        "deprecations": DEPRECATIONS,
    }
    return render(request, "api/docs.html", context)


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document. It depends on the code only, so it is cached."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    spec: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    spec.setdefault("components", {}).update(securitySchemes=SECURITY, headers=_HEADERS)
    for call in DEPRECATIONS:
        method, _, path = call.partition(" ")
        if path in spec["paths"]:
            spec["paths"][path][method.lower()]["deprecated"] = True
    return spec


def definitions(names: Iterable[str], shared: Iterable[str]) -> dict[str, Any]:
    """Return components, and all components they refer to, for `$defs` of a JSON Schema. Their names get the
    prefix `Api`. `shared`: definitions of message parts that the schema has already; they are referenced."""
    components = document()["components"]["schemas"]
    # Of `Place` and `_Place`, the former wins: the latter belongs to a command.
    references = {f"Shown{name.lstrip('_')}": name for name in sorted(shared, reverse=True)}
    shapes: dict[str, Any] = {}

    def refer(name: str) -> dict[str, Any]:
        if values := components[name].get("enum"):
            return {"enum": values}
        if name not in references:
            references[name] = f"Api{name}"
            shapes[references[name]] = convert(components[name])
        return {"$ref": f"#/$defs/{references[name]}"}

    def convert(part: Any) -> Any:
        match part:
            case {"$ref": reference}:
                return refer(reference.rpartition("/")[2])
            case dict():
                return {key: convert(value) for key, value in part.items()}
            case list():
                return [convert(item) for item in part]
        return part

    for name in names:
        refer(name)
    return shapes


def calls() -> set[str]:
    """Return every operation of the document as `GET groups/{group}`: its method, and its path below the
    root."""
    return {
        f"{method.upper()} {path.removeprefix(ROOT)}"
        for path, operations in document()["paths"].items()
        for method in operations
        if method in _METHODS
    }


def _paths(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "path": path,
            "method": method.upper(),
            "says": operation.get("description", ""),
            "parameters": [_parameter(parameter) for parameter in operation.get("parameters", [])],
            "body": _shape_in(operation.get("requestBody", {})),
            "answers": [
                {"status": status, "shape": _shape_in(answer)}
                for status, answer in operation["responses"].items()
            ],
        }
        for path, operations in spec["paths"].items()
        for method, operation in operations.items()
        if method in _METHODS
    ]


def _parameter(parameter: dict[str, Any]) -> dict[str, str]:
    return {
        "name": parameter["name"],
        "where": parameter["in"],
        "type": _type(parameter["schema"]),
        "says": parameter.get("description", ""),
    }


def _shapes(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "fields": [
                {
                    "name": field,
                    "type": _type(shape),
                    "is_required": field in schema.get("required", []),
                    "says": shape.get("description", ""),
                }
                for field, shape in schema.get("properties", {}).items()
            ],
            "values": schema.get("enum", []),
        }
        for name, schema in sorted(spec["components"].get("schemas", {}).items())
    ]


def _shape_in(holder: dict[str, Any]) -> str:
    """Return the type of a request body or a response, empty if it has none."""
    return next((_type(media["schema"]) for media in holder.get("content", {}).values()), "")


def _type(shape: dict[str, Any]) -> str:
    if "$ref" in shape:
        return str(shape["$ref"].rpartition("/")[2])
    for several in ("allOf", "oneOf", "anyOf"):
        if several in shape:
            return " or ".join(map(_type, shape[several]))
    kind = shape.get("type", "")
    if kind == "array":
        return f"list of {_type(shape['items'])}"
    return " or ".join(kind) if isinstance(kind, list) else str(kind)
