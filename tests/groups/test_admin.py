"""Groups in the admin, where an operator does what members may do, by the same rules."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from pytest_django import Settings

from accounts.access import Role
from accounts.models import User
from groups import editing, services
from log.models import Group, Membership
from tests.support.admin import complaints, open_form, operator, send_form, was_saved
from tests.support.groups import (
    ALICE,
    BOB,
    CHARLIE,
    NAME,
    changes,
    everything,
    members,
    notices,
    numbered,
    roles,
    stays,
)
from tests.support.settings import override

LIST = "/admin/log/group/"
ADD = "/admin/log/group/add/"


def page(group: Group) -> str:
    return f"{LIST}{group.pk}/change/"


def joining(*userids: str, first: int = 0) -> dict[str, str]:
    """The fields of new rows among the members, after `first` that are there."""
    fields = {"memberships-TOTAL_FORMS": str(first + len(userids))}
    for number, userid in enumerate(userids, start=first):
        fields |= row(number, user=userid, role="member")
    return fields


def row(number: int, **fields: str) -> dict[str, str]:
    """The fields of one row among the members."""
    return {f"memberships-{number}-{name}": value for name, value in fields.items()}


def leaving(*rows: int) -> dict[str, str]:
    """The fields of rows ticked to be removed."""
    return {f"memberships-{row}-DELETE": "on" for row in rows}


@pytest.fixture
def admin_client(db: None) -> Client:
    return operator()


@pytest.fixture
def staff(db: None) -> Client:
    """Someone who may enter the admin, and nothing in it yet."""
    client = Client()
    client.force_login(User.objects.create_user("staff", is_staff=True))
    return client


def grant(*codenames: str) -> None:
    User.objects.get(pk="staff").user_permissions.set(Permission.objects.filter(codename__in=codenames))


# What is shown.


def test_the_list_shows_its_name_and_its_page_the_members(admin_client: Client, group: Group) -> None:
    assert NAME in admin_client.get(LIST).content.decode()
    shown = admin_client.get(page(group)).content.decode()
    assert NAME in shown
    assert f"{BOB} in {group.pk}" in shown
    assert f"{CHARLIE} in {group.pk}" not in shown


def listed(client: Client, sought: str) -> list[Group]:
    return list(client.get(LIST, {"q": sought}).context["cl"].queryset)


def test_admin_search_matches_groups(admin_client: Client, group: Group) -> None:
    for sought in ("我的", "alic", str(group.pk)):
        assert listed(admin_client, sought) == [group], sought


def test_admin_search_without_match(admin_client: Client, group: Group) -> None:
    editing.edit_group(group.pk, name="x")
    Group.objects.exclude(pk=group.pk).update(name="y")
    for sought in ("nobody", "%", "_", "o'b", '"x', "9" * 30, "👍", "a b c", "1.5"):
        assert listed(admin_client, sought) == [], sought


def test_members_who_left_are_not_among_the_members(admin_client: Client, group: Group) -> None:
    services.remove_members(group.pk, [BOB])
    shown = admin_client.get(page(group)).content.decode()
    assert f"{ALICE} in {group.pk}" in shown
    assert f"{BOB} in {group.pk}" not in shown


# Making and editing.


def test_admin_creates_group_with_members(admin_client: Client, group: Group) -> None:
    fields = {"name": "新_群", "notice": "明天见", "creator": ALICE, **joining(BOB, CHARLIE)}
    assert was_saved(send_form(admin_client, ADD, **fields))
    made = Group.objects.latest("pk")
    assert (made.name, made.notice, made.creator_id) == ("新_群", "明天见", ALICE)
    assert members(made) == [ALICE, BOB, CHARLIE]
    assert Membership.objects.get(group=made, user=ALICE).role == Role.OWNER
    assert [notice.joined for notice in notices(made)] == [[ALICE], [BOB, CHARLIE]]


def test_admin_edits_group(admin_client: Client, group: Group) -> None:
    before = notices(group)
    assert was_saved(send_form(admin_client, page(group), name="新_群", notice="明天见"))
    group.refresh_from_db()
    assert (group.name, group.notice) == ("新_群", "明天见")
    assert changes(group) == [(None, {"name": "新_群", "notice": "明天见"})]
    assert notices(group) == before
    assert members(group) == [ALICE, BOB]


def test_a_form_sent_back_as_it_came_changes_nothing(admin_client: Client, group: Group) -> None:
    before = everything()
    assert was_saved(send_form(admin_client, page(group)))
    assert everything() == before


def test_the_creator_stays(admin_client: Client, group: Group) -> None:
    assert was_saved(send_form(admin_client, page(group), creator=CHARLIE))
    assert Group.objects.get(pk=group.pk).creator_id == ALICE


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "  "}, "This field is required."),
        ({"name": "x" * 101}, "The name is longer than 100 characters."),
        ({"name": "a\0b"}, "Null characters are not allowed."),
        ({"notice": "x" * 2001}, "The notice is longer than 2000 characters."),
    ],
)
def test_names_and_notices_obey_the_rules(
    admin_client: Client, group: Group, fields: dict[str, str], complaint: str
) -> None:
    before = everything()
    assert complaints(send_form(admin_client, page(group), **fields)) == [complaint]
    new = {"name": "x", "creator": ALICE, **fields}
    assert complaints(send_form(admin_client, ADD, **new)) == [complaint]
    assert everything() == before


def test_admin_form_requires_creator(admin_client: Client, group: Group) -> None:
    before = everything()
    response = send_form(admin_client, ADD, name="x", creator="", **joining(BOB))
    assert complaints(response) == ["This field is required."]
    assert everything() == before


# Members.


def test_admin_adds_member(admin_client: Client, group: Group) -> None:
    assert was_saved(send_form(admin_client, page(group), **joining(CHARLIE, first=2)))
    came, joined = notices(group)
    assert (joined.joined, joined.left) == ([CHARLIE], [])
    assert stays(group) == [(ALICE, came.id - 1, None), (BOB, came.id - 1, None), (CHARLIE, joined.id, None)]


def test_admin_removes_member(admin_client: Client, group: Group) -> None:
    assert was_saved(send_form(admin_client, page(group), **leaving(1)))
    came, went = notices(group)
    assert (went.joined, went.left) == ([], [BOB])
    assert stays(group) == [(ALICE, came.id - 1, None), (BOB, came.id - 1, went.id)]


def test_admin_replaces_member_in_full_group(admin_client: Client, group: Group, settings: Settings) -> None:
    override(settings, max_group_members=2)
    response = send_form(admin_client, page(group), **leaving(1), **joining(CHARLIE, first=2))
    assert was_saved(response)
    assert members(group) == [ALICE, CHARLIE]


def test_admin_adds_former_member_again(admin_client: Client, group: Group) -> None:
    services.remove_members(group.pk, [BOB])
    assert was_saved(send_form(admin_client, page(group), **joining(BOB, first=1)))
    assert members(group) == [ALICE, BOB]
    assert len(stays(group)) == 3


def test_deleted_row_of_admin_form_adds_no_member(admin_client: Client, group: Group) -> None:
    before = everything()
    response = send_form(admin_client, page(group), **joining(CHARLIE, first=2), **leaving(2))
    assert was_saved(response)
    assert everything() == before


def test_admin_history_lists_added_and_removed_members(admin_client: Client, group: Group) -> None:
    send_form(admin_client, page(group), **leaving(1), **joining(CHARLIE, first=2))
    page_text = admin_client.get(f"{LIST}{group.pk}/history/").content.decode()
    assert f"Added membership “{CHARLIE} in {group.pk}”." in page_text
    assert f"Deleted membership “{BOB} in {group.pk}”." in page_text


@pytest.mark.parametrize("userids", [[BOB], [CHARLIE, CHARLIE], [CHARLIE, ALICE]])
def test_duplicate_member_rejected_in_admin(admin_client: Client, group: Group, userids: list[str]) -> None:
    before = everything()
    response = send_form(admin_client, page(group), **joining(*userids, first=2))
    assert complaints(response) == [f"{userids[-1]} is in the group already."]
    assert everything() == before


def test_the_creator_of_a_new_one_is_in_it_already(admin_client: Client, group: Group) -> None:
    before = everything()
    response = send_form(admin_client, ADD, name="x", creator=ALICE, **joining(BOB, ALICE))
    assert complaints(response) == [f"{ALICE} is in the group already."]
    assert everything() == before


def test_admin_respects_member_limit(admin_client: Client, group: Group, settings: Settings) -> None:
    override(settings, max_group_members=2)
    before = everything()
    too_many = ["A group has at most 2 members."]
    assert complaints(send_form(admin_client, page(group), **joining(CHARLIE, first=2))) == too_many
    new = {"name": "x", "creator": ALICE, **joining(BOB, CHARLIE)}
    assert complaints(send_form(admin_client, ADD, **new)) == too_many
    assert everything() == before


def test_admin_rejects_unknown_person(admin_client: Client, group: Group) -> None:
    before = everything()
    response = send_form(admin_client, page(group), **joining("nobody", first=2))
    assert [text.partition(".")[0] for text in complaints(response)] == ["Select a valid choice"]
    assert everything() == before


def test_the_person_of_a_row_cannot_be_changed(admin_client: Client, group: Group) -> None:
    before = notices(group)
    fields = row(1, user=CHARLIE, since_id="1", role="admin")
    assert was_saved(send_form(admin_client, page(group), **fields))
    assert roles(group) == {ALICE: "owner", BOB: "admin"}
    assert notices(group) == before


# Roles.


def test_roles_are_shown_and_changed(admin_client: Client, group: Group) -> None:
    assert open_form(admin_client, page(group))["memberships-1-role"] == "member"
    assert was_saved(send_form(admin_client, page(group), **row(1, role="admin")))
    assert roles(group) == {ALICE: "owner", BOB: "admin"}
    assert changes(group) == [(None, {"roles": {BOB: "admin"}})]
    assert open_form(admin_client, page(group))["memberships-1-role"] == "admin"


def test_the_history_tells_of_roles(admin_client: Client, group: Group) -> None:
    send_form(admin_client, page(group), **row(1, role="admin"))
    page_text = admin_client.get(f"{LIST}{group.pk}/history/").content.decode()
    assert f"Changed Role for membership “{BOB} in {group.pk}”." in page_text


@pytest.mark.parametrize("role", ["admin", "owner"])
def test_admin_adds_member_with_role(admin_client: Client, group: Group, role: str) -> None:
    fields = {**joining(CHARLIE, first=2), **row(2, role=role)}
    assert was_saved(send_form(admin_client, page(group), **fields))
    assert roles(group) == {ALICE: "owner", BOB: "member", CHARLIE: role}


@pytest.mark.parametrize("role", ["", "king"])
def test_unknown_role_rejected_in_admin(admin_client: Client, group: Group, role: str) -> None:
    before = everything()
    assert not was_saved(send_form(admin_client, page(group), **row(1, role=role)))
    new = {**joining(CHARLIE, first=2), **row(2, role=role)}
    assert not was_saved(send_form(admin_client, page(group), **new))
    assert everything() == before


def test_ownership_is_handed_over(admin_client: Client, group: Group) -> None:
    fields = {**row(0, role="member"), **row(1, role="owner")}
    assert was_saved(send_form(admin_client, page(group), **fields))
    assert roles(group) == {ALICE: "member", BOB: "owner"}


def test_admin_hands_group_over_to_new_member(admin_client: Client, group: Group) -> None:
    fields = {**row(0, role="admin"), **joining(CHARLIE, first=2), **row(2, role="owner")}
    assert was_saved(send_form(admin_client, page(group), **fields))
    assert roles(group) == {ALICE: "admin", BOB: "member", CHARLIE: "owner"}


def test_the_last_owner_stays_one(admin_client: Client, group: Group) -> None:
    before = everything()
    for fields in (row(0, role="admin"), {**leaving(0), **row(1, role="admin")}):
        assert complaints(send_form(admin_client, page(group), **fields)) == ["A group needs an owner."]
    assert everything() == before


def test_removed_owner_is_succeeded_by_a_member(admin_client: Client, group: Group) -> None:
    services.add_members(group.pk, [CHARLIE])
    assert was_saved(send_form(admin_client, page(group), **leaving(0)))
    assert roles(group) == {BOB: "owner", CHARLIE: "member"}


def test_operator_chooses_the_next_owner(admin_client: Client, group: Group) -> None:
    services.add_members(group.pk, [CHARLIE])
    assert was_saved(send_form(admin_client, page(group), **leaving(0), **row(2, role="owner")))
    assert roles(group) == {BOB: "member", CHARLIE: "owner"}


def test_a_new_one_has_its_creator_for_an_owner(admin_client: Client, group: Group) -> None:
    fields = {"name": "x", "creator": ALICE, **joining(BOB), **row(0, role="admin")}
    assert was_saved(send_form(admin_client, ADD, **fields))
    assert roles(Group.objects.latest("pk")) == {ALICE: "owner", BOB: "admin"}


def test_empty_group_needs_owner_first(admin_client: Client, group: Group) -> None:
    services.remove_members(group.pk, [ALICE, BOB])
    fields = {**joining(CHARLIE), **row(0, role="admin")}
    assert complaints(send_form(admin_client, page(group), **fields)) == ["A group needs an owner."]
    assert was_saved(send_form(admin_client, page(group), **joining(CHARLIE)))
    assert roles(group) == {CHARLIE: "owner"}


def test_last_owner_race_is_handled(
    admin_client: Client, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bob owns the group too, and is to become a member; before that is saved, Alice leaves."""
    services.set_role(group.pk, BOB, Role.OWNER)
    set_role = services.set_role

    def leave_and_set_role(*args: Any) -> None:
        services.leave(group.pk, ALICE)
        set_role(*args)

    before = everything()
    monkeypatch.setattr(services, "set_role", leave_and_set_role)
    response = admin_client.post(
        page(group), {**open_form(admin_client, page(group)), **row(1, role="member")}, follow=True
    )
    assert "A group needs an owner." in response.content.decode()
    assert everything() == before


@pytest.mark.slow
def test_member_of_full_group_is_removed_in_admin(admin_client: Client, group: Group) -> None:
    services.add_members(group.pk, numbered(498))
    assert was_saved(send_form(admin_client, page(group), name="full", **leaving(499)))
    assert len(members(group)) == 499


# The end.


def test_admin_filters_dissolved_groups(admin_client: Client, group: Group) -> None:
    assert list(admin_client.get(LIST, {"dissolved_at__isnull": "False"}).context["cl"].queryset) == []
    services.dissolve(group.pk)
    assert changes(group) == [(None, {"dissolved": True})]
    shown = admin_client.get(LIST, {"dissolved_at__isnull": "False"})
    assert list(shown.context["cl"].queryset) == [group]
    group.refresh_from_db()
    assert group.dissolved_at
    year = str(group.dissolved_at.year)
    assert "Dissolved at" in admin_client.get(page(group)).content.decode()
    assert year in admin_client.get(page(group)).content.decode()


def test_a_dissolved_one_can_be_read_but_not_written(admin_client: Client, group: Group) -> None:
    fields = open_form(admin_client, page(group))
    services.dissolve(group.pk)
    response = admin_client.get(page(group))
    assert response.status_code == 200
    assert not response.context["has_change_permission"]
    before = everything()
    late = {**fields, "name": "late", **joining(CHARLIE, first=2)}
    assert admin_client.post(page(group), late).status_code == 403
    assert everything() == before


def test_groups_cannot_be_deleted_in_admin(admin_client: Client, group: Group) -> None:
    url = f"{LIST}{group.pk}/delete/"
    assert admin_client.get(url).status_code == 403
    assert admin_client.post(url, {"post": "yes"}).status_code == 403
    admin_client.post(LIST, {"action": "delete_selected", "_selected_action": str(group.pk), "post": "yes"})
    assert members(group) == [ALICE, BOB]


# Staff who may do less.


def test_without_permission_nothing_is_shown(staff: Client, group: Group) -> None:
    for url in (LIST, ADD, page(group)):
        assert staff.get(url).status_code == 403
    grant("view_group")
    assert staff.get(page(group)).status_code == 200


def test_view_permission_allows_viewing_only(staff: Client, group: Group) -> None:
    grant("view_group", "view_membership")
    assert f"{BOB} in {group.pk}" in staff.get(page(group)).content.decode()
    before = everything()
    assert staff.post(page(group), {"name": "new"}).status_code == 403
    assert everything() == before
    grant("view_group", "change_group")
    assert was_saved(send_form(staff, page(group), name="new"))


def test_role_change_needs_member_permission(staff: Client, group: Group) -> None:
    grant("view_group", "change_group", "view_membership", "delete_membership")
    before = everything()
    assert was_saved(send_form(staff, page(group), **row(1, role="owner")))
    assert everything() == before
    grant("view_group", "change_group", "view_membership", "change_membership")
    assert was_saved(send_form(staff, page(group), **row(1, role="owner")))
    assert roles(group) == {ALICE: "owner", BOB: "owner"}


def test_add_permission_hides_members(staff: Client, group: Group) -> None:
    grant("view_group", "change_group", "add_membership")
    assert f"{BOB} in {group.pk}" not in staff.get(page(group)).content.decode()
    assert was_saved(send_form(staff, page(group), **joining(CHARLIE)))
    assert members(group) == [ALICE, BOB, CHARLIE]


def test_member_removal_needs_permission(staff: Client, group: Group) -> None:
    grant("view_group", "change_group", "view_membership")
    assert was_saved(send_form(staff, page(group), **leaving(1)))
    assert members(group) == [ALICE, BOB]
    grant("view_group", "change_group", "view_membership", "delete_membership")
    assert was_saved(send_form(staff, page(group), **leaving(1)))
    assert members(group) == [ALICE]
