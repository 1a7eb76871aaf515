"""Browsers are told to speak TLS from now on, and the apps are not."""

import pytest
from django.test import Client
from pytest_django import Settings

HEADER = "Strict-Transport-Security"


@pytest.fixture
def promised(settings: Settings) -> None:
    """As in production. The client makes its middleware anew."""
    settings.SECURE_HSTS_SECONDS = 300


@pytest.mark.django_db
@pytest.mark.usefixtures("promised")
@pytest.mark.parametrize("path", ["/console", "/admin/login/", "/nowhere"])
def test_pages_have_the_hsts_header(path: str) -> None:
    assert Client().get(path, secure=True)[HEADER] == "max-age=300"
    assert HEADER not in Client().get(path)


@pytest.mark.django_db
@pytest.mark.usefixtures("promised")
@pytest.mark.parametrize(
    "path", ["/grpinfo", "/wsim/grpinfo", "/upload/writev1", "/media/none.mp3", "/static/im66/base.css"]
)
def test_app_calls_have_no_hsts_header(path: str) -> None:
    assert HEADER not in Client().get(path, secure=True)
