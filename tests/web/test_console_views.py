"""The console."""

from django.test import Client
from pytest_django import Settings

from tests.support.settings import override


def test_the_page_is_served(client: Client) -> None:
    response = client.get("/console")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert "web/console.html" in [template.name for template in response.templates]


def test_it_keeps_nothing_of_who_looks_at_it(client: Client) -> None:
    assert not client.get("/console").cookies


def test_it_says_whether_a_token_is_needed(client: Client, settings: Settings) -> None:
    assert "Open mode trusts everyone" in client.get("/console").content.decode()
    override(settings, auth="token")
    page = client.get("/console").content.decode()
    assert "wants a token" in page
    assert "Open mode" not in page
