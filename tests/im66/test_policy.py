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
def test_its_forms_go_nowhere_else(path: str) -> None:
    assert policy(path)["form-action"] == "'self'"


@pages
@pytest.mark.django_db
def test_it_runs_its_own_scripts_alone_and_speaks_to_this_host_alone(path: str) -> None:
    result = policy(path)
    assert result["default-src"] == "'self'"
    # Where these are not said, the default counts.
    assert not {"script-src", "style-src", "connect-src"} & result.keys()
    assert not any("unsafe" in value or "*" in value for value in result.values())


@pages
@pytest.mark.django_db
def test_it_is_taken_for_what_it_is_and_tells_no_other_site_of_itself(path: str) -> None:
    headers = Client().get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_so_is_a_file_of_a_page() -> None:
    headers = Client().get("/static/im66/avatar.png").headers
    assert headers["Content-Type"] == "image/png"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.django_db
def test_no_script_reads_a_cookie() -> None:
    cookie = Client().get("/admin/login/").cookies[settings.CSRF_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"
