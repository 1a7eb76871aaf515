"""The keys of the host application: a secret, or public keys from a file, which is read again when it
changes.

Does not use Django. A thread polls the file once a second, so neither a login nor the event loop waits for a
disk.
"""

import json
import logging
import os
import threading
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jwt

from accounts.authentication.tokens import EC, RSA, SHARED, Key

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
_MIN_RSA_BITS = 2048
_CURVE = "secp256r1"


class BadKeys(Exception):
    """There are no usable keys. The text says why and does not quote them."""


@lru_cache(maxsize=16)
def key_from_secret(secret: str) -> Key:
    """Return the key for a shared secret. Raises BadKeys."""
    try:
        return Key(SHARED, jwt.get_algorithm_by_name(SHARED).prepare_key(secret))
    except jwt.InvalidKeyError:
        raise BadKeys("it is a key of another kind") from None


def read(path: str) -> tuple[Key, ...]:
    """Return the keys in a file. Raises BadKeys."""
    try:
        with open(path, "rb") as file:
            return parse(file.read())
    except OSError as error:
        raise BadKeys(str(error.strerror)) from error


def parse(content: bytes) -> tuple[Key, ...]:
    """Return the keys in a PEM with one public key, or in a set of JSON Web Keys. Raises BadKeys."""
    return (_parse_pem(content),) if b"-----BEGIN" in content else _parse_key_set(content)


def _parse_pem(pem: bytes) -> Key:
    if b"PRIVATE KEY" in pem:
        raise BadKeys("it holds a private key, which belongs to the host application alone")
    if pem.count(b"-----BEGIN") > 1:
        raise BadKeys("it holds several keys, which need names: use a set of JSON Web Keys")
    for algorithm in (RSA, EC):
        try:
            key = jwt.get_algorithm_by_name(algorithm).prepare_key(pem)
        except (jwt.InvalidKeyError, ValueError, TypeError):
            continue
        return _checked(Key(algorithm, key))
    raise BadKeys("it holds no public key for RS256 or ES256")


def _parse_key_set(content: bytes) -> tuple[Key, ...]:
    try:
        members = [dict(member) for member in json.loads(content)["keys"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadKeys("it is neither a PEM nor a set of JSON Web Keys") from None
    if any("d" in member for member in members):
        raise BadKeys("it holds a private key, which belongs to the host application alone")
    keys = tuple(_parse_jwk(member, algorithm) for member in members if (algorithm := _algorithm(member)))
    if not keys:
        raise BadKeys("it holds no public key for RS256 or ES256")
    names = {key.id for key in keys}
    if len(keys) > 1 and (None in names or len(names) < len(keys)):
        raise BadKeys("of several keys each needs a kid of its own")
    return keys


def _algorithm(member: Mapping[str, Any]) -> str | None:
    """Return the algorithm of a key in a set, None for a key with another purpose."""
    if member.get("use", "sig") != "sig":
        return None
    algorithm = {"RSA": RSA, "EC": EC}.get(str(member.get("kty")))
    return algorithm if member.get("alg", algorithm) == algorithm else None


def _parse_jwk(member: dict[str, Any], algorithm: str) -> Key:
    name = member.get("kid")
    if name is not None and not isinstance(name, str):
        raise BadKeys("a kid is no text")
    try:
        key: Any = jwt.PyJWK.from_dict(member, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError):
        raise BadKeys("one of the keys cannot be read") from None
    return _checked(Key(algorithm, key, name))


def _checked(key: Key) -> Key:
    if key.algorithm == RSA and key.key.key_size < _MIN_RSA_BITS:
        raise BadKeys(f"an RSA key needs at least {_MIN_RSA_BITS} bits")
    if key.algorithm == EC and key.key.curve.name != _CURVE:
        raise BadKeys("a key for ES256 is on the curve P-256")
    return key


class KeyFile:
    """The keys of a file, as of the last poll. If the file becomes unusable, the last keys stay in use."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._seen = self._stamp()
        self.keys = read(path)

    def poll(self) -> None:
        """Read the file again if it has changed. May block for as long as the disk takes to answer."""
        stamp = self._stamp()
        if stamp == self._seen:
            return
        # Noted before reading, so that a write during the read is noticed at the next poll.
        self._seen = stamp
        try:
            self.keys = read(self._path)
        except BadKeys as error:
            logger.error("The keys in %s stay as they were: %s.", self._path, error)
        else:
            logger.info("The keys in %s were read again.", self._path)

    def _stamp(self) -> tuple[int, ...]:
        try:
            status = os.stat(self._path)
        except OSError:
            return ()
        return status.st_mtime_ns, status.st_ino, status.st_size


_files: dict[str, KeyFile] = {}
_lock = threading.Lock()


def keys_in(path: str) -> tuple[Key, ...]:
    """Return the keys in the file. The first call starts a thread that polls the file, and may raise
    BadKeys."""
    file = _files.get(path)
    return file.keys if file else _open(path).keys


def _open(path: str) -> KeyFile:
    with _lock:
        if path not in _files:
            _files[path] = KeyFile(path)
            # A daemon, because it holds nothing that would be lost.
            threading.Thread(target=_watch, args=[_files[path]], name="im66-keys", daemon=True).start()
        return _files[path]


def _watch(file: KeyFile) -> None:
    while True:
        time.sleep(POLL_SECONDS)
        file.poll()
