"""Creating an account with an invitation."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.invitations import invite, revoke, state_of
from accounts.models import Invitation, User
from accounts.services import ensure_users
from accounts.services import sign_up as make_account
from tests.support.accounts import ALICE, BOB, CHARLIE, PASSWORD, text, who
from tests.support.admin import complaints, operator, send_form, was_saved
from tests.support.settings import override

pytestmark = [pytest.mark.usefixtures("cheap_passwords"), pytest.mark.django_db]

ADD = "/admin/accounts/invitation/add/"
LIST = "/admin/accounts/invitation/"
INVALID = "This invitation is no longer valid"


@pytest.fixture(autouse=True)
def for_the_invited(settings: Settings) -> None:
    override(settings, signup="invite", public_url="http://testserver")


@pytest.fixture
def code() -> str:
    return invite(None)[1]


def sign_up(client: Client, userid: str = ALICE) -> Any:
    values = {"userid": userid, "nickname": "", "password1": PASSWORD, "password2": PASSWORD}
    return client.post("/signup/", values)


def test_invitation_creates_one_account(client: Client, code: str) -> None:
    assert client.get(f"/signup/{code}")["Location"] == "/signup/"
    assert client.get("/signup/").status_code == 200
    assert sign_up(client)["Location"] == "/"
    assert who(client) == ALICE
    used = Invitation.objects.get()
    assert used.used_by_id == ALICE
    assert used.used_at


def test_invitation_code_is_not_stored(client: Client, code: str) -> None:
    client.get(f"/signup/{code}")
    page = text(client.get("/signup/"))
    session = Session.objects.get().get_decoded()
    assert code not in f"{page} {session} {Invitation.objects.values().get()}"
    assert len(code) * 6 >= 128


def test_invitation_works_once(client: Client, code: str) -> None:
    client.get(f"/signup/{code}")
    second = Client()
    second.get(f"/signup/{code}")
    sign_up(client)
    response = sign_up(second, BOB)
    assert response.status_code == 403
    assert INVALID in text(response)
    assert INVALID in text(second.get(f"/signup/{code}", follow=True))
    assert set(User.objects.values_list("pk", flat=True)) == {ALICE}


def expired() -> str:
    return invite(None, expires_at=timezone.now() - timedelta(seconds=1))[1]


def taken_back() -> str:
    code = invite(None)[1]
    revoke(Invitation.objects.all())
    return code


def used() -> str:
    code = invite(None)[1]
    Invitation.objects.update(used_at=timezone.now())
    return code


@pytest.mark.parametrize("make", [expired, taken_back, used, lambda: "nonsense", lambda: "x" * 32])
def test_invalid_invitation_is_explained(client: Client, make: Any) -> None:
    response = client.get(f"/signup/{make()}", follow=True)
    assert response.status_code == 403
    assert INVALID in text(response)
    assert sign_up(client).status_code == 403
    assert not User.objects.exists()


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_invitations_of_former_staff_are_invalid(client: Client, change: dict[str, bool]) -> None:
    invitation, code = invite(User.objects.create_superuser("boss", PASSWORD))
    client.get(f"/signup/{code}")
    User.objects.update(**change)
    assert sign_up(client).status_code == 403
    assert INVALID in text(Client().get(f"/signup/{code}", follow=True))
    assert state_of(Invitation.objects.get(pk=invitation.pk)) == "taken back"


def test_invitation_revoked_before_submit_is_explained(client: Client, code: str) -> None:
    client.get(f"/signup/{code}")
    revoke(Invitation.objects.all())
    response = sign_up(client)
    assert response.status_code == 403
    assert INVALID in text(response)
    assert not User.objects.exists()


def test_invalid_invitation_code_creates_no_session(client: Client) -> None:
    client.get("/signup/nonsense", follow=True)
    assert not Session.objects.exists()


def test_failed_sign_up_keeps_invitation(client: Client, code: str) -> None:
    ensure_users([BOB])
    client.get(f"/signup/{code}")
    assert "This user ID is taken" in text(sign_up(client, BOB))
    assert Invitation.objects.get().used_at is None
    sign_up(client)
    assert who(client) == ALICE


def test_invitation_can_fix_userid(client: Client) -> None:
    client.get(f"/signup/{invite(None, userid=CHARLIE)[1]}")
    page = text(client.get("/signup/"))
    assert re.search(rf'name="userid" value="{CHARLIE}"[^>]* disabled', page)
    assert "The invitation is for this user ID." in page
    sign_up(client, "mallory")
    assert who(client) == CHARLIE
    assert not User.objects.filter(pk="mallory").exists()


def test_invitation_userid_wins_over_requested() -> None:
    invitation, _ = invite(None, userid=CHARLIE)
    assert make_account("mallory", PASSWORD, "", invitation).pk == CHARLIE


def test_invitation_does_not_open_existing_account(client: Client) -> None:
    _, code = invite(None, userid=CHARLIE)
    ensure_users([CHARLIE])
    client.get(f"/signup/{code}")
    assert "This user ID is taken" in text(sign_up(client, CHARLIE))
    assert not User.objects.get().has_usable_password()


def test_invitation_is_used_up_in_open_sign_up(client: Client, code: str, settings: Settings) -> None:
    override(settings, signup="open")
    client.get(f"/signup/{code}")
    sign_up(client)
    assert Invitation.objects.get().used_by_id == ALICE


def test_revoked_invitation_does_not_block_open_sign_up(
    client: Client, code: str, settings: Settings
) -> None:
    override(settings, signup="open")
    client.get(f"/signup/{code}")
    revoke(Invitation.objects.all())
    assert client.get("/signup/").status_code == 403
    assert client.get("/signup/nonsense", follow=True).status_code == 403
    assert client.get("/signup/").status_code == 200
    sign_up(client)
    assert who(client) == ALICE


def test_invitation_does_not_work_in_closed_sign_up(client: Client, code: str, settings: Settings) -> None:
    client.get(f"/signup/{code}")
    override(settings, signup="closed")
    response = sign_up(client)
    assert response.status_code == 403
    assert "Nobody can create an account here." in text(response)
    assert not User.objects.exists()


# Staff make them.


@pytest.fixture
def staff() -> Client:
    return operator()


def made(staff: Client, userid: str = "") -> str:
    """Create an invitation in the admin, and return its address."""
    response = send_form(staff, ADD, userid=userid)
    assert was_saved(response)
    match = re.search(r"https?://[^\s<]+/signup/[\w-]+", text(staff.get(response["Location"])))
    assert match
    return match[0]


def test_invitation_address_is_shown_once_in_the_admin(
    staff: Client, client: Client, settings: Settings
) -> None:
    override(settings, public_url="https://chat.example/im")
    address = made(staff)
    assert address.startswith("https://chat.example/im/signup/")
    assert address not in text(staff.get(LIST))
    invitation = Invitation.objects.get()
    assert address.rpartition("/")[2] not in text(staff.get(f"{LIST}{invitation.pk}/change/"))
    assert invitation.made_by_id == "admin"
    assert timedelta(days=6) < invitation.expires_at - timezone.now() <= timedelta(days=7)
    client.get(f"/signup/{address.rpartition('/')[2]}")
    sign_up(client)
    assert who(client) == ALICE


@pytest.mark.parametrize("public_url", ["", "https://elsewhere.example"])
def test_invitation_address_needs_a_known_public_url(
    staff: Client, client: Client, settings: Settings, public_url: str
) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    override(settings, public_url=public_url)
    page_text = text(staff.get(send_form(staff, ADD, userid="")["Location"]))
    assert "The server does not know its own address" in page_text
    assert not re.search(r"https?://[^\s<]+/signup/", page_text)
    path = re.search(r"/signup/[\w-]+", page_text)
    assert path
    assert client.get(path[0])["Location"] == "/signup/"


def test_invitation_link_uses_the_tls_address(staff: Client, settings: Settings) -> None:
    """The public address is for the shipped apps, which have no TLS. Staff use the other one."""
    override(settings, production=True, public_url="http://live.example")
    settings.ALLOWED_HOSTS = ["live.example", "testserver"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_TLS", "on")
    staff.defaults |= {"HTTP_X_TLS": "on", "HTTP_HOST": "testserver"}
    assert made(staff).startswith("https://testserver/signup/")


def test_invitation_cannot_be_made_in_closed_sign_up(staff: Client, settings: Settings) -> None:
    override(settings, signup="closed")
    response = send_form(staff, ADD, userid="")
    assert not was_saved(response)
    assert "IM66_SIGNUP is closed" in text(response)
    assert not Invitation.objects.exists()


def test_invitation_userid_must_be_free(staff: Client) -> None:
    made(staff, CHARLIE)
    assert Invitation.objects.get().userid == CHARLIE
    taken = "Somebody has this userid, or one that looks like it."
    assert complaints(send_form(staff, ADD, userid="ADMIN")) == [taken]
    assert complaints(send_form(staff, ADD, userid="a_b"))


def test_invitation_userid_must_suit_shipped_apps(staff: Client, client: Client, settings: Settings) -> None:
    made_before = invite(None, userid="a.b")[1]
    override(settings, legacy_userid="alias")
    assert complaints(send_form(staff, ADD, userid="bob-1")) == ["This cannot be a user ID."]
    assert not Invitation.objects.filter(userid="bob-1").exists()
    client.get(f"/signup/{made_before}")
    assert "This cannot be a user ID." in text(sign_up(client, "a.b"))
    assert not User.objects.filter(pk="a.b").exists()


def test_staff_revoke_an_invitation(staff: Client, client: Client) -> None:
    used()
    code = made(staff).rpartition("/")[2]
    selected = [str(pk) for pk in Invitation.objects.values_list("pk", flat=True)]
    staff.post(LIST, {"action": "take_back", "_selected_action": selected})
    assert Invitation.objects.filter(revoked_at__isnull=False).count() == 1
    page = text(staff.get(LIST))
    assert "taken back" in page
    assert ">used<" in page
    assert INVALID in text(client.get(f"/signup/{code}", follow=True))


def test_invitation_cannot_be_edited_or_deleted(staff: Client) -> None:
    made(staff)
    page = f"{LIST}{Invitation.objects.get().pk}/"
    assert staff.post(f"{page}change/", {"userid": "mallory"}).status_code == 403
    assert staff.post(f"{page}delete/", {"post": "yes"}).status_code == 403
    invitation = Invitation.objects.get()
    assert (invitation.userid, invitation.made_by_id) == ("", "admin")


def test_making_invitation_needs_permission(client: Client) -> None:
    client.force_login(User.objects.create_user(BOB, is_staff=True))
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, {"userid": ""}).status_code == 403
    assert not Invitation.objects.exists()
