"""Podman and Buildah, with images and containers of one test run alone."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.server import ROOT

STAND_IN = ROOT / "tests/deploy/podman"
PULLED = ("caddy:2", "redis:8", "postgres:17")
SECONDS = 90.0
BASE = "python3,python3-venv,ca-certificates"
# What Debian's images leave out, too.
LEFT_OUT = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale")]
CLEAN = '--customize-hook=rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*'
BUILD = "--isolation chroot --ulimit nofile=20000:20000 --ulimit nproc=20000:20000 --pull=never"
RECIPE = "--build-arg BASE=localhost/im66-base --volume /etc/ssl/certs:/etc/ssl/certs:ro"
STORAGE = '[storage]\ndriver = "{1}"\ngraphroot = "{0}/graph"\nrunroot = "{0}/run"\n'
# The second one is slow, and works everywhere.
DRIVERS = ("overlay", "vfs")
ENGINE = """
[engine]
cgroup_manager = "cgroupfs"
runtime = "runc"
[network]
network_config_dir = "{0}/networks"
"""
NEEDED = ("mmdebstrap", "buildah", "podman", "podman-compose", "runc", "catatonit")
# Started by systemd where there is one.
CHECKED_SECONDS = 1.0


class Engine:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        storage, settings = folder / "storage.conf", folder / "containers.conf"
        settings.write_text(ENGINE.format(folder))
        self.environment = {
            **os.environ,
            "PATH": f"{STAND_IN}:{ROOT}/.venv/bin:{os.environ['PATH']}:/usr/sbin",
            "CONTAINERS_STORAGE_CONF": str(storage),
            "CONTAINERS_CONF": str(settings),
            "PODMAN_IGNORE_CGROUPSV1_WARNING": "1",
        }
        for driver in DRIVERS:
            storage.write_text(STORAGE.format(folder, driver))
            if self.attempt("podman", "info").returncode == 0:
                break

    def attempt(
        self, *command: str, cwd: Path = ROOT, seconds: float = 600.0
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command, cwd=cwd, env=self.environment, capture_output=True, text=True, timeout=seconds
        )

    def run(self, *command: str, cwd: Path = ROOT) -> str:
        """What the command prints. The test fails if it does."""
        done = self.attempt(*command, cwd=cwd)
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
        return done.stdout + done.stderr

    def podman(self, *arguments: str) -> str:
        return self.run("podman", *arguments)

    def until(self, text: str, name: str) -> str:
        """The log of a container, once it has that text."""
        deadline = time.monotonic() + SECONDS
        while text not in (log := self.podman("logs", name)):
            assert time.monotonic() < deadline, log
            time.sleep(0.5)
        return log

    def check_health(self) -> None:
        """Run the health checks of all containers, as systemd's timers do elsewhere."""
        for name in self.attempt("podman", "ps", "--format", "{{.Names}}").stdout.split():
            self.attempt("podman", "healthcheck", "run", name)

    def build_image(self) -> None:
        """By `make image`, on a base of Debian's packages."""
        base = self.folder / "base.tar"
        include = [f"--include={BASE}", *LEFT_OUT, CLEAN]
        made = self.attempt("mmdebstrap", "--quiet", "--variant=minbase", *include, "trixie", str(base))
        if made.returncode:
            pytest.skip(f"no base can be made of Debian's packages: {made.stderr[-300:]}")
        self.podman("import", str(base), "im66-base")
        base.unlink()
        self.run("make", "--silent", "image", "ENGINE=buildah", f"ARGS={BUILD} {RECIPE}")

    def build_stand_in(self) -> None:
        """Of the images that compose.yaml pulls: one has the programs of all."""
        tags = [f"--tag={tag}" for tag in PULLED]
        self.run("buildah", "build", *BUILD.split(), "--layers", *tags, str(STAND_IN))

    def remove_containers(self) -> None:
        self.attempt("podman", "rm", "--all", "--force", "--time", "5")

    def remove(self) -> None:
        self.remove_containers()
        self.attempt("podman", "system", "reset", "--force")


@contextmanager
def engine_in(folder: Path) -> Iterator[Engine]:
    """An engine that has the image. Ends the test as `unavailable` if the machine lacks a program."""
    engine = Engine(folder)
    if missing := [name for name in NEEDED if not shutil.which(name, path=engine.environment["PATH"])]:
        unavailable(f"no {', '.join(missing)} on PATH")
    try:
        engine.build_image()
        yield engine
    finally:
        engine.remove()
