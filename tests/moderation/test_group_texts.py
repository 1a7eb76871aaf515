"""The moderators' rules for texts, in what members call a group and themselves there; and moderators who take
pictures and nicknames away."""

import pytest

from groups import editing, own, services
from groups.errors import InvalidValue
from log.models import Group, Membership
from moderation.actions.groups import clear_nicknames, clear_picture
from moderation.rules.service import add_rules
from tests.support.groups import changes
from tests.support.moderators import MODERATOR, REASON

pytestmark = pytest.mark.django_db(transaction=True)


def now(group: Group) -> Group:
    return Group.objects.get(pk=group.pk)


def nickname(group: Group, userid: str) -> str:
    return Membership.objects.get(group=group, user=userid).nickname


@pytest.mark.parametrize("effect", ["block", "hold"])
def test_blocked_text_rejected_as_name_notice_and_nickname(group: Group, effect: str) -> None:
    add_rules(MODERATOR, ["spam"], REASON, effect=effect)
    for change in (
        lambda: editing.edit_group(group.pk, name="spam", by="alice"),
        lambda: editing.edit_group(group.pk, notice="buy spam", by="alice"),
        lambda: own.set_nickname(group.pk, "bob", "s p a m"),
        lambda: services.create_group("alice", [], "spam", by="alice"),
    ):
        with pytest.raises(InvalidValue):
            change()
    editing.edit_group(group.pk, name="ham", by="alice")
    editing.edit_group(group.pk, notice="spam")  # the operator
    assert (now(group).name, now(group).notice) == ("ham", "spam")


def test_masked_text_is_stored_masked(group: Group) -> None:
    add_rules(MODERATOR, ["spam"], REASON, effect="mask")
    own.set_nickname(group.pk, "bob", "spam!")
    editing.edit_group(group.pk, notice="no spam", by="alice")
    assert (nickname(group, "bob"), now(group).notice) == ("****!", "no ****")


def test_moderator_clears_group_nicknames(group: Group) -> None:
    own.set_nickname(group.pk, "bob", "Builder")
    entry = clear_nicknames(MODERATOR, group.pk, ["bob", "alice", "charlie"], REASON)
    assert (nickname(group, "bob"), entry.details) == ("", {"userids": ["bob"]})
    assert changes(group)[-1] == (None, {"nicknames": ["bob"]})
    assert clear_nicknames(MODERATOR, group.pk, ["bob"], REASON).log_id is None


def test_moderator_clears_group_picture(group: Group) -> None:
    Group.objects.filter(pk=group.pk).update(picture="0" * 32 + ".jpg")
    entry = clear_picture(MODERATOR, group.pk, REASON)
    assert (now(group).picture, entry.details) == ("", {"before": "0" * 32 + ".jpg"})
    assert changes(group)[-1] == (None, {"picture": False})
