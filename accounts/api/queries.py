"""Rejects query parameters that `extend_schema` does not declare for the call."""

from collections.abc import Callable, Iterable
from typing import Any

from drf_spectacular.utils import OpenApiParameter

from accounts.api.errors import ApiError
from accounts.codes import Name

_NO_SUCH = "This call has no such parameter."
# By the handler, because instantiating a serializer takes longer than some calls.
_names: dict[Callable[..., Any], frozenset[str]] = {}


def check_query(view: Any) -> None:
    """Raise ApiError for a query parameter that the call does not have. If it were ignored, the caller would
    misread the response. Calls that are not in the document accept any parameter."""
    handler: Any = getattr(view, view.request.method.lower(), None)
    declared = getattr(handler, "kwargs", {}).get("schema")
    if declared is None:
        return
    if handler.__func__ not in _names:
        _names[handler.__func__] = frozenset(_names_in(declared, view))
    check_names(view.request.query_params, _names[handler.__func__])


def check_names(query: Iterable[str], known: frozenset[str] = frozenset()) -> None:
    """Raises ApiError."""
    if unknown := sorted(name for name in set(query) - known if _family(name) not in known):
        reason = " ".join(f"{name}: {_NO_SUCH}" for name in unknown)
        raise ApiError(Name.INVALID, reason, dict.fromkeys(unknown, _NO_SUCH))


def _family(name: str) -> str:
    """Return the declared name of a parameter whose suffix the caller chooses, such as `custom.<name>`."""
    begin, dot, _ = name.partition(".")
    return f"{begin}{dot}<name>"


def _names_in(declared: Any, view: Any) -> list[str]:
    described = declared()
    described.view, described.method = view, view.request.method
    names: list[str] = []
    for parameter in described.get_override_parameters():
        if not isinstance(parameter, OpenApiParameter):
            names += parameter().fields
        elif parameter.location == OpenApiParameter.QUERY:
            names.append(parameter.name)
    return names
