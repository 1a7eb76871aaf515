"""The wheel: what is in it, and the command that it installs."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.server import ROOT
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
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel and what it needs, among packages that have names of ours."""
    folder = tmp_path_factory.mktemp("installed")
    base = getattr(sys, "_base_executable", sys.executable)
    subprocess.run([base, "-m", "venv", "--without-pip", str(folder)], check=True)
    install = [sys.executable, "-m", "uv", "pip", "install", "--python", str(folder / "bin/python")]
    done = subprocess.run([*install, str(wheel)], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        unavailable(f"The packages could not be installed: {done.stderr}")
    (program,) = folder.glob("lib/*/site-packages/im66_server")
    for name in NAMES:
        (program.parent / name).mkdir()
        (program.parent / name / "__init__.py").write_text("raise AssertionError")
    return folder


def test_everything_is_in_one_folder(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"im66_server", "im66"}
    inside = {name.removeprefix("im66_server/") for name in names}
    needed = ["static/im66/vendor/licences/preact.txt", "templates/web/chat.html", "manage.py"]
    needed += ["locale/zh_Hans/LC_MESSAGES/django.mo", "im66/demo/files/film.mp4"]
    assert [name for name in needed if name not in inside] == []
    assert [name for name in names if "requirements" in name or "/tests/" in name or ".lock" in name] == []


async def test_the_demo_is_served_with_its_data_in_the_users_folder(installed: Path, tmp_path: Path) -> None:
    demo = Demo(tmp_path, str(installed / "bin/im66"), "demo", "--port", "{port}")
    try:
        said = demo.run()
        assert "goes without" not in said
        assert (tmp_path / ".local/share/im66/im66.sqlite3").exists()
        await demo.talk()
        assert "六六聊天群" in demo.open_admin(password_in(said))
    finally:
        assert demo.stop() == 0
    assert "Traceback" not in demo.log.read_text()
