"""Common properties of all account pages."""

import re

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from tests.support.accounts import ALICE, PASSWORD, send_login, text
from tests.support.settings import override

pytestmark = [pytest.mark.usefixtures("cheap_passwords"), pytest.mark.django_db]

PAGES = ["/login/", "/signup/", "/signup/?invalid", "/password/", "/password/changed/"]


@pytest.fixture
def pages(settings: Settings) -> dict[str, str]:
    """Return every account page, also with errors, logged in if necessary."""
    override(settings, signup="open", login_failures_per_address=1)
    User.objects.create_user(ALICE, PASSWORD)
    visitor, alice = Client(), Client()
    send_login(alice, ALICE)
    collected = {path: text((alice if "password" in path else visitor).get(path)) for path in PAGES}
    collected |= {f"{path} sent": text(visitor.post(path)) for path in ("/login/", "/signup/")}
    collected |= {"/password/ sent": text(alice.post("/password/"))}
    collected |= {"forged": text(Client(enforce_csrf_checks=True).post("/login/"))}
    collected |= {"locked out": text(send_login(visitor, ALICE, "wrong"))}
    return collected


def test_account_page_titles_name_the_page_and_an_error(pages: dict[str, str]) -> None:
    titles = {name: re.findall("<title>(.*?)</title>", page) for name, page in pages.items()}
    assert all(title and title[0].endswith(" – im66") for title in titles.values())
    assert titles["locked out"] == ["Too many failed attempts – im66"]
    assert titles["/login/ sent"] == ["Error: Sign in – im66"]


def test_account_pages_have_no_inline_script_or_style(pages: dict[str, str]) -> None:
    inline = r"<script(?! src=\"/static/| data-allauth)|<style|\sstyle=|\son\w+=|javascript:"
    for name, page in pages.items():
        assert not re.search(inline, page), name


def test_account_fields_have_labels(pages: dict[str, str]) -> None:
    for page in pages.values():
        fields = set(re.findall(r'<input type="(?:text|password)"[^>]* id="(\w+)"', page))
        assert fields == set(re.findall(r'<label for="(\w+)"', page))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/login/", ["username", "current-password"]),
        ("/signup/", ["username", "nickname", "new-password", "new-password"]),
        ("/password/", ["username", "current-password", "new-password", "new-password"]),
    ],
)
def test_account_fields_have_autocomplete(pages: dict[str, str], path: str, expected: list[str]) -> None:
    assert re.findall(r'autocomplete="([\w-]+)"', pages[path]) == expected


def test_account_pages_do_not_repeat_passwords(pages: dict[str, str]) -> None:
    for page in pages.values():
        assert not re.search(r'<input type="password"[^>]* value=', page)


@pytest.mark.parametrize("path", ["/password/", "/password/changed/"])
def test_private_account_pages_need_login(client: Client, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response["Location"]) == (302, f"/login/?next={path}")


def test_visitor_chooses_the_language_on_the_page(client: Client) -> None:
    chosen = client.post("/language/", {"language": "zh-hant", "next": "/login/?next=%2Fpassword%2F"})
    assert chosen["Location"] == "/login/?next=%2Fpassword%2F"
    page = client.get("/login/", headers={"Accept-Language": "en"})
    assert "使用者 ID" in text(page)
    assert re.findall(r'aria-current="true">(.*?)<', text(page)) == ["繁體中文"]
    assert {"Cookie", "Accept-Language"} <= set(page["Vary"].split(", "))


@pytest.mark.parametrize("next_", ["https://evil.example/", "//evil.example/"])
def test_language_choice_rejects_foreign_redirect(client: Client, next_: str) -> None:
    assert client.post("/language/", {"language": "en", "next": next_})["Location"] == "/"
