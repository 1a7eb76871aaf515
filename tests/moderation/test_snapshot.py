"""What is kept of what was reported, as it was then."""

from typing import Any

from groups import editing, services
from log.models import Group
from log.rows import EDIT, RECALL
from moderation.reports import filing, snapshots
from tests.support.groups import ALICE, BOB, CHARLIE, NAME
from tests.support.reports import amend, write


def kept(reporter: str, target: str) -> dict[str, Any]:
    return filing.file_report(reporter, target, "spam", "").snapshot


def test_snapshot_has_message_and_surrounding_ones(group: Group) -> None:
    ids = [write(sender, group.pk, f"{sender} says") for sender in (ALICE, BOB, ALICE)]
    snapshot = kept(ALICE, f"m:{ids[1]}")
    assert snapshot["conversation"] == f"g:{group.pk}"
    assert snapshot["title"] == NAME
    before, reported, after = snapshot["messages"]
    assert (before["id"], before["from"], before["name"]) == (ids[0], ALICE, ALICE)
    assert (reported["id"], reported["content"], reported["kind"]) == (ids[1], "bob says", "text")
    assert reported["reported"] is True
    assert "reported" not in before
    assert after["id"] == ids[2]
    assert after["time"] >= before["time"]


def test_snapshot_has_five_messages_before_and_after(group: Group) -> None:
    ids = [write(BOB, group.pk, str(number)) for number in range(20)]
    snapshot = kept(ALICE, f"m:{ids[10]}")
    assert [message["id"] for message in snapshot["messages"]] == ids[5:16]


def test_snapshot_leaves_out_unreadable_messages(group: Group) -> None:
    write(BOB, group.pk, "before Charlie came")
    services.add_members(group.pk, [CHARLIE])
    message = write(BOB, group.pk, "to Charlie, too")
    snapshot = kept(CHARLIE, f"m:{message}")
    assert [one["content"] for one in snapshot["messages"]] == ["to Charlie, too"]


def test_snapshot_of_a_private_message_has_that_conversation(group: Group) -> None:
    write(CHARLIE, ALICE, "of another conversation")
    write(ALICE, BOB, "hello")
    message = write(BOB, ALICE, "go away")
    snapshot = kept(ALICE, f"m:{message}")
    assert snapshot["conversation"] == f"u:{BOB}"
    assert [one["content"] for one in snapshot["messages"]] == ["hello", "go away"]


def test_snapshot_survives_later_recall(group: Group) -> None:
    message = write(BOB, group.pk, "go away")
    report = filing.file_report(ALICE, f"m:{message}", "abuse", "")
    amend(RECALL, BOB, group.pk, message)
    report.refresh_from_db()
    assert report.snapshot["messages"][0]["content"] == "go away"


def test_snapshot_keeps_recalled_message_that_is_reported(group: Group) -> None:
    other, message = write(BOB, group.pk, "secret"), write(BOB, group.pk, "go away")
    for id_ in (other, message):
        amend(RECALL, BOB, group.pk, id_)
    neighbour, reported = kept(ALICE, f"m:{message}")["messages"]
    assert (neighbour["content"], neighbour["recalled"]) == ("", True)
    assert (reported["content"], reported["recalled"]) == ("go away", True)


def test_snapshot_has_last_edit(group: Group) -> None:
    message = write(BOB, group.pk, "go away")
    amend(EDIT, BOB, group.pk, message, "go far away")
    (reported,) = kept(ALICE, f"m:{message}")["messages"]
    assert (reported["content"], reported["edited"]) == ("go far away", True)


def test_snapshot_cuts_long_texts(group: Group) -> None:
    write(BOB, group.pk, "x" * 60_000)
    message = write(BOB, group.pk, "y" * 60_000)
    before, reported = kept(ALICE, f"m:{message}")["messages"]
    assert (before["content"], before["cut"]) == ("x" * snapshots.MAX_OTHER_CHARACTERS, True)
    assert (reported["content"], reported["cut"]) == ("y" * snapshots.MAX_REPORTED_CHARACTERS, True)


def test_snapshot_of_a_person_has_profile_and_last_messages(group: Group) -> None:
    written = [write(BOB, ALICE, str(number)) for number in range(12)]
    write(ALICE, BOB, "stop it")
    write(BOB, CHARLIE, "to another")
    snapshot = kept(ALICE, f"u:{BOB}")
    assert snapshot["person"] == {"userid": BOB, "nickname": "", "avatar": ""}
    assert [message["id"] for message in snapshot["messages"]] == written[2:]
    assert not any("reported" in message for message in snapshot["messages"])


def test_snapshot_of_a_person_without_messages_is_empty(group: Group) -> None:
    assert kept(CHARLIE, f"u:{BOB}")["messages"] == []


def test_snapshot_of_a_group_has_name_and_notice(group: Group) -> None:
    editing.edit_group(group.pk, notice="gold for sale")
    assert kept(BOB, f"g:{group.pk}") == {
        "group": {
            "id": str(group.pk),
            "name": NAME,
            "notice": "gold for sale",
            "picture": "",
            "members": 2,
        }
    }
