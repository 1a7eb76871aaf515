"""Secrets that are generated on first use and stored in the data folder, unless they are set: outside
production the secret key, and with IM66_GENERATE_SECRETS the secret key and the token secret. In such a file,
the lines after the first are fallbacks."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environs import Env, validate

from im66.variables import Before, matching, reader, setting, words

_MIN_CHARACTERS = 32
_KEY_FILE, _TOKEN_FILE = "secret-key", "token-secret"


def secret_key_setting() -> str:
    def read(env: Env, name: str, before: Before) -> str:
        if name in os.environ or (before["production"] and not before["generate_secrets"]):
            key: str = env.str(name, validate=validate.Length(min=_MIN_CHARACTERS))
            return key
        return _from_file(before, _KEY_FILE)

    return setting(read)


def token_secret_setting() -> str:
    declared: Any = matching(r"\S{32,}", "at least 32 characters, without white space")

    def read(env: Env, name: str, before: Before) -> str:
        is_set = os.environ.get(name) or os.environ.get("IM66_TOKEN_KEYS")
        if before["generate_secrets"] and before["auth"] == "token" and not is_set:
            return _from_file(before, _TOKEN_FILE)
        value: str = reader(declared)(env, name, before)
        return value

    return setting(read)


def key_fallbacks() -> list[str]:
    return _fallbacks("secret_key", _KEY_FILE)


def token_fallbacks() -> list[str]:
    return _fallbacks("token_secret", _TOKEN_FILE)


def _fallbacks(secret: str, file: str) -> list[str]:
    """The fallbacks that are set, and those in the secret's file."""
    declared: Any = words(r"\S{32,}", "secrets of at least 32 characters, without white space", default=[])

    def read(env: Env, name: str, before: Before) -> list[str]:
        listed: list[str] = reader(declared)(env, name, before)
        path = before["data_dir"] / file
        # A file with another secret is left over from before the secret was set, and is ignored.
        return [*listed, *_lines(path)[1:]] if _begins_with(path, before[secret]) else listed

    return setting(read)


def _from_file(before: Before, name: str) -> str:
    try:
        return _generated(before["data_dir"] / name)
    except OSError as error:
        raise ImproperlyConfigured(
            f"IM66_DATA_DIR must be a folder that can be written to: {error.strerror}."
        ) from error


def _generated(path: Path) -> str:
    """Return the secret in `path`, which is generated on first use.

    If two processes start at once, both may write a candidate, but only the first is linked to `path`, and
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
    return _lines(path)[0]


def _begins_with(path: Path, secret: str) -> bool:
    with suppress(OSError, UnicodeDecodeError):
        return path.read_text().splitlines()[:1] == [secret]
    return False


def _lines(path: Path) -> list[str]:
    """Return the secrets in the file, at least one. Raises ImproperlyConfigured."""
    try:
        secrets_in = path.read_text().splitlines()
    except UnicodeDecodeError:
        secrets_in = []
    if not secrets_in or min(map(len, secrets_in)) < _MIN_CHARACTERS:  # such as after a full disk
        raise ImproperlyConfigured(f"{path} holds no key: without it, another is made.")
    return secrets_in
