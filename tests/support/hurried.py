"""Servers with shorter delays than in production, for tests that would otherwise wait."""

import importlib
import json
import os

from django.apps import AppConfig

SETTINGS = "tests.support.hurried_settings"
_CONSTANTS = "HURRIED_CONSTANTS"


def hurried(**constants: float) -> dict[str, str]:
    """Return the settings of a server in which these constants have other values.

    `server__pulse__ASK_SECONDS` is the constant ASK_SECONDS of the module `server.pulse`.
    """
    return {"DJANGO_SETTINGS_MODULE": SETTINGS, _CONSTANTS: json.dumps(constants)}


# Notices without the slack for rows that reach the database a moment later.
NOTICES_AT_ONCE = {f"notifications__notices__{module}__SLACK_SECONDS": 0.2 for module in ("reading", "due")}


def hurry() -> None:
    """Set the constants, inside the server."""
    for path, value in json.loads(os.environ[_CONSTANTS]).items():
        name, _, constant = path.replace("__", ".").rpartition(".")
        module = importlib.import_module(name)
        assert hasattr(module, constant), f"{path} is no more"
        setattr(module, constant, value)


class Hurried(AppConfig):
    """Sets the constants as soon as all modules can be imported."""

    name = "tests.support"
    label = "hurried"

    def ready(self) -> None:
        hurry()
