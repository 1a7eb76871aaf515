"""im66 with all its modules, loaded once and then given the settings of one process after the other."""

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
# The variable that names them.
WHICH = "DJANGO_SETTINGS_MODULE"
# Those that act when they are imported, and those that import daphne.server, which makes an event loop.
_LATER = (
    "im66.asgi",
    "server.daphne",
    "server.connection",
    "server.request",
)
_OURS = ("IM66_", "DATABASE_URL", "REDIS_URL")


def are_usual(settings: str) -> bool:
    """Whether the module of this name has im66's settings: its own, or one of a test, which changes what the
    code does and nothing that is set."""
    return settings == SETTINGS or settings.startswith("tests.")


def load() -> None:
    """Import the modules, with default settings."""
    _forget_environment()
    os.environ[WHICH] = SETTINGS
    with TemporaryDirectory() as folder:
        os.environ["IM66_DATA_DIR"] = folder
        import django

        django.setup()
        for name in _modules():
            importlib.import_module(name)
        _prepare()


def _prepare() -> None:
    """Make what each process would make for itself although it depends on no setting, or seldom does."""
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
            middleware(_nobody)
    assert not [message for message in checks.run_checks() if message.is_serious()]
    checks.registry.registry.registered_checks.remove(check_all_models)  # type: ignore[arg-type]


async def _nobody(request: object) -> None:
    """What middleware asks that has no reply."""


def read_settings() -> None:
    """Have the settings of the environment from here on, as a process has that begins. If they are wrong, the
    first read of them raises."""
    from django.conf import settings
    from django.db import connections
    from django.utils.functional import empty

    os.environ.setdefault(WHICH, SETTINGS)
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
    _forget({name for name, value in read.items() if loaded.get(name) != value})
    # It adds to them, when it is imported.
    importlib.reload(importlib.import_module("axes.conf"))


def _values() -> dict[str, Any]:
    from django.conf import settings

    return {name: getattr(settings, name) for name in dir(settings) if name.isupper()}


def _forget(changed: set[str]) -> None:
    """Whatever was kept of these settings, or made of them."""
    from django.conf import settings
    from django.test.signals import COMPLEX_OVERRIDE_SETTINGS, setting_changed

    for name in changed - COMPLEX_OVERRIDE_SETTINGS:
        setting_changed.send(sender=None, setting=name, value=getattr(settings, name), enter=True)


def _forget_environment() -> None:
    for name in list(os.environ):
        if name.startswith(_OURS):
            del os.environ[name]


def _modules() -> Iterator[str]:
    """Those of all apps of the project, and of `server`, which is none."""
    from django.apps import apps

    ours = (app.name for app in apps.get_app_configs() if Path(app.path).parent == ROOT)
    for package in ("server", *ours):
        yield package
        for module in pkgutil.walk_packages([package], f"{package}."):
            if module.name not in _LATER and not module.name.endswith("__main__"):
                yield module.name
