"""The first page of a PDF as a picture: made beside the file, and as private as it is."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django import Settings

from testkit.pdfs import hostile, pdf
from tests.support.settings import override
from tests.support.tokens import SECRET
from tests.uploads.test_files_in_pieces import Sender
from uploads import names, signing
from uploads.documents import previewing
from uploads.models import Document
from uploads.pruning import remove

PREVIEW = "preview"
Preview = Document.Preview


@pytest.fixture(autouse=True)
def at_once(db: None, settings: Settings, tmp_path: Path, monkeypatch: Any) -> None:
    """A picture is made before the call returns."""
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    override(settings, auth="token", token_secret=SECRET, token_creates_users=True)
    monkeypatch.setattr(previewing, "begin", lambda *job: previewing.make(previewing.Job(*job)))


def got(url: str) -> Any:
    return Client().get(url.removeprefix("http://testserver"))


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else bytes(response.content)


def test_a_pdf_has_a_picture_and_nobody_gets_it_without_a_signature() -> None:
    sent = Sender("alice").sent("report.pdf", pdf())

    response = got(sent[PREVIEW])

    picture = Image.open(BytesIO(content(response)))
    assert (response.status_code, picture.format, picture.size) == (200, "JPEG", (724, 1024))
    assert response.headers["Cache-Control"].startswith("private")
    red, _, blue = picture.convert("RGB").resize((1, 1), box=(100, 650, 300, 900)).tobytes()
    assert red > 200 > blue, "what is drawn there"
    path = names.preview_path(signing.path_of(Document.objects.get().pk))
    assert [got(one).status_code for one in (path, f"{path}?e=9999999999&s=0")] == [404, 404]
    assert got(path.replace(".file", "")).status_code == 404


def test_it_goes_with_the_file() -> None:
    Sender("alice").sent("report.pdf", pdf())
    stored = Document.objects.get().stored
    assert default_storage.exists(names.preview_name(stored))

    assert remove(stored, timezone.now())

    assert not default_storage.exists(names.preview_name(stored))


def test_very_large_pages_and_very_many_cost_no_more() -> None:
    for one in (pdf(width=10**6, height=10**6), pdf(pages=100_000)):
        assert PREVIEW in Sender("alice").sent("report.pdf", one)


def test_what_is_none_or_means_harm_is_kept_without_a_picture(settings: Settings, tmp_path: Path) -> None:
    override(settings, media_seconds=1)
    for what, one in {**hostile(), "a text": b"hello"}.items():
        sent = Sender("alice").sent("report.pdf", one)
        assert PREVIEW not in sent, what
        assert content(got(signing.signed(sent["url"].removeprefix("http://testserver")))) == one, what
    assert set(Document.objects.values_list(PREVIEW, flat=True)) == {Preview.NONE}
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_short_of_space_gets_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    alice = Sender("alice")
    monkeypatch.setattr(previewing, "begin", lambda *job: jobs.append(previewing.Job(*job)))
    jobs: list[previewing.Job] = []
    where = alice.begun("report.pdf", len(pdf()))
    alice.piece(where, 0, pdf())
    monkeypatch.setattr("uploads.disk_space.is_short_for_uploads", lambda: True)

    previewing.make(*jobs)

    told = alice.call("GET", where)
    assert (told.status_code, PREVIEW in told.json()) == (200, False)


def test_nobody_waits_long_for_it(monkeypatch: Any) -> None:
    alice = Sender("alice")
    monkeypatch.setattr(previewing, "begin", lambda *job: None)
    where = alice.begun("report.pdf", len(pdf()))
    alice.piece(where, 0, pdf())

    waiting = alice.call("GET", where)
    Document.objects.update(touched_at=timezone.now() - previewing.WAITS)
    done = alice.call("GET", where)

    assert (waiting.status_code, waiting.json()["waits_for"]) == (202, PREVIEW)
    assert (done.status_code, PREVIEW in done.json()) == (200, False)
