"""People who are logged in and listen, and a meter of everything they receive."""

import asyncio
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter_ns
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from bench.ledger import Inbox
from bench.sockets import HOST, Socket, connect
from bench.tokens import no_token

SECONDS = 60.0
# The number of connections that are opened at once.
AT_ONCE = 100
# A verb that no server knows. Answers come in order, so the error proves that everything sent before is done.
_PROBE = b"probe_"
_PROVED = b"error_400_unknown verb"


class Meter:
    """Counts the deliveries to all members. `on_arrival`: what to call for each delivery, by sender."""

    def __init__(self) -> None:
        self.nanoseconds: list[int] = []
        self.complaints: Counter[str] = Counter()
        self.on_arrival: dict[bytes, Callable[[], None]] = {}

    def arrived(self, sender: bytes, sent_at: int) -> None:
        self.nanoseconds.append(perf_counter_ns() - sent_at)
        if call := self.on_arrival.get(sender):
            call()


class Listener(ABC):
    """One connection of one person, in any dialect. Messages hold `<number>.<when sent>.<padding>`."""

    def __init__(self, userid: str, meter: Meter) -> None:
        self.userid = userid
        self.inbox = Inbox()
        self.socket: Socket
        self.meter = meter

    @abstractmethod
    async def enter(self, port: int) -> None:
        """Connect, log in, and return when the login is proved."""

    @abstractmethod
    def say_goodbye(self) -> None:
        """Begin to leave; the socket's `closed` is done when the connection has ended."""

    def take(self, sender: bytes, content: bytes) -> None:
        """Count a message that arrived."""
        number, sent_at, _ = content.split(b".", 2)
        if self.inbox.take(sender, int(number)):
            self.meter.arrived(sender, int(sent_at))

    def complain(self, text: bytes) -> None:
        """Record a text that should not have come."""
        self.meter.complaints[text[:80].decode(errors="replace")] += 1


class BenchMember(Listener):
    """A person at im66, or at another server of the same protocol. `token`: what proves the userid, empty if
    nothing has to. `source`: the loopback address the person comes from; by default the kernel's choice."""

    def __init__(self, userid: str, meter: Meter, token: str = "") -> None:
        super().__init__(userid, meter)
        self._login = f"login_{userid}_{token}" if token else f"login_{userid}"
        self._proof: asyncio.Future[None]
        self.source = ""

    async def enter(self, port: int, receive_buffer: int = 0) -> None:
        self.socket = await connect(port, self.on_text, receive_buffer, source=self.source)
        self.socket.send(self._login.encode())
        await self.settle()

    def say_goodbye(self) -> None:
        self.socket.say_goodbye()

    async def settle(self) -> None:
        """Return when the server has handled everything that was sent."""
        self._proof = asyncio.get_running_loop().create_future()
        self.socket.send(_PROBE)
        await self._proof

    def on_text(self, text: bytes) -> None:
        if text.startswith(b"text_"):
            _, sender, content, _ = text.split(b"_", 3)
            self.take(sender, content)
        elif text == _PROVED:
            if not self._proof.done():  # the waiting task may have been cancelled
                self._proof.set_result(None)
        elif not text.startswith(b"heartbeat_"):
            self.complain(text)


async def enter(
    port: int,
    userids: Iterable[str],
    meter: Meter,
    at_once: int = AT_ONCE,
    token: Callable[[str], str] = no_token,
) -> list[BenchMember]:
    """Log everybody in, each with `token(userid)`. Raises OSError and TimeoutError."""
    members = [BenchMember(userid, meter, token(userid)) for userid in userids]
    await enter_all(port, members, at_once)
    return members


async def enter_all(port: int, members: Iterable[Listener], at_once: int = AT_ONCE) -> None:
    """Log these listeners in. Raises OSError and TimeoutError."""
    room = asyncio.Semaphore(at_once)

    async def one(member: Listener) -> None:
        async with room:
            await asyncio.wait_for(member.enter(port), SECONDS)

    await asyncio.gather(*map(one, members))


async def leave(members: Sequence[Listener]) -> None:
    """Close all connections with a goodbye."""
    for member in members:
        member.say_goodbye()
    await asyncio.wait([member.socket.closed for member in members], timeout=SECONDS)


def make_group(port: int, userids: Sequence[str], token: Callable[[str], str] = no_token) -> str:
    """Create a group of these people, who are created too where nobody has to prove anything; return its
    id."""
    form = {"creator": userids[0], "members": ",".join(userids), "name": "bench"}
    url = f"http://{HOST}:{port}/creategrp"
    headers = {"Authorization": f"Bearer {token(userids[0])}"}
    call = Request(url, urlencode(form).encode(), headers)
    with urlopen(call, timeout=SECONDS) as response:
        reply = response.read().decode()
    _, separator, rest = reply.partition('"groupid":"')
    if not separator:
        raise RuntimeError(f"No group was made: {reply[:200]}")
    return str(rest.partition('"')[0])
