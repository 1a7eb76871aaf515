"""A moderator undoes what another has done, by its entry in the audit log."""

from collections.abc import Callable

import pytest

from accounts.models import User
from accounts.selectors import silent_of
from log import appending
from log.amendments import recalls_of
from log.appending import Draft
from log.models import Group, GroupMute, Message
from moderation.actions import groups, messages, people
from moderation.actions.undoing import UNDOABLE, undo
from moderation.errors import CannotUndo, NoReason, NotFound, ProtectedPerson, UndoneAlready
from moderation.models import AuditEntry
from moderation.moderators import ACT_ON_PEOPLE, Moderator, RoleMissing
from tests.support.groups import everything, members, roles
from tests.support.moderators import MODERATOR, NOBODY, REASON, audit_log, entries, notices_to

pytestmark = pytest.mark.django_db

LATER = 4_000_000_000
ANOTHER = Moderator("another", may=MODERATOR.may)


def write(sender: str = "bob") -> int:
    return appending.append([Draft("text", sender, "alice", "hello", "")]).batch.last


def test_undone_mute_is_notified_and_audited(group: Group) -> None:
    entry = people.mute(MODERATOR, "bob", "spam", LATER)
    undone = undo(ANOTHER, entry.pk, "a mistake")
    assert silent_of(["bob"]) == {}
    assert undone.log_id
    assert (undone.action, undone.target, undone.actor) == ("undo", "u:bob", "another")
    assert undone.details == {"entry": entry.pk, "undone": "person.mute"}
    assert notices_to("bob")[-1].startswith("You can write again.")


def test_undo_restores_earlier_mute(group: Group) -> None:
    people.mute(MODERATOR, "bob", "spam", LATER)
    entry = people.mute(MODERATOR, "bob", "more spam")
    undo(ANOTHER, entry.pk, REASON)
    bob = User.objects.get(pk="bob")
    assert bob.muted
    assert bob.muted_until
    assert (int(bob.muted_until.timestamp()), bob.standing_reason) == (LATER, "spam")


def test_expired_mute_is_not_restored(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    people.mute(MODERATOR, "bob", "spam", LATER)
    entry = people.mute(MODERATOR, "bob", "more spam")
    monkeypatch.setattr("time.time", lambda: LATER + 1.0)
    undo(ANOTHER, entry.pk, REASON)
    assert silent_of(["bob"]) == {}


def test_undoing_a_ban_keeps_the_reason_of_an_earlier_mute(group: Group) -> None:
    people.mute(MODERATOR, "bob", "spam", LATER)
    ban = people.ban(MODERATOR, "bob", "threats")
    assert User.objects.get(pk="bob").standing_reason == "threats"
    undo(ANOTHER, ban.pk, "a mistake")
    bob = User.objects.get(pk="bob")
    assert (bob.is_active, bob.muted, bob.standing_reason) == (True, True, "spam")
    again = people.mute(MODERATOR, "bob", "spam", LATER)
    assert again.details["before"]["reason"] == "spam"
    assert again.log_id is None


def test_undoing_a_second_ban_restores_the_first(group: Group) -> None:
    people.ban(MODERATOR, "bob", "spam", LATER)
    second = people.ban(MODERATOR, "bob", "threats")
    undo(ANOTHER, second.pk, REASON)
    bob = User.objects.get(pk="bob")
    assert bob.banned_until
    assert (bob.is_active, int(bob.banned_until.timestamp()), bob.standing_reason) == (False, LATER, "spam")


def test_undoing_a_group_mute_keeps_the_global_mute(group: Group) -> None:
    people.mute(MODERATOR, "bob", REASON)
    entry = people.mute(MODERATOR, "bob", REASON, None, group.pk)
    undo(ANOTHER, entry.pk, REASON)
    assert not GroupMute.objects.exists()
    assert silent_of(["bob"]) == {"bob": False}


def test_undoing_a_ban_restores_the_messages_it_recalled(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_himself, *others = [write() for _ in range(6)]
    monkeypatch.setattr("chat.services.moderating.MAX_MESSAGES", 2)
    # This one the moderators have recalled before, for another reason.
    messages.recall(MODERATOR, [by_himself], REASON)
    entry = people.ban(MODERATOR, "bob", REASON, recall_hours=1)
    assert set(recalls_of(others)) == set(others)
    undo(ANOTHER, entry.pk, "a mistake")
    assert User.objects.get(pk="bob").is_active
    assert set(recalls_of([by_himself, *others])) == {by_himself}
    restored = audit_log().filter(action="person.restore").order_by("pk")
    assert [one.details for one in restored] == [
        {"ban": entry.pk, "count": 2},
        {"ban": entry.pk, "count": 2},
        {"ban": entry.pk, "count": 1},
    ]
    assert notices_to("bob")[-1].startswith("Your account is open again.")


def test_undoing_a_ban_does_not_restore_messages_of_another(group: Group) -> None:
    first = write()
    people.ban(MODERATOR, "bob", REASON, recall_hours=1)
    people.unban(MODERATOR, "bob", REASON)
    second = write()
    entry = people.ban(MODERATOR, "bob", REASON, recall_hours=1)
    undo(ANOTHER, entry.pk, REASON)
    assert set(recalls_of([first, second])) == {first}


def test_undoing_mute_of_a_group_lets_members_write(group: Group) -> None:
    undo(ANOTHER, groups.mute(MODERATOR, group.pk, REASON).pk, REASON)
    groups.set_slow_mode(MODERATOR, group.pk, 5, REASON)
    undo(ANOTHER, groups.set_slow_mode(MODERATOR, group.pk, 30, REASON).pk, REASON)
    group.refresh_from_db()
    assert (group.is_quiet, group.slow_seconds) == (False, 5)


def test_undoing_dissolution_restores_group_with_members(group: Group) -> None:
    entry = groups.dissolve(MODERATOR, group.pk, REASON)
    assert members(group) == []
    undo(ANOTHER, entry.pk, REASON)
    assert roles(group) == {"alice": "owner", "bob": "member"}


def test_undoing_recall_restores_message(group: Group) -> None:
    message = write()
    entry = messages.recall(MODERATOR, [message], REASON)
    undone = undo(ANOTHER, entry.pk, REASON)
    assert recalls_of([message]) == {}
    assert entry.log_id
    assert undone.log_id
    assert undone.log_id > entry.log_id, "its own place in the log"


def test_undo_happens_once(group: Group) -> None:
    entry = people.mute(MODERATOR, "bob", REASON)
    undo(MODERATOR, entry.pk, REASON)
    before = everything()
    with pytest.raises(UndoneAlready):
        undo(ANOTHER, entry.pk, REASON)
    assert everything() == before
    assert len(entries()) == 2


def test_undo_rejected_after_later_change(group: Group) -> None:
    entry = people.mute(MODERATOR, "bob", REASON, LATER)
    people.mute(ANOTHER, "bob", "worse")
    before = everything()
    with pytest.raises(CannotUndo):
        undo(MODERATOR, entry.pk, REASON)
    assert everything() == before


def test_undo_possible_after_later_undo(group: Group) -> None:
    first = people.mute(MODERATOR, "bob", REASON, LATER)
    second = people.mute(ANOTHER, "bob", "worse")
    undo(MODERATOR, second.pk, REASON)
    undo(MODERATOR, first.pk, REASON)
    assert silent_of(["bob"]) == {}


def test_unrelated_actions_do_not_block_undo(group: Group) -> None:
    entry = people.mute(MODERATOR, "bob", REASON, LATER)
    people.mute(ANOTHER, "bob", REASON, LATER)
    people.mute(ANOTHER, "bob", REASON, None, group.pk)
    people.warn(ANOTHER, "bob", REASON)
    undo(MODERATOR, entry.pk, REASON)
    assert silent_of(["bob"]) == {}


@pytest.mark.parametrize(
    "done",
    [
        lambda group: people.warn(MODERATOR, "bob", REASON),
        lambda group: people.disconnect(MODERATOR, "bob", REASON),
        lambda group: people.unmute(MODERATOR, "bob", REASON),
        lambda group: groups.edit_group(MODERATOR, group.pk, REASON, "another name"),
        lambda group: messages.erase(MODERATOR, write(), REASON),
    ],
)
def test_irreversible_actions_cannot_be_undone(group: Group, done: Callable[[Group], AuditEntry]) -> None:
    entry = done(group)
    assert entry.action not in UNDOABLE
    with pytest.raises(CannotUndo):
        undo(MODERATOR, entry.pk, REASON)


def test_undo_needs_entry_and_reason(group: Group) -> None:
    entry = people.mute(MODERATOR, "bob", REASON)
    with pytest.raises(NotFound):
        undo(MODERATOR, entry.pk + 1, REASON)
    with pytest.raises(NoReason):
        undo(MODERATOR, entry.pk, "")
    assert silent_of(["bob"])


def test_undo_needs_permission_of_action(group: Group) -> None:
    entry = groups.mute(MODERATOR, group.pk, REASON)
    for moderator in (NOBODY, Moderator("moderator", may=frozenset({ACT_ON_PEOPLE}))):
        with pytest.raises(RoleMissing):
            undo(moderator, entry.pk, REASON)
    group.refresh_from_db()
    assert group.is_quiet
    assert entries()[1:] == [("refused", f"g:{group.pk}")] * 2


def test_undo_of_own_sanction_rejected(group: Group) -> None:
    entry = people.mute(MODERATOR, "bob", REASON)
    with pytest.raises(ProtectedPerson):
        undo(Moderator("bob", may=MODERATOR.may, is_superuser=True), entry.pk, REASON)


def test_pruned_messages_are_not_restored(group: Group) -> None:
    gone, kept = write(), write()
    entry = messages.recall(MODERATOR, [gone], REASON)
    ban = people.ban(MODERATOR, "bob", REASON, recall_hours=1)
    Message.objects.filter(pk=gone).delete()
    with pytest.raises(CannotUndo):
        undo(ANOTHER, entry.pk, REASON)
    undo(ANOTHER, ban.pk, REASON)
    assert recalls_of([kept]) == {}


def test_action_that_changed_nothing_cannot_be_undone(group: Group) -> None:
    first, second = (people.mute(MODERATOR, "bob", "spam", LATER) for _ in range(2))
    assert second.log_id is None
    with pytest.raises(CannotUndo):
        undo(ANOTHER, second.pk, "a mistake")
    assert silent_of(["bob"]) == {"bob": False}
    undo(ANOTHER, first.pk, "a mistake")
    assert silent_of(["bob"]) == {}
