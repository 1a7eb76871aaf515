"""What people who are logged in, and backends with a key, cannot do to others. In token mode."""

import asyncio
import json
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import pytest

from testkit.server import Server
from tests.support.api import Remote
from tests.support.hurried import hurried
from tests.support.tokens import IN_TOKEN_MODE, token
from tests.wire.conftest import Cast

pytestmark = pytest.mark.slow

# How many groups of one person somebody is in who has not accepted.
UNACCEPTED = 2
# How many groups are accepted, by strangers or by friends; fewer than nine accounts could put somebody into.
MOST, TRIED = 16, 3
STAFF = """
import json
from accounts.models import User
from moderation.roles import ADMINISTRATOR
from tests.support.moderators import staff
from tests.support.sessions import session_of
from django.contrib.auth.models import Group, Permission
admin = staff("administrator", ADMINISTRATOR)
# As a version before has given it to the role.
admin.user_permissions.add(Permission.objects.get(codename="add_apikey"))
User.objects.create_superuser("root")
print(json.dumps([session_of("administrator"), session_of("root")]))
"""


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        **IN_TOKEN_MODE,
        "IM66_TOKEN_CREATES_USERS": "true",
        "IM66_MOSAICS": "false",
        "IM66_MAX_GROUPS_PER_USER": str(MOST),
        "IM66_LIMIT_GROUPS": "off",
        **hurried(groups__selectors__MAX_UNACCEPTED_FROM_ONE=UNACCEPTED),
    }
    with Server(tmp_path_factory.mktemp("strict"), **settings) as server:
        yield server


@pytest.fixture(scope="module")
def sessions(strict: Server) -> list[str]:
    """Of an administrator, and of a superuser."""
    return list(json.loads(strict.run_python(STAFF)))


def person(server: Server, userid: str) -> Remote:
    return Remote(server, userid, authorization=f"Bearer {token(userid)}")


def backend(server: Server, *scopes: str) -> Remote:
    options = [option for scope in scopes for option in ("--scope", scope)]
    key = server.manage("makeapikey", "shop", *options).strip()
    return Remote(server, f"key:{key.split('.')[1]}", authorization=f"Api-Key {key}")


@pytest.fixture
async def people(strict: Server, cast: Cast) -> list[Remote]:
    persons = [person(strict, userid) for userid in cast]
    for one in persons:
        assert (await one.get("me")).status == 200
    return persons


def browse(server: Server, session: str, path: str, form: dict[str, str] | None = None) -> int:
    """The status that a browser gets."""
    headers = {"Cookie": f"sessionid={session}; csrftoken={'c' * 32}", "Referer": f"{server.http}/admin/"}
    body = None
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode({**form, "csrfmiddlewaretoken": "c" * 32})
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("POST" if body else "GET", path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


async def audit(server: Server, **asked: str) -> list[dict[str, Any]]:
    answer = await backend(server, "moderate").get("moderation/audit", **asked)
    return list(answer.body["items"])


async def test_nine_accounts_cannot_fill_another_persons_groups(
    strict: Server, cast: Cast, people: list[Remote]
) -> None:
    alice, bob, _ = people
    assert (await bob.send("PUT", f"contacts/{cast.alice}")).status == 204
    nine = [person(strict, f"{cast.charlie}x{number}") for number in range(9)]

    async def attack(one: Remote) -> int:
        assert (await one.get("me")).status == 200
        answers = [await one.post("groups", name="x", members=[cast.bob]) for _ in range(TRIED)]
        return sum(answer.status == 201 for answer in answers)

    assert sum(await asyncio.gather(*map(attack, nine))) == MOST
    assert (await alice.post("groups", name="a friend's", members=[cast.bob])).status == 201
    for _ in range(MOST):
        assert (await bob.post("groups", name="Bob's own")).status == 201
    assert (await bob.post("groups", name="too many")).failed == (409, "conflict")


async def test_blocked_person_cannot_add_the_blocker_to_a_group(
    strict: Server, cast: Cast, people: list[Remote]
) -> None:
    alice, bob, charlie = people
    assert (await bob.send("PUT", f"blocks/{cast.alice}")).status == 204
    assert (await alice.post("groups", name="x", members=[cast.bob])).failed == (403, "blocked")
    own = (await alice.post("groups", name="x", members=[cast.charlie])).body["id"]
    assert (await alice.post(f"groups/{own}/members", userids=[cast.bob])).failed == (403, "blocked")
    assert (await charlie.post(f"groups/{own}/members", userids=[cast.bob])).status == 200


def test_administrator_without_permission_creates_no_api_key(strict: Server, sessions: list[str]) -> None:
    administrator, root = sessions
    form = {"name": "mine", "scopes": "moderate"}
    path = "/admin/accounts/apikey/add/"
    assert browse(strict, administrator, path) == 403
    assert browse(strict, administrator, path, form) == 403
    count = "from accounts.models import ApiKey; print(ApiKey.objects.filter(name='mine').count())"
    assert strict.run_python(count).strip() == "0"
    assert browse(strict, root, path, form) == 200
    assert strict.run_python(count).strip() == "1"


async def test_audit_log_names_the_key_as_actor(
    strict: Server, sessions: list[str], cast: Cast, people: list[Remote]
) -> None:
    shop = backend(strict, "moderate")
    for acts_for in ("administrator", "root"):
        path = f"moderation/users/{cast.bob}?as={acts_for}"
        assert (await shop.post(path, action="warn", reason="because")).status == 200
    result = await audit(strict, target=f"u:{cast.bob}", action="person.warn")
    assert [(one["actor"], one["acted_for"]) for one in result] == [
        (shop.userid, "root"),
        (shop.userid, "administrator"),
    ]
    assert [one["acted_for"] for one in await audit(strict, acted_for="root")] == ["root"]
    assert await audit(strict, actor="root", action="person.warn") == []
    lines = await audit(strict, actor=shop.userid, action="key.")
    assert [one["action"] for one in lines] == ["key.use"]
    made = await audit(strict, target=shop.userid, action="key.make")
    assert [one["actor"] for one in made] == ["/manage.py"]


async def test_reading_a_conversation_by_key_is_in_the_audit_log(
    strict: Server, cast: Cast, people: list[Remote]
) -> None:
    alice, _, _ = people
    shop, path = backend(strict), f"conversations/u:{cast.bob}/messages"
    assert (await alice.post(path, kind="text", content="for nobody else")).status == 201
    await asyncio.gather(*(shop.get(path, **{"as": cast.alice}) for _ in range(5)))
    result = await audit(strict, action="private.read", acted_for=cast.alice)
    assert {(one["actor"], one["target"]) for one in result} == {
        (shop.userid, f"u:{cast.alice}"),
        (shop.userid, f"u:{cast.bob}"),
    }
    assert len(result) == 2


async def test_bot_is_removed_with_the_member_who_made_it(
    strict: Server, cast: Cast, people: list[Remote]
) -> None:
    alice, bob, _ = people
    own = (await alice.post("groups", name="x", members=[cast.bob])).body["id"]
    assert (await alice.patch(f"groups/{own}/members/{cast.bob}", role="owner")).status == 200
    urls = [(await one.post(f"groups/{own}/hooks", name="bot")).body["url"] for one in (alice, bob)]

    async def write(url: str) -> int:
        path = url.removeprefix(strict.http)
        return await asyncio.to_thread(_post, strict, path, {"text": "hello"})

    assert [await write(url) for url in urls] == [201, 201]
    assert (await bob.delete(f"groups/{own}/members/{cast.alice}")).status == 204
    assert [await write(url) for url in urls] == [404, 201]
    members = (await bob.get(f"groups/{own}/members")).body["items"]
    assert len(members) == 2, "Bob and his bot"
    ban = f"moderation/users/{cast.bob}"
    assert (await backend(strict, "moderate").post(ban, action="ban", reason="because")).status == 200
    assert await write(urls[1]) == 404


def _post(server: Server, path: str, body: dict[str, Any]) -> int:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        return connection.getresponse().status
    finally:
        connection.close()
