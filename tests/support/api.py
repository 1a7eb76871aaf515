"""Calls of the API from within the test's process."""

import json
from typing import Any, NamedTuple

from django.test import Client

from tests.support.tokens import token

ROOT = "/api/v1/"


class Answer(NamedTuple):
    status: int
    said: Any
    headers: Any

    @property
    def name(self) -> str:
        """What went wrong, for programs."""
        assert self.said["error"]["code"] == self.status
        assert self.said["error"]["reason"]
        return str(self.said["error"]["name"])

    @property
    def failed(self) -> tuple[int, str]:
        return self.status, self.name


class Api:
    """What one person calls: in open mode by name, in token mode with a token."""

    def __init__(self, userid: str, *, has_token: bool = False, authorization: str | None = None) -> None:
        self.userid = userid
        shown = f"Bearer {token(userid)}" if has_token else f"Userid {userid}"
        self.headers = {"authorization": shown if authorization is None else authorization}
        if not self.headers["authorization"]:
            self.headers = {}

    def get(self, path: str, **query: Any) -> Answer:
        return _answer(Client().get(ROOT + path, query, headers=self.headers))

    def post(self, path: str, **values: Any) -> Answer:
        return self.send("POST", path, json.dumps(values))

    def patch(self, path: str, **values: Any) -> Answer:
        return self.send("PATCH", path, json.dumps(values))

    def put(self, path: str, **values: Any) -> Answer:
        return self.send("PUT", path, json.dumps(values))

    def delete(self, path: str) -> Answer:
        return self.send("DELETE", path, "")

    def send(
        self, method: str, path: str, body: str | bytes, content_type: str = "application/json"
    ) -> Answer:
        return _answer(Client().generic(method, ROOT + path, body, content_type, headers=self.headers))


def _answer(response: Any) -> Answer:
    said = json.loads(response.content) if response.content else None
    return Answer(response.status_code, said, response.headers)
