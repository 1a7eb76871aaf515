"""Checks the public address from outside: DNS, certificate, proxy, and whether it leads to this server."""

import http
import http.client
import json
import os
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop

from im66.addresses import origin_of
from im66.doctor import proxy
from im66.doctor.clocks import drift
from im66.doctor.echo import PATH, make_pass
from im66.doctor.findings import Fault, Finding, Findings
from im66.door import is_allowed

ANSWER_SECONDS = 3.0
MAX_BODY_BYTES = 64 * 1024
SOCKETS = "/entry"
FEW_DAYS = 14
_NO_SERVER = {502, 503, 504}

UNSET = Fault(
    "public.unset",
    gettext_noop(
        "IM66_PUBLIC_URL is not set: mails hold no links, and nothing in front of the server was checked."
    ),
    gettext_noop("Set it to the address that people open, such as https://chat.example.org."),
    is_warning=True,
)
NOT_ALLOWED = Fault(
    "public.not_allowed",
    gettext_noop(
        "IM66_ALLOWED_HOSTS lacks the host of IM66_PUBLIC_URL, %(host)s: all its requests are refused."
    ),
    gettext_noop("Add it to IM66_ALLOWED_HOSTS."),
)
NO_NAME = Fault(
    "public.no_name",
    gettext_noop("Nobody knows the address of %(host)s, which IM66_PUBLIC_URL names."),
    gettext_noop("Add its DNS record, or correct IM66_PUBLIC_URL."),
)
AWAY = Fault(
    "public.away",
    gettext_noop("Nothing answers at IM66_PUBLIC_URL, %(url)s: %(why)s."),
    gettext_noop("Start the proxy and open its port in the firewall, or correct IM66_PUBLIC_URL."),
)
NOT_TRUSTED = Fault(
    "public.not_trusted",
    gettext_noop("The certificate of %(host)s is not trusted: %(why)s."),
    gettext_noop("Renew it for this name and send its whole chain (fullchain.pem); then reload the proxy."),
)
SOON_EXPIRED = Fault(
    "public.soon_expired",
    gettext_noop("The certificate of %(host)s is good for %(days)d more days."),
    gettext_noop("Find out why it was not renewed (certbot renew --dry-run), and reload the proxy."),
    is_warning=True,
)
NO_SERVER = Fault(
    "public.no_server",
    gettext_noop("The proxy at %(url)s reaches no server: it answers with %(status)d."),
    gettext_noop("Start im66, or correct address and port in the proxy."),
)
ELSEWHERE = Fault(
    "public.elsewhere",
    gettext_noop("IM66_PUBLIC_URL, %(url)s, leads on to %(to)s."),
    gettext_noop("Set IM66_PUBLIC_URL to the address at which people arrive."),
)
OTHER_SERVER = Fault(
    "public.other_server",
    gettext_noop("IM66_PUBLIC_URL, %(url)s, does not lead to this server: it answers with %(status)d."),
    gettext_noop("Correct IM66_PUBLIC_URL or the proxy, and give all processes one IM66_SECRET_KEY."),
)
CLOCK = Fault(
    "public.clock",
    gettext_noop("The clock of %(url)s differs by %(seconds)d s."),
    gettext_noop("Run chrony or systemd-timesyncd on both machines."),
)


class ProbeReply(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes
    days: float | None


def check() -> Findings:
    url = settings.IM66.public_url
    if not url:
        if settings.IM66.production:
            yield UNSET.finding()
        return
    parts = urlsplit(url)
    if not is_allowed(parts.netloc):
        yield NOT_ALLOWED.finding(host=parts.hostname)
    sent_at = time.time()
    try:
        reply = _fetch(parts, PATH, {"Authorization": make_pass()})
    except (OSError, http.client.HTTPException) as error:
        yield _failure(parts, error)
        return
    yield from _check_reply(reply, sent_at)


def _check_reply(reply: ProbeReply, sent_at: float) -> Iterator[Finding]:
    url = settings.IM66.public_url
    if reply.days is not None and reply.days < FEW_DAYS:
        yield SOON_EXPIRED.finding(host=urlsplit(url).hostname, days=reply.days)
    if (date := _date(reply)) and (seconds := drift(date, sent_at)):
        yield CLOCK.finding(url=url, seconds=seconds)
    if reply.status in _NO_SERVER:
        yield NO_SERVER.finding(url=url, status=reply.status)
    elif 300 <= reply.status < 400:
        yield ELSEWHERE.finding(url=url, to=reply.headers["Location"] or "?")
    elif (echo := _parse_echo(reply)) is None:
        yield OTHER_SERVER.finding(url=url, status=reply.status)
    else:
        yield from proxy.check_request(echo)
        yield from _check_socket()


def _fetch(parts: SplitResult, path: str, headers: dict[str, str]) -> ProbeReply:
    """Send a GET request. Raises OSError and HTTPException."""
    is_tls = parts.scheme == "https"
    connect = http.client.HTTPSConnection if is_tls else http.client.HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=ANSWER_SECONDS)
    try:
        connection.connect()
        days = _days_left(connection.sock) if is_tls else None
        connection.request("GET", f"{parts.path}{path}", headers=headers)
        reply = connection.getresponse()
        is_socket = reply.status == http.HTTPStatus.SWITCHING_PROTOCOLS
        return ProbeReply(reply.status, reply.headers, b"" if is_socket else reply.read(MAX_BODY_BYTES), days)
    finally:
        connection.close()


def _days_left(tls: Any) -> float:
    return (ssl.cert_time_to_seconds(tls.getpeercert()["notAfter"]) - time.time()) / 86400


def _failure(parts: SplitResult, error: Exception) -> Finding:
    if isinstance(error, ssl.SSLCertVerificationError):
        return NOT_TRUSTED.finding(host=parts.hostname, why=error.verify_message.rstrip("."))
    if isinstance(error, socket.gaierror):
        return NO_NAME.finding(host=parts.hostname)
    why = (error.strerror if isinstance(error, OSError) else "") or str(error) or type(error).__name__
    return AWAY.finding(url=settings.IM66.public_url, why=why)


def _parse_echo(reply: ProbeReply) -> dict[str, Any] | None:
    """Return the content of the echo's reply; None if it is not from this server's echo."""
    try:
        content = json.loads(reply.body)
    except ValueError:
        return None
    return content if isinstance(content, dict) and "is_listed" in content else None


def _date(reply: ProbeReply) -> float | None:
    try:
        return parsedate_to_datetime(reply.headers["Date"]).timestamp()
    except (TypeError, ValueError):
        return None


def _check_socket() -> Findings:
    """Open a WebSocket as browsers do (RFC 6455), and close it."""
    handshake = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": b64encode(os.urandom(16)).decode(),
        "Origin": origin_of(settings.IM66.public_url),
    }
    try:
        status: object = _fetch(urlsplit(settings.IM66.public_url), SOCKETS, handshake).status
    except (OSError, http.client.HTTPException) as error:
        status = type(error).__name__
    if status != http.HTTPStatus.SWITCHING_PROTOCOLS:
        yield proxy.UPGRADE.finding(status=status)
