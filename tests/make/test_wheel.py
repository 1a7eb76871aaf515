"""The wheel: what is in it, and the command that it installs."""

import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.server import ROOT
from tests.deploy.blocks import Kind, blocks, kind_of
from tests.make.demos import Demo, password_in

pytestmark = pytest.mark.slow

# Another package may have any of them.
NAMES = ("accounts", "chat", "groups", "im66", "log", "server", "uploads", "web")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def page() -> list[str]:
    """The commands of the page: make an environment, install, serve the demo."""
    (block,) = [block for block in blocks("install.md") if kind_of(block) is Kind.PACKAGE]
    return block.text.splitlines()


@pytest.fixture(scope="module")
def installed(wheel: Path, page: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the page was followed, with this wheel, among packages that have names of ours."""
    folder = tmp_path_factory.mktemp("installed")
    base = getattr(sys, "_base_executable", sys.executable)
    make, install, _ = page
    subprocess.run([base, *shlex.split(make)[1:], "--without-pip"], cwd=folder, check=True)
    assert install == "im66/bin/pip install im66"
    pip = [sys.executable, "-m", "uv", "pip", "install", "--python", "im66/bin/python", str(wheel)]
    done = subprocess.run(pip, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        unavailable(f"The packages could not be installed: {done.stderr}")
    (program,) = folder.glob("im66/lib/*/site-packages/im66_server")
    for name in NAMES:
        (program.parent / name).mkdir()
        (program.parent / name / "__init__.py").write_text("raise AssertionError")
    return folder


def test_wheel_has_its_files_in_one_folder(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"im66_server", "im66"}
    inside = {name.removeprefix("im66_server/") for name in names}
    needed = ["static/im66/vendor/licences/preact.txt", "templates/web/chat.html", "manage.py"]
    needed += ["locale/zh_Hans/LC_MESSAGES/django.mo", "im66/demo/files/film.mp4"]
    assert [name for name in needed if name not in inside] == []
    assert [name for name in names if "requirements" in name or "/tests/" in name or ".lock" in name] == []


async def test_demo_from_wheel_stores_data_in_the_users_folder(installed: Path, page: list[str]) -> None:
    demo = Demo(installed, *shlex.split(page[-1]), "--port", "{port}")
    try:
        output = demo.run()
        assert "goes without" not in output
        assert (installed / ".local/share/im66/im66.sqlite3").exists()
        await demo.talk()
        assert "六六聊天群" in demo.open_admin(password_in(output))
    finally:
        assert demo.stop() == 0
    assert "Traceback" not in demo.log.read_text()
