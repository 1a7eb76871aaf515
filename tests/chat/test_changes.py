"""A change has its place in the log, in the transaction of the change."""

import pytest
from django.db import transaction

from accounts.standing import Change
from chat import changes, selectors
from chat.batch import Batch
from chat.models import Message
from chat.protocol.rows import GroupChange, MembershipNotice, StandingChange
from groups.models import Group
from groups.services import add_members, edit_group, remove_members


class TestGroups:
    def test_a_change_of_membership_has_its_place(self, group: Group, announced: list[Batch]) -> None:
        add_members(group.pk, ["charlie"])
        remove_members(group.pk, ["bob"])
        joined, left = (batch.rows[0] for batch in announced)
        assert joined == MembershipNotice(joined.id, group.pk, ("charlie",), (), joined.time)
        assert left == MembershipNotice(left.id, group.pk, (), ("bob",), left.time)
        assert selectors.rows_after(joined.id - 1, 2) == [joined, left]
        stays = {stay.user_id: (stay.since_id, stay.until_id) for stay in group.memberships.all()}
        assert stays["charlie"] == (joined.id, None)
        assert stays["bob"][1] == left.id

    def test_so_has_another_change_of_a_group(self, group: Group, announced: list[Batch]) -> None:
        edit_group(group.pk, name="new", by="alice")
        (batch,) = announced
        (change,) = batch.rows
        assert change == GroupChange(change.id, group.pk, "alice", {"name": "new"}, change.time)
        assert selectors.rows_after(change.id - 1, 2) == [change]

    def test_it_says_who_did_it(self, group: Group, announced: list[Batch]) -> None:
        remove_members(group.pk, ["bob"], by="alice")
        (notice,) = announced[0].rows
        assert notice == MembershipNotice(notice.id, group.pk, (), ("bob",), notice.time, "alice")

    def test_no_change_has_none(self, group: Group, announced: list[Batch]) -> None:
        add_members(group.pk, ["bob"])
        remove_members(group.pk, ["charlie"])
        assert announced == []

    def test_it_goes_with_the_change_or_not_at_all(self, group: Group, announced: list[Batch]) -> None:
        rows = Message.objects.count()
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            add_members(group.pk, ["charlie"])
            _ = 1 / 0
        assert Message.objects.count() == rows
        assert not group.memberships.filter(user="charlie").exists()
        assert announced == []


class TestStanding:
    def test_a_change_of_standing_has_a_row_and_is_announced(
        self, group: Group, announced: list[Batch]
    ) -> None:
        end = selectors.last_id()
        place = changes.append_standing("bob", Change(muted=True))
        (batch,) = announced
        (row,) = batch.rows
        assert isinstance(row, StandingChange)
        assert (batch.previous, row.id, row.userid, row.change) == (end, place, "bob", Change(muted=True))
        assert selectors.rows_after(end, 10) == [row]

    def test_a_change_that_fails_leaves_no_trace(self, group: Group, announced: list[Batch]) -> None:
        end = selectors.last_id()
        with pytest.raises(RuntimeError), transaction.atomic():
            changes.append_standing("bob", Change(locked=True))
            raise RuntimeError
        assert (selectors.last_id(), announced) == (end, [])
