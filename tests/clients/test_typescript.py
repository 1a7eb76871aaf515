"""clients/typescript: the package as npm packs it, installed in a folder of its own, against a server."""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.node import ROOT, NoNode, node, packages
from testkit.recordings import halves, photo
from tests.conftest import MakeServer

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
PACKAGE = ROOT / "clients" / "typescript"
SECONDS = 120.0


def run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that has installed the package."""
    try:
        npm = node().npm
        packages()
    except NoNode as why:
        unavailable(str(why))
    folder = tmp_path_factory.mktemp("project")
    (folder / "package.json").write_text('{"name": "project", "private": true, "type": "module"}')
    try:
        run([*npm, "pack", "--pack-destination", str(folder)], PACKAGE)
    finally:
        shutil.rmtree(PACKAGE / "dist", ignore_errors=True)
        (PACKAGE / "LICENSE").unlink(missing_ok=True)
    (packed,) = folder.glob("*.tgz")
    run([*npm, "install", "--offline", "--no-audit", "--no-fund", str(packed)], folder)
    for script in HERE.glob("*s"):
        if script.suffix in {".mjs", ".ts"}:
            shutil.copy(script, folder)
    return folder


@pytest.mark.core
def test_nothing_is_lost_or_repeated_while_the_server_is_killed(
    project: Path, make_server: MakeServer
) -> None:
    server = make_server()
    picture = base64.b64encode(photo(halves((40, 30)), "PNG")).decode()
    command = [node().program, "--experimental-websocket", "--no-warnings", "journey.mjs", server.http]
    environment = {**os.environ, "PICTURE": picture}
    with subprocess.Popen(
        command, cwd=project, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as journey:
        assert journey.stdin
        assert journey.stdout
        orders = {"kill": server.kill, "start": server.start}
        said = ""
        for line in journey.stdout:
            said = line.strip()
            if order := orders.get(said):
                order()
                print(file=journey.stdin, flush=True)
        journey.wait(SECONDS)
    told = json.loads(said)
    assert told["heard"] == [str(number) for number in range(12)]
    assert told["ids"] == sorted(set(told["ids"]))
    assert told["kinds"] == ["text"] * 12 + ["picture"]
    assert (told["unread"], told["pending"]) == (0, 0)


def test_its_types_are_those_of_the_dialect(project: Path) -> None:
    compiler = packages() / "typescript" / "bin" / "tsc"
    options = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom"]
    run([node().program, str(compiler), *options, "types.ts"], project)


def test_they_are_made_of_the_schema() -> None:
    try:
        packages()
    except NoNode as why:
        unavailable(str(why))
    run([node().program, "types.mjs", "--check"], PACKAGE)
