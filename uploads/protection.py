"""Protects the serving process from the child processes that open files."""

import json
import logging
import subprocess
from collections.abc import Iterable

from django.conf import settings

from uploads import children
from uploads.worker.confinement.layers import Layer, shield

logger = logging.getLogger(__name__)

# A limit: a child that only confines itself takes a twentieth of a second.
SECONDS = 20.0


def protect() -> None:
    """Close this process to its children, and log which other layers confine them. Call it once in a process
    that will convert files, before it serves."""
    layers = [shield()]
    try:
        layers += _try_out()
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        logger.error("No media can be converted: a child process does not start: %s", error)
        return
    level = logging.WARNING if any(layer.missing for layer in layers) else logging.INFO
    logger.log(level, "Media child: %s.", described(layers))


def missing_layers() -> list[Layer]:
    """The layers of protection that a child process lacks. Raises OSError, ValueError and SubprocessError
    if none starts."""
    return [layer for layer in _try_out() if layer.missing]


def described(layers: Iterable[Layer]) -> str:
    """A text that names the layers in force, then those that are not, each with the reason."""
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


def _try_out() -> list[Layer]:
    """Have a child confine itself, and return the layers it reports. A kernel may be built without some of
    them, and the environment that started this process may forbid some."""
    child = subprocess.run(
        children.command("uploads.worker.confinement"),
        cwd=settings.BASE_DIR,
        env=children.ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        check=True,
    )
    return [Layer(**layer) for layer in json.loads(child.stdout)]
