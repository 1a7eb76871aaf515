"""Attacks on signing in, from outside: a provider that hangs, and a session or a password that was stolen."""

import asyncio
import re
from base64 import b32decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import time

import pytest
import requests
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from testkit.server import Server
from tests.json.conftest import browser
from tests.support.bad_provider import CLIENT, BadProvider
from tests.support.tokens import IN_TOKEN_MODE, token

pytestmark = pytest.mark.slow

PASSWORD, NEW = "correct horse battery", "another horse battery"
_PEOPLE = f"""
from accounts.models import User
User.objects.create_user("bob", {PASSWORD!r})
for userid in ("alice", "carol", "staff", "leaver"):
    User.objects.create_superuser(userid, {PASSWORD!r})
"""
_INVITE = """
from accounts import invitations
from accounts.models import User
print(invitations.invite(User.objects.get(pk="leaver"))[1])
"""
_BAN = """
from accounts.services import set_account_status
set_account_status("leaver", banned=True)
"""
_NEW_PASSWORD = f"""
from accounts.models import User
carol = User.objects.get(pk="carol")
carol.set_password({NEW!r})
carol.save()
"""
_FIELD = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_SECRET = re.compile(r"\b[A-Z2-7]{32}\b")


@pytest.fixture(scope="module")
def provider() -> Iterator[BadProvider]:
    with BadProvider() as provider:
        yield provider


@pytest.fixture(scope="module")
def server(provider: BadProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "IM66_SECOND_FACTOR": "staff",
        "IM66_SIGNUP": "invite",
        "IM66_OIDC_ISSUER": provider.issuer,
        "IM66_OIDC_CLIENT_ID": CLIENT,
        "IM66_OIDC_CLIENT_SECRET": "secret",
    }
    with Server(tmp_path_factory.mktemp("attacked"), **IN_TOKEN_MODE, **settings) as server:
        server.run_python(_PEOPLE)
        yield server


class Visitor(requests.Session):
    """A browser."""

    def __init__(self, server: Server, userid: str = "") -> None:
        super().__init__()
        self._at = server.http
        if userid:
            self.fill_in("/login/", username=userid, password=PASSWORD)

    def open(self, path: str) -> requests.Response:
        return self.get(self._at + path, allow_redirects=False)

    def fill_in(self, path: str, *, form: str = "", **fields: str) -> requests.Response:
        """Send the form at this path. `form`: the page, where it is known already."""
        match = _FIELD.search(form or self.open(path).text)
        fields["csrfmiddlewaretoken"] = match[1] if match else ""
        return self.post(self._at + path, fields, headers={"Origin": self._at}, allow_redirects=False)

    def set_up_app(self) -> TOTP:
        """An app with codes, as its owner does. What makes the codes."""
        self.fill_in("/factors/password/", password=PASSWORD)
        page = self.open("/factors/app/").text
        secret = _SECRET.search(page)
        assert secret
        app = TOTP(b32decode(secret[0]), 6, SHA1(), 30, enforce_key_length=False)
        self.fill_in("/factors/app/", form=page, code=app.generate(int(time())).decode())
        assert self.open("/admin/").status_code == 200
        return app


def test_pages_load_while_the_sign_in_provider_hangs(server: Server, provider: BadProvider) -> None:
    visitors = [Visitor(server) for _ in range(4)]
    backs = [provider.answer_to(one.open("/login/openid/").headers["Location"]) for one in visitors]
    provider.hangs.add("/token")
    with ThreadPoolExecutor() as waiting:
        signing_in = [waiting.submit(one.open, there) for one, there in zip(visitors, backs, strict=True)]
        for _ in visitors:
            assert provider.hanging.acquire(timeout=20)
        answer = Visitor(server).open("/login/")
        still_waiting = [not one.done() for one in signing_in]
        provider.release()

    assert answer.status_code == 200
    assert all(still_waiting)
    assert [one.result().status_code for one in signing_in] == [403] * 4


def test_stolen_staff_session_cannot_replace_the_second_factor(server: Server) -> None:
    stolen, owner = Visitor(server, "alice"), Visitor(server, "alice")
    owner.set_up_app()

    stolen.fill_in("/factors/password/", password=PASSWORD)
    for page in ("/factors/codes/new/", "/factors/app/remove/", "/factors/keys/add/"):
        assert stolen.open(page).headers["Location"].startswith("/factors/again/")
    assert stolen.open("/admin/").status_code == 302


def test_sign_in_begun_before_a_password_change_is_rejected(server: Server) -> None:
    app, thief = Visitor(server, "carol").set_up_app(), Visitor(server, "carol")
    page = thief.open("/factors/code/").text
    server.run_python(_NEW_PASSWORD)
    code = app.generate(int(time()) + 30).decode()
    assert thief.fill_in("/factors/code/", form=page, code=code).status_code == 403


def test_password_set_by_staff_revokes_tokens(server: Server) -> None:
    staff, before = Visitor(server, "staff"), token("bob", iat=time() - 5)
    staff.set_up_app()
    me, shown = f"{server.http}/api/v1/me", {"Authorization": f"Bearer {before}"}
    assert requests.get(me, headers=shown).status_code == 200

    fields = {"usable_password": "true", "password1": NEW, "password2": NEW}
    done = staff.fill_in("/admin/accounts/user/bob/password/", **fields)

    assert done.headers["Location"] == "/admin/accounts/user/bob/change/"
    assert requests.get(me, headers=shown).status_code == 401


def test_invitation_of_banned_staff_creates_no_account(server: Server) -> None:
    code = server.run_python(_INVITE).strip()
    assert Visitor(server).open(f"/signup/{code}/").headers["Location"] == "/signup/"
    server.run_python(_BAN)
    assert Visitor(server).open(f"/signup/{code}/").headers["Location"] == "/signup/?invalid"


def test_password_guesses_at_sign_in_count_for_the_desk_too(server: Server) -> None:
    staff = Visitor(server, "staff")
    guess = {"old_password": "a guess", "new_password1": NEW, "new_password2": NEW}
    answers = [staff.fill_in("/admin/password_change/", form=_form(staff), **guess) for _ in range(3)]

    assert not any(answer.ok and answer.status_code == 200 for answer in answers)


def _form(visitor: Visitor) -> str:
    return visitor.open("/password/").text


async def test_provider_logout_closes_sockets_of_its_session_only(
    server: Server, provider: BadProvider
) -> None:
    pages = []
    for session in ("1", "2"):
        visitor = Visitor(server)
        there = provider.answer_to(visitor.open("/login/openid/").headers["Location"])
        provider.claims |= {"sub": "bob", "sid": session}
        assert visitor.open(there).status_code == 302
        pages.append(browser(server, str(visitor.cookies["sessionid"])))
    async with pages[0] as ended, pages[1] as other:
        for page in pages:
            assert (await page.hello())["user"]["userid"] == "bob"
        form = {"logout_token": provider.logout_token(sub="bob", sid="1")}
        answer = await asyncio.to_thread(
            requests.post, f"{server.http}/login/openid/logout/", form, timeout=20
        )
        assert (answer.status_code, answer.text) == (200, "")
        async with asyncio.timeout(20):
            assert await ended.close_code() == 4401
        await other.call("ping")
