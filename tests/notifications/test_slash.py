"""Commands of a bot without a process: a URL is called as Slack calls it, and its answer is shown."""

import asyncio
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.test import Client
from pytest_django import Settings

from groups.services import add_members
from log.appending import Draft, append
from log.models import ARE_MESSAGES, Group, Message
from log.rows import Entry
from notifications import slash
from notifications.exchange import EndpointAnswer, OutgoingRequest
from notifications.models import Hook, SlashCall
from notifications.slash import prepare_call
from tests.support.api import Api
from tests.support.groups import ALICE, BOB
from tests.support.settings import override

pytestmark = pytest.mark.django_db(transaction=True)

FAILURE = "/roll gave no answer. Try again later."
URL = "https://roll.example/slack"


@pytest.fixture(autouse=True)
def _known_address(settings: Settings) -> Iterator[None]:
    override(settings, public_url="https://chat.example.org")
    slash._waiting.clear()
    yield
    slash._waiting.clear()


def register(group: Group, url: str = URL, name: str = "roll") -> dict[str, Any]:
    made = Api(ALICE).post(f"groups/{group.pk}/hooks", name="Dice").body
    path = f"groups/{group.pk}/hooks/{made['id']}/commands"
    commands = [{"name": name, "description": "Rolls a die", "url": url}]
    answer = Api(ALICE).put(path, commands=commands)
    assert answer.status == 200
    assert Api(ALICE).get(path).body["items"] == commands
    return {**made, **answer.body}


def write(group: Group, text: str = "/roll 6 times", sender: str = BOB) -> Entry:
    (row,) = append([Draft("text", sender, group.pk, text, "")]).batch.rows
    assert isinstance(row, Entry)
    return row


def fields(request: OutgoingRequest) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(request.body.decode()).items()}


def texts() -> list[Any]:
    """Of the bot: to whom, and what."""
    rows = Message.objects.filter(ARE_MESSAGES, sender__is_bot=True).order_by("id")
    return list(rows.values_list("recipient_id", "group_id", "content"))


def call(group: Group) -> SlashCall:
    prepared = prepare_call(write(group))
    assert prepared
    return prepared.call


def test_slash_call_is_signed_and_has_the_fields_of_slack(group: Group) -> None:
    made = register(group)
    row = write(group)
    prepared = prepare_call(row)
    assert prepared
    request, headers = prepared.request, dict(prepared.request.headers)
    response_url = fields(request).pop("response_url")
    assert response_url.startswith("https://chat.example.org/hooks/")
    assert {**fields(request), "response_url": ""} == {
        "team_id": "im66",
        "api_app_id": made["userid"],
        "channel_id": f"g:{group.pk}",
        "channel_name": group.name,
        "user_id": BOB,
        "user_name": BOB,
        "command": "/roll",
        "text": "6 times",
        "response_url": "",
        "trigger_id": str(row.id),
    }
    signed = f"v0:{headers['X-Slack-Request-Timestamp']}:".encode() + request.body
    digest = hmac.new(made["signing_secret"].encode(), signed, "sha256").hexdigest()
    assert headers["X-Slack-Signature"] == f"v0={digest}"
    assert not request.may_be_private


def test_only_command_texts_of_people_make_slash_calls(group: Group) -> None:
    made = register(group)
    for text in ("/rolls", "roll", "/", "// roll"):
        assert prepare_call(write(group, text)) is None
    add_members(group.pk, [made["userid"]])
    assert prepare_call(write(group, sender=made["userid"])) is None
    assert prepare_call(write(group)._replace(time=1)) is None
    write(group, "no command")
    assert [row.content for row in slash._waiting][-1] != "no command"
    Api(ALICE).delete(f"groups/{group.pk}/hooks/{made['id']}")
    assert prepare_call(write(group)) is None


@pytest.mark.parametrize(
    ("status", "body", "shown"),
    [
        (200, b"", None),
        (200, b"  ", None),
        (200, b"four", (BOB, "four")),
        (200, b'{"text": "four"}', (BOB, "four")),
        (200, b'{"response_type": "in_channel", "text": "*four*"}', (None, "**four**")),
        (200, b'{"response_type": "in_channel"}', None),
        (500, b"four", (BOB, FAILURE)),
        (0, b"", (BOB, FAILURE)),
        (200, b"{", (BOB, FAILURE)),
        (200, b"\xff", (BOB, FAILURE)),
        (200, b'{"text": {}, "blocks": 7}', (BOB, FAILURE)),
    ],
)
def test_slash_answer_is_shown_in_the_chat(
    group: Group, status: int, body: bytes, shown: tuple[str | None, str]
) -> None:
    register(group)
    slash._send_answer(call(group), EndpointAnswer(status, 0, body))
    assert [(to, content.split("\n")[0]) for to, _, content in texts()] == ([shown] if shown else [])


def test_direct_slash_answer_names_its_call(group: Group) -> None:
    register(group)
    called = call(group)
    slash._send_answer(called, EndpointAnswer(200, 0, b"four"))
    (item,) = Api(BOB).get(f"conversations/u:{called.hook.bot_id}/messages").body["items"]
    assert item["custom"] == {
        "command": "/roll",
        "conversation": f"g:{group.pk}",
        "message": called.message_id,
    }


def test_response_url_works_five_times_and_half_an_hour(group: Group) -> None:
    register(group)
    prepared = prepare_call(write(group))
    assert prepared
    path = fields(prepared.request)["response_url"].removeprefix("https://chat.example.org")

    def answer(**payload: Any) -> tuple[int, str]:
        reply = Client().post(path, json.dumps(payload), "application/json")
        return reply.status_code, reply.content.decode()

    assert answer() == (400, "no_text")
    assert answer(text="for all", response_type="in_channel") == (200, "ok")
    assert [answer(text="x") for _ in range(5)] == [(200, "ok")] * 4 + [(404, "used_url")]
    assert [one[:2] for one in texts()] == [(None, group.pk)] + [(BOB, None)] * 4
    SlashCall.objects.update(expires_at=1, left=1)
    assert answer(text="x") == (404, "expired_url")
    assert Client().post("/hooks/x/response", {"text": "x"}, "application/json").status_code == 404


def test_only_owners_and_admins_register_slash_commands(group: Group) -> None:
    made = register(group)
    path = f"groups/{group.pk}/hooks/{made['id']}/commands"
    command = {"name": "roll", "description": "", "url": URL}
    assert Api(BOB).put(path, commands=[command]).failed == (403, "not_allowed")
    assert Api(BOB).get(path).failed == (403, "not_allowed")
    for wrong in ({"url": "ftp://x"}, {"url": "http://"}, {"name": "a b"}, {"name": ""}):
        assert Api(ALICE).put(path, commands=[{**command, **wrong}]).failed == (400, "invalid")
    assert Api(ALICE).put(path, commands=[command, command]).failed == (400, "invalid")
    assert Api(ALICE).put(path, commands=[command]).body["signing_secret"] == made["signing_secret"]
    assert Hook.objects.get().signing_secret not in json.dumps(Api(ALICE).get(path).body)


@pytest.fixture
def receivers(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A receiver that answers `/quick`, and never `/slow`."""
    monkeypatch.setattr(OutgoingRequest, "may_be_private", True)
    monkeypatch.setattr(slash, "SECONDS", 1.0)
    over = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/slow":
                over.wait(10)
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(b"quick")

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        over.set()
        server.shutdown()


async def test_slow_slash_receiver_delays_no_other_command(group: Group, receivers: str) -> None:
    await asyncio.to_thread(register, group, f"{receivers}/slow", "slow")
    await asyncio.to_thread(register, group, f"{receivers}/quick", "quick")
    for text in ["/slow"] * (slash.MAX_CALLS_PER_BOT + 1) + ["/quick"]:
        await asyncio.to_thread(write, group, text)
    running = asyncio.create_task(slash.call_all(None))  # type: ignore[arg-type]
    try:
        # One slow call too many is refused at once.
        await _until(lambda: {text[:5] for _, _, text in texts()} >= {"quick", "/slow"})
        assert len(await asyncio.to_thread(texts)) == 2
        await _until(lambda: len(texts()) == 2 + slash.MAX_CALLS_PER_BOT)
    finally:
        running.cancel()


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not await asyncio.to_thread(is_so):
            await asyncio.sleep(0.05)
