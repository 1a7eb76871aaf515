"""The OpenAPI document, and its page."""

import re

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver

from accounts.api.document import document


def test_schema_is_an_openapi_document(client: Client) -> None:
    answer = client.get("/api/v1/schema")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/vnd.oai.openapi+json")
    assert answer.json()["openapi"].startswith("3.1")


def test_openapi_document_has_every_path() -> None:
    described = {re.sub(r"\{\w+\}", "*", path) for path in document()["paths"]}
    assert described == {f"/{path}" for path in paths()} - {"/api/v1/schema", "/api/v1/docs"}


def paths() -> set[str]:
    """All of the API, with a star for each part that is a value."""
    (api,) = [one for one in get_resolver().url_patterns if str(one.pattern) == "api/v1/"]
    assert isinstance(api, URLResolver)
    groups = [one for one in api.url_patterns if isinstance(one, URLResolver)]
    patterns = [str(one.pattern) for group in groups for one in group.url_patterns]
    return {f"api/v1/{re.sub(r'<str:[a-z]+>', '*', route)}" for route in patterns} | {
        "api/v1/schema",
        "api/v1/docs",
    }


def test_every_api_call_documents_purpose_and_errors() -> None:
    for operations in document()["paths"].values():
        for operation in operations.values():
            assert operation["description"]
            assert "default" in operation["responses"]
            assert len(operation["responses"]) > 1


def test_openapi_document_has_no_warnings(capfd: pytest.CaptureFixture[str]) -> None:
    """The library says on stderr what it cannot describe."""
    document.cache_clear()
    document()
    assert capfd.readouterr().err == ""


def test_docs_page_shows_every_path_without_inline_scripts(client: Client) -> None:
    answer = client.get("/api/v1/docs")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    for path in document()["paths"]:
        assert path in page
    assert "<script" not in page
    assert "<style" not in page
    assert " style=" not in page
    assert "//" not in re.sub(r"https?://testserver", "", page).replace("<!doctype html>", "")


def test_schema_and_docs_allow_only_get(client: Client) -> None:
    for path in ("schema", "docs"):
        answer = client.post(f"/api/v1/{path}")
        assert answer.status_code == 405
        assert answer.headers["Allow"] == "GET, HEAD"
