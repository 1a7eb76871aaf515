"""The page of the console."""

from django.test import Client
from pytest_django import Settings

from tests.support.settings import override


def test_console_is_served(client: Client) -> None:
    response = client.get("/console")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert "web/console.html" in [template.name for template in response.templates]


def test_console_sets_no_cookie(client: Client) -> None:
    assert not client.get("/console").cookies


def test_console_describes_authentication_mode(client: Client, settings: Settings) -> None:
    assert "Open mode trusts everyone" in client.get("/console").content.decode()
    override(settings, auth="token")
    page = client.get("/console").content.decode()
    assert "wants a token" in page
    assert "Open mode" not in page
