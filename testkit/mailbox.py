"""An SMTP server for tests: it stores mail, refuses it, or hangs."""

import email
import email.policy
import socketserver
import threading
import time
from collections.abc import Callable
from email.message import EmailMessage
from typing import Self, cast

SECONDS = 60.0


class Mailbox:
    """An SMTP server that runs inside the block.

    `mails` are the accepted mails, with their recipients in `recipients`. If `refuses`, it answers every
    recipient with a temporary error. If `hangs`, it sends no greeting until `release`. `connections` counts
    the connections.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.refuses = self.hangs = False
        self.connections = 0
        self._released = threading.Event()
        outer = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                outer.connections += 1
                if outer.hangs:
                    outer._released.wait(SECONDS)
                    return
                _converse(outer, cast(Callable[[], bytes], self.rfile.readline), self.wfile.write)

        class Listening(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Listening(("127.0.0.1", 0), Session)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._server.server_address[1]}"

    def release(self) -> None:
        """Close the hanging connections, and accept mail again."""
        self.hangs = False
        self._released.set()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition is true. Raises AssertionError after a minute."""
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < deadline, [str(mail) for mail in self.mails]
            time.sleep(0.02)


def _converse(box: Mailbox, read: Callable[[], bytes], write: Callable[[bytes], object]) -> None:
    """Speak the part of RFC 5321 that clients need."""

    def reply(answer: str) -> None:
        write(f"{answer}\r\n".encode())

    recipient = ""
    try:
        reply("220 mail.example")
        while line := read():
            verb = line[:4].upper()
            if verb == b"QUIT":
                reply("221 bye")
                return
            if verb == b"RCPT":
                recipient = line.decode().partition("<")[2].partition(">")[0]
                reply("450 later" if box.refuses else "250 ok")
            elif verb == b"DATA":
                reply("354 go on")
                _store(box, recipient, read)
                reply("250 taken")
            else:
                reply("250 ok")
    except (TimeoutError, OSError):
        pass  # the client has disconnected


def _store(box: Mailbox, recipient: str, read: Callable[[], bytes]) -> None:
    lines = []
    while (line := read()) not in (b".\r\n", b""):
        lines.append(line.removeprefix(b"."))
    mail = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
    box.recipients.append(recipient)
    box.mails.append(mail)
