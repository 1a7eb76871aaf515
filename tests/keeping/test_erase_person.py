"""A person is erased step by step, and each step may be done again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from accounts.services import ensure_users, set_account_status
from chat.protocol.kinds.files import stored_content
from groups import services
from keeping.acting import COMMAND
from keeping.backups.progress import Advance, unseen
from keeping.erasing import records, under_hold
from keeping.erasing.background import erase_again
from keeping.erasing.people import ErasurePlan, erase_person, plan
from keeping.errors import MaintenanceRefused
from keeping.models import Erasure, Hold
from log.appending import Draft, append
from log.models import Group, Message
from moderation.models import AuditEntry
from moderation.reports import filing
from tests.keeping.conftest import PICTURE, VOICE
from tests.support.groups import ALICE, BOB, CHARLIE, members, roles
from tests.support.moderators import DESK, empty_audit_log
from uploads import signing
from uploads.documents import documents
from uploads.documents.documents import Sender
from uploads.models import Document, StoredFile
from uploads.selectors import owner_of_person

# Each is called once, in this order.
STEPS = [
    "accounts.erasing.shut_out",
    "notifications.erasing.revoke_bots",
    "groups.erasing.leave_all_groups",
    "uploads.pruning.remove_unclaimed",
    "chat.services.erasing.erase_written",
    "chat.services.erasing.delete_personal_data",
    "notifications.erasing.erase_person",
    "accounts.erasing.blank",
    "keeping.erasing.records.mark_finished",
]


@pytest.fixture(autouse=True)
def stored(place: Group, media: Path, settings: Settings) -> Path:
    """Alice's voice, and a picture that Bob has sent on."""
    empty_audit_log()
    ensure_users([CHARLIE])
    local = {**settings.STORAGES["default"], "OPTIONS": {"location": media, "allow_overwrite": True}}
    settings.STORAGES = {**settings.STORAGES, "default": local}
    for name in (VOICE, PICTURE):
        StoredFile.objects.create(stem=name[:32], name=name)
    write(ALICE, place.pk, f"/media/{VOICE}", "audio")
    write(ALICE, place.pk, f"/media/{PICTURE}", "picture")
    write(BOB, ALICE, f"/media/{PICTURE}", "picture")
    return media


def write(sender: str, to: str | int, content: str = "hi", kind: str = "text") -> int:
    return append([Draft(kind, sender, to, content, "")]).batch.last


def erase(userid: str = ALICE) -> ErasurePlan:
    return erase_person(userid, COMMAND, "asked for it", unseen)


def contents_by(userid: str) -> set[str]:
    return set(
        Message.objects.filter(sender=userid).exclude(kind="standing").values_list("content", flat=True)
    )


def there(media: Path) -> set[str]:
    return {path.name for path in media.iterdir()}


def test_person_erasure_removes_texts_files_groups_and_account(place: Group, stored: Path) -> None:
    assert plan(ALICE) == ErasurePlan(messages=2, files=2, groups=1)
    assert erase() == ErasurePlan(messages=2, files=1, groups=1)
    assert contents_by(ALICE) == {""}
    assert contents_by(BOB) == {f"/media/{PICTURE}"}
    assert there(stored) == {PICTURE}
    assert members(place) == [BOB]
    assert roles(place) == {BOB: "owner"}
    assert not User.objects.get(pk=ALICE).is_active
    done = Erasure.objects.get()
    assert done.target == f"u:{ALICE}"
    assert done.finished_at is not None


def test_chunked_uploads_are_erased_with_person(stored: Path, settings: Settings, tmp_path: Path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    alice = Sender(owner_of_person(ALICE), "address")
    shared, own, unsent, unfinished = (documents.begin(alice, f"{name}.txt", 5) for name in "abcd")
    for document in (shared, own, unsent):
        documents.append(document, BytesIO(b"hello"), 0, 5, None)
    documents.append(unfinished, BytesIO(b"hel"), 0, 3, None)
    for sender, document in ((ALICE, own), (ALICE, shared), (BOB, shared)):
        to = BOB if sender == ALICE else ALICE
        write(sender, to, stored_content(signing.path_of(document.pk), document.name, 5), "file")

    erase()

    assert [name[:32] for name in there(stored) if name.endswith(".file")] == [shared.pk]
    assert Document.objects.values_list("pk", "owner").get() == (shared.pk, "")
    assert list(tmp_path.glob("*.part")) == []


def test_person_erasure_is_audited() -> None:
    erase()
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target) == ("/manage.py", "person.erase", f"u:{ALICE}")
    assert entry.reason == "asked for it"


def test_repeated_person_erasure_changes_nothing() -> None:
    erase()
    before = list(Message.objects.order_by("id").values())
    assert erase() == ErasurePlan(messages=2, files=0, groups=0)
    assert list(Message.objects.order_by("id").values()) == before
    assert Erasure.objects.get().finished_at is not None


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_interrupted_erasure_is_finished_by_next_run(
    stored: Path, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    with monkeypatch.context() as patching:
        patching.setattr(step, _cut_off(step, when))
        with pytest.raises(_PowerCut):
            erase()
    if step != STEPS[-1]:
        assert Erasure.objects.get().finished_at is None
    erase()
    assert Erasure.objects.get().finished_at is not None
    assert contents_by(ALICE) == {""}
    assert there(stored) == {PICTURE}
    assert User.objects.get(pk=ALICE).nickname == ""


def test_erasure_interrupted_between_row_and_file_is_finished(
    stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patching:
        patching.setattr("uploads.pruning.default_storage.delete", _fail)
        with pytest.raises(_PowerCut):
            erase()
    assert not StoredFile.objects.filter(name=VOICE).exists()
    erase()
    assert there(stored) == {PICTURE}


def test_erasing_unknown_or_service_account_is_refused(settings: Settings) -> None:
    User.objects.create(pk=DESK)
    for userid, why in (("nobody", "no such person"), (DESK, "of the service itself")):
        for call in (plan, erase):
            with pytest.raises(MaintenanceRefused, match=why):
                call(userid)
    assert not Erasure.objects.exists()


class TestHolds:
    def test_hold_of_another_person_permits_erasure(self) -> None:
        hold(user_id=CHARLIE)
        under_hold.require_person_free(ALICE)

    def test_hold_on_the_person_blocks_erasure(self) -> None:
        hold(user_id=ALICE)
        with pytest.raises(MaintenanceRefused, match="alice is under a legal hold"):
            under_hold.require_person_free(ALICE)

    def test_hold_on_a_group_blocks_erasure_of_its_writers(self, place: Group) -> None:
        hold(group=place)
        under_hold.require_person_free(BOB)
        with pytest.raises(MaintenanceRefused, match=f"alice has written to group {place.pk}, and that is"):
            under_hold.require_person_free(ALICE)

    def test_hold_on_a_recipient_blocks_erasure_of_the_sender(self) -> None:
        hold(user_id=ALICE)
        with pytest.raises(MaintenanceRefused, match="bob has written to alice"):
            under_hold.require_person_free(BOB)

    def test_hold_on_a_former_member_blocks_erasure_of_group_senders(self, place: Group) -> None:
        services.remove_members(place.pk, [BOB])
        hold(user_id=BOB)
        with pytest.raises(MaintenanceRefused, match=f"alice has written to group {place.pk}"):
            under_hold.require_person_free(ALICE)

    def test_hold_on_recipient_of_a_held_message_blocks_erasure(self) -> None:
        hold(user_id=BOB)
        write(CHARLIE, BOB, kind="held")
        with pytest.raises(MaintenanceRefused, match="charlie has written to bob"):
            under_hold.require_person_free(CHARLIE)

    def test_hold_on_a_reported_person_blocks_erasure_of_the_reporter(self) -> None:
        filing.file_report(CHARLIE, "u:bob", "abuse", "He threatened me.")
        hold(user_id=ALICE)
        under_hold.require_person_free(CHARLIE)
        hold(user_id=BOB)
        with pytest.raises(MaintenanceRefused, match="charlie is in a report that is under"):
            under_hold.require_person_free(CHARLIE)

    def test_hold_on_a_reporter_blocks_erasure_of_the_reported(self) -> None:
        filing.file_report(BOB, "u:charlie", "abuse", "He threatened me.")
        hold(user_id=BOB)
        with pytest.raises(MaintenanceRefused, match="charlie is in a report that is under"):
            under_hold.require_person_free(CHARLIE)


def test_repeated_erasure_keeps_new_messages_of_unbanned_person(tmp_path: Path) -> None:
    erase()
    listed = tmp_path / "list"
    listed.write_text("".join(records.list_lines()))
    set_account_status(ALICE, banned=False)
    write(ALICE, BOB, "something new")
    erase_again(records.read_list(listed), unseen)
    assert Message.objects.filter(content="something new").exists()
    Erasure.objects.update(finished_at=timezone.now() - timedelta(hours=1))
    erase_again(records.read_list(listed), unseen)
    assert not Message.objects.filter(content="something new").exists()


def test_person_erasure_reports_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, list[int]] = {}

    @contextmanager
    def progress(what: str, total: int | None) -> Iterator[Advance]:
        steps = seen.setdefault(what, [total or 0])
        yield steps.append

    erase_person(ALICE, COMMAND, "", progress)
    assert seen.keys() == {"looking for files", "erasing"}
    for total, *steps in seen.values():
        assert sum(steps) == total > 0


def hold(**of: Any) -> None:
    Hold.objects.create(reason="a lawsuit", made_by="/manage.py", **of)


class _PowerCut(Exception):
    pass


def _fail(*_: Any) -> None:
    raise _PowerCut


def _cut_off(step: str, when: str) -> Callable[..., None]:
    module, _, name = step.rpartition(".")
    real = getattr(pytest.importorskip(module), name)

    def cut(*arguments: Any, **named: Any) -> None:
        if when == "after":
            done = real(*arguments, **named)
            if name == "erase_written":
                next(done)
        raise _PowerCut

    return cut
