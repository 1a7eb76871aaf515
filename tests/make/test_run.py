"""`make run`, as a newcomer types it: in a fresh copy, with no virtual environment."""

import shutil
import sys

import pytest

from testkit.availability import unavailable
from testkit.phone import Phone
from tests.make.copying import copy_of_this_project
from tests.make.demos import Demo, password_in

pytestmark = pytest.mark.slow


class Copy(Demo):
    """A fresh copy of the project and its `make run`."""

    def run(self) -> str:
        try:
            return super().run()
        except AssertionError as failed:
            if not (self.folder / ".venv/installed").exists():
                unavailable(f"The packages could not be installed: {failed}")
            raise


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    if shutil.which("make") is None:
        unavailable("no make on PATH")
    python = getattr(sys, "_base_executable", sys.executable)
    fresh = Copy(tmp_path_factory.mktemp("fresh"), "make", "run", "PORT={port}", f"PYTHON={python}")
    copy_of_this_project(fresh.folder)
    return fresh


async def test_first_make_run_serves_the_demo_and_prints_its_address(demo: Demo) -> None:
    output = demo.run()
    try:
        assert f"http://127.0.0.1:{demo.port}/" in output
        assert f"ws://127.0.0.1:{demo.port}/entry" in output
        assert "the server believes every userid" in output
        await demo.talk()
        assert "六六聊天群" in demo.open_admin(password_in(output))
    finally:
        demo.stop()


async def test_second_make_run_installs_nothing(demo: Demo) -> None:
    first, text = demo.run(), ""
    async with Phone(demo.entry, "charlie") as charlie:
        await charlie.contents_until("Alice, can you bring your camera?")
    demo.stop()
    installed = (demo.folder / ".venv/installed").stat().st_mtime
    try:
        text = demo.run()
        assert (demo.folder / ".venv/installed").stat().st_mtime == installed
        assert "pip" not in text
        assert password_in(text) == password_in(first)
        async with Phone(demo.entry, "charlie") as charlie:
            assert await charlie.receives_nothing()
    finally:
        demo.stop()
    assert "Traceback" not in demo.log.read_text()
