"""The conversations that two people begin, and those of people who have written to each other before there
were any."""

import pytest

from accounts.services import ensure_users, set_account_status
from chat.reading.conversations import conversations_of
from groups.services import add_members, create_group, remove_members
from log import pairs, positions
from log.appending import Draft, append
from log.models import Conversation, Group

Row = tuple[str, str | int | None, int]


def stored() -> set[Row]:
    """Whose, with whom or in which group, and read up to where."""
    rows = Conversation.objects.values_list("user", "peer", "group", "read_id")
    return {(user, peer or group, read_id) for user, peer, group, read_id in rows}


def write(sender: str, to: str | int) -> int:
    return append([Draft("text", sender, to, "hi", "")]).batch.last


class TestBegin:
    @pytest.fixture(autouse=True)
    def people(self, transactional_db: None) -> None:
        ensure_users(["alice", "bob", "charlie"])

    def test_a_conversation_has_a_row_for_each_of_two(self) -> None:
        pairs.begin([("alice", "bob")])
        assert stored() == {("alice", "bob", 0), ("bob", "alice", 0)}

    def test_conversation_with_oneself_has_one_row(self) -> None:
        pairs.begin([("alice", "alice")])
        assert stored() == {("alice", "alice", 0)}

    def test_existing_conversation_keeps_its_read_mark(self) -> None:
        pairs.begin([("alice", "bob")])
        Conversation.objects.update(read_id=7)
        pairs.begin([("bob", "alice"), ("bob", "charlie"), ("alice", "bob")])
        assert stored() == {
            ("alice", "bob", 7),
            ("bob", "alice", 7),
            ("bob", "charlie", 0),
            ("charlie", "bob", 0),
        }

    def test_conversation_is_request_for_person_who_has_not_written(self) -> None:
        def requests() -> set[str]:
            return set(Conversation.objects.filter(request=True).values_list("user", flat=True))

        pairs.begin([("alice", "bob"), ("bob", "charlie"), ("charlie", "bob")], [("alice", "charlie")])
        assert requests() == {"bob"}
        pairs.begin([("alice", "bob")])
        assert requests() == {"bob"}
        pairs.begin([("bob", "alice")])
        pairs.begin([("alice", "bob")])
        assert requests() == set()

    def test_many_conversations_begin_in_one_call(self) -> None:
        others = [f"u{number}" for number in range(250)]
        ensure_users(others)
        pairs.begin([("alice", other) for other in others])
        assert len(stored()) == 500


class TestWhatWasThereBefore:
    """The import of the first server's messages."""

    @pytest.fixture(autouse=True)
    def before(self, group: Group) -> None:
        """Alice has written to Bob, Charlie to himself."""
        write("alice", "bob")
        write("charlie", "charlie")
        write("alice", group.pk)
        Conversation.objects.all().delete()

    def begin(self) -> int:
        """The id of the last row."""
        last = positions.last_id()
        pairs.begin_from_log(last)
        pairs.begin_in_groups(last)
        return last

    def test_backfilled_conversations_have_no_unread(self, group: Group) -> None:
        last = self.begin()
        assert stored() == {
            ("alice", "bob", last),
            ("bob", "alice", last),
            ("charlie", "charlie", last),
            ("alice", group.pk, last),
            ("bob", group.pk, last),
        }
        assert {(listed.peer, listed.unread) for listed in conversations_of("bob")} == {
            ("alice", 0),
            (group.pk, 0),
        }

    def test_messages_after_backfill_are_unread(self, group: Group) -> None:
        self.begin()
        write("alice", "bob")
        write("alice", group.pk)
        assert [listed.unread for listed in conversations_of("bob")] == [1, 1]

    def test_backfill_keeps_existing_conversations(self, group: Group) -> None:
        write("alice", "bob")
        self.begin()
        again = stored()
        self.begin()
        assert stored() == again
        assert ("bob", "alice", 0) in again

    def test_backfill_skips_former_members(self, group: Group) -> None:
        remove_members(group.pk, ["bob"])
        self.begin()
        assert not Conversation.objects.filter(user="bob", group=group.pk).exists()
        assert Conversation.objects.filter(user="alice", group=group.pk).exists()

    def test_a_change_of_standing_is_no_message(self, group: Group) -> None:
        set_account_status("bob", muted=True)
        self.begin()
        assert not Conversation.objects.filter(user="bob", peer="bob").exists()

    def test_an_empty_log_has_no_conversations(self, group: Group) -> None:
        add_members(create_group("alice", [], "二").pk, ["bob"])
        self.begin()
        assert Conversation.objects.filter(user="bob").count() == 3
