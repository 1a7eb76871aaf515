"""Previews of the first page of a PDF: stored with the file, and as private."""

import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django import Settings

from accounts.limits.turns import TurnThread
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
BEGIN = previewing.begin


@pytest.fixture(autouse=True)
def at_once(db: None, settings: Settings, tmp_path: Path, monkeypatch: Any) -> None:
    """Make each preview before the call returns."""
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    override(settings, auth="token", token_secret=SECRET, token_creates_users=True)
    monkeypatch.setattr(previewing, "begin", lambda *job: previewing.make(job_of(*job)))


def job_of(document: Document, stored: str, source: Path) -> previewing.PreviewJob:
    return previewing.PreviewJob(document.pk, stored, source)


def got(url: str) -> Any:
    return Client().get(url.removeprefix("http://testserver"))


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else bytes(response.content)


def test_pdf_preview_needs_a_signature() -> None:
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


def test_preview_is_removed_with_file() -> None:
    Sender("alice").sent("report.pdf", pdf())
    stored = Document.objects.get().stored
    assert default_storage.exists(names.preview_name(stored))

    assert remove(stored, timezone.now())

    assert not default_storage.exists(names.preview_name(stored))


def test_preview_cost_is_bounded_for_large_and_many_pages() -> None:
    for one in (pdf(width=10**6, height=10**6), pdf(pages=100_000)):
        assert PREVIEW in Sender("alice").sent("report.pdf", one)


def test_hostile_file_is_stored_without_preview(tmp_path: Path) -> None:
    for what, one in {**hostile(), "a text": b"hello"}.items():
        sent = Sender("alice").sent("report.pdf", one)
        assert PREVIEW not in sent, what
        assert content(got(signing.sign(sent["url"].removeprefix("http://testserver")))) == one, what
    assert set(Document.objects.values_list(PREVIEW, flat=True)) == {Preview.NONE}
    assert list(tmp_path.iterdir()) == []


def test_no_preview_is_made_while_disk_space_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    alice = Sender("alice")
    monkeypatch.setattr(previewing, "begin", lambda *job: jobs.append(job_of(*job)))
    jobs: list[previewing.PreviewJob] = []
    where = alice.begun("report.pdf", len(pdf()))
    alice.piece(where, 0, pdf())
    monkeypatch.setattr("uploads.disk_space.is_short_for_uploads", lambda: True)

    previewing.make(*jobs)

    answer = alice.call("GET", where)
    assert (answer.status_code, PREVIEW in answer.json()) == (200, False)


def test_preview_is_given_up_after_a_while(monkeypatch: Any) -> None:
    alice = Sender("alice")
    monkeypatch.setattr(previewing, "begin", lambda *job: None)
    where = alice.begun("report.pdf", len(pdf()))
    alice.piece(where, 0, pdf())

    waiting = alice.call("GET", where)
    Document.objects.update(touched_at=timezone.now() - previewing.MAX_WAIT)
    done = alice.call("GET", where)

    assert (waiting.status_code, waiting.json()["waits_for"]) == (202, PREVIEW)
    assert (done.status_code, PREVIEW in done.json()) == (200, False)


class TestTurns:
    @pytest.fixture(autouse=True)
    def made(self, monkeypatch: Any) -> Iterator[list[str]]:
        """Return the names of the files of which the thread made previews, after `may_go_on` is set."""
        made: list[str] = []
        self.may_go_on, busy = threading.Event(), threading.Event()

        def make(job: previewing.PreviewJob) -> None:
            busy.set()
            self.may_go_on.wait()
            made.append(job.stored)

        monkeypatch.setattr(previewing, "_thread", TurnThread("previews", make))
        monkeypatch.setattr(previewing, "begin", BEGIN)
        self.begin("first", 0)
        busy.wait()
        yield made
        self.may_go_on.set()

    def begin(self, owner: str, number: int, address: str = "10.0.0.1") -> None:
        document = Document(id=f"{owner}{number}", owner=owner, address=address)
        previewing.begin(document, document.pk, Path("/nowhere"))

    def test_owners_take_turns_for_previews(self, made: list[str]) -> None:
        for number in range(5):
            self.begin("mallory", number)
        self.begin("bob", 0)
        self.may_go_on.set()

        assert previewing._thread.wait_until_idle(10)
        assert made[:3] == ["first0", "mallory0", "bob0"]

    def test_owner_gets_previews_of_limited_number_of_files(self) -> None:
        mallory = Sender("mallory")
        for _ in range(previewing.MAX_WAITING_PER_OWNER):
            mallory.sent("report.pdf", pdf())
        assert Document.objects.latest("touched_at").preview == Preview.DUE
        mallory.sent("report.pdf", pdf())
        assert Document.objects.latest("touched_at").preview == Preview.NONE
        Sender("bob").sent("report.pdf", pdf())
        assert Document.objects.latest("touched_at").preview == Preview.DUE

    def test_full_queue_drops_the_newest_of_the_largest_address(
        self, made: list[str], monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(previewing, "MAX_WAITING", 4)
        for number in range(4):
            self.begin(f"mallory{number}", number)
        self.begin("bob", 0, "10.0.0.2")
        self.may_go_on.set()

        assert previewing._thread.wait_until_idle(10)
        assert (made[2], len(made)) == ("bob0", 5)
