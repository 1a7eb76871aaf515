"""A moderator reads a message with those around it; a private one for a reason."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.services.moderating import erase, recall
from groups.services import remove_members
from log import appending
from log.appending import Draft
from log.models import Group
from log.rows import EDIT, RECALL, LogId, Recipient
from moderation.errors import NoReason, NotFound
from moderation.moderators import READ_DESK, Moderator, RoleMissing
from moderation.reading import MESSAGES_AROUND, ReviewedMessage, read_in_context
from tests.support.moderators import MODERATOR, NOBODY, REASON, entries, last_entry

pytestmark = pytest.mark.django_db

READER = Moderator("clerk", may=frozenset({READ_DESK}))


def write(sender: str, to: Recipient, content: str) -> LogId:
    return appending.append([Draft("text", sender, to, content, "")]).batch.last


def contents(context: list[ReviewedMessage]) -> list[str]:
    return [one.entry.content for one in context]


def test_group_message_is_read_with_surrounding_messages(group: Group) -> None:
    ids = [write("bob", group.pk, f"text {number}") for number in range(2 * MESSAGES_AROUND + 3)]
    write("bob", "alice", "elsewhere")
    context = read_in_context(MODERATOR, ids[MESSAGES_AROUND + 1], "")
    assert contents(context) == [f"text {number}" for number in range(1, 2 * MESSAGES_AROUND + 2)]
    assert entries() == []


def test_context_at_the_end_of_a_conversation_is_shorter(group: Group) -> None:
    write("bob", group.pk, "first")
    last = write("alice", group.pk, "last")
    assert contents(read_in_context(MODERATOR, last, "")) == ["first", "last"]


def test_context_of_private_message_has_only_that_conversation(group: Group) -> None:
    write("bob", "alice", "hello")
    middle = write("alice", "bob", "hi")
    write("bob", "alice", "how are you?")
    write("charlie", "alice", "to Alice")
    write("bob", "bob", "to himself")
    assert contents(read_in_context(MODERATOR, middle, REASON)) == ["hello", "hi", "how are you?"]


def test_reading_private_message_needs_a_reason_and_is_audited(group: Group) -> None:
    message = write("bob", "alice", "hello")
    with pytest.raises(NoReason):
        read_in_context(MODERATOR, message, " ")
    assert entries() == []
    read_in_context(MODERATOR, message, "she has reported it")
    entry = last_entry()
    assert (entry.action, entry.target, entry.reason) == ("private.read", "u:bob", "she has reported it")
    assert entry.details == {"peer": "alice", "message": message}


def test_reading_private_message_needs_its_permission(group: Group) -> None:
    of_group, private = write("bob", group.pk, "hello"), write("bob", "alice", "hi")
    assert contents(read_in_context(READER, of_group, "")) == ["hello"]
    with pytest.raises(RoleMissing):
        read_in_context(READER, private, REASON)
    assert last_entry().details == {"permission": "read_private", "wanted": "private.read"}
    with pytest.raises(RoleMissing):
        read_in_context(NOBODY, of_group, REASON)


def test_context_shows_edits_and_recalls(group: Group) -> None:
    edited, by_author, by_desk, erased = (write("bob", group.pk, f"text {number}") for number in range(4))
    for target, kind, content in ((edited, EDIT, "edited"), (by_author, RECALL, "")):
        appending.append([Draft(kind, "bob", group.pk, content, "", target=target)])
    recall([by_desk])
    erase(erased)
    context = read_in_context(MODERATOR, edited, "")
    assert contents(context) == ["edited", "text 1", "text 2", ""]
    assert [one.is_edited for one in context] == [True, False, False, False]
    assert [one.recalled and (one.recalled.by_desk, one.recalled.is_erased) for one in context] == [
        None,
        (False, False),
        (True, False),
        (True, True),
    ]


def test_context_shows_messages_of_former_member(group: Group) -> None:
    message = write("bob", group.pk, "hello")
    remove_members(group.pk, ["bob"])
    assert contents(read_in_context(MODERATOR, message, "")) == ["hello"]


def test_context_of_missing_message_rejected(group: Group) -> None:
    # The first row of the log tells of a group.
    for id_ in (1, 10**6):
        with pytest.raises(NotFound):
            read_in_context(MODERATOR, id_, REASON)


def test_context_has_constant_query_count(group: Group) -> None:
    first = write("bob", group.pk, "hello")
    with CaptureQueriesContext(
        connection,
    ) as one:
        read_in_context(MODERATOR, first, "")
    for _ in range(MESSAGES_AROUND):
        write("bob", group.pk, "hello")
    with CaptureQueriesContext(connection) as many:
        read_in_context(MODERATOR, first, "")
    assert len(many) == len(one)
