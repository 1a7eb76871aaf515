"""A machine on which the pages' commands for containers are run, by Podman."""

import re
import resource
import shutil
import threading
from pathlib import Path

from testkit.server import ROOT
from tests.deploy.blocks import blocks
from tests.deploy.engine import CHECKED_SECONDS, Engine

# For names of this kind, Caddy makes certificates of its own.
HOST = "chat.local"
HERE = "/opt/im66/deploy/container"
BACKUPS = "/var/backups/im66"
# Nobody is at a terminal.
WITHOUT_TERMINAL = r"compose (exec|run) (?!-T)"


def chapter(page: str, heading: str) -> list[str]:
    """The blocks of commands under a heading."""
    return [block.text for block in blocks(page) if block.heading == heading and block.language == "sh"]


class Machine:
    """One that has a release in a folder. It opens no ports to others."""

    def __init__(self, engine: Engine, folder: Path, *, size: str) -> None:
        self._engine = engine
        self._size = size
        self.folder = folder / "deploy/container"
        self._backups = folder / "backups"
        shutil.copytree(ROOT / "deploy/container", self.folder, ignore=shutil.ignore_patterns(".env"))
        compose = self.folder / "compose.yaml"
        text = compose.read_text()
        for before, after in self._changes():
            text, count = re.subn(before, after, text)
            assert count, before
        compose.write_text(text)
        self._ended = threading.Event()
        self._checks = threading.Thread(target=self._check_health)
        self._checks.start()

    def _changes(self) -> list[tuple[str, str]]:
        """Keep out of the way of a release that runs here, and within the limits of this user."""
        files = min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        # podman-compose waits for services of other profiles, too.
        elsewhere = (
            [] if self._size == "full" else [(r"\n    depends_on:(\n +\w+: \{.*required: false\})+", "")]
        )
        return [
            *elsewhere,
            (r"10\.66\.0\.0", "10.166.66.0"),
            (r"ports: \[.*\]", "ports: []"),
            ("nofile: 65536", f"nofile: {files}"),
            (f"source: {BACKUPS}", f"source: {self._backups}"),
        ]

    def run(self, documented: str) -> str:
        """What commands of a page print. The test fails if one of them does."""
        commands = documented.replace("chat.example.org", HOST).replace(HERE, str(self.folder))
        commands = commands.replace(f"-m 0700 {BACKUPS}", f"-m 0700 {self._backups}")
        commands = re.sub(WITHOUT_TERMINAL, r"compose \1 -T ", commands)
        return self._engine.run("bash", "-c", f"set -eu\n{commands}", cwd=self.folder).strip()

    def address_of(self, service: str) -> str:
        """In the network of the containers."""
        form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        return self._engine.podman("inspect", "--format", form, f"im66_{service}_1").strip()

    def fetch(self, path: str, *options: str) -> str:
        """What the host answers by TLS."""
        resolve = f"{HOST}:443:{self.address_of('caddy')}"
        command = ["curl", "-sk", "--resolve", resolve, *options, f"https://{HOST}{path}"]
        return self._engine.run(*command)

    def status(self, path: str) -> int:
        return int(self.fetch(path, "-o", "/dev/null", "-w", "%{http_code}"))

    def newest_backup(self) -> str:
        return max(path.name for path in self._backups.glob("*.tar"))

    def _check_health(self) -> None:
        while not self._ended.wait(CHECKED_SECONDS):
            self._engine.check_health()

    def stop(self) -> None:
        self._ended.set()
        self._checks.join()
        self._engine.remove_containers()
        for kind in ("network", "volume"):
            self._engine.attempt("podman", kind, "prune", "--force")
