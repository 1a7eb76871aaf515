"""Which message a person may recall, edit or react to."""

from collections.abc import Callable

import pytest

from accounts.access import Role
from accounts.codes import Name
from chat.failures import CommandRefused
from chat.protocol.commands import Amend
from chat.protocol.replies import Amended
from chat.services import moderating
from chat.services.amending import (
    MAX_CHANGES_PER_PERSON,
    MAX_REACTIONS,
    AmendmentTarget,
    check_reply,
    resolve_target,
)
from groups.services import add_members, mute_member, remove_members, set_quiet, set_role
from log.appending import Draft, append
from log.models import Group, Message
from log.rows import EDIT, MEMBERSHIP, REACTION, RECALL, LogId, Recipient
from log.stored_rows import OFF

YESTERDAY = 86_400


def write(
    sender: str, to: Recipient, kind: str = "text", content: str = "hi", target: LogId | None = None
) -> LogId:
    return append([Draft(kind, sender, to, content, "", target=target)]).batch.last


def refusal(ask: Callable[[], object]) -> tuple[Name, str]:
    with pytest.raises(CommandRefused) as refused:
        ask()
    return refused.value.failure.name, refused.value.failure.reason


def react(message: LogId, *, is_on: bool) -> None:
    """By Bob, to a message of Alice."""
    append([Draft(REACTION, "bob", "alice", "👍", "" if is_on else OFF, target=message)])


def make_old(message: LogId) -> None:
    Message.objects.filter(pk=message).update(timet=YESTERDAY)


NOT_FOUND = (Name.NOT_FOUND, "no such message")
OF_ANOTHER = (Name.NOT_ALLOWED, "this is somebody else's message")
TOO_LATE = (Name.NOT_ALLOWED, "it is too late for that")
of_the_author = pytest.mark.parametrize("command", [Amend(RECALL, 0), Amend(EDIT, 0, "hello")])


def of(command: Amend, target: LogId) -> Amend:
    return Amend(command.kind, target, command.content, command.is_on)


@of_the_author
def test_the_author_may(group: Group, command: Amend) -> None:
    for sender, to in (("alice", "bob"), ("bob", group.pk)):
        message = write(sender, to)
        assert resolve_target(sender, of(command, message)) == AmendmentTarget(message, to)


@pytest.mark.promise("json-36")
@of_the_author
def test_only_the_author_may_recall_or_edit_a_message(group: Group, command: Amend) -> None:
    message = write("alice", "bob")
    assert refusal(lambda: resolve_target("bob", of(command, message))) == OF_ANOTHER
    assert refusal(lambda: resolve_target("charlie", of(command, message))) == NOT_FOUND


@pytest.mark.promise("json-13")
@of_the_author
def test_the_author_may_not_for_ever(group: Group, command: Amend) -> None:
    message = write("bob", group.pk)
    make_old(message)
    assert refusal(lambda: resolve_target("bob", of(command, message))) == TOO_LATE


@pytest.mark.promise("json-13")
def test_group_managers_may_recall_at_any_time(group: Group) -> None:
    message = write("bob", group.pk)
    make_old(message)
    add_members(group.pk, ["charlie"])
    assert resolve_target("alice", Amend(RECALL, message)) == AmendmentTarget(message, group.pk)
    assert refusal(lambda: resolve_target("alice", Amend(EDIT, message, "x"))) == OF_ANOTHER
    other = write("bob", group.pk)
    assert refusal(lambda: resolve_target("charlie", Amend(RECALL, other))) == OF_ANOTHER
    set_role(group.pk, "charlie", Role.ADMIN)
    assert resolve_target("charlie", Amend(RECALL, other)) == AmendmentTarget(other, group.pk)


def test_only_a_text_can_be_edited(group: Group) -> None:
    message = write("alice", "bob", "picture")
    assert refusal(lambda: resolve_target("alice", Amend(EDIT, message, "x")))[0] is Name.INVALID
    assert resolve_target("alice", Amend(RECALL, message)) == AmendmentTarget(message, "bob")


@pytest.mark.promise("json-14")
def test_readers_of_a_message_may_react_to_it(group: Group) -> None:
    reaction = Amend(REACTION, write("alice", "bob"), "👍")
    assert resolve_target("bob", reaction) == AmendmentTarget(reaction.target, "alice")
    assert resolve_target("alice", reaction) == AmendmentTarget(reaction.target, "bob")
    assert refusal(lambda: resolve_target("charlie", reaction)) == NOT_FOUND
    in_group = Amend(REACTION, write("alice", group.pk), "👍")
    assert resolve_target("bob", in_group) == AmendmentTarget(in_group.target, group.pk)
    assert refusal(lambda: resolve_target("charlie", in_group)) == NOT_FOUND


@pytest.mark.parametrize("command", [Amend(EDIT, 0, "x"), Amend(REACTION, 0, "👍")])
def test_only_managers_may_amend_in_a_quiet_group(group: Group, command: Amend) -> None:
    message = write("bob", group.pk)
    set_quiet(group.pk, True)
    assert refusal(lambda: resolve_target("bob", of(command, message))) == (
        Name.MUTED,
        "only owners and admins may write now",
    )
    assert resolve_target("bob", Amend(RECALL, message)) == AmendmentTarget(message, group.pk)
    assert resolve_target("alice", Amend(REACTION, message, "👍")) == AmendmentTarget(message, group.pk)


def test_muted_member_may_not_amend_in_the_group(group: Group) -> None:
    message = write("bob", group.pk)
    mute_member(group.pk, "bob", None, "")
    for command in (Amend(RECALL, message), Amend(EDIT, message, "x"), Amend(REACTION, message, "👍")):
        assert refusal(lambda command=command: resolve_target("bob", command)) == (  # type: ignore[misc]
            Name.MUTED,
            "you are muted",
        )
    assert resolve_target("bob", Amend(RECALL, write("bob", "alice"))).to == "alice"  # type: ignore[union-attr]


def test_removed_member_may_not_amend_in_the_group(group: Group) -> None:
    message = write("bob", group.pk)
    remove_members(group.pk, ["bob"])
    for command in (Amend(RECALL, message), Amend(REACTION, message, "👍")):
        assert refusal(lambda command=command: resolve_target("bob", command)) == (  # type: ignore[misc]
            Name.NOT_ALLOWED,
            "you are not in this group",
        )


def test_later_member_cannot_react_to_earlier_messages(group: Group) -> None:
    message = write("bob", group.pk)
    add_members(group.pk, ["charlie"])
    assert refusal(lambda: resolve_target("charlie", Amend(REACTION, message, "👍"))) == NOT_FOUND


@pytest.mark.promise("json-12")
def test_a_recalled_message_can_be_recalled_again_and_that_is_all(group: Group) -> None:
    message = write("alice", "bob")
    recall = write("alice", "bob", RECALL, "", message)
    assert resolve_target("alice", Amend(RECALL, message)) == Amended(recall)
    assert refusal(lambda: resolve_target("alice", Amend(EDIT, message, "x"))) == NOT_FOUND
    assert refusal(lambda: resolve_target("bob", Amend(REACTION, message, "👍"))) == NOT_FOUND


def test_a_restored_message_can_be_recalled_again(group: Group) -> None:
    message = write("alice", "bob")
    moderating.recall([message])
    moderating.restore([message])
    assert resolve_target("alice", Amend(EDIT, message, "x")) == AmendmentTarget(message, "bob")
    assert resolve_target("alice", Amend(RECALL, message)) == AmendmentTarget(message, "bob")
    recall = write("alice", "bob", RECALL, "", message)
    assert resolve_target("alice", Amend(RECALL, message)) == Amended(recall)


@pytest.mark.promise("json-12")
def test_a_reaction_that_is_there_is_not_given_again(group: Group) -> None:
    message = write("alice", "bob")
    value = write("bob", "alice", REACTION, "👍", message)
    assert resolve_target("bob", Amend(REACTION, message, "👍")) == Amended(value)
    assert resolve_target("bob", Amend(REACTION, message, "👎")) == AmendmentTarget(message, "alice")
    assert resolve_target("bob", Amend(REACTION, message, "👍", is_on=False)) == AmendmentTarget(
        message, "alice"
    )
    taken = append([Draft(REACTION, "bob", "alice", "👍", OFF, target=message)]).batch.last
    assert resolve_target("bob", Amend(REACTION, message, "👍", is_on=False)) == Amended(taken)


def test_edit_to_the_same_text_makes_no_new_row(group: Group) -> None:
    message = write("alice", "bob")
    edit = write("alice", "bob", EDIT, "hello", message)
    assert resolve_target("alice", Amend(EDIT, message, "hello")) == Amended(edit)
    write("alice", "bob", EDIT, "hello again", message)
    assert resolve_target("alice", Amend(EDIT, message, "hello")) == AmendmentTarget(message, "bob")


@pytest.mark.promise("json-38")
def test_reactions_of_a_person_to_a_message_are_limited(group: Group) -> None:
    message = write("alice", "bob")
    reactions = [write("bob", "alice", REACTION, f"{number}", message) for number in range(MAX_REACTIONS)]
    too_many = (Name.CONFLICT, f"at most {MAX_REACTIONS} different reactions to a message")
    assert refusal(lambda: resolve_target("bob", Amend(REACTION, message, "👍"))) == too_many
    assert resolve_target("bob", Amend(REACTION, message, "0")) == Amended(reactions[0])
    assert resolve_target("bob", Amend(REACTION, message, "0", is_on=False)) == AmendmentTarget(
        message, "alice"
    )
    assert resolve_target("alice", Amend(REACTION, message, "👍")) == AmendmentTarget(message, "bob")


@pytest.mark.parametrize("kind", [RECALL, EDIT, REACTION])
def test_amending_an_unknown_message_or_a_notice_is_rejected(group: Group, kind: str) -> None:
    notice = Message.objects.get(kind=MEMBERSHIP).pk
    for target in (0, notice, 10**12):
        assert refusal(lambda target=target: resolve_target("alice", Amend(kind, target, "x"))) == NOT_FOUND  # type: ignore[misc]


@pytest.mark.promise("json-10")
def test_a_reply_is_to_a_message_of_the_same_conversation(group: Group) -> None:
    message = write("alice", "bob")
    check_reply("alice", "bob", message)
    check_reply("bob", "alice", message)
    assert refusal(lambda: check_reply("alice", "charlie", message)) == NOT_FOUND
    assert refusal(lambda: check_reply("charlie", "alice", message)) == NOT_FOUND
    assert refusal(lambda: check_reply("alice", group.pk, message)) == NOT_FOUND


@pytest.mark.promise("json-38")
def test_a_message_is_changed_so_often_by_one_person_and_no_more(group: Group) -> None:
    message = write("alice", "bob")
    for number in range(MAX_CHANGES_PER_PERSON - 1):
        write("alice", "bob", EDIT, f"{number}", message)
        react(message, is_on=number % 2 == 0)
    edit, reaction = Amend(EDIT, message, "at last"), Amend(REACTION, message, "👎")
    assert resolve_target("alice", edit) == AmendmentTarget(message, "bob")
    assert resolve_target("bob", reaction) == AmendmentTarget(message, "alice")
    write("alice", "bob", EDIT, "once more", message)
    react(message, is_on=False)
    too_many = (Name.CONFLICT, f"at most {MAX_CHANGES_PER_PERSON} changes of a message")
    assert refusal(lambda: resolve_target("alice", edit)) == too_many
    assert refusal(lambda: resolve_target("bob", reaction)) == too_many
    assert resolve_target("alice", reaction) == AmendmentTarget(message, "bob")
    assert resolve_target("alice", Amend(RECALL, message)) == AmendmentTarget(message, "bob")
