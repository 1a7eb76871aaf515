"""The API calls of bots, which authenticate by their secret only."""

import logging
from contextlib import suppress
from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import ApiError
from accounts.api.fields import CustomObject, Flag, MessageId
from accounts.authentication.authentication import AccountBanned, Person
from accounts.codes import Cause, Name
from accounts.legacy import OneWayView
from accounts.limits import limits
from accounts.texts import TextRefused, screened
from chat.access import may_send, may_send_to
from chat.api.base import ChatView, parse_peer
from chat.api.forms import Card, PrintableText
from chat.failures import CommandRefused
from chat.protocol.bounds import size
from chat.protocol.commands import Send
from chat.services import cards, sending
from chat.services.bots import MAX_COMMAND_NAME, MAX_COMMANDS, MAX_DESCRIPTION, store_bot_commands
from chat.signals import typed
from log.cards import CARD, card_details
from log.details import with_custom
from log.rows import Recipient
from notifications import bots
from notifications.models import Hook

logger = logging.getLogger(__name__)

ADVICE = "Logs of proxies may hold it: send it in a header, as docs/bots.md says."
# The bots that were already warned about in the log since the process started.
_warned: set[str] = set()


class ConversationField(PrintableText):
    """A conversation."""

    default_error_messages = {"place": "Neither u:<userid> nor g:<groupid>."}

    def to_internal_value(self, data: Any) -> Recipient:  # type: ignore[override]
        peer = parse_peer(super().to_internal_value(data))
        if peer is None:
            self.fail("place")
        return peer


class NewBotMessage(serializers.Serializer[Any]):
    text = PrintableText()
    cid = PrintableText(required=False, max_length=64, help_text="The bot's own name for it, sent once.")
    card = Card(required=False, allow_null=True, default=None)
    silent = Flag(required=False, default=False, help_text="It makes no sound and is not pushed.")
    custom = CustomObject(required=False)
    to = ConversationField(
        required=False, help_text="Where it writes: its own group, unless this says otherwise."
    )

    def validate_text(self, value: str) -> str:
        max_bytes = settings.IM66.max_text_bytes
        if size(value) > max_bytes:
            reason = f"At most {max_bytes} bytes."
            raise ApiError(Name.TOO_LONG, f"text: {reason}", {"text": reason})
        return value


class TypingBody(serializers.Serializer[Any]):
    to = ConversationField(required=False)


class Command(serializers.Serializer[Any]):
    """A command `/name` with its description."""

    name = PrintableText(max_length=MAX_COMMAND_NAME)
    description = PrintableText(max_length=MAX_DESCRIPTION, allow_blank=True, default="")

    def validate_name(self, value: str) -> str:
        if not value.replace("_", "a").isalnum():
            raise serializers.ValidationError("Letters, digits and _ only.")
        return value


class CommandList(serializers.Serializer[Any]):
    commands = serializers.ListField(child=Command(), max_length=MAX_COMMANDS)

    def validate_commands(self, value: list[dict[str, str]]) -> list[dict[str, str]]:
        if len({command["name"] for command in value}) < len(value):
            raise serializers.ValidationError("Two have the same name.")
        return value


class CardChange(NewBotMessage):
    """New content of a card."""

    message = MessageId()
    card = Card()


def unbanned_sender(hook: Hook) -> Person:
    """Return the bot as a sender. Raises AccountBanned."""
    if (bot := bots.sender_of(hook)) is None:
        raise AccountBanned(hook.bot_id)
    return bot


class BotView(ChatView):
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Skip the authentication of ChatView: the bot's secret authenticates the call.
        OneWayView.initial(self, request, *args, **kwargs)
        limits.current().queries.take(self.address, "")

    def authenticated_bot(self, request: Request) -> Hook:
        """Return the bot whose secret the request carries. Raises ApiError and NoSuchBot."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise ApiError(Name.LOG_IN_FIRST, "Send the bot's secret as `Authorization: Bearer <secret>`.")
        return bots.bot_of_secret(token.strip())


class BotCommands(BotView):
    def put(self, request: Request) -> Response:
        """Replace the bot's commands. The desk's rules must allow their texts."""
        hook = self.authenticated_bot(request)
        unbanned_sender(hook)
        commands = self.valid_body(CommandList)["commands"]
        text = " ".join(f"{command['name']} {command['description']}" for command in commands)
        with suppress(TextRefused):
            if screened(hook.bot_id, None, text) == text:
                store_bot_commands(hook.bot_id, commands)
                return Response(status=204)
        raise CommandRefused.by(Cause.MESSAGE_NOT_ALLOWED)


class BotTyping(BotView):
    def post(self, request: Request) -> Response:
        """Show the others in the conversation that the bot is typing."""
        hook = self.authenticated_bot(request)
        to = self.valid_body(TypingBody).get("to", hook.group_id)
        may_send(muted=unbanned_sender(hook).muted)
        may_send_to(hook.bot_id, to)
        typed.send(sender=Hook, userid=hook.bot_id, peer=to)
        return Response(status=204)


class BotMessages(BotView):
    def post(self, request: Request) -> Response:
        """Send a message. A repeated cid gets the same answer, and nothing is sent again."""
        return self.write(self.authenticated_bot(request))

    def patch(self, request: Request) -> Response:
        """Replace the content of a card that the bot has sent."""
        bot, body = unbanned_sender(self.authenticated_bot(request)), self.valid_body(CardChange)
        changed = cards.edit_card(
            bot, body["message"], body["text"], body["card"], self.address, body.get("custom")
        )
        return Response({"id": changed})

    def write(self, hook: Hook) -> Response:
        body, bot = self.valid_body(NewBotMessage), unbanned_sender(hook)
        to = body.get("to", hook.group_id)
        command = Send("text", to, body["text"], "", body.get("cid"), silent=body["silent"])
        if body["card"]:
            command = command._replace(kind=CARD, details=card_details(body["card"]))
        command = command._replace(details=with_custom(command.details, body.get("custom") or {}))
        sent = sending.send_in_thread(bot, command, self.address, self.base_url)
        return Response({"id": sent.id, "time": sent.time}, 201 if sent.is_new else 200)


class WriteByAddress(BotMessages):
    """The older form, with the secret in the URL, which logs of proxies may contain."""

    http_method_names = ["post"]

    def post(self, request: Request, token: str) -> Response:  # type: ignore[override]
        hook = bots.bot_of_secret(token)
        if hook.bot_id not in _warned:
            _warned.add(hook.bot_id)
            logger.warning("The bot %s still sends its secret in the address. %s", hook.bot_id, ADVICE)
        return self.write(hook)
