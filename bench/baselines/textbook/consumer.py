"""The consumer of the textbook server."""

import time
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

from bench.baselines.textbook.models import ChatMessage, Membership


class ChatConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One socket. It joins the channel layer's group of its person, and one for each chat group of the
    person."""

    async def connect(self) -> None:
        self.userid = ""
        self.joined: set[str] = set()
        await self.accept()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        verb, _, rest = (text_data or "").partition("_")
        if verb == "login":
            await self._log_in(rest)
        elif verb == "text":
            await self._send_message(verb, *rest.split("_"))
        else:
            await self.send("error_400_unknown verb")

    async def disconnect(self, code: int) -> None:
        for name in self.joined:
            await self.channel_layer.group_discard(name, self.channel_name)

    async def chat_message(self, event: dict[str, Any]) -> None:
        """Handle an event of group_send."""
        if event["sender"] != self.userid:
            await self.send(event["frame"])

    async def _log_in(self, userid: str) -> None:
        self.userid = userid
        await self._join(f"unicast.{userid}")
        async for member in Membership.objects.filter(userid=userid):
            await self._join(f"group.{member.group}")

    async def _join(self, name: str) -> None:
        self.joined.add(name)
        await self.channel_layer.group_add(name, self.channel_name)

    async def _send_message(self, kind: str, to: str, content: str, type_: str, extension: str) -> None:
        message = await ChatMessage.objects.acreate(
            kind=kind,
            sender=self.userid,
            to=to,
            type=type_,
            content=content,
            extension=extension,
            time=int(time.time()),
        )
        origin = to if type_ == "group" else self.userid
        frame = f"{kind}_{self.userid}_{content}_{type_}_{origin}_{message.time}_{extension}"
        event = {"type": "chat.message", "sender": self.userid, "frame": frame}
        await self.channel_layer.group_send(f"{type_}.{to}", event)
