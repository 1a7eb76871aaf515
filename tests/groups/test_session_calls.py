"""Group calls of our own page: the browser session says who calls."""

import json
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from groups.models import Group
from tests.support.database import rolled_back
from tests.support.groups import (
    ALICE,
    BOB,
    CHARLIE,
    EVERY_CALL,
    LOCKED,
    LOG_IN_AGAIN,
    NOT_IN_GROUP,
    OF_ANOTHER,
    calls,
    everything,
    said,
)
from tests.support.settings import override
from tests.support.tokens import SECRET, token

OURS = {"Origin": "http://testserver"}
FETCH = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty"}
PICTURE = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "image"}

Send = Callable[..., str]


@pytest.fixture(autouse=True)
def token_mode(group: Group, settings: Settings) -> None:
    override(settings, auth="token", token_secret=SECRET, token_leeway_seconds=0.0)


def browser(userid: str) -> Client:
    """Somebody who has logged in."""
    client = Client()
    client.force_login(User.objects.get(pk=userid))
    return client


def post(client: Client, path: str, headers: dict[str, str], **parameters: str) -> str:
    return said(client.post(f"/{path}", parameters, headers=headers))


def get(client: Client, path: str, headers: dict[str, str], **parameters: str) -> str:
    return said(client.get(f"/{path}", parameters, headers=headers))


@pytest.mark.promise("proof-3")
@EVERY_CALL
def test_a_session_makes_every_call(group: Group, path: str) -> None:
    for send, headers in ((post, OURS), (post, FETCH), (get, OURS), (get, FETCH)):
        with rolled_back():
            said = send(browser(ALICE), path, headers, **calls(group)[path])
        assert json.loads(said)["code"] == 1, (send, headers)


@pytest.mark.promise("proof-3")
@EVERY_CALL
def test_it_counts_for_our_own_pages_only(group: Group, path: str) -> None:
    """Otherwise it is as if there were none."""
    client = browser(ALICE)
    before = everything()
    for send, headers in ((post, {}), (get, {}), (get, PICTURE), (post, PICTURE)):
        assert send(client, path, headers, **calls(group)[path]) == LOG_IN_AGAIN, (send, headers)
    assert everything() == before


@EVERY_CALL
def test_pages_of_other_sites_see_and_change_nothing(group: Group, path: str) -> None:
    client = browser(ALICE)
    before = everything()
    for headers in (
        {"Origin": "https://elsewhere.example"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "empty"},
    ):
        for send in (client.get, client.post):
            response = send(f"/{path}", calls(group)[path], headers=headers)
            assert response.status_code == 403 or response.content.decode() == LOG_IN_AGAIN, headers
    assert everything() == before


def test_it_is_of_nobody_else(group: Group) -> None:
    assert post(browser(CHARLIE), "querymygrps", OURS, userid=BOB) == OF_ANOTHER
    assert post(browser(CHARLIE), "grpinfo", OURS, groupid=str(group.pk)) == NOT_IN_GROUP


def test_a_token_is_looked_at_first(group: Group) -> None:
    client, group_id = browser(CHARLIE), str(group.pk)
    assert post(client, "grpinfo", OURS, groupid=group_id, access_token="x") == LOG_IN_AGAIN
    found = post(client, "grpinfo", OURS, groupid=group_id, access_token=token(BOB))
    assert json.loads(found)["code"] == 1


def test_it_ends_with_the_log_out(group: Group) -> None:
    client = browser(ALICE)
    key = client.cookies["sessionid"].value
    client.logout()
    client.cookies["sessionid"] = key
    assert post(client, "querymygrps", OURS, userid=ALICE) == LOG_IN_AGAIN


def test_whoever_is_locked_may_do_nothing(group: Group) -> None:
    client = browser(ALICE)
    User.objects.filter(pk=ALICE).update(is_active=False)
    assert post(client, "querymygrps", OURS, userid=ALICE) == LOCKED
