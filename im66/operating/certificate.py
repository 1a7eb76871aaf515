"""When the certificate of the public address expires, as a figure.

The proxy has it, so it is fetched as clients get it: in a thread, while somebody reads the figures.
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

LOOK_SECONDS, RETRY_SECONDS, ANSWER_SECONDS = 3600.0, 60.0, 5.0


def expires_at(host: str, port: int) -> float:
    """In seconds since 1970, also of a certificate that nobody trusts. Raises OSError and ValueError."""
    # Imported here, because servers with tokens of their own only load it.
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
    """Read in the event loop alone."""

    def __init__(self) -> None:
        self._values: Values = {}
        self._due_at = 0.0

    def read(self) -> Values:
        """What was fetched last; nothing if nothing was, or without TLS."""
        url = urlsplit(settings.IM66.public_url)
        if url.scheme == "https" and monotonic() >= self._due_at:
            # Longer than an attempt takes, so that there is one at a time.
            self._due_at = monotonic() + RETRY_SECONDS
            address = url.hostname or "", url.port or 443
            threading.Thread(target=self._fetch, args=address, name="im66-certificate", daemon=True).start()
        return self._values

    def _fetch(self, host: str, port: int) -> None:
        try:
            self._values = {ALONE: expires_at(host, port)}
            self._due_at = monotonic() + LOOK_SECONDS
        except (OSError, ValueError) as error:
            logger.debug("The certificate of %s could not be fetched: %s", host, error)


FIGURE = Figure(
    MetricKind.GAUGE,
    "certificate_expires_timestamp_seconds",
    "When the certificate of IM66_PUBLIC_URL expires.",
    Expiry().read,
)
