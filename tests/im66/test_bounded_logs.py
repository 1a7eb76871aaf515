"""Clients cannot fill the log: lines are bounded in length, and each kind of line in number."""

import asyncio
import json
import logging
from io import StringIO

import pytest
from pytest_django import Settings

from im66.operating.bounded_logs import (
    INFO_FACTOR,
    MAX_LINES,
    MAX_MESSAGE_CHARACTERS,
    MAX_TRACEBACK_CHARACTERS,
    PERIOD_SECONDS,
    Bounded,
)
from im66.operating.json_logs import JsonLines
from tests.conftest import MakeServer
from tests.support.settings import override


class Written:
    """A logger with the filter, and what it has written. The filter logs by name, so it has one."""

    def __init__(self, formatter: logging.Formatter | None = None) -> None:
        self.seconds = 0.0
        self._stream = StringIO()
        self._handler = logging.StreamHandler(self._stream)
        self._handler.addFilter(Bounded(lambda: self.seconds))
        self._handler.setFormatter(formatter)
        self.logger = logging.getLogger("im66.tests.bounded")
        self.logger.handlers, self.logger.propagate = [self._handler], False
        self.logger.setLevel(logging.INFO)

    def lines(self) -> list[str]:
        return self._stream.getvalue().splitlines()

    def refuse(self, number: int = 1, level: int = logging.WARNING) -> None:
        """All from the same place in the code."""
        for each in range(number):
            self.logger.log(level, f"Refused {each}: %s", "x")


def test_few_log_lines_are_written_unchanged() -> None:
    written = Written()
    written.refuse(3)
    assert written.lines() == ["Refused 0: x", "Refused 1: x", "Refused 2: x"]


def test_log_lines_above_the_limit_are_counted() -> None:
    written = Written()
    written.refuse(MAX_LINES + 5)
    *event, last = written.lines()
    assert len(event) == MAX_LINES
    assert last.startswith(f"More than {MAX_LINES} lines like this one in a minute")
    written.seconds = PERIOD_SECONDS
    written.refuse()
    assert written.lines()[-2:] == ["5 more lines like this one were left out: Refused 0: %s", "Refused 0: x"]


def test_log_limit_counts_levels_and_code_locations_separately() -> None:
    written = Written()
    written.refuse(MAX_LINES + 5)
    written.refuse(1, logging.ERROR)
    written.logger.warning("Something else")
    assert written.lines()[-2:] == ["Refused 0: x", "Something else"]


def test_unformattable_log_line_raises_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    written = Written()
    written.logger.warning("%d refused", "x")
    assert "TypeError" in capsys.readouterr().err
    written.refuse()
    assert written.lines() == ["Refused 0: x"]


def test_informational_log_lines_have_a_higher_limit() -> None:
    written = Written()
    written.refuse(2 * INFO_FACTOR * MAX_LINES, logging.INFO)
    assert len(written.lines()) == INFO_FACTOR * MAX_LINES + 1


def test_logged_refusals_setting_raises_the_line_limit(settings: Settings) -> None:
    override(settings, logged_refusals=MAX_LINES + 10)
    written = Written()
    written.refuse(MAX_LINES + 10)
    assert len(written.lines()) == MAX_LINES + 10


@pytest.mark.parametrize("formatter", [None, JsonLines()], ids=["plain", "json"])
def test_long_log_line_is_shortened(formatter: logging.Formatter | None) -> None:
    written = Written(formatter)
    written.logger.warning("Not Found: %s", "/" + "x" * 60_000)
    written.logger.warning("y" * 60_000)
    written.logger.warning("%r", [b"z" * 60_000])
    try:
        raise ValueError("e" * 60_000)
    except ValueError:
        written.logger.exception("Failed", extra={"request": "r" * 60_000, "other": "o" * 60_000})
    line = "\n".join(written.lines())
    assert len(line) < 6 * MAX_MESSAGE_CHARACTERS + 2 * MAX_TRACEBACK_CHARACTERS
    assert "Not Found: /xxx" in line
    assert "more)" in line
    if formatter:
        assert [json.loads(line)["level"] for line in written.lines()] == ["WARNING"] * 3 + ["ERROR"]
        assert "rrr" not in line


LONG = "x" * 7000
FLOOD = 300
HEADS = [
    f"GET /nowhere?{LONG} HTTP/1.1\r\nHost: localhost\r\n",
    f"GET /{LONG} HTTP/1.1\r\nHost: localhost\r\n",
    f"GET / HTTP/1.1\r\nHost: {LONG}\r\n",
    f"G{LONG} / HTTP/1.1\r\nHost: localhost\r\n",
    f"get / HTTP/1.1\r\nHost: {LONG[:200]}@localhost\r\n",
    f"{LONG}\r\n{LONG}\r\n",
    f"POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nReferer: {LONG}\r\nOrigin: {LONG}\r\n",
    f"GET /entry HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nOrigin: http://{LONG}\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
    f"GET /nosocket/{LONG} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
    f"GET /entry HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nSec-WebSocket-Key: {LONG}\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 99\r\n",
]


@pytest.mark.slow
@pytest.mark.parametrize("format_", ["plain", pytest.param("json", marks=pytest.mark.wide)])
async def test_flood_of_bad_requests_does_not_fill_the_log(make_server: MakeServer, format_: str) -> None:
    server = make_server(IM66_LOG_FORMAT=format_)
    before = server.log.stat().st_size
    for head in HEADS:
        for _ in range(FLOOD // 20):
            await asyncio.gather(*(_send(server.port, head) for _ in range(20)))
    log = server.log.read_bytes()[before:]
    # Without bounds, it would be as much as was sent: 20 MB.
    assert len(log) < 1_000_000
    assert b"Not Found" in log
    assert all(len(line) < 3 * MAX_MESSAGE_CHARACTERS for line in log.splitlines())


async def _send(port: int, head: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"{head}\r\n".encode())
        async with asyncio.timeout(5):
            await reader.read(100)
    except (OSError, TimeoutError):
        pass
    finally:
        writer.close()
