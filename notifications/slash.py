"""Slash commands: a text `/name` in a group is sent to the URL that the group's owners or admins registered,
in the form and with the signature of Slack's slash commands, and the answer is shown.

The process that accepts the text calls the URL in the background, so a slow receiver delays only its own
callers. Calls that are still waiting when the process ends are lost.
"""

import asyncio
import hmac
import json
import logging
import re
import secrets
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.dispatch import receiver

from accounts.api.paths import HOOKS
from accounts.codes import Failed
from accounts.models import User
from chat.delivery.runtime import Runtime
from chat.protocol.bounds import size, truncated
from chat.protocol.commands import Send
from chat.services import sending
from chat.services.bots import store_bot_commands
from chat.services.service_texts import in_both
from log import pairs
from log.details import MENTIONS, decoded, with_custom
from log.drafts import Batch
from log.models import Bot
from log.rows import Entry
from log.signals import batch_committed
from notifications import bots
from notifications.bots import NoSuchBot, digest_of
from notifications.client import Client, RequestFailed
from notifications.exchange import EndpointAnswer, OutgoingRequest
from notifications.models import Hook, SlashCall, SlashCommand
from notifications.slack_texts import SlackText, text_of

logger = logging.getLogger(__name__)

T = TypeVar("T")

# Per bot.
MAX_COMMANDS = 20
# As in Slack: the time for the first answer; later answers have their own time and maximal number.
SECONDS, LATER_SECONDS, MAX_ANSWERS = 3.0, 30 * 60.0, 5
# Concurrent calls of one bot and of all bots; waiting texts, and how long they may wait.
MAX_CALLS_PER_BOT, MAX_CALLS, MAX_WAITING, MAX_WAITING_SECONDS = 4, 32, 256, 30.0
_POLL_SECONDS = 0.1
_CALL = re.compile(r"/(\w{1,32})(?:\s+(.*))?", re.DOTALL)
_waiting: deque[Entry] = deque(maxlen=MAX_WAITING)


class PreparedCall(NamedTuple):
    """A stored call of a command, and the request to send."""

    call: SlashCall
    request: OutgoingRequest


@receiver(batch_committed)
def note_commands(batch: Batch, **_: Any) -> None:
    """Queue the texts that may call a command. It runs for every message, so it checks the first character
    first."""
    for row in batch.rows:
        if (
            isinstance(row, Entry)
            and row.content[:1] == "/"
            and row.kind == "text"
            and isinstance(row.to, int)
        ):
            _waiting.append(row)


def commands_of(hook: Hook) -> list[dict[str, str]]:
    """Return the bot's slash commands with their descriptions and URLs."""
    described = {listed["name"]: listed.get("description", "") for listed in _listed_commands(hook)}
    commands = SlashCommand.objects.filter(hook=hook).order_by("pk")
    return [
        {"name": command.name, "description": described.get(command.name, ""), "url": command.url}
        for command in commands
    ]


def set_commands(hook: Hook, commands: list[dict[str, str]]) -> str:
    """Replace the bot's commands. Return the secret that signs their calls."""
    secret = hook.signing_secret or secrets.token_hex(16)
    with transaction.atomic():
        Hook.objects.filter(pk=hook.pk).update(signing_secret=secret)
        SlashCommand.objects.filter(hook=hook).delete()
        SlashCommand.objects.bulk_create(
            SlashCommand(hook=hook, name=command["name"], url=command["url"]) for command in commands
        )
        store_bot_commands(
            hook.bot_id, [{k: command[k] for k in ("name", "description")} for command in commands]
        )
    return secret


async def call_all(run: Runtime) -> None:
    """Call the commands of queued texts until cancelled."""
    under_way: set[asyncio.Task[None]] = set()
    calls_by_bot: Counter[int] = Counter()
    with closing(Client()) as client:
        try:
            while True:
                while _waiting and len(under_way) < MAX_CALLS:
                    task = asyncio.create_task(_call_command(client, _waiting.popleft(), calls_by_bot))
                    under_way.add(task)
                    task.add_done_callback(under_way.discard)
                await asyncio.sleep(_POLL_SECONDS)
        finally:
            for task in under_way:
                task.cancel()


async def _call_command(client: Client, row: Entry, calls_by_bot: Counter[int]) -> None:
    try:
        prepared = await _in_thread(partial(prepare_call, row))
        if prepared is None:
            return
        hook = prepared.call.hook_id
        if calls_by_bot[hook] >= MAX_CALLS_PER_BOT:
            await _in_thread(partial(send_failure, prepared.call))
            return
        calls_by_bot[hook] += 1
        try:
            answer = await client.send(prepared.request, SECONDS)
        except RequestFailed as failed:
            logger.info("The command /%s of the bot %s failed: %s", prepared.call.name, hook, failed)
            answer = EndpointAnswer(0)
        finally:
            calls_by_bot[hook] -= 1
        await _in_thread(partial(_send_answer, prepared.call, answer))
    except Exception:
        logger.exception("A command was not called.")


async def _in_thread(call: Callable[[], T]) -> T:
    def run() -> T:
        try:
            return call()
        finally:
            connection.close()

    return await asyncio.to_thread(run)


def prepare_call(row: Entry) -> PreparedCall | None:
    """Store the call that the text makes, and return it with its request. Return None if the group has no
    such command, if the text has waited for too long, or if its sender is a bot."""
    match = _CALL.fullmatch(row.content)
    if match is None or isinstance(row.to, str) or time.time() - row.time > MAX_WAITING_SECONDS:
        return None
    command = _command(row.to, row.details, match[1])
    caller = User.objects.filter(pk=row.sender, is_bot=False).first()
    if command is None or caller is None:
        return None
    token = secrets.token_urlsafe(32)
    now = time.time()
    SlashCall.objects.filter(expires_at__lt=now).delete()
    call = SlashCall.objects.create(
        digest=digest_of(token),
        hook=command.hook,
        name=command.name,
        userid=row.sender,
        message_id=row.id,
        left=MAX_ANSWERS,
        expires_at=now + LATER_SECONDS,
    )
    fields = {
        "team_id": "im66",
        "api_app_id": command.hook.bot_id,
        "channel_id": f"g:{row.to}",
        "channel_name": command.hook.group.name,
        "user_id": row.sender,
        "user_name": caller.nickname or row.sender,
        "command": f"/{command.name}",
        "text": match[2] or "",
        "response_url": f"{settings.IM66.public_url}{HOOKS}{token}/response",
        "trigger_id": str(row.id),
    }
    return PreparedCall(call, _signed(command.url, command.hook.signing_secret, urlencode(fields).encode()))


def _command(group: int, details: str, name: str) -> SlashCommand | None:
    """Return the command of a bot that the text mentions. If the text mentions nobody, return the oldest
    command of this name in the group. Return None if there is none, or its bot is no longer active."""
    commands = SlashCommand.objects.filter(hook__group=group, hook__revoked_at=None, name=name)
    if mentions := decoded(details).get(MENTIONS):
        commands = commands.filter(hook__bot__in=mentions)
    command = commands.select_related("hook__group").order_by("pk").first()
    try:
        if command is not None:
            bots.require_active(Hook.objects.filter(pk=command.hook_id))
    except NoSuchBot:
        return None
    return command


def _signed(url: str, secret: str, body: bytes) -> OutgoingRequest:
    """Return a request signed as by Slack. A member chose the URL, so its address must be public."""
    second = str(int(time.time()))
    headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("User-Agent", "im66"),
        ("X-Slack-Request-Timestamp", second),
        ("X-Slack-Signature", signature(secret, second, body)),
    ]
    return OutgoingRequest("POST", url, headers, body, is_public_only=True)


def signature(secret: str, second: str, body: bytes) -> str:
    return "v0=" + hmac.digest(secret.encode(), f"v0:{second}:".encode() + body, "sha256").hex()


def is_for_all(payload: dict[str, Any]) -> bool:
    return payload.get("response_type") == "in_channel"


def use_response_secret(token: str) -> tuple[SlashCall | None, str]:
    """Use up one answer of the call with this secret. Return the call, or None and Slack's name of the
    error."""
    calls = SlashCall.objects.filter(digest=digest_of(token), expires_at__gt=time.time())
    call = calls.select_related("hook").first()
    if call is None:
        return None, "expired_url"
    if not calls.filter(left__gt=0).update(left=F("left") - 1):
        return None, "used_url"
    return call, ""


def _send_answer(call: SlashCall, answer: EndpointAnswer) -> None:
    """Send the answer's text to the chat; nothing if it is empty, and a failure if it is invalid."""
    if answer.status != 200:
        send_failure(call)
        return
    try:
        body = answer.body.decode()
        if not body.strip():
            return
        payload = json.loads(body) if body.lstrip().startswith("{") else {"text": body}
        if payload.get("text") or payload.get("blocks") or payload.get("attachments"):
            send_response(call, text_of(payload), to_all=is_for_all(payload))
    except (ValueError, RecursionError, Failed):
        send_failure(call)


def send_failure(call: SlashCall) -> None:
    """Tell the caller that the command gave no answer."""
    text = in_both(f"/{call.name} gave no answer. Try again later.", f"/{call.name} 没有回应，请稍后再试。")
    try:
        send_response(call, SlackText(text), to_all=False)
    except Failed as failed:
        logger.info("Who has called /%s could not be told: %s", call.name, failed)


def send_response(call: SlashCall, message: SlackText, *, to_all: bool) -> None:
    """Send the text to the group, or to the caller in a direct message. Raises as `sending.send`, and
    NoSuchBot."""
    hook = bots.require_active(Hook.objects.filter(pk=call.hook_id))
    if (bot := bots.sender_of(hook)) is None:
        raise NoSuchBot
    attached = {"command": f"/{call.name}", "conversation": f"g:{hook.group_id}", "message": call.message_id}
    to = hook.group_id if to_all else call.userid
    if not to_all:
        # A call counts as a message to the bot, so the bot may send a direct message.
        with transaction.atomic():
            pairs.begin([(call.userid, hook.bot_id)])
    text = cut_to_message_size(message.text)
    mentions = message.mentions if to_all else ()
    command = Send("text", to, text, "", mentions=mentions, details=with_custom("", attached))
    sending.send_in_thread(bot, command, "", settings.IM66.public_url)


def cut_to_message_size(text: str) -> str:
    """Return the text, cut to IM66_MAX_TEXT_BYTES."""
    max_bytes = settings.IM66.max_text_bytes
    return truncated(text, max_bytes) if size(text) > max_bytes else text


def _listed_commands(hook: Hook) -> Iterable[dict[str, str]]:
    listed = Bot.objects.filter(pk=hook.bot_id).values_list("commands", flat=True).first()
    return listed or ()
