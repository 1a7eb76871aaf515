"""Files of any type are served to authorized clients as attachments."""

import time
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from tests.support.settings import override
from tests.support.tokens import SECRET, token
from tests.uploads.test_files_in_pieces import CONTENT, Sender
from uploads import signing
from uploads.models import Document, StoredFile


@pytest.fixture(autouse=True)
def token_mode(db: None, settings: Settings, tmp_path: Path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    override(settings, auth="token", token_secret=SECRET, token_creates_users=True)


@pytest.fixture
def path() -> str:
    """Store a page that would run if a browser opened it, and return its permanent path."""
    url = Sender("alice").sent("网页.html", CONTENT)["url"]
    return str(url).removeprefix("http://testserver")


def got(path: str, userid: str = "", **headers: str) -> Any:
    proof = {"Authorization": f"Bearer {token(userid)}"} if userid else {}
    return Client().get(path, headers={**proof, **headers})


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else bytes(response.content)


def test_signed_address_serves_the_file_as_attachment(path: str) -> None:
    response = got(signing.sign(path))

    assert (response.status_code, content(response)) == (200, CONTENT)
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"] == ("attachment; filename*=utf-8''%E7%BD%91%E9%A1%B5.html")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"].startswith("private")


def test_interrupted_download_continues_by_range(path: str) -> None:
    first = got(signing.sign(path))

    rest = got(signing.sign(path), Range="bytes=100000-", **{"If-Range": first.headers["ETag"]})
    beyond = got(signing.sign(path), Range=f"bytes={len(CONTENT)}-")

    assert (rest.status_code, content(rest)) == (206, CONTENT[100_000:])
    assert rest.headers["Content-Range"] == f"bytes 100000-{len(CONTENT) - 1}/{len(CONTENT)}"
    assert beyond.status_code == 416


def test_unsigned_file_address_serves_its_sender_only(path: str, monkeypatch: Any) -> None:
    signed = signing.sign(path)
    end = signed.partition("e=")[2].partition("&")[0]
    later = signed.replace(end, str(int(end) + 3600))
    other = f"/files/{'0' * 32}.file{signed.partition('.file')[2]}"

    assert [got(one).status_code for one in (path, later, other, f"{path}?e=x&s=y")] == [404] * 4
    assert got(path, "charlie").status_code == 404
    assert got(path, "alice").status_code == 200
    monkeypatch.setattr(time, "time", lambda: int(end) + 1)
    assert got(signed).status_code == 404


def test_stored_file_is_not_served_below_media(path: str) -> None:
    stored = StoredFile.objects.get()

    assert stored.name not in path
    assert [got(f"/media/{name}").status_code for name in (stored.name, f"{stored.stem}.file")] == [404, 404]


def test_incomplete_or_infected_file_is_not_served(path: str) -> None:
    for state in (Document.State.ARRIVING, Document.State.WAITING, Document.State.INFECTED):
        Document.objects.update(state=state)
        assert got(signing.sign(path), "alice").status_code == 404


def test_nginx_gets_path_and_headers_of_file(path: str, settings: Settings) -> None:
    override(settings, media_accel="/stored/")

    response = got(signing.sign(path))

    assert response.headers["X-Accel-Redirect"] == f"/stored/{StoredFile.objects.get().name}"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert got(path).headers.get("X-Accel-Redirect") is None


def test_open_mode_serves_file_without_signature(path: str, settings: Settings) -> None:
    override(settings, auth="open")

    assert signing.sign(path) == path
    assert got(path).status_code == 200
