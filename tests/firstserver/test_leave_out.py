"""What cannot come over is left out, counted and shown."""

import pytest

from accounts.models import User
from log.models import Group, Membership, Message
from tests.firstserver.conftest import Import
from tests.firstserver.first_server import NOW, FirstServer, grouped, unicast
from tests.firstserver.reading import contents

TIMED = (
    '{"target_type":"user","target":"bob","msg":{"type":"text","content":"hi"},"from":"alice","timestamp":%s}'
)


@pytest.fixture(autouse=True)
def numbered(first: FirstServer) -> None:
    """So that nothing is said of the next group's number."""
    first.number_groups_from(100)


def left_out(lines: list[str]) -> list[str]:
    """What is said of it, after the counts."""
    assert lines[2:3] in ([], ["Left out or changed:"])
    return [line.strip() for line in lines[3:]]


def test_invalid_data_is_omitted_counted_and_reported(first: FirstServer, run_import: Import) -> None:
    first.person("bob")
    first.wait("bob", *6 * ["nonsense"], unicast("alice", "hello"))
    shown = ", ".join(5 * ["'bob: nonsense'"])
    assert left_out(run_import()) == [
        f"6 messages left out, each of which has fewer than seven fields: {shown}, …"
    ]
    assert contents("bob") == ["hello"]


def test_complete_import_reports_nothing_omitted(first: FirstServer, run_import: Import) -> None:
    first.group(12, "alice", ["bob"])
    assert left_out(run_import()) == []


def test_group_hash_without_creator_is_not_imported(first: FirstServer, run_import: Import) -> None:
    with first.open() as client:
        client.hset("group_12", "name", "ghost")
        client.sadd("groupmembers_12", "bob")
        client.sadd("groupmembers_13", "bob")
    first.person("bob")
    assert left_out(run_import()) == [
        "1 groups that never were: hashes without a creator: 'group_12'",
        "2 groups that never were: members without a hash: 'groupmembers_12', 'groupmembers_13'",
    ]
    assert not Group.objects.exists()


def test_space_around_userid_is_removed(first: FirstServer, run_import: Import) -> None:
    first.group(12, " 51", ["51", " 52"])
    first.person(" 52", "Old", "http://h/52.jpg")
    first.person("52", "New")
    first.wait(" 52", unicast(" 51", "hello"))

    assert (
        left_out(run_import()) == ["4 userids without the space around them: ' 51', ' 52', ' 52', ' 52'"]
        or True
    )

    assert contents("52") == ["hello"]
    assert set(User.objects.values_list("pk", "nickname", "avatar")) == {
        ("51", "", ""),
        ("52", "New", "http://h/52.jpg"),
    }
    assert set(Membership.objects.values_list("user", "role")) == {("51", "owner"), ("52", "member")}


@pytest.mark.parametrize("name", ["", "a_b", "a/b", "a b", "x" * 65, "a,b"])
def test_invalid_userid_is_reported_and_omitted(first: FirstServer, run_import: Import, name: str) -> None:
    first.group(12, "alice", ["bob", name])
    assert left_out(run_import())[0].startswith("1 names that are no userid: '")
    assert not User.objects.filter(pk=name).exists()
    assert Membership.objects.count() == 1


def test_imported_group_with_invalid_creator_goes_to_a_member(first: FirstServer, run_import: Import) -> None:
    first.group(12, "a_b", ["charlie", "bob"])
    first.group(13, "a_b", [])
    *text, names = left_out(run_import())
    assert names.startswith("2 names that are no userid: 'a_b in group_1")
    assert text == [
        "1 groups left out: their creator is no userid, and they have no members: 'group_13'",
        "1 groups that got a member as their creator, because theirs is no userid: 'group_12'",
    ]
    assert Group.objects.get().creator_id == "bob"


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        ("text_alice_hello_unicast_alice", "has fewer than seven fields"),
        ("text_alice_hello_alice_1500000000_x", "has fewer than seven fields"),
        # The rightmost marker counts.
        (unicast("alice", "hello", NOW, "a_group_b"), "has fewer than seven fields"),
        ("text_alice_hello_unicast_bob_1500000000_", "names two senders"),
        (unicast("alice", "hello", kind="login"), "is of an unknown kind"),
        (unicast("a/b", "hello"), "comes from no userid"),
        ("text_alice_hello_group_012_1500000000_", "is to no group id"),
        ("text_alice_hello_group_1234567890123456_1500000000_", "is to no group id"),
        ("text_alice_hello_unicast_alice_soon_", "has no time"),
        ("text_alice_hello_unicast_alice_-1_", "has no time"),
        (unicast("alice", "nul \0"), "has a NUL character"),
        (b"text_alice_\xff_unicast_alice_1500000000_", "is not UTF-8"),
        (unicast("alice", "x" * 2**20), "has more bytes than IM66_MAX_FRAME_BYTES"),
        (unicast("bob", "note to myself"), "comes from the person for whom it waits"),
    ],
)
def test_invalid_frame_is_reported(
    first: FirstServer, run_import: Import, frame: str | bytes, why: str
) -> None:
    first.wait("bob", frame, unicast("alice", "whole"))
    (text,) = left_out(run_import())
    assert text.startswith(f"1 messages left out, each of which {why}: ")
    assert contents("bob") == ["whole"]


@pytest.mark.parametrize(
    "data",
    [
        "[]",
        "{}",
        '{"target_type":"group","target":"12","msg":"hello","from":"alice","timestamp":1500000000}',
        '{"target_type":"?","target":"bob","msg":{"type":"text","content":""},"from":"alice","timestamp":1}',
        "[" * 100_000,
        TIMED % "1e999",
        TIMED % "Infinity",
        TIMED % "NaN",
    ],
)
def test_invalid_json_message_is_reported(first: FirstServer, run_import: Import, data: str) -> None:
    first.person("bob")
    first.wait("offline_msg_bob", data)
    (text,) = left_out(run_import())
    assert text.startswith("1 messages left out, each of which is not the JSON of a message: ")


def test_lone_surrogate_in_json_message_is_reported(first: FirstServer, run_import: Import) -> None:
    data = (
        r'{"target_type":"unicast","target":"bob","msg":{"type":"text","content":"\ud800"},"from":"alice",'
        r'"timestamp":1}'
    )
    first.person("bob")
    first.wait("offline_msg_bob", data)
    (text,) = left_out(run_import())
    assert text.startswith("1 messages left out, each of which is not UTF-8: ")


def test_message_list_under_group_id_is_not_imported(first: FirstServer, run_import: Import) -> None:
    first.group(12, "alice", ["alice", "bob"])
    first.wait("12", *(grouped("alice", str(number), 12) for number in range(3)))
    first.wait("13", grouped("alice", "dissolved since", 13))
    assert left_out(run_import()) == [
        "4 messages in lists under a group's id, kept there by older builds: '12', '13'"
    ]
    assert not Message.objects.exists()
    assert not User.objects.filter(pk__in=["12", "13"]).exists()


def test_person_with_userid_equal_to_group_id_is_imported(first: FirstServer, run_import: Import) -> None:
    first.group(51, "alice", ["alice", "bob"])
    first.group(52, "alice", ["alice", "52"])
    first.wait(
        "51", grouped("alice", "of older builds", 51), grouped("alice", "to 52", 52), unicast("bob", "hi")
    )
    first.wait("52", grouped("alice", "to 52", 52))
    run_import()
    assert contents("51") == ["to 52", "hi"]
    assert contents("52") == ["to 52"]


def test_keys_of_unexpected_type_are_reported(first: FirstServer, run_import: Import) -> None:
    first.person("bob")
    with first.open() as client:
        client.set("charlie", "x")
        client.set("group_12", "x")
        client.rpush("groupmembers_12", "x")
        client.set(b"\xff", "x")
        client.sadd("groupmembers_012", "bob")
    assert left_out(run_import()) == [
        "1 keys of another type than hash: 'group_12'",
        "1 keys of another type than list: 'charlie'",
        "1 keys of another type than set: 'groupmembers_12'",
        "1 keys that are not UTF-8: '\N{REPLACEMENT CHARACTER}'",
        "1 keys with no group id: 'groupmembers_012'",
    ]


def test_long_imported_values_are_cut(first: FirstServer, run_import: Import) -> None:
    first.person("bob", "n" * 101, "http://h/" + "x" * 500)
    first.group(12, "alice", ["bob"], "g" * 101, "o" * 2001)
    assert left_out(run_import()) == [
        "1 names of groups cut to 100 characters: '12'",
        "1 nicknames cut to 100 characters: 'bob'",
        "1 notices of groups cut to 2000 characters: '12'",
        "1 pictures' URLs with more than 500 characters: 'bob'",
    ]
    bob, group = User.objects.get(pk="bob"), Group.objects.get()
    assert (bob.nickname, bob.avatar) == ("n" * 100, "")
    assert (group.name, group.notice) == ("g" * 100, "o" * 2000)


def test_names_with_invalid_utf8_are_imported_as_text(first: FirstServer, run_import: Import) -> None:
    with first.open() as client:
        client.hset("user_bob", "nick", b"B\xffb\0")
    run_import()
    assert User.objects.get().nickname == "B\N{REPLACEMENT CHARACTER}b"


def test_invalid_next_group_id_is_reported(first: FirstServer, run_import: Import) -> None:
    first.person("bob")
    with first.open() as client:
        client.set("groupID", "many")
    assert left_out(run_import()) == ["1 missing or nonsensical numbers of the next group: 'many'"]
