"""Which query parameters a call has: those that `extend_schema` lists for the document, and no others."""

from collections.abc import Callable, Iterable
from typing import Any

from drf_spectacular.utils import OpenApiParameter

from accounts.api.errors import ApiError
from accounts.codes import Name

_NO_SUCH = "This call has no such parameter."
# By the function that answers the call: making a form takes longer than many a call.
_names: dict[Callable[..., Any], frozenset[str]] = {}


def check_query(view: Any) -> None:
    """Raises ApiError for a query parameter that the call does not have. If it were ignored, the caller would
    take the answer for another one. Calls that the document does not have take any."""
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
    """What a call calls parameters of which callers choose the end of the name."""
    begin, dot, _ = name.partition(".")
    return f"{begin}{dot}<name>"


def _names_in(declared: Any, view: Any) -> list[str]:
    described = declared()
    described.view, described.method = view, view.request.method
    names: list[str] = []
    for one in described.get_override_parameters():
        if not isinstance(one, OpenApiParameter):
            names += one().fields
        elif one.location == OpenApiParameter.QUERY:
            names.append(one.name)
    return names
