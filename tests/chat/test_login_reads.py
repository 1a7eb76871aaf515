"""What the log has for people who log in."""

import pytest

from accounts.models import User
from accounts.services import ensure_users, raise_delivered, set_account_status
from chat.reading import selectors
from chat.reading.login_reads import read_for_logins
from groups.editing import edit_group
from groups.services import add_members, create_group, dissolve, remove_members
from log import positions
from log.appending import Draft, append
from log.models import Group, Membership, Message
from log.rows import GroupChange, MembershipNotice, Served

CAST = ["alice", "bob", "charlie"]


@pytest.fixture(autouse=True)
def all_is_delivered(group: Group) -> None:
    raise_delivered(dict.fromkeys(CAST, positions.last_id()))


def write(sender: str, to: str | Group, content: str = "hi") -> int:
    """Its id."""
    draft = Draft("text", sender, to.pk if isinstance(to, Group) else to, content, "")
    return append([draft]).batch.last


def groups() -> dict[str, set[int]]:
    return {userid: set(result) for userid, result in read_for_logins(CAST, []).groups.items()}


def unread() -> set[str]:
    """Those with something unread, which are those who have a backlog of more than a notice in each group."""
    unread = read_for_logins(CAST, CAST).unread
    assert unread == {who for who in CAST if _has_more_than_notices(_backlog(who))}
    return unread


def _backlog(who: str) -> list[Served]:
    delivered = User.objects.get(pk=who).delivered_id
    return list(selectors.backlog(who, delivered, positions.last_id(), 100)[0])


def _has_more_than_notices(rows: list[Served]) -> bool:
    notices = [row for row in rows if isinstance(row, MembershipNotice | GroupChange)]
    groups = [row.group for row in notices if not (isinstance(row, GroupChange) and row.extension)]
    return len(groups) < len(rows) or len(set(groups)) < len(groups)


def test_login_reads_groups_and_unread_of_several_people(group: Group) -> None:
    (since,) = set(Membership.objects.values_list("since_id", flat=True))
    end = write("alice", "bob")
    unread, groups, last_id = read_for_logins(CAST, ["bob", "charlie"])
    assert unread == {"bob"}
    assert groups == {"alice": {group.pk: since}, "bob": {group.pk: since}, "charlie": {}}
    assert last_id == end


def test_login_read_of_no_people_is_empty(group: Group) -> None:
    assert read_for_logins([], []) == (set(), {}, positions.last_id())


def test_an_empty_log_has_nothing() -> None:
    Message.objects.all().delete()
    assert read_for_logins(["charlie"], ["charlie"]) == (set(), {"charlie": {}}, 0)


def test_a_name_may_be_anything_that_is_a_userid(group: Group) -> None:
    ensure_users(["老板%s"])
    write("alice", "老板%s")
    assert read_for_logins(["老板%s"], ["老板%s"]).unread == {"老板%s"}


class TestGroups:
    def test_login_reads_several_groups_of_a_person(self, group: Group) -> None:
        other = create_group("bob", [], "另一个")
        assert groups() == {"alice": {group.pk}, "bob": {group.pk, other.pk}, "charlie": set()}

    def test_new_member_is_a_member_since_joining(self, group: Group) -> None:
        write("alice", group)
        add_members(group.pk, ["charlie"])
        assert read_for_logins(["charlie"], []).groups == {"charlie": {group.pk: positions.last_id()}}

    def test_removed_member_has_no_group_at_login(self, group: Group) -> None:
        remove_members(group.pk, ["bob"])
        assert groups() == {"alice": {group.pk}, "bob": set(), "charlie": set()}

    def test_dissolved_group_has_no_members_at_login(self, group: Group) -> None:
        dissolve(group.pk)
        assert groups() == {"alice": set(), "bob": set(), "charlie": set()}


class TestUnread:
    def test_recipient_of_a_message_has_unread_rows(self) -> None:
        write("alice", "bob")
        assert unread() == {"bob"}

    def test_unread_rows_are_read_only_for_people_behind(self) -> None:
        write("alice", "bob")
        assert read_for_logins(CAST, ["alice", "charlie"]).unread == set()

    def test_a_message_to_oneself_does_not_count(self) -> None:
        write("alice", "alice")
        assert unread() == set()

    def test_a_message_to_a_group_counts_for_the_others_in_it(self, group: Group) -> None:
        write("alice", group)
        assert unread() == {"bob"}

    def test_message_from_before_a_removal_is_unread(self, group: Group) -> None:
        write("alice", group)
        remove_members(group.pk, ["bob"])
        raise_delivered({"alice": positions.last_id()})
        assert unread() == {"bob"}

    def test_messages_outside_a_membership_are_not_unread(self, group: Group) -> None:
        write("alice", group)
        add_members(group.pk, ["charlie"])
        remove_members(group.pk, ["bob"])
        raise_delivered(dict.fromkeys(CAST, positions.last_id()))
        write("charlie", group)
        assert unread() == {"alice"}

    def test_a_notice_that_is_alone_in_its_group_does_not(self, group: Group) -> None:
        create_group("alice", ["bob", "charlie"], "another")
        edit_group(group.pk, name="renamed")
        assert [len(_backlog(who)) for who in CAST] == [2, 2, 1]
        assert unread() == set()

    def test_notice_that_shipped_apps_get_as_text_is_unread(self, group: Group) -> None:
        edit_group(group.pk, notice="Bring tea", confirm=True, by="alice")
        assert unread() == {"alice", "bob"}

    def test_group_notice_followed_by_a_message_is_unread(self) -> None:
        other = create_group("alice", ["bob"], "another")
        write("alice", other)
        assert unread() == {"bob"}

    def test_many_notices_cost_no_query_for_a_message_behind_them(self, group: Group) -> None:
        edit_group(group.pk, name="renamed")
        edit_group(group.pk, name="renamed again")
        assert unread() == {"alice", "bob"}

    def test_delivered_messages_are_not_unread(self, group: Group) -> None:
        raise_delivered({"bob": max(write("alice", "bob"), write("alice", group))})
        assert unread() == set()

    def test_a_change_of_standing_does_not(self) -> None:
        set_account_status("bob", muted=True)
        assert unread() == set()
