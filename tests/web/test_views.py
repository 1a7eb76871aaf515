"""The page at `/`."""

from django.test import Client


def test_it_works(client: Client) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert "web/page.html" in [template.name for template in response.templates]


def test_it_keeps_nothing_of_who_looks_at_it(client: Client) -> None:
    assert not client.get("/").cookies
