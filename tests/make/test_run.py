"""`make run`, as a newcomer types it: in a fresh copy, with no virtual environment."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from testkit.availability import unavailable
from testkit.phone import Phone, unpacked
from testkit.services import free_port
from tests.make.copying import copy_of_this_project

pytestmark = pytest.mark.slow

SECONDS = 300.0


class Demo:
    """A fresh copy of the project and its `make run`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.log = folder / "run.log"
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> str:
        """Return once it serves; what it said."""
        # Nothing of this test's own environment: a newcomer has none of it.
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        python = getattr(sys, "_base_executable", sys.executable)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                ["make", "run", f"PORT={self.port}", f"PYTHON={python}"],
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + SECONDS
        while "Serving on" not in (said := self.log.read_text()):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                if not (self.folder / ".venv/installed").exists():
                    unavailable(f"The packages could not be installed:\n{said}")
                raise AssertionError(f"make run did not come up:\n{said}")
            time.sleep(0.1)
        return said

    def stop(self) -> int:
        """End it as Ctrl-C does: every process of the terminal gets the signal."""
        assert self._process
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
        return self._process.wait(60)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    if shutil.which("make") is None:
        unavailable("no make on PATH")
    fresh = Demo(tmp_path_factory.mktemp("fresh"))
    copy_of_this_project(fresh.folder)
    return fresh


async def test_a_first_run_serves_the_demo_and_says_where(demo: Demo) -> None:
    said = demo.run()
    try:
        assert f"http://127.0.0.1:{demo.port}/" in said
        assert f"ws://127.0.0.1:{demo.port}/entry" in said
        assert "the server believes every userid" in said
        await _talk(demo)
        assert "六六聊天群" in _open_admin(demo, _password(said))
    finally:
        demo.stop()


async def test_a_second_time_nothing_is_installed_or_made_anew(demo: Demo) -> None:
    first, said = demo.run(), ""
    async with Phone(f"ws://127.0.0.1:{demo.port}/entry", "charlie") as charlie:
        await charlie.contents_until("Alice, can you bring your camera?")
    demo.stop()
    installed = (demo.folder / ".venv/installed").stat().st_mtime
    try:
        said = demo.run()
        assert (demo.folder / ".venv/installed").stat().st_mtime == installed
        assert "pip" not in said
        assert _password(said) == _password(first)
        async with Phone(f"ws://127.0.0.1:{demo.port}/entry", "charlie") as charlie:
            assert await charlie.hears_nothing()
    finally:
        demo.stop()
    assert "Traceback" not in demo.log.read_text()


async def _talk(demo: Demo) -> None:
    entry = f"ws://127.0.0.1:{demo.port}/entry"
    async with Phone(entry, "bob") as bob, Phone(entry, "alice") as alice:
        await bob.send("records_1_0")
        history = unpacked(await _reply(bob, "records_"))
        assert "大家好" in [message["content"] for message in history["messages"]]
        await alice.group_text("1", "hello from a newcomer")
        await bob.contents_until("hello from a newcomer")


async def _reply(phone: Phone, verb: str) -> str:
    """Its backlog, the demo's history, comes first."""
    while not (frame := await phone.receive()).startswith(verb):
        pass
    return frame


def _password(said: str) -> str:
    match = re.search(r"userid admin, password (\S+)", said)
    assert match, said
    return match[1]


def _open_admin(demo: Demo, password: str) -> str:
    """Log in as the admin; the list of groups."""
    base = f"http://127.0.0.1:{demo.port}/admin"
    opener = build_opener(HTTPCookieProcessor(CookieJar()))
    with opener.open(f"{base}/login/") as page:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
    assert token
    form = {"csrfmiddlewaretoken": token[1], "username": "admin", "password": password, "next": "/admin/"}
    opener.open(f"{base}/login/", urlencode(form).encode()).close()
    with opener.open(f"{base}/log/group/") as page:
        return str(page.read().decode())
