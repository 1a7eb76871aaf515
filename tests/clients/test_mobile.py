"""The example client for Android, with the compiler of its language."""

import shutil
import subprocess
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.server import ROOT
from tests.conftest import MakeServer
from tests.support.example_client import talks_and_comes_back

pytestmark = [pytest.mark.slow, pytest.mark.wide]

EXAMPLES = ROOT / "docs" / "examples"
# Where Debian's libokhttp-java and libandroid-json-org-java put them.
JARS = [Path("/usr/share/java") / name for name in ("okhttp.jar", "okio.jar", "json-android.jar")]


async def test_the_kotlin_client_talks_and_comes_back(make_server: MakeServer, tmp_path: Path) -> None:
    if not all(path.exists() for path in JARS):
        unavailable("needs OkHttp (libokhttp-java, libandroid-json-org-java)")
    path = ":".join(map(str, JARS))
    made = tmp_path / "client.jar"
    _compile("kotlinc", EXAMPLES / "client.kt", "-nowarn", "-cp", path, "-include-runtime", "-d", made)

    await talks_and_comes_back(make_server(), "java", "-cp", f"{made}:{path}", "ClientKt")


def _compile(compiler: str, source: Path, *options: object) -> None:
    if not (program := shutil.which(compiler)):
        unavailable(f"needs {compiler}")
    done = subprocess.run(
        [program, str(source), *map(str, options)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
