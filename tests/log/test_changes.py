"""Changes of groups and of account status in the log."""

import json

from accounts.services import set_account_status
from groups.editing import edit_group
from groups.services import add_members, create_group, remove_members
from log import positions
from log.appending import Draft, append
from log.models import Group, Message
from log.rows import MEMBERSHIP, STANDING


def test_membership_change_is_a_row(group: Group) -> None:
    add_members(group.pk, ["charlie"])
    notice = Message.objects.latest("id")
    assert (notice.kind, notice.group_id, notice.sender_id) == (MEMBERSHIP, group.pk, None)
    assert json.loads(notice.content) == {"joined": ["charlie"], "left": []}


def test_joined_people_since_position(group: Group) -> None:
    before = positions.last_id()
    add_members(group.pk, ["charlie"])
    edit_group(group.pk, name="Friends")
    create_group("dave", ["eve"], "theirs")
    last = positions.last_id()
    assert positions.joined_and_moved(before, last + 1) == (frozenset({"charlie", "dave", "eve"}), False)
    assert positions.joined_and_moved(last, last + 1) == (frozenset(), False)


def test_ended_period_knows_the_last_row_of_the_group(group: Group) -> None:
    last_row = append([Draft("text", "alice", group.pk, "last words", "")]).batch.last
    append([Draft("text", "alice", "bob", "elsewhere", "")])
    remove_members(group.pk, ["bob"])
    stay = group.memberships.get(user="bob")
    assert stay.last_id == last_row
    assert stay.until_id == Message.objects.latest("id").pk


def test_account_status_change_is_a_row(group: Group) -> None:
    set_account_status("bob", banned=True)
    row = Message.objects.latest("id")
    assert (row.kind, row.recipient_id, row.group_id, row.extension) == (STANDING, "bob", None, "")
    assert json.loads(row.content) == {"change": {"banned": True}}
    set_account_status("bob", banned=True)
    assert Message.objects.latest("id") == row
