"""Log lines as JSON, with the connection in which they were written."""

import asyncio
import json
import logging
import urllib.request
from io import StringIO
from typing import Any

import pytest

from im66.operating.json_logs import JsonLines, Numbered
from testkit.phone import Phone
from testkit.server import Server
from tests.conftest import MakeServer
from tests.support.tokens import IN_TOKEN_MODE


class Written:
    """A logger, and what it has written."""

    def __init__(self) -> None:
        self._stream = StringIO()
        handler = logging.StreamHandler(self._stream)
        handler.setFormatter(JsonLines())
        self.logger = logging.Logger("im66.tests")
        self.logger.addHandler(handler)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]


@pytest.fixture
def written() -> Written:
    return Written()


def test_json_log_line_is_an_object(written: Written) -> None:
    written.logger.warning('%d rows for 群, "quoted"\nand more', 3, extra={"log_id": 17})
    (line,) = written.lines()
    assert line.pop("time").endswith("+00:00")
    assert line.pop("process") > 0
    assert line == {
        "level": "WARNING",
        "logger": "im66.tests",
        "message": '3 rows for 群, "quoted"\nand more',
        "log_id": 17,
    }


def test_exception_is_a_field_of_its_json_log_line(written: Written) -> None:
    try:
        raise ValueError("no")
    except ValueError:
        written.logger.exception("It failed.")
    (line,) = written.lines()
    assert line["exception"].endswith("ValueError: no")


async def test_log_lines_have_the_number_of_their_connection(written: Written) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        written.logger.warning("here")
        await asyncio.create_task(_say(written, "in a task"))
        await asyncio.to_thread(written.logger.warning, "in a thread")

    for type_ in ("http", "websocket"):
        await asyncio.create_task(_call(Numbered(application), type_))
    numbers = [line["connection"] for line in written.lines()]
    assert numbers[0] > 0
    assert numbers == [numbers[0]] * 3 + [numbers[0] + 1] * 3


async def _say(written: Written, text: str) -> None:
    written.logger.warning(text)


async def _call(application: Numbered, type_: str) -> None:
    await application({"type": type_}, None, None)


def log_of(server: Server) -> list[dict[str, Any]]:
    """What is in the log, but for what is printed for whoever starts the server."""
    lines = server.log.read_text().splitlines()
    return [json.loads(line) for line in lines if not line.startswith("Serving on ")]


@pytest.mark.slow
async def test_every_server_log_line_is_json(make_server: MakeServer) -> None:
    server = make_server(IM66_LOG_FORMAT="json", **IN_TOKEN_MODE)
    async with Phone(server.entry) as alice:
        await alice.send("login_alice")
        assert (await alice.receive()).startswith("error_401")
        await alice.send("login_alice")
        assert (await alice.receive()).startswith("error_401")
    await asyncio.to_thread(urllib.request.urlopen, f"{server.http}/?access_token=secret")
    server.terminate()
    assert await asyncio.to_thread(lambda: server.exit_code) == 0
    text = log_of(server)
    refused = [line for line in text if line["message"].startswith("Refused: login by 'alice'")]
    assert len(refused) == 2
    assert refused[0]["connection"] == refused[1]["connection"] > 0
    assert refused[0]["logger"] == "accounts.refusals"
    assert "secret" not in server.log.read_text()
