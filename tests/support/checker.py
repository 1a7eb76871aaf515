"""An external content checker: an HTTP server whose answer depends on words in the content."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SECONDS = 60.0


class StandIn:
    """A checker for tests. `asked` are the requests so far. While `is_slow`, it answers nothing."""

    def __init__(self) -> None:
        self.requested: list[dict[str, Any]] = []
        self.heads: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self._may_answer = threading.Event()
        self._may_answer.set()

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.heads.append({name.lower(): value for name, value in self.headers.items()})
                outer.bodies.append(body)
                outer.requested.append(json.loads(body))
                outer._may_answer.wait(SECONDS)
                answer = answer_to(outer.requested[-1]["data"]["content"])
                self.send_response(200 if answer else 500)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Listening(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # nobody waited for the answer

        self._server = Listening(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_slow = False
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/check"

    @property
    def is_slow(self) -> bool:
        return not self._may_answer.is_set()

    @is_slow.setter
    def is_slow(self, value: bool) -> None:
        if value:
            self._may_answer.clear()
        else:
            self._may_answer.set()

    def contents(self) -> list[str]:
        return [one["data"]["content"] for one in self.requested]


def answer_to(content: str) -> bytes:
    """Return the answer for the content, or empty for a failing request."""
    if "fail" in content:
        return b""
    if "refuse" in content:
        return json.dumps({"answer": "refuse", "reason": "not here"}).encode()
    if "hold" in content:
        return json.dumps({"answer": "hold"}).encode()
    if "change" in content:
        return json.dumps({"answer": "change", "content": content.replace("change", "✓")}).encode()
    return b'{"answer": "allow", "later": "versions may say more"}'
