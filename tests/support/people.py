"""A user with a device and a phone, and the events that each must receive by the model in `conversing`."""

import asyncio
import json
from collections import deque
from collections.abc import Iterable
from typing import Any, TypeGuard

from testkit.device import Device, Error, Frame, Refused
from testkit.phone import Phone
from testkit.server import Server
from testkit.uploading import request
from tests.support.conversing import Message, Model, Row

Answer = Frame | Error


def without(read_mark: Frame, *names: str) -> Frame:
    return {name: value for name, value in read_mark.items() if name not in names}


def is_taken(answer: Answer, refusal: Error | None) -> TypeGuard[Frame]:
    """Return whether the command was accepted. A refusal must be the expected one."""
    if refusal is None:
        assert not isinstance(answer, Error), answer
        return True
    assert answer == refusal, (answer, refusal)
    return False


async def api(server: Server, method: str, userid: str, path: str, **values: Any) -> Answer:
    """Send an API call as a user in open mode, and return the answer."""
    headers = {"Authorization": f"Userid {userid}", "Content-Type": "application/json"}
    body = json.dumps(values).encode() if values else None
    reply = await asyncio.to_thread(request, server, method, f"/api/v1/{path}", body, headers)
    data = json.loads(reply.body) if reply.body else {}
    return Error(reply.status, data["error"]["name"]) if reply.status >= 400 else data


class AttentiveDevice(Device):
    @property
    def unheard(self) -> list[Frame]:
        """Return the received events that were not read."""
        return list(self._events)


class Person:
    """A user with a device on `here` and a phone on `there`, who must both receive what `model` expects.

    `heard` are the ids from which the device can resume, with their positions in the model. `phone_place` is
    the position up to which the phone has received everything.
    """

    def __init__(self, userid: str, model: Model, here: Server, there: Server) -> None:
        self.userid = userid
        self.device: AttentiveDevice | None = None
        self.has_phone = False
        self.log: str | None = None
        self.delivered: list[tuple[int, int]] = []
        self.phone = Phone(there.entry, userid)
        self.phone_place = 0
        self._model = model
        self._here = here
        self._is_behind = False
        self._rows: deque[tuple[Row, Frame]] = deque()
        self._reads: deque[Frame] = deque()
        # Events that occurred while the device was away. Another process may send them later, and they may be
        # repeated to a device that reconnects.
        self._late: list[Frame] = []
        self._notified: list[Frame] = []
        self._messages: deque[tuple[str, ...]] = deque()

    async def begin(self) -> None:
        await self.phone.connect()
        await self.take_phone()
        self.device = AttentiveDevice(self._here.entry)
        await self.device.connect()
        self.log = (await self.device.hello(userid=self.userid))["log"]
        await self.device.catch_up()
        self.delivered.append((self.device.welcome["head"], 0))

    async def end(self) -> None:
        if self.device:
            await self.device.socket.close()
        await self.phone.socket.close()

    async def put_device_away(self, *, vanishes: bool) -> None:
        assert self.device
        if vanishes:
            self.device.vanish()
        await self.device.socket.close()
        self.device = None

    async def take_device(self, back: int) -> None:
        """Resume from one of the last ids that the device has received."""
        del self.delivered[max(1, len(self.delivered) - back) :]
        since, place = self.delivered[-1]
        self._rows += self._due(self._model.missed(self.userid, place))
        self._late += self._notified
        self.device = AttentiveDevice(self._here.entry)
        await self.device.connect()
        await self.device.hello(userid=self.userid, since=since, log=self.log)
        self._is_behind = True

    async def put_phone_away(self, *, closes: bool) -> None:
        """Log out. The next frame must be the error, so no unexpected frame was received."""
        await self.phone.send(f"logout_{self.userid}")
        await self.phone.send("text_nobody_is there_unicast_")
        frame = await self.phone.receive()
        assert frame.startswith("error_401_"), frame
        if closes:
            await self.phone.say_goodbye()
            self.phone = Phone(self.phone.url, self.userid)
            await self.phone.connect()
        self.has_phone, self.phone_place = False, len(self._model.rows)

    async def take_phone(self) -> None:
        await self.phone.log_in(self.userid)
        self.has_phone = True
        for message in self._model.missed_by_phone(self.userid, self.phone_place):
            self._messages.append(self._frame(message))

    async def command(self, cmd: str, **fields: Any) -> Answer:
        assert self.device
        try:
            return await self.device.call(cmd, **fields)
        except Refused as refused:
            return refused.error

    def expect(self, row: Row, by: Device | None) -> None:
        """Expect the row. `by` is the device that wrote it, which gets the reply instead."""
        if self.userid not in row.readers:
            return
        if self.device and self.device is by:
            self.delivered.append((row.id, row.place))
        elif self.device:
            self._rows += self._due([row])
        if self.has_phone and isinstance(row, Message) and row.sender != self.userid:
            self._messages.append(self._frame(row))

    def expect_read(self, read_mark: Frame, by: Device | None = None) -> None:
        event = {"ev": "read", **read_mark}
        self._notified.append(event)
        if not self.device:
            self._late.append(event)
        elif self.device is not by:
            self._reads.append(event)

    async def settle(self) -> None:
        """Wait until everything expected has arrived, in order, and nothing else."""
        await asyncio.gather(self._settle_device(), self._settle_phone())

    async def _settle_device(self) -> None:
        if not self.device:
            return
        while self._rows or self._reads or self._is_behind:
            self._check(await self.device.event())
        await self.device.call("ping")
        unheard = [event for event in self.device.unheard if event not in self._late]
        assert not unheard, unheard

    def _check(self, event: Frame) -> None:
        if event in self._late and event not in self._reads:
            return
        if event["ev"] == "read":
            assert self._reads, event
            due = self._reads.popleft()
            assert event == due, (event, due)
        elif event["ev"] == "caught_up":
            earlier = [events for row, events in self._rows if 0 < row.id <= event["id"]]
            assert self._is_behind, event
            assert not earlier, (event, earlier)
            self._is_behind = False
        else:
            assert self._rows, event
            row, events = self._rows.popleft()
            assert event["id"] > self.delivered[-1][0], event
            assert without(event, "time", "extension") == {**events, "id": event["id"]}, (event, events)
            self._model.learn(row, event["id"])
            self.delivered.append((row.id, row.place))

    async def _settle_phone(self) -> None:
        while self._messages:
            message = await self.phone.message()
            due = self._messages.popleft()
            assert message[:5] == due, (message, due)

    def _due(self, rows: Iterable[Row]) -> list[tuple[Row, Frame]]:
        return [(row, self._model.event(self.userid, row)) for row in rows]

    def _frame(self, message: Message) -> tuple[str, ...]:
        where = ("group", str(message.to)) if isinstance(message.to, int) else ("unicast", message.sender)
        return "text", message.sender, message.content_for(self.userid), *where
