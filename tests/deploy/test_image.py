"""The image, built by Buildah on a base of Debian's packages, and run by Podman."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.server import ROOT
from testkit.services import free_port
from tests.deploy.blocks import blocks

pytestmark = [pytest.mark.slow, pytest.mark.wide]

MEGABYTES = 400
SECONDS = 90.0
BASE = "python3,python3-venv,ca-certificates"
# What Debian's images leave out, too.
LEFT_OUT = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale")]
CLEAN = '--customize-hook=rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*'
BUILD = (
    "--isolation chroot --ulimit nofile=20000:20000 --ulimit nproc=20000:20000 --pull=never "
    "--build-arg BASE=localhost/im66-base --volume /etc/ssl/certs:/etc/ssl/certs:ro"
)
PODMAN = ["podman", "--cgroup-manager", "cgroupfs", "--runtime", "runc"]
STORAGE = '[storage]\ndriver = "vfs"\ngraphroot = "{0}/graph"\nrunroot = "{0}/run"\n'


class Engine:
    """Images and containers of this test alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        storage = folder / "storage.conf"
        storage.write_text(STORAGE.format(folder))
        self._environment = {
            **os.environ,
            "CONTAINERS_STORAGE_CONF": str(storage),
            "PODMAN_IGNORE_CGROUPSV1_WARNING": "1",
        }

    def run(self, *command: str, seconds: float = 600.0) -> str:
        done = subprocess.run(
            command, cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=seconds
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
        return done.stdout + done.stderr

    def podman(self, *arguments: str) -> str:
        return self.run(*PODMAN, *arguments)

    def until(self, what: str, name: str) -> str:
        """The log of a container, once it has that."""
        deadline = time.monotonic() + SECONDS
        while what not in (log := self.podman("logs", name)):
            assert time.monotonic() < deadline, log
            time.sleep(0.5)
        return log


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    needed = ("mmdebstrap", "buildah", "podman", "runc")
    if missing := [name for name in needed if not shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")]:
        unavailable(f"no {', '.join(missing)} on PATH")
    engine = Engine(tmp_path_factory.mktemp("image"))
    base = engine.folder / "base.tar"
    made = subprocess.run(
        ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={BASE}", *LEFT_OUT, CLEAN, "trixie", base],
        capture_output=True,
        text=True,
    )
    if made.returncode:
        pytest.skip(f"no base can be made of Debian's packages: {made.stderr[-300:]}")
    try:
        engine.podman("import", str(base), "im66-base")
        engine.run("make", "--silent", "image", "ENGINE=buildah", f"ARGS={BUILD}")
        yield engine
    finally:
        for command in (["rm", "--all", "--force", "--time", "5"], ["system", "reset", "--force"]):
            subprocess.run([*PODMAN, *command], env=engine._environment, capture_output=True)


def documented(number: int, port: int, name: str) -> list[str]:
    """The command of the page, for Podman on another port."""
    (block,) = (block for block in blocks("containers.md") if block.heading == "Try it")
    command = block.text.splitlines()[number].replace("docker run", "run").replace("--rm ", "")
    command = re.sub(r"--name \S+ ", "", command)
    command = re.sub(r"--publish \S+", f"--publish 127.0.0.1:{port}:6060", command)
    first, *rest = command.split()
    engine = ["--detach", "--name", name, "--read-only", "--pull", "never", "--ulimit", "host"]
    return [first, *engine, *(word.replace("im66:/var", f"{name}:/var") for word in rest)]


def fetch(port: int, path: str) -> int:
    command = ["curl", "-sLo", "/dev/null", "-w", "%{http_code}", "-c", "/dev/null"]
    done = subprocess.run([*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True)
    return int(done.stdout)


def test_image_leads_to_a_page_that_makes_the_administrator(engine: Engine) -> None:
    port = free_port()
    engine.podman(*documented(0, port, "first"))
    log = engine.until("Serving on", "first")
    link = re.search(r"(/signup/[\w-]+)", log)
    assert link
    assert fetch(port, link[1]) == 200
    assert fetch(port, "/login/") == 200
    inside = "id -u; stat -c '%a %n' /var/lib/im66/*-key /var/lib/im66/*-secret; pg_dump --version"
    printed = engine.podman("exec", "first", "sh", "-c", f"{inside}; deploy/container/probe /readyz")
    assert printed.split()[:3] == ["10066", "600", "/var/lib/im66/secret-key"]
    assert "600 /var/lib/im66/token-secret" in printed
    assert "pg_dump (PostgreSQL) 17." in printed
    engine.podman("exec", "first", "im66", "issuetoken", "alice")
    engine.podman("stop", "--time", "30", "first")
    assert json.loads(engine.podman("inspect", "first"))[0]["State"]["ExitCode"] == 0


def test_image_serves_the_demo(engine: Engine) -> None:
    port = free_port()
    engine.podman(*documented(1, port, "demo"))
    assert "Open mode" in engine.until("Serving on", "demo")
    assert fetch(port, "/login/") == 200


def test_image_is_small_and_lists_its_contents(engine: Engine) -> None:
    about = json.loads(engine.podman("image", "inspect", "im66"))[0]
    assert about["Size"] < MEGABYTES * 1_000_000
    assert about["Labels"]["org.opencontainers.image.revision"]
    contents = ["run", "--rm", "--pull", "never", "--ulimit", "host", "--entrypoint", "cat"]
    listed = json.loads(engine.podman(*contents, "im66", "/usr/local/share/im66.cdx.json"))
    names = {component["name"] for component in listed["components"]}
    assert {"django", "libpq5", "libc6"} <= names
