"""API keys in the admin: shown once, looked at, revoked, and never edited or deleted."""

import re
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from pytest_django import Settings

from accounts.authentication import api_keys
from accounts.authentication.authentication import check_proof
from accounts.authentication.proofs import BadToken, Proof, ProofKind, Scope
from accounts.models import ApiKey, User
from tests.support.admin import operator
from tests.support.settings import override
from tests.support.tokens import SECRET

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/apikey/"
ADD = f"{LIST}add/"


@pytest.fixture
def staff() -> Client:
    return operator()


@pytest.fixture(autouse=True)
def token_mode(settings: Settings) -> None:
    override(settings, auth="token", token_secret=SECRET)


def permitted(*codenames: str) -> Client:
    """Staff who may do no more than that."""
    user = User.objects.create_user("helper", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client


def revoke(client: Client, key: ApiKey) -> None:
    client.post(LIST, {"action": "revoke", "_selected_action": key.pk})


def is_revoked() -> bool:
    return ApiKey.objects.get().revoked_at is not None


def test_a_key_is_shown_once_when_it_is_made(staff: Client) -> None:
    response = staff.post(ADD, {"name": "shop", "scopes": ["groups", "uploads"]})
    shown = re.findall(r"im66key\.[\w.-]+", unescape(response.content.decode()))
    assert len(shown) == 1
    check_proof(Proof(ProofKind.API_KEY, shown[0]), Scope.GROUPS)
    key = ApiKey.objects.get()
    assert (key.name, set(key.allowed)) == ("shop", {"groups", "uploads"})


def test_new_key_is_displayed_once(staff: Client) -> None:
    response = staff.post(ADD, {"name": "shop", "scopes": ["groups"]})
    key = ApiKey.objects.get()
    secret = re.findall(r"im66key\.\w+\.([\w-]+)", response.content.decode())[0]
    assert "no-store" in response.headers["Cache-Control"]
    assert "Location" not in response.headers
    pages = [
        staff.get(url).content.decode()
        for url in (LIST, f"{LIST}{key.pk}/change/", f"{LIST}{key.pk}/history/")
    ]
    assert not [page for page in pages if secret in page]
    assert all("shop" in page for page in pages)
    assert secret not in str([dict(response.headers), response.cookies, dict(staff.session)])


def test_default_scopes_leave_out_moderation(staff: Client) -> None:
    page = staff.get(ADD).content.decode()
    assert set(re.findall(r'value="(\w+)"[^>]* checked', page)) == {"messages", "groups", "users", "uploads"}
    assert 'value="moderate"' in page


@pytest.mark.parametrize(
    "form", [{}, {"name": "shop"}, {"scopes": ["groups"]}, {"name": "shop", "scopes": ["everything"]}]
)
def test_incomplete_form_makes_no_api_key(staff: Client, form: dict[str, object]) -> None:
    assert staff.post(ADD, form).status_code == 200
    assert not ApiKey.objects.exists()


def test_admin_revokes_key(staff: Client) -> None:
    key = api_keys.make("shop")
    revoke(staff, key)
    with pytest.raises(BadToken):
        check_proof(Proof(ProofKind.API_KEY, key.text), Scope.GROUPS)
    assert "Revoked." in staff.get(f"{LIST}{key.pk}/history/").content.decode()


def test_key_cannot_be_edited_or_deleted(staff: Client) -> None:
    key = api_keys.make("shop", ["groups"])
    before = ApiKey.objects.values().get()
    assert staff.post(f"{LIST}{key.pk}/change/", {"name": "x", "scopes": ["moderate"]}).status_code == 403
    assert staff.post(f"{LIST}{key.pk}/delete/", {"post": "yes"}).status_code == 403
    staff.post(LIST, {"action": "delete_selected", "_selected_action": key.pk, "post": "yes"})
    assert ApiKey.objects.values().get() == before


def test_view_permission_allows_viewing_only() -> None:
    key = api_keys.make("shop")
    client = permitted("view_apikey")
    assert client.get(LIST).status_code == 200
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, {"name": "x", "scopes": ["groups"]}).status_code == 403
    revoke(client, key)
    assert not is_revoked()


def test_change_permission_allows_revoking() -> None:
    key = api_keys.make("shop")
    revoke(permitted("view_apikey", "change_apikey"), key)
    assert is_revoked()


def test_creating_key_needs_superuser() -> None:
    """Also where a role of an earlier version lets others do so."""
    client = permitted("view_apikey", "add_apikey", "change_apikey")
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, {"name": "x", "scopes": ["messages"]}).status_code == 403
    assert not ApiKey.objects.exists()


def test_keys_are_hidden_without_permission() -> None:
    key = api_keys.make("shop")
    client = permitted("view_user")
    for url in (LIST, ADD, f"{LIST}{key.pk}/change/"):
        assert client.get(url).status_code == 403
