"""Buttons of cards: who presses them, what the operator's endpoint is told, and how cards change."""

import json
from typing import Any, cast

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from pytest_django import Settings

from accounts import texts
from accounts.authentication import api_keys
from accounts.codes import Name
from accounts.limits.buckets import Rate
from accounts.services import set_account_status
from accounts.texts import CheckerAnswer, Effect, Question, Subject
from chat.failures import CommandRefused
from chat.protocol.commands import Forward, Press
from chat.readers.search import search
from chat.readers.search_index import catch_up
from chat.services import blocks, cards, forwarding, moderating
from groups import services
from keeping.exporting.lines import transcript_line
from keeping.exporting.messages import messages_of
from log.drafts import Draft
from log.models import Group, Message
from log.positions import last_id
from moderation.desk.rendering import render_messages
from notifications import erasing
from notifications.events import CREATED, PRESSED
from notifications.models import Delivery, Endpoint
from notifications.notices import reading
from tests.support.api import Api
from tests.support.groups import ALICE, BOB, CHARLIE
from tests.support.notices import requests_for
from tests.support.settings import override
from uploads.models import StoredFile
from uploads.pruning import remove_unclaimed

pytestmark = pytest.mark.django_db(transaction=True)

AGAIN = {"id": "again", "label": "Run again"}
CARD = {"title": "Build 7 failed", "fields": [{"name": "Branch", "value": "maple"}], "actions": [AGAIN]}
PICTURES = [f"{letter * 32}-20x10.png" for letter in "ab"]


class Bot:
    """One that Alice has made."""

    def __init__(self, group: Group) -> None:
        made = Api(ALICE).post(f"groups/{group.pk}/hooks", name="Builds").body
        self.userid, self._headers = made["userid"], {"Authorization": f"Bearer {made['token']}"}

    def call(self, method: str, **values: Any) -> tuple[int, Any]:
        body = json.dumps({"text": "built", **values})
        answer = Client(headers=self._headers).generic(method, "/hooks/", body, "application/json")
        return answer.status_code, answer.json()

    def send(self, **card: Any) -> int:
        status, answer = self.call("POST", card={**CARD, **card})
        assert status == 201, answer
        return int(answer["id"])

    def edit(self, message: int, **card: Any) -> tuple[int, Any]:
        return self.call("PATCH", message=message, text="passed", card={"title": "Build 7", **card})


@pytest.fixture
def bot(group: Group) -> Bot:
    return Bot(group)


@pytest.fixture
def endpoint(group: Group) -> Endpoint:
    return Endpoint.objects.create(
        name="builds", url="https://ci.example/", events=PRESSED, groups=str(group.pk)
    )


def press(userid: str, message: int, action: str = "again", cid: str | None = None) -> None:
    cards.press_button(userid, Press(1, message, action, cid), "")


def rejection(userid: str, message: int, action: str = "again") -> Name:
    with pytest.raises(CommandRefused) as refused:
        press(userid, message, action)
    return refused.value.failure.name


def events_for(endpoint: Endpoint) -> list[tuple[str, Any]]:
    """The ids of the events, and what they say."""
    deliveries = list(Delivery.objects.filter(endpoint=endpoint).order_by("id"))
    requests = [one for one in requests_for(endpoint, deliveries).values() if one]
    return [(dict(one.headers)["webhook-id"], json.loads(one.body)) for one in requests]


@pytest.mark.promise("json-59")
def test_pressed_button_sends_webhook(bot: Bot, endpoint: Endpoint, group: Group) -> None:
    Endpoint.objects.create(name="other", url="https://x.example/", events=PRESSED, groups="999")
    Endpoint.objects.create(name="messages", url="https://x.example/", events=CREATED)
    message = bot.send()
    press(BOB, message)
    ((id_, event),) = events_for(endpoint)
    assert (event["type"], id_) == (PRESSED, f"press-{event['data']['id']}")
    where = {"from": BOB, "to": f"g:{group.pk}", "message": message, "author": bot.userid}
    assert {**event["data"], **where, "action": "again"} == event["data"]
    assert Delivery.objects.count() == 1
    # Each press counts, but for one that is repeated under its name.
    for cid in (None, "1", "1", "2"):
        press(ALICE, message, cid=cid)
    ids = [id_ for id_, _ in events_for(endpoint)]
    assert (len(ids), len(set(ids)), ids[2]) == (5, 4, ids[3])
    # It keeps no messages from being pruned, and nothing of it is left of a person who is erased.
    assert reading.limits(0) == []
    erasing.erase_person(ALICE)
    assert [event["data"]["from"] for _, event in events_for(endpoint)] == [BOB]


@pytest.mark.promise("json-59")
def test_press_needs_readable_card(bot: Bot, endpoint: Endpoint, group: Group, settings: Settings) -> None:
    message, recalled = bot.send(), bot.send()
    moderating.recall([recalled])
    assert rejection(BOB, recalled) is rejection(CHARLIE, message) is rejection(BOB, 999) is Name.NOT_FOUND
    assert rejection(BOB, message, "other") is Name.NOT_FOUND
    text = bot.call("POST")[1]["id"]
    assert rejection(BOB, text) is Name.NOT_FOUND
    moderating.erase(recalled)
    assert rejection(BOB, recalled) is Name.NOT_FOUND
    set_account_status(BOB, muted=True)
    assert rejection(BOB, message) is Name.MUTED
    set_account_status(BOB, muted=False)
    # Where only those who manage the group write, all press.
    services.set_quiet(group.pk, True)
    press(BOB, message)
    services.remove_members(group.pk, [BOB])
    assert rejection(BOB, message) is Name.NOT_ALLOWED
    assert len(events_for(endpoint)) == 1
    override(settings, limit_messages=Rate(1, 60))
    press(ALICE, message)
    assert rejection(ALICE, message) is Name.TOO_FAST


def test_press_without_endpoint_is_rejected(bot: Bot, endpoint: Endpoint) -> None:
    message = bot.send()
    Endpoint.objects.update(is_active=False)
    assert rejection(BOB, message) is Name.CONFLICT


@pytest.mark.promise("json-59")
def test_forwarded_card_has_no_buttons(bot: Bot, endpoint: Endpoint, group: Group) -> None:
    message = bot.send()
    drafts = forwarding.prepare_drafts(BOB, Forward(1, (message,), (group.pk,)), "", "")
    (passed_on,) = forwarding.append_all(cast("list[Draft]", drafts))
    (passed,) = [one for one in _messages(group) if one["id"] == passed_on]
    assert (passed["card"]["title"], "actions" in passed["card"]) == (
        "Build 7 failed",
        False,
    )
    # As a version before has passed it on.
    details = Message.objects.values_list("details", flat=True).get(pk=message) or ""
    forwarded = details.replace("{", '{"forwarded":{"from":"x","time":1},', 1)
    Message.objects.filter(pk=passed_on).update(details=forwarded)
    assert rejection(ALICE, passed_on) is Name.INVALID


@pytest.mark.promise("json-60")
def test_card_is_edited_by_its_author_only(
    bot: Bot, endpoint: Endpoint, group: Group, settings: Settings
) -> None:
    override(settings, recall_seconds=0)
    other, message = Bot(group), bot.send()
    status, answer = bot.edit(message, text="All tests are green")
    assert (status, bot.edit(message, text="All tests are green")) == (200, (200, answer))
    (now,) = [one for one in _messages(group) if one["id"] == message]
    assert (now["content"], now["edited"], now["card"]["title"]) == ("passed", answer["id"], "Build 7")
    assert rejection(BOB, message) is Name.NOT_FOUND
    assert other.edit(message)[1]["error"]["name"] == "not_allowed"
    assert bot.edit(bot.call("POST")[1]["id"])[1]["error"]["name"] == "not_found"
    assert bot.edit(message, url="javascript:x")[1]["error"]["name"] == "invalid"
    moderating.recall([message])
    assert bot.edit(message)[1]["error"]["name"] == "not_found"


def test_checker_sees_all_texts_of_edited_card(bot: Bot) -> None:
    message, questions = bot.send(), []

    class Checker:
        subjects = frozenset({Subject.EDIT})

        async def ask(self, question: Question) -> CheckerAnswer:
            questions.append((question.message, question.content))
            return CheckerAnswer(Effect.REFUSE)

    texts.install_checker(Checker)
    try:
        assert bot.edit(message, text="Spam")[1]["error"]["name"] == "not_allowed"
    finally:
        texts.install_checker(lambda: None)
    assert questions == [(message, "passed\nBuild 7\nSpam")]


@pytest.mark.promise("json-60")
def test_search_and_preview_use_all_texts_of_card(bot: Bot, group: Group) -> None:
    def finds(*words: str) -> list[bool]:
        for _ in catch_up(last_id()):
            pass
        return [search(BOB, word).ids == [message] for word in words]

    message = bot.send()
    assert finds("maple", "Branch", "7 failed", "Run", "built", "nothing") == [True] * 5 + [False]
    bot.edit(message, text="All tests are green")
    assert finds("green", "maple") == [True, False]
    (seen,) = render_messages([message], lambda *_: False)
    assert (seen.entry.content, seen.edited) == (
        "built\nBuild 7 failed\nBranch: maple\nRun again",
        "passed\nBuild 7\nAll tests are green",
    )
    exported = list(messages_of(BOB, group.pk))[-1]
    assert transcript_line(exported, {}, None, BOB, str).text == "passed\nBuild 7\nAll tests are green"


def test_card_picture_is_own_upload_and_stays_while_referenced(bot: Bot, group: Group) -> None:
    for name in PICTURES:
        default_storage.save(name, ContentFile(b"x"))
        StoredFile.objects.create(stem=name[:32], name=name)
    for picture in ("https://evil.example/x.png", f"/media/{'c' * 32}-1x1.png", "javascript:x"):
        assert bot.call("POST", card={"title": "x", "picture": picture})[1]["error"]["name"] == "invalid"
    message = bot.send(picture=f"https://chat.example/media/{PICTURES[0]}")
    assert _messages(group)[-1]["card"]["picture"] == f"/media/{PICTURES[0]}"
    bot.edit(message, picture=f"/media/{PICTURES[1]}")
    stems = [name[:32] for name in PICTURES]
    assert remove_unclaimed(stems, lambda rows, total: rows) == 0
    moderating.erase_contents([message])
    assert remove_unclaimed(stems, lambda rows, total: rows) == 2


@pytest.mark.promise("json-55", "json-60")
def test_only_backends_send_and_edit_cards_for_people(settings: Settings) -> None:
    path, card = f"conversations/u:{BOB}/messages", {"content": "Offer", "card": CARD}
    Endpoint.objects.create(name="all", url="https://ci.example/", events=PRESSED)
    for userid in (ALICE, BOB):
        Api(userid).get("me")
    assert Api(ALICE).post(path, kind="card", **card).failed == (400, "invalid")
    override(settings, auth="token")
    key = Api("", authorization=f"Api-Key {api_keys.make('shop').text}")
    for wrong in ({"content": "x"}, {"content": "", "card": CARD}, {"content": "x", "card": {}}):
        assert key.post(f"{path}?as={ALICE}", kind="card", **wrong).failed == (400, "invalid")
    message = key.post(f"{path}?as={ALICE}", kind="card", **card).body["id"]
    press(BOB, message)
    assert key.patch(f"{path}/{message}?as={ALICE}", content="Taken", card={"title": "Taken"}).status == 200
    assert rejection(BOB, message) is Name.NOT_FOUND
    assert key.patch(f"{path.replace(BOB, ALICE)}/{message}?as={BOB}", **card).failed == (403, "not_allowed")
    key.patch(f"{path}/{message}?as={ALICE}", **card)
    blocks.block(ALICE, BOB)
    assert rejection(BOB, message) is Name.BLOCKED
    assert [event["data"]["to"] for _, event in events_for(Endpoint.objects.get())] == [f"u:{ALICE}"]


def test_wrong_buttons_are_refused(bot: Bot) -> None:
    four = [{**AGAIN, "id": str(at)} for at in range(4)]
    for actions in ([AGAIN] * 2, four, [{"id": "a"}], [{**AGAIN, "label": "a" * 41}]):
        status, answer = bot.call("POST", card={"title": "x", "actions": actions})
        assert (status, answer["error"]["name"]) == (400, "invalid")


def _messages(group: Group) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = Api(ALICE).get(f"conversations/g:{group.pk}/messages").body["items"]
    return items
