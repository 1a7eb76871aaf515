"""Imports all modules of im66 once, for processes that are then forked and read their own settings."""

import importlib
import os
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = "im66.settings"
# The environment variable that names the settings module.
SETTINGS_VARIABLE = "DJANGO_SETTINGS_MODULE"
# Modules with side effects at import, and modules that import daphne.server, which creates an event loop.
_NOT_PRELOADED = (
    "im66.asgi",
    "server.daphne",
    "server.connection",
    "server.request",
)
_OURS = ("IM66_", "DATABASE_URL", "REDIS_URL")


def has_im66_settings(settings: str) -> bool:
    """Return whether the settings module has im66's settings.

    This is im66.settings, or a module of tests, which only patches code.
    """
    return settings == SETTINGS or settings.startswith("tests.")


def load() -> None:
    """Import the modules, with default settings."""
    _forget_environment()
    os.environ[SETTINGS_VARIABLE] = SETTINGS
    with TemporaryDirectory() as folder:
        os.environ["IM66_DATA_DIR"] = folder
        import django

        django.setup()
        for name in _modules():
            importlib.import_module(name)
        _prepare()


def _prepare() -> None:
    """Compute in advance what each process would compute, and what depends on no setting or rarely does."""
    from django.conf import settings
    from django.core import checks
    from django.core.checks.model_checks import check_all_models
    from django.db.migrations.loader import MigrationLoader
    from django.utils.module_loading import import_string
    from servestatic.middleware import ServeStaticMiddleware

    from testkit.listed_once import list_once

    import_string("accounts.names.normalizing.prepare")()
    MigrationLoader(None)
    list_once()
    for middleware in map(import_string, settings.MIDDLEWARE):
        if isinstance(middleware, type) and issubclass(middleware, ServeStaticMiddleware):
            middleware(_no_reply)
    assert not [message for message in checks.run_checks() if message.is_serious()]
    checks.registry.registry.registered_checks.remove(check_all_models)  # type: ignore[arg-type]


async def _no_reply(request: object) -> None:
    """A `get_response` for middleware that is only instantiated."""


def read_settings() -> None:
    """Read the settings from the environment, as a new process does.

    If the settings are wrong, the next access to them raises the error.
    """
    from django.conf import settings
    from django.db import connections
    from django.utils.functional import empty

    os.environ.setdefault(SETTINGS_VARIABLE, SETTINGS)
    loaded = _values()
    settings.__dict__.clear()
    settings._wrapped = empty
    connections.__dict__.clear()
    connections.__init__()  # type: ignore[misc]
    sys.modules.pop(SETTINGS, None)
    try:
        read = _values()
    except Exception:
        settings._wrapped = empty
        return
    _send_setting_changed({name for name, value in read.items() if loaded.get(name) != value})
    # This module adds to the settings when it is imported.
    importlib.reload(importlib.import_module("axes.conf"))


def _values() -> dict[str, Any]:
    from django.conf import settings

    return {name: getattr(settings, name) for name in dir(settings) if name.isupper()}


def _send_setting_changed(changed: set[str]) -> None:
    """Have Django and the libraries drop what they have cached of these settings."""
    from django.conf import settings
    from django.test.signals import COMPLEX_OVERRIDE_SETTINGS, setting_changed

    for name in changed - COMPLEX_OVERRIDE_SETTINGS:
        setting_changed.send(sender=None, setting=name, value=getattr(settings, name), enter=True)


def _forget_environment() -> None:
    for name in list(os.environ):
        if name.startswith(_OURS):
            del os.environ[name]


def _modules() -> Iterator[str]:
    """Yield the names of all modules of the project's apps and of `server`."""
    from django.apps import apps

    ours = (app.name for app in apps.get_app_configs() if Path(app.path).parent == ROOT)
    for package in ("server", *ours):
        yield package
        for module in pkgutil.walk_packages([package], f"{package}."):
            if module.name not in _NOT_PRELOADED and not module.name.endswith("__main__"):
                yield module.name
