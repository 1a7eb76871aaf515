"""Programs that send to Slack's incoming webhooks write in a group."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.limits.buckets import Rate
from groups import services
from log.models import Group, Message
from tests.support.api import Api
from tests.support.groups import ALICE, BOB
from tests.support.settings import override


@pytest.fixture
def made(group: Group) -> dict[str, Any]:
    answer = Api(ALICE).post(f"groups/{group.pk}/hooks", name="Builds")
    assert answer.status == 201
    body: dict[str, Any] = answer.body
    return body


def send(made: dict[str, Any], body: Any, content_type: str = "application/json") -> tuple[int, str]:
    address = made["slack_url"].removeprefix("http://testserver")
    body = body if isinstance(body, str) else json.dumps(body)
    answer = Client().post(address, body, content_type)
    assert answer.headers["Content-Type"].startswith("text/plain")
    return answer.status_code, answer.content.decode()


def test_slack_payload_is_sent_under_bot_name(made: dict[str, Any], group: Group) -> None:
    payload = {"text": "*built* <@bob>", "username": "x", "icon_emoji": ":x:", "channel": "#other"}
    assert send(made, payload) == (200, "ok")
    form = "payload=" + json.dumps({"text": "again"})
    assert send(made, form, "application/x-www-form-urlencoded") == (200, "ok")
    first, second = Message.objects.filter(kind="text").order_by("id")
    assert (first.sender_id, first.group_id, first.content) == (made["userid"], group.pk, "**built** @bob")
    assert json.loads(first.details or "")["mentions"] == [BOB]
    assert second.content == "again"


def test_long_slack_text_is_cut(made: dict[str, Any], settings: Settings) -> None:
    override(settings, max_text_bytes=10)
    assert send(made, {"text": "中" * 10}) == (200, "ok")
    assert Message.objects.get(kind="text").content == "中中…"


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("{", (400, "invalid_payload")),
        ("[]", (400, "invalid_payload")),
        ({}, (400, "no_text")),
        ({"attachments": [{}] * 101}, (400, "too_many_attachments")),
    ],
)
def test_invalid_slack_payload_gets_the_error_of_slack(made: dict[str, Any], body: Any, answer: Any) -> None:
    assert send(made, body) == answer


def test_slack_address_is_not_accepted_as_bot_secret(made: dict[str, Any]) -> None:
    address = made["slack_url"].split("/")[-2]
    for path, token in (("/hooks/", address), (f"/hooks/{address}", "")):
        answer = Client(headers={"Authorization": f"Bearer {token}"}).post(
            path, {"text": "x"}, "application/json"
        )
        assert answer.status_code == 404
    assert send({"slack_url": f"/hooks/{made['token']}/slack"}, {"text": "x"}) == (404, "no_service")


def test_slack_address_of_unknown_or_revoked_bot_gets_404(made: dict[str, Any], group: Group) -> None:
    assert send({"slack_url": "/hooks/unknown/slack"}, {"text": "x"}) == (404, "no_service")
    services.set_quiet(group.pk, True)
    assert send(made, {"text": "x"}) == (403, "action_prohibited")
    Api(ALICE).delete(f"groups/{group.pk}/hooks/{made['id']}")
    assert send(made, {"text": "x"}) == (404, "no_service")


def test_slack_address_of_dissolved_group_gets_410(made: dict[str, Any], group: Group) -> None:
    services.dissolve(group.pk)
    assert send(made, {"text": "x"}) == (410, "channel_is_archived")


def test_slack_messages_are_rate_limited(made: dict[str, Any], settings: Settings) -> None:
    override(settings, limit_messages=Rate(1, 60))
    assert [send(made, {"text": "x"})[1] for _ in range(2)] == ["ok", "rate_limited"]
