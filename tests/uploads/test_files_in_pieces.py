"""Files of any type arrive in pieces: tus 1.0.0."""

import base64
import fcntl
import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.limits.buckets import Rate
from tests.support.settings import override
from tests.support.tokens import SECRET, token
from uploads.documents import documents, parts
from uploads.models import Document, StoredFile

CONTENT = bytes(range(256)) * 1000
FILES = "/api/v1/uploads/files"
RESUMABLE = {"Tus-Resumable": "1.0.0"}


class Sender:
    """The uploads of a user."""

    def __init__(self, userid: str) -> None:
        self._proof = {"Authorization": f"Bearer {token(userid)}"}

    def begin(self, name: str = "report.doc", size: int = len(CONTENT), **headers: Any) -> Any:
        named = f"filename {base64.b64encode(name.encode()).decode()}"
        return self.call("POST", FILES, **{"Upload-Metadata": named, "Upload-Length": str(size), **headers})

    def begun(self, name: str = "report.doc", size: int = len(CONTENT)) -> str:
        return str(self.begin(name, size).headers["Location"]).removeprefix("http://testserver")

    def piece(self, where: str, at: int, piece: bytes, **headers: Any) -> Any:
        headers = {"Upload-Offset": str(at), **headers}
        return self.call("PATCH", where, piece, "application/offset+octet-stream", **headers)

    def call(self, method: str, where: str, body: bytes = b"", content_type: str = "", **headers: str) -> Any:
        return Client().generic(
            method, where, body, content_type, headers={**self._proof, **RESUMABLE, **headers}
        )

    def ends(self, where: str) -> int:
        return int(self.call("HEAD", where).headers["Upload-Offset"])

    def sent(self, name: str = "report.doc", content: bytes = CONTENT) -> Any:
        where = self.begun(name, len(content))
        if content:
            self.piece(where, 0, content)
        return self.call("GET", where).json()


@pytest.fixture(autouse=True)
def token_mode(db: None, settings: Settings, tmp_path: Path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    override(settings, auth="token", token_secret=SECRET, token_creates_users=True)


@pytest.fixture
def alice() -> Sender:
    return Sender("alice")


@pytest.fixture
def bob() -> Sender:
    return Sender("bob")


def test_file_sent_in_two_pieces_is_stored_unchanged(alice: Sender) -> None:
    where = alice.begun()
    first = alice.piece(where, 0, CONTENT[:1000])
    between = alice.call("GET", where)
    second = alice.piece(where, alice.ends(where), CONTENT[1000:])

    answer = alice.call("GET", where).json()

    assert [one.status_code for one in (first, between, second)] == [204, 202, 204]
    assert "Upload-Expires" in first.headers
    assert (answer["kind"], answer["name"], answer["type"]) == ("file", "report.doc", "application/msword")
    assert answer["size"] == len(CONTENT)
    stored = StoredFile.objects.get()
    assert answer["url"] == f"http://testserver/files/{stored.stem}.file"
    assert stored.name.startswith(stored.stem)
    with default_storage.open(stored.name) as file:
        assert file.read() == CONTENT


def test_upload_offset_is_size_on_disk(alice: Sender) -> None:
    """Like after a crash between writing the piece and updating the database."""
    where = alice.begun()
    id_ = where.rpartition("/")[2]
    parts.path_of(id_).write_bytes(CONTENT)

    assert alice.ends(where) == len(CONTENT)
    assert alice.call("GET", where).json()["url"].endswith(f"{id_}.file")


@pytest.mark.parametrize("method", ["PATCH", "POST"])
def test_piece_is_refused_while_disk_space_is_short(
    alice: Sender, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = alice.begun()
    monkeypatch.setattr("uploads.disk_space.is_short_for_uploads", lambda: True)
    headers = {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}

    refused = alice.call(method, where, b"x", "application/offset+octet-stream", **headers)

    assert (refused.status_code, alice.ends(where)) == (503, 0)


@pytest.mark.parametrize("at", [0, 999, 1001])
def test_piece_at_wrong_offset_is_refused_without_change(alice: Sender, at: int) -> None:
    where = alice.begun()
    alice.piece(where, 0, CONTENT[:1000])

    assert alice.piece(where, at, b"x").status_code == 409
    assert alice.ends(where) == 1000


def test_second_simultaneous_piece_is_refused(alice: Sender) -> None:
    where = alice.begun()
    with parts.path_of(where.rpartition("/")[2]).open("rb+") as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        assert alice.piece(where, 0, b"x").status_code == 423

    assert alice.piece(where, 0, b"x").status_code == 204


def test_piece_with_wrong_checksum_is_dropped(alice: Sender) -> None:
    where = alice.begun()
    digest = base64.b64encode(hashlib.sha256(b"other").digest()).decode()

    assert alice.piece(where, 0, b"piece", **{"Upload-Checksum": f"sha256 {digest}"}).status_code == 460
    assert alice.ends(where) == 0


def test_upload_beyond_declared_length_is_refused(alice: Sender) -> None:
    where = alice.begun(size=4)

    assert alice.piece(where, 0, b"12345").status_code == 413
    assert alice.ends(where) == 0


def test_upload_of_another_person_is_not_accessible(alice: Sender, bob: Sender) -> None:
    where = alice.begun()

    for method in ("HEAD", "GET", "DELETE"):
        assert bob.call(method, where).status_code == 404
    assert bob.piece(where, 0, b"x").status_code == 404
    assert alice.piece(where, 0, b"x").status_code == 204


def test_deleted_upload_is_not_found(alice: Sender, tmp_path: Path) -> None:
    where = alice.begun()
    alice.piece(where, 0, b"x")

    assert alice.call("DELETE", where).status_code == 204
    assert alice.call("HEAD", where).status_code == 404
    assert list(tmp_path.iterdir()) == []


def test_abandoned_uploads_are_swept(alice: Sender, tmp_path: Path) -> None:
    old, empty, new, done = alice.begun(), alice.begun(), alice.begun(), alice.begun(size=1)
    for where in (old, new, done):
        alice.piece(where, 0, b"x")
    day = timezone.now() - timedelta(hours=25)
    Document.objects.filter(pk__in=[one.rpartition("/")[2] for one in (old, done)]).update(touched_at=day)
    Document.objects.filter(pk=empty.rpartition("/")[2]).update(touched_at=day + timedelta(hours=23))

    documents.sweep()

    statuses = [alice.call("HEAD", where).status_code for where in (old, empty, new, done)]
    assert statuses == [404, 404, 200, 200]
    assert [path.name for path in tmp_path.iterdir()] == [f"{new.rpartition('/')[2]}.part"]


@pytest.mark.parametrize(
    ("name", "harmless"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\a.txt", "a.txt"),
        ("exe\u202efdp.txt", "exefdp.txt"),
        ("trailing.txt. ", "trailing.txt"),
        ("报告.docx", "报告.docx"),
    ],
)
def test_file_name_is_sanitized(alice: Sender, name: str, harmless: str) -> None:
    assert alice.sent(name, b"x")["name"] == harmless


@pytest.mark.parametrize("name", ["a\0b", "", " . ", "\u202e", "x" * 256])
def test_invalid_file_name_is_refused(alice: Sender, name: str) -> None:
    assert alice.begin(name).status_code == 400


def test_file_types_setting_decides_accepted_types(alice: Sender, settings: Settings) -> None:
    override(settings, file_types=["*", "-exe"])
    assert [alice.begin(name).status_code for name in ("a.pdf", "a", "a.EXE", "a.exe.")] == [
        201,
        201,
        415,
        415,
    ]

    override(settings, file_types=["pdf", "txt"])
    assert [alice.begin(name).status_code for name in ("a.PDF", "a.txt", "a", "a.exe")] == [
        201,
        201,
        415,
        415,
    ]


def test_unfinished_files_are_limited_per_person_and_in_total(
    alice: Sender, bob: Sender, settings: Settings
) -> None:
    assert alice.begin(size=settings.IM66.max_file_bytes + 1).status_code == 413
    began = [alice.begin().status_code for _ in range(documents.MAX_UNFINISHED + 1)]
    assert began == [201] * documents.MAX_UNFINISHED + [429]

    override(settings, max_unfinished_mb=1)
    where = bob.begun(size=3 * 1024 * 1024)
    assert bob.piece(where, 0, bytes(1024 * 1024)).status_code == 204
    assert bob.piece(where, 1024 * 1024, b"x").status_code == 503


def test_pieces_have_separate_rate_limits(alice: Sender, settings: Settings) -> None:
    override(settings, limit_files=Rate(2, 10**6), limit_file_bytes=Rate(10, 10**6))

    where = alice.begun()
    assert alice.piece(where, 0, bytes(10)).status_code == 204
    assert alice.piece(where, 10, b"x").status_code == 429
    assert [alice.begin().status_code for _ in range(2)] == [201, 429]

    override(settings, limit_file_bytes=None, limit_file_pieces=Rate(3, 10**6))
    answered = [alice.piece(where, 10 + number, b"x").status_code for number in range(4)]
    assert answered == [204, 204, 204, 429]


def test_server_announces_its_tus_version_and_refuses_others(alice: Sender, settings: Settings) -> None:
    reply = Client().options(FILES)

    assert reply.status_code == 204
    assert reply.headers["Tus-Version"] == "1.0.0"
    assert reply.headers["Tus-Max-Size"] == str(settings.IM66.max_file_bytes)
    assert alice.begin("a", 1, **{"Tus-Resumable": "0.2.2"}).status_code == 412
    assert alice.call("PATCH", alice.begun(), b"x", "text/plain", **{"Upload-Offset": "0"}).status_code == 415
    assert alice.call("HEAD", f"{FILES}/%00").status_code == 404


def test_empty_file_is_stored(alice: Sender) -> None:
    assert alice.sent("empty.txt", b"")["size"] == 0


def test_unsupported_tus_extensions_are_refused_with_reason(alice: Sender) -> None:
    unsupported: dict[str, Any] = {"Upload-Concat": "partial", "Upload-Defer-Length": "1"}
    for header, value in unsupported.items():
        refused = alice.begin(**{header: value})
        assert refused.status_code == 400
        assert header in refused.json()["error"]["fields"]
    assert not Document.objects.exists()
