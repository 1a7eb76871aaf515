"""A moderator recalls messages, restores them, or erases one for good."""

import pytest

from accounts.models import User
from log import appending
from log.amendments import recalls_of
from log.appending import Draft
from log.models import Group, Message
from log.rows import LogId, Recipient
from moderation.actions.messages import erase, recall, restore
from moderation.errors import NotFound, ProtectedPerson
from moderation.models import Report
from moderation.reports import filing
from tests.support.groups import everything
from tests.support.moderators import MODERATOR, REASON, audit_log, entries, notices_to

pytestmark = pytest.mark.django_db


def write(sender: str, to: Recipient, content: str = "hello") -> LogId:
    return appending.append([Draft("text", sender, to, content, "")]).batch.last


@pytest.fixture
def message(group: Group) -> LogId:
    return write("bob", group.pk)


def test_recall_notifies_sender_and_is_audited(message: LogId) -> None:
    entry = recall(MODERATOR, [message], "spam")
    stored = recalls_of([message])[message]
    assert stored.by_desk
    assert entry.log_id == stored.id
    assert entries() == [("message.recall", f"m:{message}")]
    (text,) = notices_to("bob")
    assert text.startswith("A moderator has removed a message of yours.")
    assert text.endswith("spam")


def test_recall_without_audit_entry_is_rolled_back(message: LogId, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise EOFError

    monkeypatch.setattr("moderation.actions.messages._record_each", fail)
    with pytest.raises(EOFError):
        recall(MODERATOR, [message], REASON)
    assert recalls_of([message]) == {}
    assert notices_to("bob") == []


def test_restore_notifies_no_one(message: LogId) -> None:
    recall(MODERATOR, [message], REASON)
    entry = restore(MODERATOR, [message], REASON)
    assert recalls_of([message]) == {}
    assert entry.log_id
    assert len(notices_to("bob")) == 1


def test_erased_message_is_deleted_from_the_database(message: LogId) -> None:
    entry = erase(MODERATOR, message, "illegal")
    assert Message.objects.get(pk=message).content == ""
    assert recalls_of([message])[message].id == entry.log_id
    assert entries() == [("message.erase", f"m:{message}")]
    assert notices_to("bob")[0].endswith("illegal")


def test_erased_message_is_removed_from_reports(message: LogId) -> None:
    related_to = write("bob", Message.objects.get(pk=message).group_id or 0, "another one")
    for reported in (message, related_to):
        filing.file_report("alice", f"m:{reported}", "spam", "")
    erase(MODERATOR, message, "illegal")
    for report in Report.objects.all():
        contents_reported = {one["id"]: one["content"] for one in report.snapshot["messages"]}
        assert contents_reported == {message: "", related_to: "another one"}


def test_erasing_recalled_message_notifies_once(message: LogId) -> None:
    recall(MODERATOR, [message], REASON)
    erase(MODERATOR, message, REASON)
    assert len(notices_to("bob")) == 1


def test_bulk_recall_has_entry_per_message_and_notice_per_author(group: Group) -> None:
    ids = [write("bob", group.pk), write("bob", "alice"), write("alice", group.pk)]
    entry = recall(MODERATOR, ids, REASON)
    assert entry.target == f"m:{ids[0]}"
    assert entries() == [("message.recall", f"m:{id_}") for id_ in ids]
    rows = audit_log().values_list("log_id", flat=True)
    assert list(rows) == [recalls_of(ids)[id_].id for id_ in ids]
    assert notices_to("bob")[0].startswith("A moderator has removed 2 messages of yours.")
    assert len(notices_to("bob")) == len(notices_to("alice")) == 1


def test_repeated_recall_changes_nothing_and_is_audited(message: LogId) -> None:
    recall(MODERATOR, [message], REASON)
    before = everything()
    assert recall(MODERATOR, [message], REASON).log_id is None
    assert everything() == before
    erase(MODERATOR, message, REASON)
    before = everything()
    assert erase(MODERATOR, message, REASON).log_id is None
    assert restore(MODERATOR, [message], REASON).log_id is None
    assert everything() == before
    assert len(entries()) == 5


def test_recall_of_missing_message_rejected(message: LogId) -> None:
    before = everything()
    for ids in ([], [message, 10**6]):
        with pytest.raises(NotFound):
            recall(MODERATOR, ids, REASON)
    with pytest.raises(NotFound):
        erase(MODERATOR, 10**6, REASON)
    assert everything() == before
    assert entries() == []


def test_only_superusers_recall_messages_of_staff(group: Group, message: LogId) -> None:
    User.objects.filter(pk="bob").update(is_staff=True)
    with pytest.raises(ProtectedPerson):
        recall(MODERATOR, [message], REASON)
    assert recall(MODERATOR._replace(is_superuser=True), [message], REASON).log_id


def test_staff_recall_their_own_messages(group: Group, message: LogId) -> None:
    User.objects.filter(pk="bob").update(is_staff=True)
    assert recall(MODERATOR._replace(name="bob"), [message], REASON).log_id
