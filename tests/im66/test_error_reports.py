"""Errors of the log reach Sentry, without anything that people write or are called."""

import gzip
import json
import logging
import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from im66.operating import error_reports
from testkit.prepared import NAME
from testkit.server import Server
from tests.conftest import MakeServer
from tests.support.waiting import until

SECRET = "alice@example.org wrote from 192.0.2.7"


class Sentry:
    """Takes reports on loopback. `bodies`: what has arrived."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                is_zipped = self.headers.get("Content-Encoding") == "gzip"
                bodies.append((gzip.decompress(body) if is_zipped else body).decode())
                self.send_response_only(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.dsn = f"http://key@127.0.0.1:{self.http.server_port}/1"

    def events(self) -> list[Any]:
        """The last line of each envelope is the event."""
        return [json.loads(body.strip().splitlines()[-1]) for body in self.bodies]


@pytest.fixture
def sentry() -> Iterator[Sentry]:
    fake = Sentry()
    threading.Thread(target=fake.http.serve_forever, args=(0.05,), daemon=True).start()
    yield fake
    fake.http.shutdown()
    fake.http.server_close()


def test_error_report_has_code_location_and_no_arguments(sentry: Sentry) -> None:
    reports = error_reports.Reports(sentry.dsn, ("ours",))
    loggers = [logging.Logger("ours.chat"), logging.Logger("asyncio")]
    for logger in loggers:
        logger.addHandler(reports)
    token = SECRET
    try:
        raise ValueError(token) from KeyError(SECRET)
    except ValueError:
        loggers[0].exception("The text of %s failed.", SECRET)
    loggers[1].error(SECRET)
    loggers[1].warning("no error")
    reports.end()
    ours, others = sentry.events()
    assert ours["logentry"] == {"message": "The text of %s failed."}
    assert [value["type"] for value in ours["exception"]["values"]] == ["KeyError", "ValueError"]
    (frame,) = ours["exception"]["values"][1]["stacktrace"]["frames"]
    assert frame["function"] == "test_error_report_has_code_location_and_no_arguments"
    assert others["logger"] == "asyncio"
    assert others["tags"]["line"].startswith("test_error_reports:")
    assert not [word for word in ("alice", "wrote", "192.0.2.7") if word in "".join(sentry.bodies)]


def test_error_reports_of_one_code_location_are_limited(sentry: Sentry) -> None:
    reports = error_reports.Reports(sentry.dsn, ())
    logger = logging.Logger("ours")
    logger.addHandler(reports)
    for _ in range(3 * error_reports.RATE.burst):
        logger.error("again")
    reports.end()
    assert len(sentry.bodies) == error_reports.RATE.burst


@pytest.mark.usefixtures("started_anew")
def test_sentry_client_is_not_imported_without_dsn(tmp_path: Path) -> None:
    code = "import sys, im66.asgi, im66.serving; im66.serving.settle(); print('sentry_sdk' in sys.modules)"
    assert Server(tmp_path).run_python(code).splitlines()[-1] == "False"


@pytest.mark.slow
def test_failed_request_of_a_server_is_reported(sentry: Sentry, make_server: MakeServer) -> None:
    server = make_server(IM66_SENTRY_DSN=sentry.dsn)
    with sqlite3.connect(server.data_dir / NAME) as database:
        database.execute("DROP TABLE accounts_invitation")
    with pytest.raises(HTTPError):
        urlopen(f"{server.http}/signup/{'x' * 30}?access_token={SECRET.split()[0]}", timeout=30)
    until(lambda: bool(sentry.bodies))
    (event,) = sentry.events()
    assert event["logger"] == "django.request"
    assert event["exception"]["values"][-1]["type"] == "OperationalError"
    assert "alice" not in sentry.bodies[0]
