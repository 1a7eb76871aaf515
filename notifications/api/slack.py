"""Slack's incoming webhooks: programs post Slack's payloads to a bot's write-only address, and the bot sends
their texts to its group. The answers are those of Slack."""

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse, HttpResponseBase
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from accounts.codes import Failed
from accounts.limits.limits import TooFast
from chat.protocol.commands import Send
from chat.services import sending
from groups.errors import GroupNotFound
from groups.selectors import get_group
from notifications import bots, slash
from notifications.api.writing import BotView, unbanned_sender
from notifications.bots import NoSuchBot
from notifications.slack_texts import NoText, SlackText, TooManyAttachments, text_of

# Slack's own payloads are smaller. Larger ones are rejected before they are decoded.
MAX_BODY_BYTES = 256 * 1024


class _RawBodyParser(BaseParser):
    """Returns the raw body for any Content-Type, because senders use wrong ones."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return parser_context["request"].body


class SlackHook(BotView):
    http_method_names = ["post"]
    parser_classes = (_RawBodyParser,)

    def post(self, request: Request, address: str) -> HttpResponse:
        """Send the payload's text to the bot's group."""
        hook = bots.bot_of_address(address)
        message = parse_text(request._request.body)
        get_group(hook.group_id)
        text = slash.cut_to_message_size(message.text)
        command = Send("text", hook.group_id, text, "", mentions=message.mentions)
        sending.send_in_thread(unbanned_sender(hook), command, self.address, self.base_url)
        return _text_response("ok", HTTPStatus.OK)

    def _answer(self, failed: Exception, context: dict[str, Any]) -> HttpResponseBase:
        self.log_refusal(failed)
        known = _slack_error(failed)
        if known is None:
            return super()._answer(failed, context)
        answer = _text_response(*known)
        if isinstance(failed, TooFast):
            answer.headers["Retry-After"] = str(failed.seconds)
        return self.slowed(answer, "")


class SlashResponse(SlackHook):
    """Accepts later answers of the program behind a slash command."""

    def post(self, request: Request, address: str) -> HttpResponse:
        """Show the payload's text to the caller of the command, or to the whole group."""
        payload = parse_payload(request._request.body)
        message = text_of(payload)
        call, why = slash.use_response_secret(address)
        if call is None:
            return _text_response(why, HTTPStatus.NOT_FOUND)
        slash.send_response(call, message, to_all=slash.is_for_all(payload))
        return _text_response("ok", HTTPStatus.OK)


def parse_text(body: bytes) -> SlackText:
    """Return the payload's text. Raises NoText, TooManyAttachments and ValueError."""
    return text_of(parse_payload(body))


def parse_payload(body: bytes) -> dict[str, Any]:
    """Parse a JSON object, or a form whose field `payload` is one. Raises ValueError."""
    if len(body) > MAX_BODY_BYTES:
        raise ValueError
    text = body.decode()
    if not text.lstrip().startswith("{"):
        (text,) = parse_qs(text, max_num_fields=100).get("payload", [""])[:1]
    try:
        payload = json.loads(text)
    except RecursionError:
        raise ValueError from None
    if not isinstance(payload, dict):
        raise ValueError
    return payload


def _slack_error(failed: Exception) -> tuple[str, int] | None:
    """Return the text and the status that Slack answers for this error; None if Slack has none."""
    match failed:
        case NoText():
            return "no_text", HTTPStatus.BAD_REQUEST
        case TooManyAttachments():
            return "too_many_attachments", HTTPStatus.BAD_REQUEST
        case ValueError():
            return "invalid_payload", HTTPStatus.BAD_REQUEST
        case NoSuchBot():
            return "no_service", HTTPStatus.NOT_FOUND
        case GroupNotFound():
            return "channel_is_archived", HTTPStatus.GONE
        case TooFast():
            return "rate_limited", HTTPStatus.TOO_MANY_REQUESTS
        case OperationalError() | InterfaceError():
            return "rollup_error", HTTPStatus.INTERNAL_SERVER_ERROR
        case Failed():
            return "action_prohibited", HTTPStatus.FORBIDDEN
    return None


def _text_response(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
