"""Bots: they answer where they are asked, and show an answer while they write it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Self

from im66_client import http
from im66_client.client import Client, Frame
from im66_client.failure import Failure

logger = logging.getLogger("im66_client")

# As many as a server lets one bot write.
AT_ONCE = 8

# What a handler gives back: a text, nothing, or pieces of a text as they come.
Reply = Awaitable[str | None] | AsyncIterator[str]


class Answer:
    """A message that people read while it grows, inside `async with`. At the end it is sent, once."""

    def __init__(self, client: Client, to: str, cid: str, **fields: Any) -> None:
        self.text = ""
        # What the server said to the whole message: its `id` and `time`.
        self.sent: dict[str, Any] | None = None
        self._client, self._to, self._cid, self._fields = client, to, cid, fields
        self._has_grown = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._showing = asyncio.create_task(self._show())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._showing.cancel()
        await asyncio.gather(self._showing, return_exceptions=True)
        # Of a program that ends, the server sends what it has.
        if self.text.strip() and kind is not asyncio.CancelledError:
            self.sent = await self._client.send(self._to, self.text, cid=self._cid, **self._fields)

    def write(self, piece: str) -> None:
        """The next piece of the text. It is shown soon."""
        self.text += piece
        self._has_grown.set()

    async def _show(self) -> None:
        sent = 0
        while True:
            await self._has_grown.wait()
            self._has_grown.clear()
            upto = len(self.text)
            try:
                growth = {"content": self.text[sent:upto], "more": sent > 0}
                await self._client.ask("grow", to=self._to, cid=self._cid, **growth)
                sent = upto
            except Failure as failure:
                if not (failure.is_passing or failure.name == "conflict"):
                    return  # it is sent all the same, and refused for the same reason
                sent = 0
                await asyncio.sleep(failure.retry or 1)
                self._has_grown.set()


class Bot(Client):
    """A client with the secret of a bot. It answers direct messages, and messages of groups that mention it
    or ask for one of its commands."""

    def __init__(self, url: str, secret: str, *, device: str | None = "bot", **options: Any) -> None:
        super().__init__(url, token=secret, device=device, **options)
        self._secret, self._me = secret, ""
        self._commands: dict[str, tuple[str, Callable[[Frame, str], Reply]]] = {}
        self._answers: Callable[[Frame], Reply] | None = None
        self._busy = asyncio.Semaphore(AT_ONCE)
        self._answering: set[asyncio.Task[None]] = set()
        self.on("message")(self._on_message)

    def answer(self, handler: Callable[[Frame], Reply]) -> Callable[[Frame], Reply]:
        """Handle what no command handles: `@bot.answer`. The handler returns a text, or yields its pieces."""
        self._answers = handler
        return handler

    def command(self, name: str, description: str = "") -> Callable[[Callable[[Frame, str], Reply]], Any]:
        """Handle `/name rest`, and list it: `@bot.command("roll", "Rolls a die")`."""

        def note(handler: Callable[[Frame, str], Reply]) -> Callable[[Frame, str], Reply]:
            self._commands[name] = description, handler
            return handler

        return note

    def grow(self, to: str, cid: str, **fields: Any) -> Answer:
        """A message that grows: `async with bot.grow("g:10", "report-7") as answer: answer.write("…")`. The
        server has one message for each `cid`, whatever happens."""
        return Answer(self, to, cid, **fields)

    async def serve(self) -> None:
        """As of Client, after it has listed its commands."""
        listed = [
            {"name": name, "description": description} for name, (description, _) in self._commands.items()
        ]
        headers = {"Authorization": f"Bearer {self._secret}"}
        await http.call(self.url, "PUT", "commands", headers, body={"commands": listed}, root="/hooks/")
        try:
            await super().serve()
        finally:
            for task in self._answering:
                task.cancel()

    async def _on_message(self, message: Frame) -> None:
        """Other messages are handled while it answers."""
        answer = self._answer_to(message)
        if answer is None:
            return
        await self._busy.acquire()
        task = asyncio.create_task(self._reply(message, answer))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    def _answer_to(self, message: Frame) -> Reply | None:
        """The answer to a message; None if the message is not for it."""
        # What came on a connection may be handled after its end.
        self._me = me = self.welcome.get("user", {}).get("userid") or self._me
        mentions = message.get("mentions", [])
        if message["from"] == me or "cid" in message or message["kind"] != "text":
            return None
        name, _, rest = message["content"].removeprefix("/").partition(" ")
        is_command = message["content"].startswith("/") and name in self._commands
        is_direct = message["conversation"].startswith("u:")
        if not (is_direct or me in mentions or (is_command and not mentions)):
            return None
        if is_command:
            return self._commands[name][1](message, rest.strip())
        return self._answers(message) if self._answers else None

    async def _reply(self, message: Frame, text: Reply) -> None:
        to, cid = message["conversation"], f"answer-{message['id']}"
        fields = {"reply": message["id"]} if to.startswith("g:") else {}
        try:
            async with self.grow(to, cid, **fields) as answer:
                if isinstance(text, AsyncIterator):
                    async for piece in text:
                        answer.write(piece)
                else:
                    with suppress(Failure):
                        await self.ask("typing", to=to)
                    answer.text = await text or ""
        except Exception:
            logger.exception("The message %s is not answered.", message["id"])
        finally:
            self._busy.release()
