"""The file with the host application's public keys."""

import json
import logging
import os
from pathlib import Path

import pytest

from accounts.authentication import keys
from accounts.authentication.keys import BadKeys, KeyFile, keys_in, parse, read
from tests.support.tokens import ec_key, jwk, key_set, pem, private_pem, rsa_key
from tests.support.waiting import until


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "keys"
    path.write_bytes(pem(rsa_key()))
    return path


def replace(path: Path, content: bytes) -> None:
    """As an operator should: nobody ever sees half of it."""
    made = path.with_suffix(".new")
    made.write_bytes(content)
    os.replace(made, path)


def test_key_file_holds_key_or_key_set() -> None:
    assert [(key.algorithm, key.id) for key in parse(pem(rsa_key()))] == [("RS256", None)]
    assert [(key.algorithm, key.id) for key in parse(pem(ec_key()))] == [("ES256", None)]
    parsed = parse(key_set(jwk(rsa_key(), kid="a"), jwk(ec_key(), kid="b", use="sig", alg="ES256")))
    assert [(key.algorithm, key.id) for key in parsed] == [("RS256", "a"), ("ES256", "b")]


def test_keys_for_something_else_are_passed_over() -> None:
    encrypts = jwk(rsa_key(1), kid="encrypts", use="enc")
    other = jwk(rsa_key(1), kid="other", alg="PS512")
    secret = {"kty": "oct", "k": "c2VjcmV0", "kid": "secret", "alg": "HS256"}
    assert [key.id for key in parse(key_set(encrypts, jwk(rsa_key(), kid="a"), other, secret))] == ["a"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "neither"),
        (b"no keys", "neither"),
        (b"{}", "neither"),
        (b'{"keys": 1}', "neither"),
        (b'{"keys": [1]}', "neither"),
        (b"[" * 100_000, "neither"),
        (b"\xff", "neither"),
        (b'{"keys": []}', "no public key"),
        (key_set({"kty": "oct", "k": "c2VjcmV0"}), "no public key"),
        (key_set({"kty": "RSA", "n": "x"}), "cannot be read"),
        (key_set({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}), "cannot be read"),
        (key_set(jwk(rsa_key(), kid=1)), "a kid is no text"),
        (key_set(jwk(rsa_key()), jwk(ec_key(), kid="b")), "a kid of its own"),
        (key_set(jwk(rsa_key(), kid="a"), jwk(ec_key(), kid="a")), "a kid of its own"),
        (key_set(jwk(rsa_key(), kid="a", d="AAAA")), "a private key"),
        (private_pem(rsa_key()), "a private key"),
        (pem(rsa_key()) + pem(ec_key()), "several keys"),
        (pem(rsa_key(bits=1024)), "at least 2048 bits"),
        (pem(rsa_key())[:-40] + b"\n-----END PUBLIC KEY-----\n", "no public key"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "no public key"),
    ],
)
def test_unusable_key_file_rejected(content: bytes, why: str) -> None:
    with pytest.raises(BadKeys, match=why):
        parse(content)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadKeys, match="No such file"):
        read(str(tmp_path / "nowhere"))


def test_changed_key_file_is_read_again(path: Path) -> None:
    file = KeyFile(str(path))
    before = file.keys
    file.poll()
    assert file.keys is before
    replace(path, key_set(jwk(ec_key(), kid="new")))
    file.poll()
    assert [key.id for key in file.keys] == ["new"]


def test_unusable_change_keeps_keys_and_logs_once(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = KeyFile(str(path))
    before = file.keys
    for content in (b"nonsense", None):
        caplog.clear()
        if content is None:
            path.unlink()
        else:
            replace(path, content)
        for _ in range(3):
            file.poll()
        assert file.keys is before
        assert [record.levelno for record in caplog.records] == [logging.ERROR]
        assert str(path) in caplog.text
        assert "nonsense" not in caplog.text


def test_restored_key_file_is_read_again(path: Path) -> None:
    file = KeyFile(str(path))
    path.unlink()
    file.poll()
    replace(path, pem(ec_key()))
    file.poll()
    assert [key.algorithm for key in file.keys] == ["ES256"]


@pytest.mark.slow
def test_changed_key_file_is_reread_in_a_thread(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert keys_in(str(path))[0].algorithm == "RS256"
    replace(path, json.dumps({"keys": [jwk(ec_key(), kid="new")]}).encode())
    with monkeypatch.context() as patch:
        patch.setattr(keys, "read", None)
        assert keys_in(str(path))[0].algorithm == "RS256"
    until(lambda: keys_in(str(path))[0].id == "new")
