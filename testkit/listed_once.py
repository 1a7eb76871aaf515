"""Caches the list of static files for all servers with the same settings: listing takes longer than most
tests."""

from typing import Any

from django.conf import settings
from servestatic.middleware import ServeStaticMiddleware

_list_files = ServeStaticMiddleware.add_files_from_finders
# The files by the settings that they and their headers depend on.
_cached_files: dict[str, dict[str, Any]] = {}
_PREFIXES = ("STATICFILES_", "SERVESTATIC_", "SECURE_")


def list_once() -> None:
    """Cache the list from now on, in this process and in processes forked from it."""
    ServeStaticMiddleware.add_files_from_finders = _add_cached_files


def _add_cached_files(middleware: ServeStaticMiddleware) -> None:
    names = ("DEBUG", *(name for name in dir(settings) if name.startswith(_PREFIXES)))
    values = [getattr(settings, name) for name in names]
    key = repr([type(middleware), middleware.static_prefix, *values])
    if key not in _cached_files:
        _list_files(middleware)
        _cached_files[key] = middleware.files
    middleware.files = dict(_cached_files[key])
