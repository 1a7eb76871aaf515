"""Servers that wait less long than those of operators: a test does not wait for what it is not about."""

import importlib
import json
import os

from django.apps import AppConfig

SETTINGS = "tests.support.hurried_settings"
_CONSTANTS = "HURRIED_CONSTANTS"


def hurried(**constants: float) -> dict[str, str]:
    """Settings of a server in which the constants have these values; `server__pulse__ASK_SECONDS` is that of
    the module `server.pulse`."""
    return {"DJANGO_SETTINGS_MODULE": SETTINGS, _CONSTANTS: json.dumps(constants)}


# Notices are due without the seconds that are for what reaches the database a moment later.
NOTICES_AT_ONCE = {f"notifications__notices__{module}__SLACK_SECONDS": 0.2 for module in ("reading", "due")}


def hurry() -> None:
    """Set them, in the server."""
    for path, value in json.loads(os.environ[_CONSTANTS]).items():
        name, _, constant = path.replace("__", ".").rpartition(".")
        module = importlib.import_module(name)
        assert hasattr(module, constant), f"{path} is no more"
        setattr(module, constant, value)


class Hurried(AppConfig):
    """Hurries as soon as all modules can be imported."""

    name = "tests.support"
    label = "hurried"

    def ready(self) -> None:
        hurry()
