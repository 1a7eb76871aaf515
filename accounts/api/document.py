"""The OpenAPI document of the API, and a page that shows it. Both are for everybody: they hold nothing of
anybody."""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.generators import SchemaGenerator

from accounts.api.description import SECURITY
from accounts.api.errors import ApiError, Name, plain_response
from accounts.api.paths import ROOT
from accounts.compact import compact

View = Callable[[HttpRequest], HttpResponse]

_METHODS = ("get", "post", "put", "patch", "delete")


def _only_read(view: View) -> View:
    """Another method is answered in the form of the API, whatever a page would have to show for it."""

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return view(request)
        refused = plain_response(ApiError(405, Name.MALFORMED, "This path does not know the method."))
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
    said = document()
    return render(request, "api/docs.html", {"paths": _paths(said), "shapes": _shapes(said)})


@cache
def document() -> dict[str, Any]:
    """It depends on the code only."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    found: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    found.setdefault("components", {})["securitySchemes"] = SECURITY
    return found


def calls() -> set[str]:
    """Every call that the document describes, as `GET groups/{group}`: its method, and its path below the
    root."""
    return {
        f"{method.upper()} {path.removeprefix(ROOT)}"
        for path, operations in document()["paths"].items()
        for method in operations
        if method in _METHODS
    }


def _paths(said: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "path": path,
            "method": method.upper(),
            "says": operation.get("description", ""),
            "parameters": [_parameter(one) for one in operation.get("parameters", [])],
            "body": _shape_in(operation.get("requestBody", {})),
            "answers": [
                {"status": status, "shape": _shape_in(answer)}
                for status, answer in operation["responses"].items()
            ],
        }
        for path, operations in said["paths"].items()
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


def _shapes(said: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "fields": [
                {
                    "name": field,
                    "type": _type(shape),
                    "is_required": field in one.get("required", []),
                    "says": shape.get("description", ""),
                }
                for field, shape in one.get("properties", {}).items()
            ],
            "values": one.get("enum", []),
        }
        for name, one in sorted(said["components"].get("schemas", {}).items())
    ]


def _shape_in(holder: dict[str, Any]) -> str:
    """What a body or an answer holds; empty if nothing."""
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
