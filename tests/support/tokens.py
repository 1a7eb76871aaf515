"""Tokens of a host application, and forged ones."""

import base64
import json
import time
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

SECRET = "a-secret-of-the-host-application-and-ours"
IN_TOKEN_MODE = {"IM66_AUTH": "token", "IM66_TOKEN_SECRET": SECRET}


def token(userid: str, secret: str = SECRET, *, seconds: float = 3600, **claims: Any) -> str:
    """Return a token that is valid for `seconds`. A claim of None is omitted."""
    now = time.time()
    everything = {"sub": userid, "iat": now, "exp": int(now + seconds), **claims}
    return jwt.encode({name: value for name, value in everything.items() if value is not None}, secret)


def signed(key: Any, algorithm: str, userid: str = "alice", **headers: Any) -> str:
    """Return a token signed with a private key."""
    now = time.time()
    return jwt.encode({"sub": userid, "iat": now, "exp": int(now) + 3600}, key, algorithm, headers)


def rsa_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    return _rsa_key(number, bits)


def ec_key(number: int = 0) -> ec.EllipticCurvePrivateKey:
    return _ec_key(number)


@cache
def _rsa_key(number: int, bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@cache
def _ec_key(number: int) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def pem(key: Any) -> bytes:
    """Return the public key."""
    public_bytes: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return public_bytes


def private_pem(key: Any) -> bytes:
    private_bytes: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private_bytes


def jwk(key: Any, **more: Any) -> dict[str, Any]:
    """Return the public key as a member of a key set."""
    name = "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"
    data: dict[str, Any] = json.loads(jwt.get_algorithm_by_name(name).to_jwk(key.public_key()))
    data.pop("key_ops", None)
    return {**data, **more}


def key_set(*members: dict[str, Any]) -> bytes:
    return json.dumps({"keys": members}).encode()


def made_of(header: Any, payload: Any, signature: bytes = b"") -> str:
    """Return a token of three parts with arbitrary contents."""
    return ".".join(
        _part(part) for part in (json.dumps(header).encode(), json.dumps(payload).encode(), signature)
    )


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
