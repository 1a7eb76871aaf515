"""deploy/container by a real engine: the commands of docs/containers.md and docs/backup.md, as written, from
a release to a place that was restored."""

import os
import resource
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from testkit.server import ROOT
from tests.deploy.blocks import blocks
from tests.deploy.throwaway import pack

FOLDER = ROOT / "deploy/container"
CONTAINERS, BACKUP = ROOT / "docs/containers.md", ROOT / "docs/backup.md"
# A release may run on this machine.
NAME = f"im66-test-{os.getpid()}"
OURS = ["im66-1", "im66-2", "migrate", "daily"]
ANSWERED = (
    "docker compose exec -T --env DJANGO_SUPERUSER_PASSWORD=correct-horse im66-1 "
    "im66 createsuperuser --noinput --userid admin"
)
# With each sign that a URL, a shell or Compose could read as something else.
PASSWORD = r"""'a@b:c/d#e%20f $HOME ${g} "h\'&;'"""
ADMINS = "from accounts.models import User; print(User.objects.filter(is_superuser=True).count())"
FETCH = "curl --silent --insecure --output /dev/null --write-out '%{http_code}\\n' --connect-to ::127.0.0.1: "
# Until the file is there, one call after the other.
KEEP_FETCHING = f"until [ -e /tmp/enough ]; do {FETCH} https://chat.example.org/login/; sleep 0.2; done"


def chapter(page: Path, heading: str) -> list[str]:
    """The blocks of commands under a heading."""
    return [block.text for block in blocks(page.name) if block.heading == heading and block.language == "sh"]


IN_CHINESE = [
    (CONTAINERS, "Start", "启动", 4),
    (CONTAINERS, "Upgrade", "升级", 1),
    (BACKUP, "In containers", "用容器部署时", 2),
]


def test_the_chinese_pages_have_the_same_commands() -> None:
    for page, heading, chinese, count in IN_CHINESE:
        blocks = chapter(page, heading)
        assert len(blocks) == count
        assert chapter(page.with_name(page.stem + ".zh-hans.md"), chinese) == blocks


class Machine:
    """A machine with Docker: `run` gives what commands say, and fails the test if they fail."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "im66-1.0.0/deploy/container"
        self._backups = folder / "backups"
        pack(folder / "im66.tar.gz")
        with tarfile.open(folder / "im66.tar.gz") as archive:
            archive.extractall(folder, filter="tar")
        self._stand_aside()

    def run(self, documented: str) -> str:
        documented = documented.replace("docker compose exec im66-1 im66 createsuperuser", ANSWERED)
        documented = documented.replace("docker compose exec daily", "docker compose exec -T daily")
        documented = documented.replace("compose run --rm", "compose run -T --rm")
        documented = documented.replace("/opt/im66/deploy/container", str(self._folder))
        documented = documented.replace("10066 -m 0700 /var/backups/im66", f"10066 -m 0700 {self._backups}")
        documented = documented.replace("=im66-restored", f"={NAME}-restored")
        done = subprocess.run(
            ["bash", "-c", "set -eu\nexport HOST=chat.example.org\n" + documented],
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=900,
        )
        assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-2000:]
        return done.stdout.strip()

    def newest_backup(self) -> str:
        return max(path.name for path in self._backups.glob("*.tar"))

    def change_image(self) -> None:
        with (self._folder / "Containerfile").open("a") as file:
            file.write("LABEL version=next\n")

    def settle(self) -> None:
        """What a test must change in the settings."""
        env = self._folder / ".env"
        lines = [line for line in env.read_text().splitlines() if not line.startswith("POSTGRES_PASSWORD=")]
        lines += [f"POSTGRES_PASSWORD={PASSWORD}", "COMPOSE_FILE=compose.yaml:test.yaml"]
        env.write_text("\n".join(lines) + "\n")

    def _stand_aside(self) -> None:
        """Keep out of the way of a release that runs here, and within the limits of this user."""
        for name in ("compose.yaml", "upstream.conf"):
            path = self._folder / name
            text = path.read_text().replace("10.66.0.", "10.166.66.")
            text = text.replace("name: im66\n", f"name: {NAME}\n").replace(
                "image: im66\n", f"image: {NAME}\n"
            )
            path.write_text(text.replace("source: /var/backups/im66", f"source: {self._backups}"))
        allowed = min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        changes = "".join(f"  {name}: {{ulimits: {{nofile: {allowed}}}}}\n" for name in OURS)
        test = f"services:\n  nginx: {{ports: !reset []}}\n{changes}"
        (self._folder / "test.yaml").write_text(test)

    def remove(self) -> None:
        for name in (NAME, f"{NAME}-restored"):
            subprocess.run(
                ["docker", "compose", "--project-name", name, "down", "--volumes", "--timeout", "5"],
                cwd=self._folder,
                capture_output=True,
            )
        subprocess.run(["docker", "image", "rm", NAME], capture_output=True)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    if not shutil.which("docker"):
        pytest.skip("no docker on PATH")
    if subprocess.run(["docker", "compose", "ls"], capture_output=True).returncode:
        pytest.skip("docker does not run, or has no Compose")
    _require_images()
    machine = Machine(tmp_path)
    try:
        yield machine
    finally:
        machine.remove()


def _require_images() -> None:
    services = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"].values()
    base = (FOLDER / "Containerfile").read_text().partition("FROM ")[2].split()[0]
    for image in {base, *(service["image"] for service in services)} - {"im66"}:
        found = subprocess.run(["docker", "image", "inspect", image], capture_output=True).returncode == 0
        if not found and subprocess.run(["docker", "pull", image], capture_output=True).returncode:
            pytest.skip(f"{image} cannot be had here")


@pytest.mark.slow
def test_the_commands_lead_from_a_release_to_a_place_that_was_restored(machine: Machine) -> None:
    settings, nginx, start, _certbot = chapter(CONTAINERS, "Start")
    (upgrade,) = chapter(CONTAINERS, "Upgrade")
    back_up, restore = chapter(BACKUP, "In containers")
    admins = f'docker compose exec -T im66-2 im66 shell -v0 -c "{ADMINS}"'
    machine.run(settings)
    machine.settle()
    machine.run(nginx + start)
    assert machine.run(admins) == "1"
    assert (
        machine.run(f"docker compose exec -T nginx sh -c '{_quoted(FETCH)} https://chat.example.org/login/'")
        == "200"
    )
    _serves_media_and_nothing_else(machine)

    machine.change_image()
    counting = f"docker compose exec -T nginx sh -c '{_quoted(KEEP_FETCHING)}' > codes & fetching=$!\n"
    enough = "docker compose exec -T nginx touch /tmp/enough; wait $fetching; sort codes | uniq -c"
    before = machine.run("docker compose ps -q im66-1 im66-2")
    assert machine.run(counting + f"({upgrade}) > /dev/null\n" + enough).split()[1::2] == ["200"], "always"
    assert not set(before.split()) & set(machine.run("docker compose ps -q im66-1 im66-2").split())

    machine.run("docker compose stop im66-1 daily")
    ended = "docker inspect --format '{{.State.ExitCode}}' $(docker compose ps --all -q im66-1 daily)"
    assert machine.run(ended).split() == ["0", "0"]
    machine.run("docker compose up --detach --wait im66-1 daily")

    newest = machine.newest_backup()
    machine.run(back_up.replace("2030-01-31.tar", newest))
    machine.run("docker compose down\ndocker compose up --detach --wait im66-2")
    assert machine.run(admins) == "1", "the volumes have stayed"
    machine.run(restore.replace("2030-01-31.tar", newest) + "docker compose up --detach --wait im66-2")
    assert machine.run(admins) == "1"
    volumes = machine.run("docker volume ls --quiet").split()
    assert {f"{name}_{kept}" for name in (NAME, f"{NAME}-restored") for kept in ("data", "postgres")} <= set(
        volumes
    )


def _serves_media_and_nothing_else(machine: Machine) -> None:
    machine.run(
        "docker compose exec -T im66-1 sh -c 'cd /var/lib/im66 && mkdir -p media && echo seen >media/x'"
    )
    as_nginx = "docker compose exec -T --user nginx nginx "
    assert machine.run(as_nginx + "cat /var/lib/im66/media/x") == "seen"
    machine.run(f"if {as_nginx} touch /var/lib/im66/x; then exit 1; fi")
    machine.run("if docker compose exec -T im66-1 touch /opt/im66/manage.py; then exit 1; fi")


def _quoted(command: str) -> str:
    """Within single quotes."""
    return command.replace("'", "'\\''")
