"""What follows when a message is erased at the desk."""

from pathlib import Path

import pytest
from pytest_django import Settings

from keeping.erasing.messages import erase_message
from keeping.models import Erasure, Hold
from log.appending import Draft, append
from log.models import Group, HeldMessage, Message
from moderation.actions.messages import discard, erase
from moderation.errors import CannotSend
from moderation.models import Report
from moderation.reports import filing
from tests.keeping.conftest import PICTURE, VOICE
from tests.support.groups import ALICE, BOB
from tests.support.moderators import MODERATOR, REASON, empty_audit_log, entries
from tests.support.threads import wait_for_removals
from uploads.models import StoredFile


@pytest.fixture(autouse=True)
def stored(place: Group, media: Path, settings: Settings) -> Path:
    empty_audit_log()
    local = {**settings.STORAGES["default"], "OPTIONS": {"location": media, "allow_overwrite": True}}
    settings.STORAGES = {**settings.STORAGES, "default": local}
    for name in (VOICE, PICTURE):
        StoredFile.objects.create(stem=name[:32], name=name)
    return media


def write(sender: str, to: str | int, content: str, kind: str = "text") -> int:
    return append([Draft(kind, sender, to, content, "")]).batch.last


def test_message_erasure_is_recorded(place: Group) -> None:
    id_ = write(ALICE, place.pk, "illegal")
    erase(MODERATOR, id_, REASON)
    done = Erasure.objects.get()
    assert done.target == f"m:{id_}"
    assert done.finished_at is not None


def test_erased_message_loses_its_file(place: Group, stored: Path) -> None:
    id_ = write(ALICE, place.pk, f"/media/{VOICE}", "audio")
    erase(MODERATOR, id_, REASON)
    wait_for_removals()
    assert {path.name for path in stored.iterdir()} == {PICTURE}
    assert Erasure.objects.get().finished_at is not None


def test_erased_message_keeps_file_used_by_other_messages(place: Group, stored: Path) -> None:
    id_, _ = (write(sender, place.pk, f"/media/{VOICE}", "audio") for sender in (ALICE, BOB))
    erase(MODERATOR, id_, REASON)
    wait_for_removals()
    assert {path.name for path in stored.iterdir()} == {VOICE, PICTURE}


@pytest.mark.parametrize("held", ["author", "recipient", "group"])
def test_message_under_legal_hold_is_not_erased(place: Group, held: str) -> None:
    id_ = write(ALICE, place.pk if held == "group" else BOB, "evidence")
    person = {"author": ALICE, "recipient": BOB}.get(held)
    group = place if person is None else None
    Hold.objects.create(reason="a lawsuit", made_by="/manage.py", user_id=person, group=group)
    with pytest.raises(CannotSend, match="legal hold"):
        erase(MODERATOR, id_, REASON)
    assert Message.objects.get(pk=id_).content == "evidence"
    assert not Erasure.objects.exists()


def test_held_message_to_person_under_legal_hold_is_not_discarded() -> None:
    id_ = write(ALICE, BOB, "threat", "held")
    held = Hold.objects.create(user_id=BOB, reason="a lawsuit", made_by="command")
    with pytest.raises(CannotSend, match="legal hold"):
        discard(MODERATOR, id_, REASON)
    assert HeldMessage.objects.filter(content="threat", is_waiting=True).exists()
    held.delete()
    for _ in range(2):
        discard(MODERATOR, id_, REASON)
    assert HeldMessage.objects.filter(content="", is_waiting=False).exists()


class TestAgain:
    """After a restore."""

    def test_erasing_reported_message_removes_file_and_report_copy(self, place: Group, stored: Path) -> None:
        id_ = write(ALICE, place.pk, f"/media/{VOICE}", "audio")
        filing.file_report(BOB, f"m:{id_}", "spam", "")
        assert erase_message(id_, MODERATOR, REASON)
        assert Message.objects.get(pk=id_).content == ""
        assert VOICE not in str(Report.objects.values_list("snapshot", flat=True).get())
        assert {path.name for path in stored.iterdir()} == {PICTURE}
        assert Erasure.objects.get().finished_at is not None
        assert entries() == [("message.erase", f"m:{id_}")]

    def test_repeated_erasure_ignores_an_earlier_hold(self, place: Group) -> None:
        id_ = write(ALICE, place.pk, "evidence")
        Hold.objects.create(reason="a lawsuit", made_by="/manage.py", user_id=ALICE)
        assert erase_message(id_, MODERATOR, REASON)
        assert Message.objects.get(pk=id_).content == ""

    def test_erasing_unknown_message_again_does_nothing(self, place: Group) -> None:
        assert not erase_message(10**6, MODERATOR, REASON)
        assert entries() == []
