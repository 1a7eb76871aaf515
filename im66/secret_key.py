"""The secret key: given in production, else made on first use and kept in the data folder."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from environs import Env, validate

from im66.variables import Before, setting

# Of a key, at least.
_CHARACTERS = 32


def kept_key() -> str:
    return setting(_read)


def _read(env: Env, name: str, before: Before) -> str:
    if before["production"] or name in os.environ:
        key: str = env.str(name, validate=validate.Length(min=_CHARACTERS))
        return key
    try:
        return _generated(before["data_dir"] / "secret-key")
    except OSError as error:
        raise ImproperlyConfigured(
            f"IM66_DATA_DIR must be a folder that can be written to: {error.strerror}."
        ) from error


def _generated(path: Path) -> str:
    """The key in `path`, made on first use.

    Two processes may start at once: both may write a candidate, only the first is linked into place, and
    both read that one.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        candidate = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        candidate.touch(mode=0o600)
        candidate.write_text(secrets.token_urlsafe(50))
        try:
            path.hardlink_to(candidate)
        except FileExistsError:
            pass
        finally:
            candidate.unlink()
    try:
        key = path.read_text()
    except UnicodeDecodeError:
        key = ""
    if len(key) < _CHARACTERS:  # as after a full disk
        raise ImproperlyConfigured(f"{path} holds no key: without it, another is made.")
    return key
