"""People who have their own account deleted. All of them are nobody whom others need."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.mailing import MailThread
from accounts.models import User
from groups import services
from groups.selectors import owners_of
from keeping import legal_holds
from keeping.models import Erasure, Hold, OwnDeletion
from keeping.own import deletion, running
from keeping.own.errors import NotNow
from log.models import Message
from moderation.models import AuditEntry
from moderation.moderators import COMMAND
from tests.support.api import JSON, ROOT, Api
from tests.support.settings import override
from tests.support.tokens import SECRET, token

pytestmark = pytest.mark.django_db(transaction=True)

NORA, OSCAR, PAULA, PASSWORD = "nora", "oscar", "paula", "correct horse battery"
LATER = timedelta(days=15)


@pytest.fixture(autouse=True)
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    queued: list[Callable[[], object]] = []
    monkeypatch.setattr(MailThread, "add", lambda _, job: queued.append(job))
    return queued


@pytest.fixture(autouse=True)
def _people(settings: Settings, tmp_path: Path) -> None:
    more: dict[str, Any] = {"token_secret": SECRET, "token_leeway_seconds": 0.0, "data_dir": tmp_path}
    override(settings, auth="token", own_deletion=True, **more)
    for userid in (NORA, OSCAR, PAULA):
        User.objects.create_user(userid, PASSWORD)


def leave(userid: str, password: str | None = PASSWORD, issued: int = 0) -> Any:
    """The answer to somebody who wants to go, with a token made so many seconds ago."""
    import json

    api = Api(userid, has_token=True)
    if issued:
        now = int(timezone.now().timestamp())
        api.headers = {"authorization": f"Bearer {token(userid, iat=now - issued)}"}
    return api.send("DELETE", "me", json.dumps({} if password is None else {"password": password}))


def pass_time(days: timedelta = LATER) -> None:
    OwnDeletion.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def sign_in(userid: str) -> tuple[Client, Any]:
    client = Client()
    return client, client.post("/login/", {"username": userid, "password": PASSWORD})


def test_own_deletion_ends_logins_at_once_and_erases_after_days() -> None:
    browser, _ = sign_in(NORA)
    reply = leave(NORA)
    assert reply.status == 202
    assert reply.body["due"] - int(timezone.now().timestamp()) in range(14 * 86400 - 60, 14 * 86400 + 1)
    assert browser.get("/password/").status_code == 302
    assert "will be deleted on" in Message.objects.get(recipient=NORA, kind="text").content
    running.do_all("1")
    assert User.objects.get(pk=NORA).is_active
    pass_time()
    running.do_all("1")
    assert not User.objects.get(pk=NORA).is_active
    assert Erasure.objects.get(target=f"u:{NORA}").finished_at
    assert not OwnDeletion.objects.exists()
    erased = AuditEntry.objects.filter(action="person.erase").latest("pk")
    assert (erased.actor, erased.reason) == (NORA, deletion.REASON)


def test_signing_in_before_deletion_offers_to_keep_account() -> None:
    leave(NORA)
    browser, answer = sign_in(NORA)
    assert answer["Location"] == "/leaving/"
    assert "Keep my account" in browser.get("/leaving/").content.decode()
    assert OwnDeletion.objects.exists()
    assert browser.post("/leaving/")["Location"] == "/"
    assert not OwnDeletion.objects.exists()
    pass_time()
    running.do_all("1")
    assert User.objects.get(pk=NORA).is_active
    assert sign_in(NORA)[1]["Location"] == "/"


def test_app_cancels_own_deletion_by_the_api(monkeypatch: pytest.MonkeyPatch) -> None:
    leave(NORA)
    User.objects.filter(pk=NORA).update(proofs_from=0)
    nora = Api(NORA, has_token=True)
    assert nora.get("me/deletion").body["due"]
    assert nora.delete("me/deletion").status == 204
    assert nora.get("me/deletion").body["due"] is None
    assert nora.delete("me/deletion").status == 204


def test_own_deletion_needs_password_or_fresh_token() -> None:
    for password in ("wrong", "", None):
        assert leave(NORA, password).failed == (400, "invalid")
    User.objects.filter(pk=OSCAR).update(password="!")
    assert leave(OSCAR, None, issued=700).failed == (403, "not_allowed")
    assert not OwnDeletion.objects.exists()
    assert leave(OSCAR, None).status == 202


def test_second_deletion_request_keeps_the_first_date() -> None:
    due = leave(NORA).body["due"]
    User.objects.filter(pk=NORA).update(proofs_from=0)
    OwnDeletion.objects.update(asked_at=timezone.now() - timedelta(days=3))
    assert leave(NORA).body["due"] == due


def test_own_deletion_passes_groups_to_announced_successors() -> None:
    group = services.create_group(NORA, [OSCAR, PAULA], "Friends").pk
    alone = services.create_group(NORA, [], "Alone").pk
    reply = Api(NORA, has_token=True).get("me/account").body["deletion"]["groups"]
    assert reply == [
        {"group": str(group), "name": "Friends", "owner": OSCAR},
        {"group": str(alone), "name": "Alone", "owner": ""},
    ]
    leave(NORA)
    pass_time()
    running.do_all("1")
    assert owners_of(group) == [OSCAR]


def test_legal_hold_refuses_or_postpones_own_deletion() -> None:
    legal_holds.hold(COMMAND, f"u:{NORA}", "because")
    refused = leave(NORA)
    assert refused.failed == (409, "conflict")
    assert "for legal reasons" in refused.body["error"]["reason"]
    assert leave(OSCAR).status == 202
    legal_holds.hold(COMMAND, f"u:{OSCAR}", "because")
    pass_time()
    running.do_all("1")
    assert User.objects.get(pk=OSCAR).is_active
    assert not deletion.is_due(timezone.now())
    Hold.objects.all().delete()
    pass_time()
    running.do_all("1")
    assert not User.objects.get(pk=OSCAR).is_active


def test_last_administrator_cannot_delete_own_account() -> None:
    User.objects.create_superuser("root", PASSWORD)
    assert leave("root").failed == (403, "not_allowed")
    User.objects.create_superuser("other", PASSWORD)
    assert leave("root").status == 202
    User.objects.filter(pk="other").update(is_active=False)
    pass_time()
    running.do_all("1")
    assert User.objects.get(pk="root").is_active


def test_begun_deletion_cannot_be_cancelled_and_resumes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leave(NORA)
    pass_time()
    with monkeypatch.context() as patched:
        patched.setattr(deletion, "erase_person", lambda *_: 1 / 0)
        running.do_all("1")
    assert not User.objects.get(pk=NORA).is_active
    assert OwnDeletion.objects.get().begun_at
    with pytest.raises(NotNow):
        deletion.cancel(NORA)
    pass_time()
    running.do_all("1")
    assert Erasure.objects.get(target=f"u:{NORA}").finished_at
    assert not OwnDeletion.objects.exists()


def test_own_deletion_needs_the_setting_and_token_mode(settings: Settings) -> None:
    override(settings, own_deletion=False)
    assert leave(NORA).failed == (403, "not_allowed")
    override(settings, auth="open", own_deletion=True)
    assert (
        Client().delete(f"{ROOT}me", "{}", JSON, headers={"authorization": "Userid nora"}).status_code == 403
    )
    assert not OwnDeletion.objects.exists()


def test_own_deletion_is_announced_by_mail(jobs: list[Callable[[], object]], settings: Settings) -> None:
    from django.core import mail

    override(settings, mail_url="smtp://mail", mail_from="a@b.example", public_url="https://chat.example")
    User.objects.filter(pk=NORA).update(email="n@home.example", confirmed_email="n@home.example")
    mail.outbox.clear()
    leave(NORA)
    for job in jobs:
        job()
    (reply,) = mail.outbox
    assert reply.subject == "Your account will be deleted"
    assert "https://chat.example/login/" in reply.body


def test_restore_restarts_days_of_own_deletion() -> None:
    """Who kept the account since the backup does not lose it."""
    leave(NORA)
    pass_time()
    deletion.restart_pending()
    running.do_all("1")
    assert User.objects.get(pk=NORA).is_active
    assert sign_in(NORA)[1]["Location"] == "/leaving/"
