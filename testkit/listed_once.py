"""Static files, listed once for all that serve the same ones: to list them takes longer than most tests."""

from typing import Any

from django.conf import settings
from servestatic.middleware import ServeStaticMiddleware

_list = ServeStaticMiddleware.add_files_from_finders
# By what they and the headers that they are served with depend on.
_listed: dict[str, dict[str, Any]] = {}
_PREFIXES = ("STATICFILES_", "SERVESTATIC_", "SECURE_")


def list_once() -> None:
    """From now on, in this process and in those that are forked from it."""
    ServeStaticMiddleware.add_files_from_finders = _add_listed


def _add_listed(middleware: ServeStaticMiddleware) -> None:
    names = ("DEBUG", *(name for name in dir(settings) if name.startswith(_PREFIXES)))
    values = [getattr(settings, name) for name in names]
    key = repr([type(middleware), middleware.static_prefix, *values])
    if key not in _listed:
        _list(middleware)
        _listed[key] = middleware.files
    middleware.files = dict(_listed[key])
