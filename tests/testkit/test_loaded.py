"""A process forked with im66 loaded equals one that loads it itself."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from testkit.server import Server

pytestmark = pytest.mark.slow

SETTINGS: dict[str, str] = {
    "IM66_PUBLIC_URL": "https://chat.example.org",
    "IM66_LOGIN_FAILURES": "7",
    "IM66_LOG_FORMAT": "json",
    "IM66_MAX_GROUP_MEMBERS": "31",
}
POSTGRES = "postgres://im66@127.0.0.1:1/im66"
# Of all settings, those of libraries too; what static files are served with; and whether anything was left of
# a database.
SAY = """
import json, os
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, connections
from im66.static_files import StaticFiles
async def nobody(request):
    pass
def described(value):
    # A function's own address differs between two processes.
    return f"{value.__module__}.{value.__qualname__}" if callable(value) else repr(value)
about = {
    "connection": repr(connection.settings_dict),
    "backend": type(connections["default"]).__module__,
    "media": default_storage.path("picture"),
    "static": {url: file.get_response("HEAD", {}).headers for url, file in StaticFiles(nobody).files.items()},
    "open": [one.connection is not None for one in connections.all(initialized_only=True)],
    **{name: described(getattr(settings, name)) for name in dir(settings) if name.isupper()},
}
# The path of the test database has the number of the process. A file's length may have the same digits.
print(json.dumps(about).replace(f"test-{os.getpid()}.", "test."))
"""


def settings_of(server: Server) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(server.run_python(SAY).splitlines()[-1])
    return data


@pytest.mark.parametrize("settings", [{}, SETTINGS, {**SETTINGS, "DATABASE_URL": POSTGRES}])
def test_forked_process_has_the_settings_of_its_environment(tmp_path: Path, settings: dict[str, str]) -> None:
    elsewhere = {**settings, "IM66_MEDIA_ROOT": str(tmp_path / "elsewhere")}
    loaded, anew = Server(tmp_path, **elsewhere), Server(tmp_path, **elsewhere)
    anew.may_fork = False
    assert settings_of(loaded) == settings_of(anew)


def test_each_forked_process_has_its_own_settings(tmp_path: Path) -> None:
    first, second = Server(tmp_path / "1", IM66_LOGIN_FAILURES="7"), Server(tmp_path / "2")
    assert settings_of(first)["AXES_FAILURE_LIMIT"] == "7"
    assert settings_of(second)["AXES_FAILURE_LIMIT"] != "7"
    assert str(tmp_path / "2") in settings_of(second)["connection"]
    assert str(tmp_path / "2") in settings_of(second)["media"]


def test_forked_process_raises_on_wrong_settings(tmp_path: Path) -> None:
    server = Server(tmp_path, IM66_LOGIN_FAILURES="many")
    with pytest.raises(AssertionError, match="IM66_LOGIN_FAILURES"):
        server.start()
    assert server.exit_code == 2
    assert "Traceback" not in server.log.read_text()


def test_forked_command_fails_like_a_started_one(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        Server(tmp_path).manage("issuetoken")
