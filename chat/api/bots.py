"""What people see of the bots in a conversation."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.shapes import list_of, listed
from chat.access import may_read_members
from chat.api.base import ChatView, peer_named
from chat.services import bots


class CommandShape(serializers.Serializer[Any]):
    bot = serializers.CharField(help_text="The userid of the bot that lists it.")
    name = serializers.CharField(help_text="What stands after the `/`.")
    description = serializers.CharField()

    class Meta:
        ref_name = "BotCommand"


class Commands(ChatView):
    @extend_schema(responses=list_of(CommandShape))
    def get(self, request: Request, conversation: str) -> Response:
        """The commands that the bots there list. A text `/name` that mentions the bot asks for one."""
        peer = peer_named(conversation)
        if isinstance(peer, int):
            may_read_members(self.userid, peer)
        return Response(listed(bots.commands_in(self.userid, peer)))
