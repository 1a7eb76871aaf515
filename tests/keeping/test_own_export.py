"""A copy of their data that people ask for by themselves. Nora and Oscar are nobody whom others need."""

import zipfile
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from keeping.backups.progress import unseen
from keeping.erasing.people import erase_person
from keeping.exporting.making import export
from keeping.models import OwnExport
from keeping.own import exports, running
from moderation.models import AuditEntry
from moderation.moderators import COMMAND
from tests.support.api import Api
from tests.support.settings import override
from tests.support.tokens import SECRET

pytestmark = pytest.mark.django_db(transaction=True)

NORA, OSCAR, PASSWORD = "nora", "oscar", "correct horse battery"
VERSION = "1.2.3"


@pytest.fixture(autouse=True)
def _people(settings: Settings, tmp_path: Path) -> None:
    more: dict[str, Any] = {"token_secret": SECRET, "token_leeway_seconds": 0.0, "data_dir": tmp_path}
    override(settings, auth="token", own_exports=True, **more)
    for userid in (NORA, OSCAR):
        User.objects.create_user(userid, PASSWORD)


@pytest.fixture
def nora() -> Api:
    return Api(NORA, has_token=True)


def names(path: Path) -> list[str]:
    return sorted(one.name for one in path.iterdir())


def read_zip(content: bytes) -> str:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


def test_own_export_is_served_to_its_person_only(nora: Api) -> None:
    assert nora.get("me/export").body["state"] == "none"
    assert nora.post("me/export").outcome[1]["state"] == "waiting"
    assert nora.get("me/export/file").failed == (404, "not_found")
    running.do_all(VERSION)
    copy = nora.get("me/export").body
    assert (
        copy["state"],
        copy["expires"] - copy["asked"] in range(259200, 259300),
    ) == ("done", True)
    answer = Client().get("/api/v1/me/export/file", headers=nora.headers)
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert len(content) == copy["size"]
    assert '"userid":"nora"' in read_zip(content)
    assert answer["Cache-Control"] == "no-store, private"
    assert Api(OSCAR, has_token=True).get("me/export/file").failed == (404, "not_found")
    entry = AuditEntry.objects.filter(target=f"u:{NORA}").latest("pk")
    assert (entry.actor, entry.reason) == (NORA, exports.REASON)
    (file,) = exports.folder().iterdir()
    assert (file.stat().st_mode & 0o777, exports.folder().stat().st_mode & 0o777) == (0o600, 0o700)


def test_own_export_is_downloaded_only_with_own_session(nora: Api) -> None:
    nora.post("me/export")
    running.do_all(VERSION)
    clients = {userid: Client() for userid in (NORA, OSCAR)}
    for userid, client in clients.items():
        client.force_login(User.objects.get(pk=userid), "django.contrib.auth.backends.ModelBackend")
    mine = clients[NORA].get("/my-data/")
    assert b"".join(mine.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    assert mine["Content-Disposition"] == 'attachment; filename="im66-data.zip"'
    assert clients[OSCAR].get("/my-data/").status_code == 404
    assert Client().get("/my-data/").status_code == 302


def test_own_export_is_limited_to_one_a_day(nora: Api) -> None:
    first = nora.post("me/export").body
    assert nora.post("me/export").body == first
    running.do_all(VERSION)
    again = nora.post("me/export")
    assert again.failed == (429, "too_fast")
    assert int(again.headers["Retry-After"]) > 86000
    OwnExport.objects.update(asked_at=timezone.now() - timedelta(hours=25))
    assert nora.post("me/export").status == 202
    running.do_all(VERSION)
    assert len(names(exports.folder())) == 1


def test_own_export_of_dead_process_is_made_by_another(nora: Api) -> None:
    nora.post("me/export")
    assert exports._claim(timezone.now()) is not None
    assert exports._claim(timezone.now()) is None
    assert not exports.is_due(timezone.now())
    OwnExport.objects.update(claimed_at=timezone.now() - timedelta(minutes=3))
    (exports.folder() / f"{OwnExport.objects.get().name}.zip.partial").touch()
    running.do_all(VERSION)
    assert nora.get("me/export").body["state"] == "done"
    assert names(exports.folder()) == [f"{OwnExport.objects.get().name}.zip"]


def test_failed_own_export_can_be_requested_again(nora: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    nora.post("me/export")
    with monkeypatch.context() as patched:
        patched.setattr(exports, "export", lambda *_: 1 / 0)
        running.do_all(VERSION)
    assert nora.get("me/export").body["state"] == "failed"
    nora.post("me/export")
    for _ in range(exports.MAX_ATTEMPTS):
        assert exports._claim(timezone.now() + timedelta(hours=1)) is not None
        OwnExport.objects.update(claimed_at=timezone.now() - timedelta(hours=1))
    running.do_all(VERSION)
    assert nora.get("me/export").body["state"] == "failed"


def test_own_exports_wait_while_disk_space_is_short(nora: Api, settings: Settings) -> None:
    override(settings, min_free_mb=2**31)
    nora.post("me/export")
    assert not exports.is_due(timezone.now())
    running.do_all(VERSION)
    copy = nora.get("me/export").body
    assert (copy["state"], copy["failure"], names(exports.folder())) == (
        "waiting",
        "no_space",
        [],
    )

    override(settings, min_free_mb=0)
    running.do_all(VERSION)
    copy = nora.get("me/export").body
    assert (copy["state"], copy["failure"]) == ("done", "")


def test_own_exports_wait_while_their_quota_is_used_up(
    nora: Api, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    nora.post("me/export")
    running.do_all(VERSION)
    (first,) = exports.folder().iterdir()
    oscar = Api(OSCAR, has_token=True)
    oscar.post("me/export")
    override(settings, own_exports_mb=1.5 * first.stat().st_size / 2**20)

    running.do_all(VERSION)

    copy = oscar.get("me/export").body
    assert (copy["state"], copy["failure"], copy["size"]) == (
        "waiting",
        "no_space",
        None,
    )
    assert (list(exports.folder().iterdir()), exports.is_due(timezone.now())) == ([first], False)
    exports.forget(NORA)
    assert exports.is_due(timezone.now())
    running.do_all(VERSION)
    assert oscar.get("me/export").body["state"] == "done"


def test_too_large_own_export_fails_and_counts_for_the_day(nora: Api, settings: Settings) -> None:
    override(settings, own_exports_mb=2**-20)
    nora.post("me/export")

    running.do_all(VERSION)

    copy = nora.get("me/export").body
    assert (copy["state"], copy["failure"], names(exports.folder())) == (
        "failed",
        "too_large",
        [],
    )
    assert nora.post("me/export").failed == (429, "too_fast")


def test_own_export_expires_and_its_file_is_removed(nora: Api) -> None:
    nora.post("me/export")
    running.do_all(VERSION)
    OwnExport.objects.update(done_at=timezone.now() - exports.EXPIRES_AFTER - timedelta(seconds=1))
    assert nora.get("me/export").body["state"] == "none"
    assert nora.get("me/export/file").failed == (404, "not_found")
    assert exports.is_due(timezone.now())
    (exports.folder() / "nobodys.zip").touch()
    running.do_all(VERSION)
    assert (names(exports.folder()), OwnExport.objects.count()) == ([], 0)


def test_erasing_person_removes_unfinished_own_export(nora: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    nora.post("me/export")

    def erase_meanwhile(*args: Any) -> Any:
        done = export(*args)
        erase_person(NORA, COMMAND, "because", unseen)
        return done

    monkeypatch.setattr(exports, "export", erase_meanwhile)
    running.do_all(VERSION)
    assert (names(exports.folder()), OwnExport.objects.count()) == ([], 0)


def test_own_export_needs_the_setting(nora: Api, settings: Settings) -> None:
    override(settings, own_exports=False)
    assert nora.get("me/account").body["exports"] is False
    assert nora.post("me/export").failed == (403, "not_allowed")


def test_own_export_has_messages_to_person_and_none_to_others(nora: Api) -> None:
    User.objects.create_user("paula")
    oscar = Api(OSCAR, has_token=True)
    for to, content in ((NORA, "to Nora"), ("paula", "to Paula")):
        sent = oscar.post(f"conversations/u:{to}/messages", kind="text", content=content)
        assert sent.status in (200, 201)
    nora.post("me/export")
    running.do_all(VERSION)
    path = exports.file_of(NORA)
    assert path
    archive_text = read_zip(path.read_bytes())
    assert "to Nora" in archive_text
    assert "to Paula" not in archive_text
