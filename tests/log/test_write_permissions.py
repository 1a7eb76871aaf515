"""Who may write in a group, and how often, as the log decides it."""

import time
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from accounts.access import Role
from accounts.codes import Cause
from groups.services import (
    add_members,
    create_group,
    mute_member,
    remove_members,
    set_quiet,
    set_role,
    set_slow,
    unmute_member,
)
from log.appending import Appended, Draft, Repeated, append
from log.log_end import dated
from log.models import Group, Message
from log.permissions import WritePermission, permissions_in
from log.rejections import Rejection
from log.rows import EDIT, REACTION, RECALL, Entry
from log.stored_rows import OFF

AGO = 60


def draft(group: Group, sender: str = "bob", content: str = "hi", **more: Any) -> Draft:
    return Draft("text", sender, group.pk, content, "", **more)


def write(group: Group, sender: str = "bob", **more: Any) -> Appended:
    return append([draft(group, sender, **more)])


def refusal(group: Group, sender: str = "bob", **more: Any) -> Rejection | None:
    """Why a message is refused."""
    (outcome,) = write(group, sender, **more).outcomes
    return outcome if isinstance(outcome, Rejection) else None


def cause(group: Group, sender: str = "bob") -> Cause:
    why = refusal(group, sender)
    assert why
    return why.cause


def wait(group: Group, sender: str = "bob") -> int:
    why = refusal(group, sender)
    assert why
    assert why.limit
    return why.limit.seconds


def is_taken(*drafts: Draft) -> list[bool]:
    return [not isinstance(outcome, Rejection) for outcome in append(drafts).outcomes]


def test_members_of_a_group_may_write_and_outsiders_not(group: Group) -> None:
    assert permissions_in({group.pk}, {"alice", "bob", "charlie"}) == {
        (group.pk, "alice"): WritePermission(),
        (group.pk, "bob"): WritePermission(),
    }
    assert permissions_in(set(), {"alice"}) == {}
    assert refusal(group) is None
    assert cause(group, "charlie") == Cause.OUTSIDE


class TestAQuietGroup:
    @pytest.fixture(autouse=True)
    def quiet(self, group: Group) -> None:
        set_quiet(group.pk, True)

    def test_quiet_group_is_writable_by_managers(self, group: Group) -> None:
        assert cause(group) == Cause.QUIET
        assert cause(group, "charlie") == Cause.OUTSIDE
        assert refusal(group, "alice") is None
        set_role(group.pk, "bob", Role.ADMIN)
        assert refusal(group) is None

    def test_reopened_group_is_writable_by_members(self, group: Group) -> None:
        set_quiet(group.pk, False)
        assert refusal(group) is None

    @pytest.mark.parametrize(("kind", "is_allowed"), [(EDIT, False), (REACTION, False), (RECALL, True)])
    def test_takes_no_changes_but_recalls(self, group: Group, kind: str, is_allowed: bool) -> None:
        amendment = Draft(kind, "bob", group.pk, "x", "" if kind != REACTION else OFF, target=1)
        assert is_taken(amendment) == [is_allowed]

    def test_quiet_group_does_not_affect_other_groups(self, group: Group) -> None:
        other = create_group("bob", [], "another")
        assert is_taken(draft(group), draft(other)) == [False, True]


class TestSomebodyMutedThere:
    @pytest.fixture(autouse=True)
    def muted(self, group: Group) -> None:
        mute_member(group.pk, "bob", None, "spam")

    def test_member_muted_in_a_group_cannot_write_or_amend(self, group: Group) -> None:
        assert cause(group) == Cause.MUTED
        for kind in (EDIT, REACTION, RECALL):
            assert is_taken(Draft(kind, "bob", group.pk, "x", "", target=1)) == [False]
        assert refusal(group, "alice") is None

    def test_muted_member_can_write_elsewhere(self, group: Group) -> None:
        other = create_group("bob", [], "another")
        assert refusal(other) is None
        assert is_taken(Draft("text", "bob", "alice", "hi", "")) == [True]

    def test_muted_admin_cannot_write(self, group: Group) -> None:
        set_role(group.pk, "bob", Role.ADMIN)
        assert cause(group) == Cause.MUTED

    def test_unmuted_member_can_write(self, group: Group) -> None:
        unmute_member(group.pk, "bob")
        assert refusal(group) is None

    def test_muted_member_is_outside_after_leaving(self, group: Group) -> None:
        remove_members(group.pk, ["bob"])
        assert cause(group) == Cause.OUTSIDE


class TestASlowGroup:
    @pytest.fixture(autouse=True)
    def slow(self, group: Group) -> None:
        add_members(group.pk, ["charlie"])
        set_slow(group.pk, AGO)
        # What was written before is no message, and must not be later than what is dated back.
        Message.objects.update(timet=int(time.time()) - 10 * AGO)

    def test_takes_one_message_from_each(self, group: Group) -> None:
        assert refusal(group) is None
        assert AGO - 2 <= wait(group) <= AGO
        assert refusal(group, "charlie") is None

    def test_slow_mode_does_not_limit_managers(self, group: Group) -> None:
        set_role(group.pk, "bob", Role.ADMIN)
        for sender in ("alice", "bob", "alice", "bob"):
            assert refusal(group, sender) is None

    def test_takes_the_next_one_in_time(self, group: Group) -> None:
        now = int(time.time())
        with dated(now - AGO - 1):
            assert refusal(group) is None
        with dated(now - 2):
            assert wait(group) == 1
        assert refusal(group) is None

    def test_takes_messages_after_the_clock_was_set_back(self, group: Group) -> None:
        assert refusal(group) is None
        Message.objects.update(timet=F("timet") + 3600)
        assert refusal(group) is None

    def test_slow_group_accepts_the_first_of_simultaneous_messages(self, group: Group) -> None:
        drafts = [draft(group, sender, content) for content in "xy" for sender in ("bob", "charlie")]
        outcomes = append(drafts).outcomes
        assert [isinstance(outcome, Rejection) for outcome in outcomes] == [False, False, True, True]
        assert [row.content for row in outcomes if isinstance(row, Entry)] == ["x", "x"]

    def test_slow_mode_answers_repeated_cid(self, group: Group) -> None:
        (first,) = write(group, cid="mine").outcomes
        (again,) = write(group, cid="mine").outcomes
        assert isinstance(first, Entry)
        assert again == Repeated(first.id, first.time)

    def test_slow_mode_ignores_messages_elsewhere(self, group: Group) -> None:
        other = create_group("bob", [], "another")
        for _ in range(3):
            assert refusal(other) is None
            append([Draft("text", "bob", "alice", "hi", "")])
        assert refusal(group) is None

    def test_slow_mode_ignores_reactions(self, group: Group) -> None:
        assert is_taken(Draft(REACTION, "bob", group.pk, "👍", "", target=1)) == [True]
        assert refusal(group) is None
        assert is_taken(Draft(REACTION, "bob", group.pk, "👎", "", target=1)) == [True]

    def test_says_how_long_it_takes(self, group: Group) -> None:
        write(group)
        why = refusal(group)
        assert why
        assert str(why.limit).startswith("too many messages in this group, wait ")


def test_unrestricted_group_needs_no_more_queries(group: Group) -> None:
    drafts = [draft(group), draft(group, "alice"), Draft("text", "alice", "bob", "hi", "")]
    append(drafts)
    with CaptureQueriesContext(connection) as queries:
        append(drafts, known={"alice", "bob"}, known_pairs={("alice", "bob")})
    tables = ("accounts_user", "log_block", "log_membership")
    read = [query["sql"] for query in queries if query["sql"].lstrip().startswith("SELECT")]
    assert [sum(table in sql for sql in read) for table in tables] == [1, 1, 1]
    assert len(read) == len(tables) + 1  # and the end of the log


def test_a_draft_that_was_checked_at_the_end_of_the_log_is_not_read_again(group: Group) -> None:
    checked_at = append([]).batch.previous
    with CaptureQueriesContext(connection) as queries:
        append([draft(group)], checked_at=checked_at)
    assert not any("groups_" in query["sql"] for query in queries if "INSERT" not in query["sql"])
    set_quiet(group.pk, True)
    assert append([draft(group)], checked_at=checked_at).outcomes == (Rejection(Cause.QUIET),)
    assert Message.objects.filter(kind="text").count() == 1
