"""The link that creates the first administrator."""

import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from accounts.invitations import state_of
from accounts.models import Invitation, User
from im66.startup import CannotStart
from tests.support.accounts import ALICE, BOB, PASSWORD, text, who
from tests.support.settings import override

pytestmark = [pytest.mark.usefixtures("cheap_passwords"), pytest.mark.django_db]


@pytest.fixture(autouse=True)
def closed(settings: Settings, tmp_path: Path) -> None:
    override(settings, signup="closed", public_url="https://chat.example", data_dir=tmp_path)


def prepare() -> str:
    """Run the command, and return its output after the migrations."""
    printed = StringIO()
    call_command("prepare", verbosity=0, stdout=printed)
    return printed.getvalue()


def path_in(printed: str) -> str:
    match = re.search(r"https://chat\.example(/signup/[\w-]+)", printed)
    assert match, printed
    return match[1]


def sign_up(client: Client, path: str, userid: str = ALICE) -> str:
    """Sign up, and return the userid that is then logged in, or empty."""
    client.get(path)
    values = {"userid": userid, "nickname": "", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/signup/", values)
    return who(client)


def test_admin_link_works_once_despite_closed_sign_up(client: Client) -> None:
    path = path_in(prepare())
    assert "administrator of this server" in text(client.get(path, follow=True))
    assert sign_up(client, path) == ALICE
    assert client.get("/admin/").status_code == 200
    assert not sign_up(Client(), path, BOB)
    assert not prepare()
    assert User.objects.filter(is_superuser=True).count() == 1


@pytest.mark.parametrize("banned", [False, True])
def test_admin_link_is_invalid_once_an_administrator_exists(client: Client, banned: bool) -> None:
    path = path_in(prepare())
    client.get(path)
    User.objects.create_superuser("boss", PASSWORD, is_active=not banned)
    assert not sign_up(client, path)
    assert state_of(Invitation.objects.get()) == "taken back"
    assert not prepare()


def test_admin_link_may_prescribe_the_userid(client: Client, settings: Settings) -> None:
    override(settings, admin_userid="root")
    assert sign_up(client, path_in(prepare()), ALICE) == "root"


@pytest.fixture
def password_file(settings: Settings, tmp_path: Path) -> Callable[[str], None]:
    def write(password: str) -> None:
        path = tmp_path / "password"
        path.write_text(password)
        override(settings, admin_userid="root", admin_password_file=str(path))

    return write


def test_password_file_creates_the_administrator(
    client: Client, password_file: Callable[[str], None]
) -> None:
    password_file(f"{PASSWORD}\n")
    assert not prepare()
    assert not prepare()
    client.post("/login/", {"username": "root", "password": PASSWORD})
    assert client.get("/admin/").status_code == 200
    assert not Invitation.objects.exists()


def test_weak_or_empty_password_of_the_administrator_is_rejected(
    password_file: Callable[[str], None],
) -> None:
    for password in ("", "\n", "12345678", "root"):
        password_file(password)
        with pytest.raises(CannotStart, match="The first administrator cannot be made"):
            prepare()
    assert not User.objects.exists()


def test_existing_person_is_not_made_an_administrator(password_file: Callable[[str], None]) -> None:
    User.objects.create_user("Root", None)
    password_file(PASSWORD)
    with pytest.raises(CannotStart, match="root exists and is no administrator"):
        prepare()
    assert not User.objects.filter(is_superuser=True).exists()
