"""The figure of when the certificate of the public address expires."""

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django import Settings

from accounts.figures import ALONE
from im66.operating.certificate import Expiry
from tests.support.settings import override
from tests.support.waiting import until

EXPIRED_AT = datetime.datetime(2020, 1, 31, tzinfo=datetime.UTC)


def write_expired(path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(EXPIRED_AT - datetime.timedelta(90)).not_valid_after(EXPIRED_AT)
    pem = serialization.Encoding.PEM
    path.write_bytes(
        builder.sign(key, hashes.SHA256()).public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


@pytest.fixture
def tls_port(tmp_path: Path) -> Iterator[int]:
    """Where an expired certificate is shown."""
    write_expired(tmp_path / "own.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "own.pem")
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError), listener, context.wrap_socket(listener.accept()[0], server_side=True):
            pass

    thread = threading.Thread(target=accept)
    thread.start()
    yield listener.getsockname()[1]
    thread.join(20)


def test_expiry_of_untrusted_certificate_is_read(settings: Settings, tls_port: int) -> None:
    override(settings, public_url=f"https://localhost:{tls_port}")
    expiry = Expiry()
    assert expiry.read() == {}
    until(lambda: expiry.read() == {ALONE: EXPIRED_AT.timestamp()})


def test_public_url_without_tls_has_no_certificate_metric(settings: Settings) -> None:
    override(settings, public_url="http://127.0.0.1:9")
    assert Expiry().read() == {}
