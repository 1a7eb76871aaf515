"""The page at `/`."""

from django.test import Client
from pytest_django import Settings

from tests.support.settings import override


def test_it_works(client: Client) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert "web/page.html" in [template.name for template in response.templates]


def test_it_keeps_nothing_of_who_looks_at_it(client: Client) -> None:
    assert not client.get("/").cookies


def test_it_says_whether_a_token_is_needed(client: Client, settings: Settings) -> None:
    assert "Open mode trusts everyone" in client.get("/").content.decode()
    override(settings, auth="token")
    page = client.get("/").content.decode()
    assert "wants a token" in page
    assert "Open mode" not in page
