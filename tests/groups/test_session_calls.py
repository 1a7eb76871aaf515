"""Group calls of our own page: the browser session says who calls."""

import json

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from log.models import Group
from tests.support.groups import (
    ALICE,
    BOB,
    CHARLIE,
    EVERY_CALL,
    LOG_IN_AGAIN,
    body_of,
    calls,
    everything,
)
from tests.support.settings import override
from tests.support.tokens import SECRET, token

OURS = {"Origin": "http://testserver"}
PICTURE = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "image"}


@pytest.fixture(autouse=True)
def token_mode(group: Group, settings: Settings) -> None:
    override(settings, auth="token", token_secret=SECRET, token_leeway_seconds=0.0)


def browser(userid: str) -> Client:
    """Somebody who has logged in."""
    client = Client()
    client.force_login(User.objects.get(pk=userid))
    return client


def post(client: Client, path: str, headers: dict[str, str], **parameters: str) -> str:
    return body_of(client.post(f"/{path}", parameters, headers=headers))


def get(client: Client, path: str, headers: dict[str, str], **parameters: str) -> str:
    return body_of(client.get(f"/{path}", parameters, headers=headers))


@pytest.mark.promise("proof-3")
@EVERY_CALL
def test_session_counts_for_own_pages_only(group: Group, path: str) -> None:
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


def test_token_wins_over_browser_session(group: Group) -> None:
    client, group_id = browser(CHARLIE), str(group.pk)
    assert post(client, "grpinfo", OURS, groupid=group_id, access_token="x") == LOG_IN_AGAIN
    reply = post(client, "grpinfo", OURS, groupid=group_id, access_token=token(BOB))
    assert json.loads(reply)["code"] == 1


def test_session_ends_at_logout(group: Group) -> None:
    client = browser(ALICE)
    key = client.cookies["sessionid"].value
    client.logout()
    client.cookies["sessionid"] = key
    assert post(client, "querymygrps", OURS, userid=ALICE) == LOG_IN_AGAIN
