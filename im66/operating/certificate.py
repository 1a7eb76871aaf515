"""A metric: when the certificate of the public address expires.

The proxy has the certificate, so it is fetched in a TLS handshake, in a thread, when the metrics are read.
"""

import logging
import socket
import ssl
import threading
from time import monotonic
from urllib.parse import urlsplit

from django.conf import settings

from accounts.figures import ALONE, Figure, MetricKind, Values

logger = logging.getLogger(__name__)

REFRESH_SECONDS, RETRY_SECONDS, ANSWER_SECONDS = 3600.0, 60.0, 5.0


def expires_at(host: str, port: int) -> float:
    """Return the expiry in seconds since 1970, also of an untrusted certificate. Raises OSError and
    ValueError."""
    # Imported here, because most servers do not load it otherwise.
    from cryptography import x509

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((host, port), ANSWER_SECONDS) as connection,
        context.wrap_socket(connection, server_hostname=host) as tls,
    ):
        certificate = tls.getpeercert(binary_form=True) or b""
    return x509.load_der_x509_certificate(certificate).not_valid_after_utc.timestamp()


class Expiry:
    """Fetches the expiry, and keeps it. `read` must be called in the event loop only."""

    def __init__(self) -> None:
        self._values: Values = {}
        self._due_at = 0.0

    def read(self) -> Values:
        """Return the expiry that was fetched last, and begin to fetch it again if it is old. Empty before the
        first fetch and without TLS."""
        url = urlsplit(settings.IM66.public_url)
        if url.scheme == "https" and monotonic() >= self._due_at:
            # RETRY_SECONDS is longer than an attempt, so there is one attempt at a time.
            self._due_at = monotonic() + RETRY_SECONDS
            address = url.hostname or "", url.port or 443
            threading.Thread(target=self._fetch, args=address, name="im66-certificate", daemon=True).start()
        return self._values

    def _fetch(self, host: str, port: int) -> None:
        try:
            self._values = {ALONE: expires_at(host, port)}
            self._due_at = monotonic() + REFRESH_SECONDS
        except (OSError, ValueError) as error:
            logger.debug("The certificate of %s could not be fetched: %s", host, error)


FIGURE = Figure(
    MetricKind.GAUGE,
    "certificate_expires_timestamp_seconds",
    "When the certificate of IM66_PUBLIC_URL expires.",
    Expiry().read,
)
