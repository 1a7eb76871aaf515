"""In which groups the database is asked who may write, and how often."""

from typing import Any

import pytest

from accounts.account_status import Change
from chat.delivery.loop.write_rights import Restrictions, StoredRestrictions
from log.rows import GroupChange

GROUP, OTHER = 10, 11


def change(restrictions: Restrictions, **changed: Any) -> bool:
    return restrictions.change_group(GroupChange(8, GROUP, None, changed, 0))


def mute(restrictions: Restrictions, *, muted: bool, group: int | None = GROUP) -> None:
    restrictions.change_account_status("bob", Change(muted=muted, group=group))


def concerned(restrictions: Restrictions) -> list[tuple[str, int]]:
    """Whom they may concern, and where."""
    everybody = [(userid, group) for userid in ("alice", "bob") for group in (GROUP, OTHER)]
    return [one for one in everybody if restrictions.may_apply(*one)]


@pytest.fixture
def restrictions() -> Restrictions:
    return Restrictions()


def test_database_is_queried_for_restricted_groups_only(restrictions: Restrictions) -> None:
    assert concerned(restrictions) == []
    assert change(restrictions, muted=True)
    assert concerned(restrictions) == [("alice", GROUP), ("bob", GROUP)]
    assert not change(restrictions, muted=False)
    assert concerned(restrictions) == []


def test_slow_group_is_restricted_until_it_ends(restrictions: Restrictions) -> None:
    assert change(restrictions, slow=30)
    assert concerned(restrictions) == [("alice", GROUP), ("bob", GROUP)]
    assert not change(restrictions, slow=0)
    assert concerned(restrictions) == []


def test_slow_and_quiet_group_is_restricted_until_both_end(restrictions: Restrictions) -> None:
    change(restrictions, muted=True)
    change(restrictions, slow=30)
    change(restrictions, muted=False)
    assert restrictions.may_apply("alice", GROUP)
    change(restrictions, slow=0)
    assert not restrictions.may_apply("alice", GROUP)


def test_mute_in_one_group_restricts_one_person(restrictions: Restrictions) -> None:
    mute(restrictions, muted=True)
    assert concerned(restrictions) == [("bob", GROUP)]
    mute(restrictions, muted=False)
    assert concerned(restrictions) == []


def test_mute_everywhere_restricts_no_group(restrictions: Restrictions) -> None:
    mute(restrictions, muted=True, group=None)
    restrictions.change_account_status("bob", Change(warned=True))
    assert concerned(restrictions) == []


@pytest.mark.parametrize("changed", [{"name": "x"}, {"roles": {"bob": "admin"}}, {"dissolved": True}])
def test_other_changes_of_a_group_are_no_restrictions(
    restrictions: Restrictions, changed: dict[str, Any]
) -> None:
    assert not change(restrictions, **changed)
    assert concerned(restrictions) == []


def test_restrictions_load_from_the_database(restrictions: Restrictions) -> None:
    restrictions.load(StoredRestrictions(quiet=[GROUP], mutes=[(OTHER, "bob")]))
    assert concerned(restrictions) == [("alice", GROUP), ("bob", GROUP), ("bob", OTHER)]
    restrictions.load(StoredRestrictions(slow=[OTHER]))
    assert concerned(restrictions) == [("alice", OTHER), ("bob", OTHER)]


def test_repeated_restriction_rows_are_harmless(restrictions: Restrictions) -> None:
    restrictions.load(StoredRestrictions(mutes=[(GROUP, "bob")]))
    mute(restrictions, muted=False)
    mute(restrictions, muted=True)
    assert concerned(restrictions) == [("bob", GROUP)]


def test_lifted_restrictions_leave_no_state(restrictions: Restrictions) -> None:
    change(restrictions, muted=True, slow=30)
    mute(restrictions, muted=True)
    mute(restrictions, muted=False)
    change(restrictions, muted=False, slow=0)
    assert restrictions._groups == {}
