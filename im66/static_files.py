"""What the files of pages are sent with."""

from wsgiref.headers import Headers

from django.conf import settings


def add_security_headers(headers: Headers, path: str, url: str) -> None:
    """Say of a file what Django's SecurityMiddleware says of a page. It stands behind what serves files, and
    does not see them. HSTS is for pages alone (`im66.transport`)."""
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = settings.SECURE_REFERRER_POLICY
    headers["Cross-Origin-Opener-Policy"] = settings.SECURE_CROSS_ORIGIN_OPENER_POLICY
