"""What a page of ours may do in a browser, whatever gets into it, and what the browser keeps for us."""

import pytest
from django.conf import settings
from django.test import Client

pages = pytest.mark.parametrize("path", ["/console", "/upload/writev2", "/admin/login/"])


def policy(path: str) -> dict[str, str]:
    """What it says of each kind of thing."""
    parts = Client().get(path)["Content-Security-Policy"].split("; ")
    return dict(directive.split(" ", 1) for directive in parts)


@pages
@pytest.mark.django_db
def test_forms_post_to_this_host_only(path: str) -> None:
    assert policy(path)["form-action"] == "'self'"


@pages
@pytest.mark.django_db
def test_scripts_and_connections_are_of_this_host_only(path: str) -> None:
    result = policy(path)
    assert result["default-src"] == "'self'"
    # Where these are not said, the default counts.
    assert not {"script-src", "style-src", "connect-src"} & result.keys()
    assert not any("unsafe" in value or "*" in value for value in result.values())


@pages
@pytest.mark.django_db
def test_pages_have_headers_against_sniffing_framing_and_referrers(path: str) -> None:
    headers = Client().get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_static_files_have_headers_against_sniffing_and_referrers() -> None:
    headers = Client().get("/static/im66/avatar.png").headers
    assert headers["Content-Type"] == "image/png"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.django_db
def test_cookies_are_hidden_from_scripts() -> None:
    cookie = Client().get("/admin/login/").cookies[settings.CSRF_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"
