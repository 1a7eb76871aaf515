"""One play: somebody wants to do something about a group, and others would hear of it."""

import asyncio
import json
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from testkit.device import Device, Refused
from testkit.phone import Phone
from testkit.uploading import Fetched, request
from tests.access.page import TOKEN
from tests.access.world import LOCKED, MEMBERS, MONA, NINA, OWNER, WALTER, Caller, World, token

# Answered by an error of its own, whoever is logged in, and in its turn. Nothing of it is logged.
_NONSENSE = "nonsense"

FORM = "application/x-www-form-urlencoded"
_CSRF = "c" * 32
BUTTON = {"id": "again", "label": "Again"}


class Stage:
    """`group` is as it was made, but for its messages, of which the latest is `target`. As a context manager,
    Walter and Nina listen inside the block."""

    def __init__(self, world: World, caller: Caller) -> None:
        self.world = world
        self.caller = caller
        self.group = ""
        self.target = 0
        self._made = 0
        self.device = Device(self.world.server.entry)
        self.content = f"hello-{caller.userid}"
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self.mona = await self._logged_in(MONA)
        self.walter = await self._logged_in(WALTER)
        self.nina = await self._logged_in(NINA)
        await self.begin(self.world.take_untouched_group())
        self.phone = Phone(self.world.server.entry, additional_headers=self.browser_headers)
        await self._open.enter_async_context(self.phone)
        return self

    async def begin(self, group: str = "") -> None:
        """In this group, or else in a new one. Those who listen have heard all that was said before."""
        self.group = group or await asyncio.to_thread(self._make_group)
        self._made = self._last_change()
        self.target = await self._write_to_group()
        for phone in (self.walter, self.nina):
            await self.mona.text(phone.userid, "ready")
            await phone.contents_until("ready")

    async def begin_again(self) -> None:
        """In the same group if nothing but messages was written there, which is told by a notice."""
        if self._last_change() == self._made:
            self.target = await self._write_to_group()
        else:
            await self.begin()

    def _last_change(self) -> int:
        kinds = "kind IN ('membership', 'group')"
        query = f"SELECT max(id) FROM log_message WHERE group_id = {self.group} AND {kinds}"
        return int(self.world.server.query(query)[0][0])

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def prove_silence(self) -> None:
        """Nobody has been sent anything, nor been put into the group."""
        await self.mona.group_text(self.group, "to the group")
        await self.mona.text(WALTER, "to Walter")
        await self.mona.text(NINA, "to Nina")
        assert await self.walter.contents(2) == ["to the group", "to Walter"]
        assert await self.nina.contents(1) == ["to Nina"]

    async def log_in(self) -> str:
        return await self.ask(self.login)

    @property
    def login(self) -> str:
        shown = self.caller.token or self.caller.key
        return f"login_{self.caller.userid}_{shown}" if shown else f"login_{self.caller.userid}"

    async def greet(self) -> str:
        """Say hello in JSON. What is answered if it is refused; then nobody has said hello on `device`, which
        is another connection."""
        await self.connect()
        try:
            await self.device.hello(device="browser", since=self.target, **self.shown_by(self.caller))
        except Refused as refused:
            await self.connect()
            return f"{refused.error.code} {refused.error.name}"
        await self.device.catch_up()
        return ""

    async def connect(self) -> None:
        """Give the caller a new connection for JSON."""
        self.device = Device(self.world.server.entry, options={"additional_headers": self.browser_headers})
        await self._open.enter_async_context(self.device)

    def shown_by(self, caller: Caller) -> dict[str, Any]:
        """What somebody says of themselves in hello. A browser says nothing: it has a session."""
        if caller.session:
            return {}
        shown = caller.token or caller.key
        return {"userid": caller.userid, **({"token": shown} if shown else {})}

    async def ask(self, frame: str) -> str:
        """What the caller is answered on the socket; empty if nothing."""
        await self.phone.send(frame)
        await self.phone.send(_NONSENSE)
        answers = []
        while not (received := await self.phone.receive()).startswith("error_400_"):
            if not received.startswith("text_"):  # what others write, or have written before
                answers.append(received)
        assert len(answers) <= 1, answers
        return answers[0] if answers else ""

    async def call(self, path: str, parameters: dict[str, str], **query: str) -> Fetched:
        """A form that is posted."""
        return await self.post(path, urlencode(parameters).encode(), FORM, **query)

    async def post(self, path: str, body: bytes, content_type: str, **query: str) -> Fetched:
        if self.caller.acts_for:
            query["as"] = self.caller.acts_for
        headers = {"Content-Type": content_type, **self.http_headers}
        return await asyncio.to_thread(
            request, self.world.server, "POST", f"/{path}?{urlencode(query)}", body, headers
        )

    async def fetch(
        self,
        method: str,
        path: str,
        body: Any,
        content_type: str = "application/json",
        *,
        is_our_page: bool = True,
        **more: str,
    ) -> Fetched:
        """A call of the API. `is_our_page`: a browser shows the token that only our pages know. `more`:
        headers, in which `_` stands for `-`."""
        if self.caller.acts_for:
            path = f"{path}{'&' if '?' in path else '?'}as={self.caller.acts_for}"
        headers = {"Content-Type": content_type, **self.http_headers}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        if self.caller.session and is_our_page:
            headers |= {"Cookie": f"{headers['Cookie']}; csrftoken={_CSRF}", "X-CSRFToken": _CSRF}
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        path = path if path.startswith("/") else f"/api/v1/{path}"
        return await asyncio.to_thread(request, self.world.server, method, path, sent, headers)

    @property
    def http_headers(self) -> dict[str, str]:
        if self.caller.token:
            return {"Authorization": f"Bearer {self.caller.token}"}
        if self.caller.key:
            return {"Authorization": f"Api-Key {self.caller.key}"}
        return self.browser_headers

    @property
    def browser_headers(self) -> dict[str, str]:
        if not self.caller.session:
            return {}
        return {"Cookie": f"sessionid={self.caller.session}", "Origin": self.world.server.http}

    def is_member(self, userid: str) -> bool:
        return bool(self._rows("until_id", f"user_id = '{userid}' AND until_id IS NULL"))

    def role(self, userid: str) -> str:
        return str(self._rows("role", f"user_id = '{userid}' AND until_id IS NULL")[0][0])

    def has_reported(self, target: str, reporter: str = "") -> bool:
        """Whether the person, or else the caller, has."""
        where = f"target = '{target}' AND reporter_id = '{reporter or self.caller.userid}'"
        joined = "moderation_complaint JOIN moderation_report ON moderation_report.id = report_id"
        return bool(self.world.server.query(f"SELECT 1 FROM {joined} WHERE {where}"))

    def _rows(self, fields: str, where: str) -> list[tuple[object, ...]]:
        query = f"SELECT {fields} FROM log_membership WHERE group_id = {self.group} AND {where}"
        return self.world.server.query(query)

    async def _logged_in(self, userid: str) -> Phone:
        phone = await self._open.enter_async_context(Phone(self.world.server.entry))
        phone.userid = userid
        await phone.send(f"login_{userid}_{token(userid)}" if self.world.mode == TOKEN else f"login_{userid}")
        await phone.settle()
        return phone

    async def send_card(self, userid: str) -> Any:
        """A backend sends one to the group for this person."""
        card = {"kind": "card", "content": "a card", "card": {"title": "a card", "actions": [BUTTON]}}
        headers = {
            "Authorization": f"Api-Key {self.world.shown('key')}",
            "Content-Type": "application/json",
        }
        path = f"/api/v1/conversations/g:{self.group}/messages?as={userid}"
        body = json.dumps(card).encode()
        sent = await asyncio.to_thread(request, self.world.server, "POST", path, body, headers)
        assert (await self.walter.message()).content == "a card"
        return json.loads(sent.body)["id"]

    async def _write_to_group(self) -> int:
        await self.mona.group_text(self.group, "a message of the group")
        await self.walter.contents_until("a message of the group")
        query = f"SELECT max(id) FROM log_message WHERE group_id = {self.group} AND kind = 'text'"
        return int(self.world.server.query(query)[0][0])

    def _make_group(self) -> str:
        form = urlencode(
            {"creator": OWNER, "members": ",".join(sorted({*MEMBERS} - {LOCKED})), "name": "friends"}
        )
        headers = {
            "Authorization": f"Api-Key {self.world.shown('key')}",
            "Content-Type": FORM,
        }
        reply = json.loads(request(self.world.server, "POST", "/creategrp", form.encode(), headers).body)
        group = str(reply["data"]["groupid"])
        self.world.furnish(group, self.caller.userid)
        return group
