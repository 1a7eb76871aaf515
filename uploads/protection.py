"""Protects the serving process from the child processes that open files."""

import json
import logging
import subprocess
from collections.abc import Iterable

from django.conf import settings

from uploads import children
from uploads.worker.confinement.layers import Layer, shield

logger = logging.getLogger(__name__)

# The timeout of the trial child. A child that only confines itself takes a twentieth of a second.
TRIAL_SECONDS = 20.0


def protect() -> None:
    """Deny children access to this process, and log the other layers that confine them.

    Call this once in a process that will convert files, before it serves requests.
    """
    layers = [shield()]
    try:
        layers += _layers_of_trial_child()
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        logger.error("No media can be converted: a child process does not start: %s", error)
        return
    level = logging.WARNING if any(layer.missing for layer in layers) else logging.INFO
    logger.log(level, "Media child: %s.", describe(layers))


def missing_layers() -> list[Layer]:
    """Return the layers of protection that a child process lacks.

    Raises OSError, ValueError and SubprocessError if no child starts.
    """
    return [layer for layer in _layers_of_trial_child() if layer.missing]


def describe(layers: Iterable[Layer]) -> str:
    """Return a text that names the layers in force, then the missing layers with their reasons."""
    in_force, missing = [], []
    for layer in layers:
        if layer.missing:
            missing.append(f"{layer.name} ({layer.missing})")
        else:
            in_force.append(layer.name)
    parts = [", ".join(in_force) or "nothing"]
    if missing:
        parts.append("not in force: " + ", ".join(missing))
    return "; ".join(parts)


def _layers_of_trial_child() -> list[Layer]:
    """Have a child confine itself, and return the layers that it reports.

    A kernel may be built without some layers, and a container may forbid some.
    """
    child = subprocess.run(
        children.command("uploads.worker.confinement"),
        cwd=settings.BASE_DIR,
        env=children.ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TRIAL_SECONDS,
        check=True,
    )
    return [Layer(**layer) for layer in json.loads(child.stdout)]
