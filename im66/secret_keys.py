"""The secrets that are generated on first use and kept in the data folder, unless they are set: the secret
key outside production, and both with IM66_GENERATE_SECRETS."""

import os
import secrets
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environs import Env, validate

from im66.variables import Before, matching, reader, setting

# Of a secret, at least.
_CHARACTERS = 32


def kept_key() -> str:
    def read(env: Env, name: str, before: Before) -> str:
        if name in os.environ or (before["production"] and not before["generate_secrets"]):
            key: str = env.str(name, validate=validate.Length(min=_CHARACTERS))
            return key
        return _kept(before, "secret-key")

    return setting(read)


def kept_token_secret() -> str:
    declared: Any = matching(r"\S{32,}", "at least 32 characters, without white space")

    def read(env: Env, name: str, before: Before) -> str:
        is_set = os.environ.get(name) or os.environ.get("IM66_TOKEN_KEYS")
        if before["generate_secrets"] and before["auth"] == "token" and not is_set:
            return _kept(before, "token-secret")
        value: str = reader(declared)(env, name, before)
        return value

    return setting(read)


def _kept(before: Before, name: str) -> str:
    try:
        return _generated(before["data_dir"] / name)
    except OSError as error:
        raise ImproperlyConfigured(
            f"IM66_DATA_DIR must be a folder that can be written to: {error.strerror}."
        ) from error


def _generated(path: Path) -> str:
    """The secret in `path`, made on first use.

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
