"""People in the admin, and who gets into it."""

import re
from urllib.parse import quote

import pytest
from django.contrib.admin.utils import quote as admin_quote
from django.contrib.auth.models import Group as Role
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import CustomFields, User
from accounts.services import ensure_users
from groups.services import create_group
from log.appending import Draft, append
from log.models import Group
from tests.support.admin import complaints, open_form, operator, send_form, was_saved

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/user/"
ADD = "/admin/accounts/user/add/"
PASSWORD = "correct horse battery"
ODD_USERIDS = [
    "老板六六",
    "👍🏽",
    "o'brien",
    '"quoted"',
    "<b>",
    "a&b=c",
    "a?b#c",
    "100%",
    "a:b;c",
    "..",
    "add",
    "-",
    "x" * 64,
]


def page(userid: str) -> str:
    return f"{LIST}{quote(admin_quote(userid))}/change/"


# Who gets in.


@pytest.fixture
def admin_client(db: None) -> Client:
    return operator()


@pytest.fixture
def everywhere() -> list[str]:
    """An address of every kind in the admin."""
    create_group("alice", ["bob"], "我的群")
    message = append([Draft("text", "alice", "bob", "hello", "")]).batch.last
    group = Group.objects.get()
    return [
        "/admin/",
        LIST,
        ADD,
        page("alice"),
        f"{LIST}alice/password/",
        f"{LIST}alice/history/",
        "/admin/log/group/",
        "/admin/log/group/add/",
        f"/admin/log/group/{group.pk}/change/",
        f"/admin/messages/{message}/",
        "/admin/moderation/role/",
    ]


def test_an_administrator_opens_every_page(admin_client: Client, everywhere: list[str]) -> None:
    assert {url: admin_client.get(url).status_code for url in everywhere} == dict.fromkeys(everywhere, 200)


@pytest.mark.parametrize("visitor", ["nobody", "not staff", "not active", "superuser but not staff"])
def test_admin_rejects_visitors_without_staff_rights(everywhere: list[str], visitor: str) -> None:
    client = Client()
    if visitor != "nobody":
        standing = {"is_active": False, "is_staff": True} if visitor == "not active" else {}
        user = User.objects.create_user("visitor", PASSWORD, **standing)
        user.is_superuser = visitor.startswith("superuser")
        user.save()
        client.force_login(user)
    for url in everywhere:
        response = client.get(url)
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/admin/login/?next=")
        assert client.post(url, {}).status_code == 302


@pytest.mark.parametrize(
    ("standing", "password", "gets_in"),
    [
        ({"is_staff": True, "is_superuser": True}, PASSWORD, True),
        ({"is_staff": True}, PASSWORD, True),
        ({"is_staff": True, "is_superuser": True}, "wrong", False),
        ({"is_superuser": True}, PASSWORD, False),
        ({}, PASSWORD, False),
        ({"is_staff": True, "is_superuser": True, "is_active": False}, PASSWORD, False),
    ],
)
def test_the_door(client: Client, standing: dict[str, bool], password: str, gets_in: bool) -> None:
    User.objects.create_user("老板", PASSWORD, **standing)
    response = client.post("/admin/login/", {"username": "老板", "password": password, "next": "/admin/"})
    assert response.status_code == (302 if gets_in else 200)
    assert ("_auth_user_id" in client.session) is gets_in


def test_a_userid_that_came_into_being_is_no_way_in(client: Client) -> None:
    ensure_users(["newcomer"])
    User.objects.filter(pk="newcomer").update(is_staff=True)
    for password in ("", "newcomer", "!", User.objects.get(pk="newcomer").password):
        client.post("/admin/login/", {"username": "newcomer", "password": password, "next": "/admin/"})
        assert "_auth_user_id" not in client.session


# What is shown.


def test_odd_userids_open_and_are_saved(admin_client: Client) -> None:
    ensure_users(ODD_USERIDS)
    for userid in ODD_USERIDS:
        assert was_saved(send_form(admin_client, page(userid), nickname="新 名字")), userid
        assert User.objects.get(pk=userid).nickname == "新 名字"
    assert admin_client.get(LIST).status_code == 200


def listed_userids(client: Client, sought: str) -> list[str]:
    return [user.pk for user in client.get(LIST, {"q": sought}).context["cl"].queryset]


def test_admin_search_matches_people(admin_client: Client) -> None:
    ensure_users(["alice", "bob"])
    User.objects.filter(pk="alice").update(nickname="小明")
    for sought in ("alice", "LIC", "小明", "alice 小明"):
        assert listed_userids(admin_client, sought) == ["alice"], sought


def test_admin_search_without_match(admin_client: Client) -> None:
    ensure_users(["alice", "bob"])
    for sought in ("charlie", "%", "_", "o'b", '"x', "\\", "👍"):
        assert listed_userids(admin_client, sought) == [], sought


def test_admin_list_filters(admin_client: Client) -> None:
    ensure_users(["alice", "bob"])
    User.objects.filter(pk="bob").update(is_active=False, muted=True)
    for field in ("is_active__exact=0", "muted__exact=1"):
        listed = admin_client.get(f"{LIST}?{field}").context["cl"].queryset
        assert [user.pk for user in listed] == ["bob"]


# Making and editing.


def added(client: Client, userid: str, **fields: str) -> object:
    passwords = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    return send_form(client, ADD, **{"userid": userid, "nickname": "", **passwords, **fields})


def test_admin_creates_person(admin_client: Client) -> None:
    assert was_saved(added(admin_client, "老板六六", nickname="Boss"))
    made = User.objects.get(pk="老板六六")
    assert (made.nickname, made.is_staff, made.is_superuser) == ("Boss", False, False)
    assert made.check_password(PASSWORD)


def test_admin_creates_person_without_password(admin_client: Client) -> None:
    assert was_saved(added(admin_client, "alice", usable_password="false", password1="", password2=""))
    assert not User.objects.get(pk="alice").has_usable_password()


NO_USERID = "A userid is 1 to 64 printable characters without underscore, comma, slash or space."


COMPLAINTS = [
    ("a_b", NO_USERID),
    ("a/b", NO_USERID),
    ("a,b", NO_USERID),
    ("a b", NO_USERID),
    ("a\u3000b", NO_USERID),
    ("a\u200bb", NO_USERID),
    ("", "This field is required."),
    ("   ", "This field is required."),
    ("x" * 65, "Ensure this value has at most 64 characters (it has 65)."),
    ("a\0b", "Null characters are not allowed."),
    ("taken", "User with this User ID already exists."),
]


def test_invalid_userid_rejected_in_admin(admin_client: Client) -> None:
    ensure_users(["taken"])
    before = list(User.objects.values())
    for userid, complaint in COMPLAINTS:
        assert complaint in complaints(added(admin_client, userid)), userid
    assert list(User.objects.values()) == before


def test_a_weak_password_is_refused(admin_client: Client) -> None:
    result = complaints(added(admin_client, "alice", password1="password", password2="password"))
    assert result == ["This password is too common."]
    assert not User.objects.filter(pk="alice").exists()


def test_a_userid_never_changes(admin_client: Client) -> None:
    ensure_users(["alice"])
    assert "userid" not in open_form(admin_client, page("alice"))
    assert was_saved(send_form(admin_client, page("alice"), userid="mallory"))
    assert set(User.objects.values_list("pk", flat=True)) == {"admin", "alice"}


def test_account_status_is_read_only_in_admin(admin_client: Client) -> None:
    ensure_users(["alice"])
    fields = open_form(admin_client, page("alice"))
    values = {**fields, "muted": "on", "is_active": "", "delivered_id": "99"}
    assert was_saved(admin_client.post(page("alice"), values))
    alice = User.objects.get(pk="alice")
    assert (alice.is_active, alice.muted, alice.delivered_id) == (True, False, 0)


def test_a_password_is_set(admin_client: Client) -> None:
    ensure_users(["o'brien"])
    url = page("o'brien").replace("/change/", "/password/")
    values = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    assert admin_client.post(url, values).status_code == 302
    assert User.objects.get(pk="o'brien").check_password(PASSWORD)


def test_staff_change_their_own_password_on_the_page_where_guesses_count(admin_client: Client) -> None:
    values = {"old_password": "a guess", "new_password1": PASSWORD, "new_password2": PASSWORD}
    assert admin_client.post("/admin/password_change/", values)["Location"] == "/password/"


def test_people_cannot_be_deleted_in_admin(admin_client: Client) -> None:
    ensure_users(["alice"])
    assert admin_client.get(f"{LIST}alice/delete/").status_code == 403
    assert admin_client.post(f"{LIST}alice/delete/", {"post": "yes"}).status_code == 403
    admin_client.post(LIST, {"action": "delete_selected", "_selected_action": "alice", "post": "yes"})
    assert User.objects.filter(pk="alice").exists()


# Staff who are no superusers.


def staff(userid: str, *permissions: str) -> Client:
    person = User.objects.create_user(userid, is_staff=True)
    person.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def moderator() -> Client:
    return staff("moderator", "view_user", "change_user", "add_user")


@pytest.fixture
def above() -> list[str]:
    """Accounts that only a superuser changes."""
    User.objects.create_superuser("root", PASSWORD)
    User.objects.create_user("colleague", PASSWORD, is_staff=True)
    User.objects.create_user("prepared", PASSWORD, is_superuser=True)
    return ["root", "colleague", "prepared"]


NEW_PASSWORD = {"usable_password": "true", "password1": "quite another", "password2": "quite another"}
PRIVILEGED = {"is_staff": "on", "is_superuser": "on"}


def test_a_moderator_edits_a_person(moderator: Client) -> None:
    ensure_users(["bob"])
    assert was_saved(send_form(moderator, page("bob"), nickname="Bob"))
    assert moderator.post(f"{LIST}bob/password/", NEW_PASSWORD).status_code == 302
    bob = User.objects.get(pk="bob")
    assert (bob.nickname, bob.check_password("quite another")) == ("Bob", True)


def test_privileged_people_cannot_be_changed_by_staff(moderator: Client, above: list[str]) -> None:
    before = list(User.objects.values())
    for userid in (*above, "moderator"):
        assert "muted" not in open_form(moderator, page(userid))
        assert moderator.post(page(userid), {"nickname": "x", "muted": "on", **PRIVILEGED}).status_code == 403
        for method in (moderator.get, moderator.post):
            assert method(f"{LIST}{userid}/password/", NEW_PASSWORD).status_code == 403
    assert list(User.objects.values()) == before


def test_a_moderator_gives_no_privileges(moderator: Client) -> None:
    ensure_users(["bob"])
    role = Role.objects.create(name="role")
    some = {"groups": str(role.pk), "user_permissions": str(Permission.objects.all()[0].pk)}
    fields = open_form(moderator, page("bob"))
    assert was_saved(moderator.post(page("bob"), {**fields, **PRIVILEGED, **some}))
    assert was_saved(send_form(moderator, ADD, userid="dora", **NEW_PASSWORD, **PRIVILEGED, **some))
    for person in User.objects.filter(pk__in=["bob", "dora"]):
        assert (person.is_staff, person.is_superuser) == (False, False)
        assert not person.groups.exists()
        assert not person.user_permissions.exists()


def test_superuser_may_grant_privileges_and_set_passwords(admin_client: Client, above: list[str]) -> None:
    for userid in above:
        assert was_saved(send_form(admin_client, page(userid), nickname="x", **PRIVILEGED))
        assert admin_client.post(f"{LIST}{userid}/password/", NEW_PASSWORD).status_code == 302
    for person in User.objects.filter(pk__in=above):
        assert (person.is_staff, person.is_superuser, person.nickname) == (True, True, "x")
        assert person.check_password("quite another")


def test_a_persons_custom_fields_are_shown_under_their_names(admin_client: Client) -> None:
    ensure_users(["bob"])
    CustomFields.objects.create(user_id="bob", values={"department": "Research"})
    assert "department: Research" in admin_client.get(page("bob")).content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "accounts/user/bob/change/",
        "accounts/apikey/add/",
        "accounts/invitation/add/",
        "notifications/endpoint/add/",
    ],
)
def test_a_form_names_its_fields_in_chinese(admin_client: Client, address: str) -> None:
    ensure_users(["bob"])
    page_text = admin_client.get(f"/admin/{address}", headers={"Accept-Language": "zh-CN"}).content.decode()
    # The label of a choice begins with its box.
    labels = set(re.findall(r"<(?:label|legend)[^>]*>([^<]*)</(?:label|legend)>", page_text))
    assert labels
    assert {one for one in labels if one.rstrip("：").isascii()} <= {"URL："}
