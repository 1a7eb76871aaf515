"""The first server's people, groups and waiting messages come over."""

import sqlite3

import pytest
from django.utils import timezone
from redis import ConnectionError

from accounts.models import User
from accounts.services import ensure_users, set_account_status, set_avatar
from chat.reading.conversations import conversations_of, unread_of
from firstserver.errors import CannotImport
from groups.services import create_group
from log.appending import Draft, append
from log.models import Group, Membership, Message
from tests.firstserver.conftest import Import
from tests.firstserver.first_server import NOW, FirstServer, grouped, unicast
from tests.firstserver.reading import contents, waiting_for


def members(group: int) -> list[tuple[str, str]]:
    current = Membership.objects.current().filter(group=group).order_by("pk")
    return list(current.values_list("user", "role"))


def test_people_groups_and_waiting_messages_are_imported(first: FirstServer, run_import: Import) -> None:
    first.person("bob", "Bob 鲍勃", "http://h/bob.jpg")
    first.group(12, "alice", ["bob", "alice"], "Friends", "Be kind.")
    first.wait("bob", unicast("alice", "hello", NOW), grouped("alice", "to all", 12, NOW + 1, "ZXh0\n"))

    assert run_import() == [
        "2 people, 1 groups, 2 memberships and 2 messages were imported.",
        "The messages wait for 1 people.",
        "Left out or changed:",
        "  1 missing or nonsensical numbers of the next group: 'groupID'",
    ]

    bob = User.objects.get(pk="bob")
    group = Group.objects.get(pk=12)
    assert (bob.nickname, bob.avatar) == ("Bob 鲍勃", "http://h/bob.jpg")
    assert (group.name, group.notice, group.creator_id, group.snap) == ("Friends", "Be kind.", "alice", "")
    assert members(12) == [("alice", "owner"), ("bob", "member")]
    first_, second = waiting_for("bob")
    assert first_[1:7] == ("text", "alice", "bob", "hello", "", NOW)
    assert second[1:7] == ("text", "alice", 12, "to all", "ZXh0\n", NOW + 1)
    assert contents("alice") == []


def test_all_conversations_have_begun_and_nothing_in_them_is_unread(
    first: FirstServer, run_import: Import
) -> None:
    first.group(12, "alice", ["bob", "alice"])
    first.wait("bob", unicast("alice", "hello"), grouped("alice", "to all", 12))
    run_import()
    for userid, other in (("alice", "bob"), ("bob", "alice")):
        assert {(listed.peer, listed.unread) for listed in conversations_of(userid)} == {(other, 0), (12, 0)}
    append([Draft("text", "alice", "bob", "new", "")])
    assert unread_of("bob", "alice") == 1


def test_new_people_cannot_sign_in_to_the_admin(first: FirstServer, run_import: Import) -> None:
    first.person("bob")
    run_import()
    assert not User.objects.get(pk="bob").has_usable_password()


def test_import_works_after_account_status_changes(first: FirstServer, run_import: Import) -> None:
    ensure_users(["bob"])
    set_account_status("bob", muted=True)
    first.person("bob")
    first.wait("bob", unicast("alice", "hello", NOW))
    run_import()
    assert contents("bob") == ["hello"]
    assert User.objects.get(pk="bob").muted


def test_existing_person_keeps_the_profile_at_import(first: FirstServer, run_import: Import) -> None:
    ensure_users(["alice", "bob"])
    set_avatar("bob", "/media/new.jpg")
    first.person("bob", "Bob", "http://h/old.jpg")
    first.person("alice", "Alice")

    run_import()

    assert User.objects.get(pk="bob").avatar == "/media/new.jpg"
    assert User.objects.get(pk="bob").nickname == "Bob"
    assert User.objects.get(pk="alice").nickname == "Alice"


def test_group_message_for_many_people_is_imported_once(first: FirstServer, run_import: Import) -> None:
    first.group(12, "alice", ["alice", "bob", "charlie"])
    for userid in ("bob", "charlie"):
        first.wait(userid, grouped("alice", "to all", 12))
    run_import()
    assert Message.objects.count() == 1
    assert contents("bob") == contents("charlie") == ["to all"]


def test_same_text_to_two_people_makes_two_messages(first: FirstServer, run_import: Import) -> None:
    for userid in ("bob", "charlie"):
        first.wait(userid, unicast("alice", "hello"))
    run_import()
    assert Message.objects.count() == 2


def test_identical_messages_of_one_second_are_both_imported(first: FirstServer, run_import: Import) -> None:
    first.group(12, "alice", ["alice", "bob", "charlie"])
    first.wait("bob", *2 * [grouped("alice", "ha", 12)], *2 * [unicast("alice", "ha")])
    first.wait("charlie", *3 * [grouped("alice", "ha", 12)])
    run_import()
    assert contents("bob") == 4 * ["ha"]
    assert contents("charlie") == 3 * ["ha"]
    assert Message.objects.count() == 3 + 2


def test_messages_of_all_kinds_keep_every_byte(first: FirstServer, run_import: Import) -> None:
    odd = "a_b__unicast\n群 \u3000😀 "
    kinds = ["emotion", "video", "picture", "text", "audio"]
    first.wait("bob", *(unicast("alice", odd, NOW, f"_ {odd}_", kind) for kind in kinds))
    run_import()
    assert [entry[1:7] for entry in waiting_for("bob")] == [
        (kind, "alice", "bob", odd, f"_ {odd}_", NOW) for kind in kinds
    ]


def test_imported_messages_are_ordered_by_time_and_inbox(first: FirstServer, run_import: Import) -> None:
    first.wait(
        "bob", unicast("alice", "late", NOW + 5), unicast("alice", "b", NOW), unicast("alice", "a", NOW)
    )
    first.wait("charlie", unicast("alice", "between", NOW + 1))
    run_import()
    assert contents("bob") == ["b", "a", "late"]
    times = list(Message.objects.order_by("id").values_list("timet", flat=True))
    assert times == [NOW, NOW, NOW + 1, NOW + 5]


def test_later_member_imports_no_earlier_messages(first: FirstServer, run_import: Import) -> None:
    first.group(12, "alice", ["alice", "bob", "charlie"])
    early, late = grouped("alice", "early", 12, NOW), grouped("alice", "late", 12, NOW + 9)
    first.wait("bob", early, late)
    first.wait("charlie", unicast("alice", "hi", NOW - 1), late)
    run_import()
    assert contents("bob") == ["early", "late"]
    assert contents("charlie") == ["hi", "late"]


def test_former_member_imports_messages_until_leaving(first: FirstServer, run_import: Import) -> None:
    first.group(12, "alice", ["alice", "bob"])
    early, late = grouped("alice", "early", 12, NOW), grouped("alice", "late", 12, NOW + 9)
    first.wait("bob", early, late)
    first.wait("charlie", early, unicast("bob", "you are out", NOW + 10))
    run_import()
    assert contents("charlie") == ["early", "you are out"]
    assert members(12) == [("alice", "owner"), ("bob", "member")]


def test_returning_member_imports_messages_of_both_stays(first: FirstServer, run_import: Import) -> None:
    first.group(12, "alice", ["alice", "bob", "charlie"])
    frames = [grouped("alice", str(number), 12, NOW + number) for number in range(6)]
    first.wait("bob", *frames)
    first.wait("charlie", *frames[:2], *frames[4:])
    run_import()
    assert contents("charlie") == ["0", "1", "4", "5"]


def test_messages_sent_after_import_arrive(first: FirstServer, run_import: Import) -> None:
    first.group(12, "alice", ["alice", "bob", "charlie"])
    first.wait("bob", grouped("charlie", "old", 12))
    run_import()

    append([Draft("text", "alice", 12, "new", "")])

    assert contents("bob") == ["old", "new"]
    assert contents("charlie") == ["new"]
    assert contents("alice") == []


def test_imported_own_messages_are_not_delivered_to_sender(first: FirstServer, run_import: Import) -> None:
    first.group(12, "alice", ["alice", "bob", "charlie"])
    frames = [
        grouped(sender, sender, 12, NOW + number) for number, sender in enumerate(["alice", "bob", "alice"])
    ]
    first.wait("bob", frames[0], frames[2])
    first.wait("charlie", *frames)
    run_import()
    assert contents("bob") == ["alice", "alice"]
    assert Membership.objects.filter(user="bob").count() == 1


def test_imported_group_without_its_creator_gets_another_owner(
    first: FirstServer, run_import: Import
) -> None:
    first.group(12, "alice", ["charlie", "bob"])
    run_import()
    assert Group.objects.get(pk=12).creator_id == "alice"
    assert members(12) == [("bob", "owner"), ("charlie", "member")]


def test_imported_group_without_members_has_no_owner(first: FirstServer, run_import: Import) -> None:
    first.group(12, "alice", [])
    first.wait("alice", grouped("bob", "hello", 12))
    run_import()
    assert members(12) == []


def test_import_creates_unknown_senders(first: FirstServer, run_import: Import) -> None:
    first.wait("bob", unicast("stranger", "hello"))
    run_import()
    assert User.objects.filter(pk="stranger").exists()


def test_waiting_messages_of_dissolved_group_are_imported(first: FirstServer, run_import: Import) -> None:
    first.number_groups_from(20)
    first.wait("bob", grouped("alice", "farewell", 12))
    assert "  1 dissolved groups, kept because messages of them wait: '12'" in run_import()
    assert contents("bob") == ["farewell"]
    assert not Group.objects.alive().exists()
    assert members(12) == []


@pytest.mark.parametrize("counter", [3, 12, 13, 500])
def test_groups_created_after_import_get_later_ids(
    first: FirstServer, run_import: Import, counter: int
) -> None:
    first.number_groups_from(counter)
    first.group(12, "alice", ["alice"])
    run_import()
    assert create_group("alice", ["bob"], "new").pk == max(counter, 13)


def test_inboxes_of_later_server_are_imported(first: FirstServer, run_import: Import) -> None:
    first.group(12, "alice", ["bob"])
    events = [
        '{"target_type":"unicast","target":"bob","msg":{"type":"text","content":"a_b"},"ext":"x","from":"alice",'
        f'"timestamp":{NOW}}}',
        '{"target_type":"group","target":12,"msg":{"type":"picture","content":"u"},"ext":{"a":"群"},"from":"alice",'
        f'"timestamp":{NOW + 2}000}}',
    ]
    first.wait("offline_msg_bob", *events)
    first.wait("bob", unicast("alice", "between", NOW + 1))
    run_import()
    assert [entry[1:7] for entry in waiting_for("bob")] == [
        ("text", "alice", "bob", "a_b", "x", NOW),
        ("text", "alice", "bob", "between", "", NOW + 1),
        ("picture", "alice", 12, "u", '{"a":"群"}', NOW + 2),
    ]


def test_message_in_both_inboxes_of_a_person_is_imported_once(first: FirstServer, run_import: Import) -> None:
    first.group(12, "alice", ["alice", "52", " 52"])
    first.wait("52", grouped("alice", "to all", 12))
    first.wait(" 52", grouped("alice", "to all", 12))
    run_import()
    assert contents("52") == ["to all"]
    assert members(12) == [("alice", "owner"), ("52", "member")]


def test_future_time_of_message_becomes_the_present(first: FirstServer, run_import: Import) -> None:
    first.wait("bob", unicast("alice", "from the future", 9_000_000_000))
    run_import()
    (entry,) = waiting_for("bob")
    assert abs(entry.time - timezone.now().timestamp()) < 60


def test_large_inbox_is_imported_completely(first: FirstServer, run_import: Import) -> None:
    first.wait("bob", *(unicast("alice", f"{number} " + "x" * 1000, NOW + number) for number in range(3000)))
    run_import()
    assert [content.split()[0] for content in contents("bob")] == [str(number) for number in range(3000)]


def test_second_import_changes_nothing(first: FirstServer, run_import: Import) -> None:
    first.wait("bob", unicast("alice", "hello"))
    run_import()
    first.wait("bob", unicast("alice", "hello again"))
    (text,) = run_import()
    assert "Nothing is left to do: 2 people, 0 groups and 1 messages were imported at 20" in text
    assert contents("bob") == ["hello"]


def test_dry_run_writes_nothing(first: FirstServer, run_import: Import) -> None:
    first.group(12, "alice", ["bob"])
    first.wait("bob", unicast("alice", "hello"), "nonsense")

    text = run_import(dry_run=True)

    assert text[0] == "2 people, 1 groups, 1 memberships and 1 messages would be imported."
    assert "  1 messages left out, each of which has fewer than seven fields: 'bob: nonsense'" in text
    assert not User.objects.exists()
    assert not Group.objects.exists()
    assert not Message.objects.exists()
    assert "were imported." in run_import()[0]


def test_failed_import_leaves_no_data(
    first: FirstServer, run_import: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    first.group(12, "alice", ["bob"])
    first.wait("bob", unicast("alice", "hello"))
    with monkeypatch.context() as broken:
        broken.setattr("firstserver.writing.raise_delivered", lambda cursors: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run_import()
    assert not User.objects.exists()
    assert not Message.objects.exists()

    run_import()

    assert contents("bob") == ["hello"]


def test_full_disk_is_reported(
    first: FirstServer, run_import: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    first.wait("bob", unicast("alice", "hello"))
    monkeypatch.setattr("uploads.disk_space.is_short_for_messages", lambda: True)
    with pytest.raises(CannotImport, match="too little room"):
        run_import()
    assert not User.objects.exists()


def test_lost_redis_is_reported(
    first: FirstServer, run_import: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    first.wait("bob", unicast("alice", "hello"))

    def go_away(*_: object) -> None:
        raise ConnectionError("Connection closed by server.")

    monkeypatch.setattr("firstserver.source.Source.elements", go_away)
    with pytest.raises(CannotImport, match=r"Redis cannot be read: Connection closed by server\.$"):
        run_import()
    assert not User.objects.exists()


def test_full_temporary_folder_is_reported(
    first: FirstServer, run_import: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    first.wait("bob", unicast("alice", "hello"))

    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("firstserver.staging.Staging.add_frame", fail)
    with pytest.raises(CannotImport, match=r"temporary files .*: database or disk is full; SQLITE_TMPDIR"):
        run_import()
    assert not User.objects.exists()
