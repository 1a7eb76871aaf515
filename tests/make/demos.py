"""A demo as a newcomer starts it, and what a newcomer does first."""

import os
import re
import signal
import subprocess
import time
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

from testkit.phone import Phone, unpacked
from testkit.services import free_port

SECONDS = 300.0


class Demo:
    """A command that serves the demo on `port`, which stands for `{port}` in it."""

    def __init__(self, folder: Path, *command: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.log = folder / "run.log"
        self._command = [part.format(port=self.port) for part in command]
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> str:
        """Return once it serves; what it said."""
        # Nothing of this test's own environment: a newcomer has none of it.
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + SECONDS
        while "Serving on" not in (text := self.log.read_text()):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"The demo did not come up:\n{text}")
            time.sleep(0.1)
        return text

    def stop(self) -> int:
        """End it as Ctrl-C does: every process of the terminal gets the signal."""
        assert self._process
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
        return self._process.wait(60)

    @property
    def entry(self) -> str:
        return f"ws://127.0.0.1:{self.port}/entry"

    async def talk(self) -> None:
        """Two people log in; one reads the history, the other writes."""
        async with Phone(self.entry, "bob") as bob, Phone(self.entry, "alice") as alice:
            await bob.send("records_1_0")
            history = unpacked(await _reply(bob, "records_"))
            assert "大家好" in [message["content"] for message in history["messages"]]
            await alice.group_text("1", "hello from a newcomer")
            await bob.contents_until("hello from a newcomer")

    def open_admin(self, password: str) -> str:
        """Log in as the admin; the list of groups."""
        base = f"http://127.0.0.1:{self.port}/admin"
        opener = build_opener(HTTPCookieProcessor(CookieJar()))
        with opener.open(f"{base}/login/") as page:
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
        assert token
        form = {
            "csrfmiddlewaretoken": token[1],
            "username": "admin",
            "password": password,
            "next": "/admin/",
        }
        opener.open(f"{base}/login/", urlencode(form).encode()).close()
        with opener.open(f"{base}/log/group/") as page:
            return str(page.read().decode())


def password_in(output: str) -> str:
    match = re.search(r"userid admin, password (\S+)", output)
    assert match, output
    return match[1]


async def _reply(phone: Phone, verb: str) -> str:
    """Its backlog, the demo's history, comes first."""
    while not (frame := await phone.receive()).startswith(verb):
        pass
    return frame
