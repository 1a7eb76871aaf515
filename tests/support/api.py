"""API calls, inside the test process and over the network."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from django.test import Client

from testkit.server import Server
from testkit.uploading import form, request
from tests.support.described import check_answer
from tests.support.tokens import token

ROOT = "/api/v1/"
JSON = "application/json"
_CSRF = "c" * 32


class Answer(NamedTuple):
    status: int
    body: Any
    headers: Any

    @property
    def name(self) -> str:
        """The stable name of the error."""
        assert self.body["error"]["code"] == self.status
        assert self.body["error"]["reason"]
        return str(self.body["error"]["name"])

    @property
    def failed(self) -> tuple[int, str]:
        return self.status, self.name

    @property
    def outcome(self) -> tuple[int, Any]:
        """The status and the body."""
        return self.status, self.body


class Api:
    """The API calls of one user: identified by name in open mode, or by a token in token mode."""

    def __init__(self, userid: str, *, has_token: bool = False, authorization: str | None = None) -> None:
        self.userid = userid
        shown = f"Bearer {token(userid)}" if has_token else f"Userid {userid}"
        self.headers = {"authorization": shown if authorization is None else authorization}
        if not self.headers["authorization"]:
            self.headers = {}

    def showing(self, **headers: str) -> "Api":
        """Return a copy with additional headers. `_` in a name stands for `-`."""
        other = Api(self.userid)
        other.headers = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        return other

    def get(self, path: str, **query: Any) -> Answer:
        return _answer(Client().get(ROOT + path, query, headers=self.headers), "GET", path)

    def post(self, path: str, **values: Any) -> Answer:
        return self.send("POST", path, json.dumps(values))

    def patch(self, path: str, **values: Any) -> Answer:
        return self.send("PATCH", path, json.dumps(values))

    def put(self, path: str, **values: Any) -> Answer:
        return self.send("PUT", path, json.dumps(values))

    def delete(self, path: str) -> Answer:
        return self.send("DELETE", path, "")

    def send(self, method: str, path: str, body: str | bytes, content_type: str = JSON) -> Answer:
        answer = Client().generic(method, ROOT + path, body, content_type, headers=self.headers)
        return _answer(answer, method, path)


class Remote:
    """The API calls of one user to a server.

    In open mode the user is identified by name, unless `authorization` or `session`, the key of a browser
    session, is given.
    """

    # Additional headers.
    headers: Mapping[str, str] = {}

    def __init__(self, server: Server, userid: str, *, authorization: str = "", session: str = "") -> None:
        self.server = server
        self.userid = userid
        self._authorization = authorization or f"Userid {quote(userid)}"
        self._session = session

    def showing(self, **headers: str) -> "Remote":
        """Return a copy with additional headers. `_` in a name stands for `-`."""
        other = self.at(self.server)
        other.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return other

    def at(self, server: Server) -> "Remote":
        """Return a copy for another server."""
        return Remote(server, self.userid, authorization=self._authorization, session=self._session)

    async def get(self, path: str, **query: Any) -> Answer:
        return await self.send("GET", f"{path}?{urlencode(query)}" if query else path)

    async def post(self, path: str, **values: Any) -> Answer:
        return await self.send("POST", path, json.dumps(values))

    async def patch(self, path: str, **values: Any) -> Answer:
        return await self.send("PATCH", path, json.dumps(values))

    async def put(self, path: str, **values: Any) -> Answer:
        return await self.send("PUT", path, json.dumps(values))

    async def delete(self, path: str) -> Answer:
        return await self.send("DELETE", path)

    async def upload(self, content: bytes, **options: str) -> Answer:
        return await self.send("POST", "uploads", *form(content, **options))

    async def send(
        self, method: str, path: str, body: str | bytes | None = None, content_type: str = JSON
    ) -> Answer:
        shown = {**self._shown, **self.headers}
        headers = shown if body is None else {"Content-Type": content_type, **shown}
        sent = body.encode() if isinstance(body, str) else body
        path = f"{ROOT}{quote(path, safe='/:?&=%+,')}"
        got = await asyncio.to_thread(request, self.server, method, path, sent, headers)
        if not got.body:
            return Answer(got.status, None, got.headers)
        assert got.headers.get_content_type().endswith("json"), got
        return Answer(got.status, json.loads(got.body), got.headers)

    @property
    def _shown(self) -> dict[str, str]:
        """Return the headers that identify the user. A session is sent as from a page of the server."""
        if not self._session:
            return {"Authorization": self._authorization}
        cookies = f"sessionid={self._session}; csrftoken={_CSRF}"
        return {"Cookie": cookies, "X-CSRFToken": _CSRF, "Origin": self.server.http}


def _answer(response: Any, method: str, path: str) -> Answer:
    data = json.loads(response.content) if response.content else None
    check_answer(method, path, response.status_code, data)
    assert (response.status_code == 401) == ("WWW-Authenticate" in response.headers)
    return Answer(response.status_code, data, response.headers)
