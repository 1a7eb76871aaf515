"""Clients of im66 in the dialect im66.json.v1."""

import asyncio
import re
from collections.abc import Iterable, Sequence

from bench.members import Listener, Meter, enter_all
from bench.sockets import connect
from bench.traffic import Flow

SUBPROTOCOL = "im66.json.v1"
_MESSAGE, _REPLY = b'{"ev":"message"', b'{"re":'
# Faster than a JSON parser by several times, and the texts contain no quotes.
_find = re.compile(rb'"from":"([^"]*)","kind":"text","content":"([^"]*)"').search
# A new group's picture is made while its members write.
_IGNORED = (b'{"ev":"heartbeat"', b'{"ev":"conversation"')


class ListeningDevice(Listener):
    """One connection of a person."""

    def __init__(self, userid: str, meter: Meter) -> None:
        super().__init__(userid, meter)
        self._proof: asyncio.Future[None]

    async def enter(self, port: int) -> None:
        self.socket = await connect(port, self.on_text, subprotocol=SUBPROTOCOL)
        self._proof = asyncio.get_running_loop().create_future()
        self.socket.send(b'{"id":0,"cmd":"hello","userid":"%b"}' % self.userid.encode())
        await self._proof

    def say_goodbye(self) -> None:
        self.socket.say_goodbye()

    def on_text(self, text: bytes) -> None:
        if text.startswith(_MESSAGE) and (match := _find(text)):
            self.take(match[1], match[2])
        elif text.startswith(_REPLY):
            if b'"error"' in text:
                self.complain(text)
        elif text.startswith(b'{"ev":"caught_up"'):
            if not self._proof.done():  # the waiting task may have been cancelled
                self._proof.set_result(None)
        elif not text.startswith(_IGNORED):
            self.complain(text)


async def enter(port: int, userids: Iterable[str], meter: Meter) -> list[ListeningDevice]:
    """Log in devices, as `members.enter` does."""
    devices = [ListeningDevice(userid, meter) for userid in userids]
    await enter_all(port, devices)
    return devices


def group_flow(device: ListeningDevice, group_id: str, receivers: int) -> Flow:
    """Messages to a group."""
    return _flow(device, f"g:{group_id}", receivers)


def unicast_flow(device: ListeningDevice, to: str) -> Flow:
    """Messages to a person."""
    return _flow(device, f"u:{to}", 1)


def _flow(device: ListeningDevice, to: str, receivers: int) -> Flow:
    head = b'{"id":1,"cmd":"send","to":"%b","kind":"text","content":"' % to.encode()

    def compose(contents: Sequence[bytes]) -> bytes:
        (content,) = contents
        # The cid begins with the time, as docs/json.md advises. The number is unique for the sender.
        number, when, _ = content.split(b".", 2)
        return b'%b%b","cid":"%b.%b"}' % (head, content, when, number)

    return Flow(device.userid, device.socket, compose, receivers)
