"""Faults of the proxy. The doctor finds them from outside, and the server when requests arrive."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop

from im66.doctor.findings import Fault, Findings

HOST = Fault(
    "proxy.host",
    gettext_noop("The proxy passes the host %(found)s instead of %(expected)s."),
    gettext_noop("nginx: proxy_set_header Host $http_host; Apache: ProxyPreserveHost On."),
)
PROTO = Fault(
    "proxy.proto",
    gettext_noop(
        "IM66_PUBLIC_URL begins with https://, and the proxy does not pass X-Forwarded-Proto: https."
    ),
    gettext_noop(
        "nginx: proxy_set_header X-Forwarded-Proto $scheme; otherwise forms are refused and links begin with http://."
    ),
)
FOR = Fault(
    "proxy.for",
    gettext_noop("The proxy does not pass X-Forwarded-For: all people count as one address."),
    gettext_noop("nginx: proxy_set_header X-Forwarded-For $remote_addr;"),
)
UNLISTED = Fault(
    "proxy.unlisted",
    gettext_noop("The proxy at %(peer)s is not in IM66_PROXIES: its information about clients is ignored."),
    gettext_noop("Add it to IM66_PROXIES."),
)
UPGRADE = Fault(
    "proxy.upgrade",
    gettext_noop("The proxy opens no WebSocket (status %(status)s): nobody can chat."),
    gettext_noop(
        "nginx: proxy_http_version 1.1, and headers Upgrade and Connection as in deploy/nginx/im66.conf."
    ),
)
OTHER_ADDRESS = Fault(
    "proxy.other_address",
    gettext_noop("Browsers open pages at %(origin)s, and IM66_PUBLIC_URL is %(public_url)s."),
    gettext_noop("Set IM66_PUBLIC_URL to the address that people use: links in mails lead there."),
    is_warning=True,
)


def check_request(echo: Mapping[str, Any]) -> Findings:
    """Check a request that was sent to IM66_PUBLIC_URL. `echo`: its headers as the echo has returned them."""
    public = urlsplit(settings.IM66.public_url)
    if _without_port(echo["host"], public.scheme) != _without_port(public.netloc, public.scheme):
        yield HOST.finding(found=echo["host"] or "-", expected=public.netloc)
    is_forwarded = echo["x-forwarded-for"] or echo["x-forwarded-proto"]
    if is_forwarded and not echo["is_listed"]:
        yield UNLISTED.finding(peer=echo["peer"])
    if public.scheme == "https" and nearest(echo["x-forwarded-proto"]) != "https":
        yield PROTO.finding()
    if echo["is_listed"] and not echo["x-forwarded-for"]:
        yield FOR.finding()


def nearest(forwarded: str) -> str:
    """Return the value of the nearest proxy, which is the last one in the header."""
    return forwarded.rpartition(",")[2].strip().lower()


def _without_port(host: str, scheme: str) -> str:
    return host.lower().removesuffix({"https": ":443", "http": ":80"}[scheme])
