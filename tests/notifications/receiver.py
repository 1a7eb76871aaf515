"""An endpoint that records its requests, and that can fail in every way."""

import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

from testkit.services import free_port

SECONDS = 60.0


class Got(NamedTuple):
    """A request that it has accepted."""

    method: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.body)
        return event

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = self.event["data"]
        return data


class Receiver:
    """`answer`: the present answer to requests. `got`: the requests that were answered with 200."""

    def __init__(self) -> None:
        self.port = free_port()
        self.got: list[Got] = []
        self.requests = 0
        self.answer: Callable[[socket.socket], None] | None = None
        self._server: ThreadingHTTPServer | None = None
        self._connections: list[socket.socket] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def start(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                outer.requests += 1
                outer._connections.append(self.connection)
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                if outer.answer:
                    self.close_connection = True
                    outer.answer(self.connection)
                    return
                query = parse_qs(urlsplit(self.path).query)
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.got.append(Got(self.command, query, headers, body))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Listening(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # the sender was killed

        self._server = Listening(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def drop(self) -> None:
        """Close the connections that were made so far."""
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def distinct(self) -> list[Got]:
        """Return the received events without repetitions, which must be equal."""
        first_by_id: dict[str, Got] = {}
        for got in self.got:
            assert first_by_id.setdefault(got.id, got).data == got.data
        return list(first_by_id.values())

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition is true."""
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < deadline, [got.body for got in self.got]
            time.sleep(0.02)


def say(text: bytes) -> Callable[[socket.socket], None]:
    """Answers with these bytes, whatever they are."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(text)

    return answer


def hang(seconds: float) -> Callable[[socket.socket], None]:
    """Answers nothing for this time."""

    def answer(connection: socket.socket) -> None:
        time.sleep(seconds)

    return answer


def status(code: int, *headers: str) -> Callable[[socket.socket], None]:
    lines = [f"HTTP/1.1 {code} Whatever", "Content-Length: 0", "Connection: close", *headers]
    return say("\r\n".join([*lines, "", ""]).encode())
