"""The image, built by `make image` and run by Podman: alone, and by the commands of docs/containers.md."""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page

from testkit.chromium import chromium
from testkit.server import ROOT
from testkit.services import free_port
from tests.deploy.blocks import blocks
from tests.deploy.composing import HOST, Machine, chapter
from tests.deploy.engine import Engine, engine_in

pytestmark = [pytest.mark.slow, pytest.mark.wide]

MEGABYTES = 400
COMMANDS = 5
DATA = "/var/lib/im66"
PASSWORD = "correct-horse-7"
PICTURE = ROOT / "im66/demo/files/lake.jpg"
# It does not depend on the network, and this machine may not have more files.
RUN = ["run", "--read-only", "--pull", "never", "--ulimit", "host"]
# With each sign that a URL, a shell or Compose could read as something else.
AWKWARD = r"""'a@b:c/d#e%20f $HOME ${g} "h&;'"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with engine_in(tmp_path_factory.mktemp("image")) as engine:
        yield engine


@pytest.fixture
def make_machine(engine: Engine, tmp_path: Path) -> Iterator[Callable[[str], Machine]]:
    engine.build_stand_in()
    made: list[Machine] = []

    def make(size: str) -> Machine:
        made.append(Machine(engine, tmp_path, size=size))
        return made[-1]

    yield make
    for machine in made:
        machine.stop()


def documented(number: int, port: int, name: str) -> list[str]:
    """The command of the page, for Podman on another port."""
    (block,) = (block for block in blocks("containers.md") if block.heading == "Try it")
    command = block.text.splitlines()[number].replace("docker run", "").replace("--rm ", "")
    command = re.sub(r"--name \S+ ", "", command)
    command = re.sub(r"--publish \S+", f"--publish 127.0.0.1:{port}:6060", command)
    words = (word.replace("im66:/var", f"{name}:/var") for word in command.split())
    return [*RUN, "--detach", "--name", name, *words]


def link_in(log: str) -> str:
    """The path of the page that makes the administrator."""
    match = re.search(r"(/signup/[\w-]+)", log)
    assert match, log
    return match[1]


@asynccontextmanager
async def administrator(site: str, path: str, hosts: str = "") -> AsyncIterator[Page]:
    """The page of a person who became the administrator by that page, and chats."""
    async with chromium(hosts=hosts) as browser:
        page = await (await browser.new_context(ignore_https_errors=True)).new_page()
        await page.goto(site + path)
        await page.locator("[name=userid]").fill("boss")
        for field in ("password1", "password2"):
            await page.locator(f"[name={field}]").fill(PASSWORD)
        await page.get_by_role("button", name="Create an account").click()
        await page.get_by_role("navigation", name="Conversations").wait_for()
        await page.goto(f"{site}/#/u/boss")
        await page.get_by_role("textbox", name="Message", exact=True).fill("first words")
        await page.keyboard.press("Enter")
        await page.get_by_role("article").filter(has_text="first words").wait_for()
        yield page


async def test_image_serves_a_chat(engine: Engine) -> None:
    port = free_port()
    engine.podman(*documented(0, port, "first"))
    path = link_in(engine.until("Serving on", "first"))
    async with administrator(f"http://127.0.0.1:{port}", path) as page:
        desk = await page.goto(f"http://127.0.0.1:{port}/admin/")
        assert desk
        assert desk.ok
    inside = f"id -u; stat -c '%a %n' {DATA}/*-key {DATA}/*-secret; pg_dump --version"
    printed = engine.podman("exec", "first", "sh", "-c", f"{inside}; deploy/container/probe /readyz")
    assert printed.split()[:3] == ["10066", "600", f"{DATA}/secret-key"]
    assert f"600 {DATA}/token-secret" in printed
    assert "pg_dump (PostgreSQL) 17." in printed
    _second_on_the_volume_warns(engine)
    engine.podman("stop", "--time", "30", "first")
    assert json.loads(engine.podman("inspect", "first"))[0]["State"]["ExitCode"] == 0


def _second_on_the_volume_warns(engine: Engine) -> None:
    engine.podman(*RUN, "--detach", "--name", "second", "--volume", f"first:{DATA}", "im66")
    assert "Another server uses this database" in engine.until("Another server", "second")
    engine.until("Serving on", "second")
    engine.podman("rm", "--force", "--time", "30", "second")
    engine.podman("exec", "first", "deploy/container/probe", "/readyz")
    checked = (
        "import sqlite3; print(sqlite3.connect('im66.sqlite3').execute('PRAGMA integrity_check').fetchone())"
    )
    assert "('ok',)" in engine.podman("exec", "--workdir", DATA, "first", "python3", "-c", checked)


def test_image_serves_the_demo(engine: Engine) -> None:
    port = free_port()
    engine.podman(*documented(1, port, "demo"))
    assert "Open mode" in engine.until("Serving on", "demo")
    login = ["curl", "-sLo", "/dev/null", "-w", "%{http_code}", "-c", "/dev/null"]
    assert engine.run(*login, f"http://127.0.0.1:{port}/login/") == "200"


def test_folder_of_root_is_rejected_with_the_remedy(engine: Engine, tmp_path: Path) -> None:
    done = engine.attempt("podman", *RUN, "--volume", f"{tmp_path}:{DATA}", "im66")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    (remedy,) = re.findall("chown -R .*", done.stderr)
    engine.run("sh", "-c", remedy.replace("FOLDER", str(tmp_path)))
    assert "0.1" in engine.podman(*RUN, "--volume", f"{tmp_path}:{DATA}", "im66", "version")


def test_image_is_small_and_lists_its_contents(engine: Engine) -> None:
    about = json.loads(engine.podman("image", "inspect", "im66"))[0]
    assert about["Size"] < MEGABYTES * 1_000_000
    assert about["Labels"]["org.opencontainers.image.revision"]
    listed = json.loads(
        engine.podman(*RUN, "--rm", "--entrypoint", "cat", "im66", "/usr/local/share/im66.cdx.json")
    )
    names = {component["name"] for component in listed["components"]}
    assert {"django", "libpq5", "libc6"} <= names


def start(machine: Machine, size: str) -> str:
    """Follow the page; what its last command prints."""
    small, full, _ = chapter("containers.md", "One machine")
    commands = {"small": small, "full": full}[size]
    assert len(commands.splitlines()) <= COMMANDS
    return machine.run(re.sub(r"PASSWORD=.*(?= >)", lambda _: f"PASSWORD={json_quoted(AWKWARD)}", commands))


def json_quoted(password: str) -> str:
    """For the shell of the page."""
    return "'" + password.replace("'", "'\\''") + "'"


@pytest.mark.parametrize("size", ["small", "full"])
async def test_image_page_leads_to_tls_chat_and_restored_server(
    size: str, make_machine: Callable[[str], Machine]
) -> None:
    machine = make_machine(size)
    path = link_in(start(machine, size))
    hosts = f"MAP {HOST} {machine.address_of('caddy')}"
    async with administrator(f"https://{HOST}", path, hosts):
        pass
    assert [machine.status(page) for page in ("/login/", "/readyz", "/stored/x")] == [200, 404, 404]
    _caddy_sends_media(machine)
    machine.run("docker compose exec im66 im66 doctor --json > doctor.json || true")
    assert '"fault": "redis' not in (machine.folder / "doctor.json").read_text()

    (*_, secrets) = chapter("containers.md", "One machine")
    machine.run(secrets)
    (upgrade,) = chapter("containers.md", "Upgrade")
    machine.run(upgrade.replace("docker compose build\n", ""))
    back_up, restore = chapter("backup.md", "In containers")
    newest = machine.newest_backup()
    machine.run(back_up.replace("2030-01-31.tar", newest))
    if size == "small":
        restore = restore.replace("docker compose up --detach --wait postgres\n", "")
    machine.run(restore.replace("2030-01-31.tar", newest))
    assert admins(machine) == "boss"


def admins(machine: Machine) -> str:
    code = "from accounts.models import User; print(*User.objects.filter(is_superuser=True))"
    return machine.run(f"docker compose exec im66 im66 shell -v0 -c '{code}'")


def _caddy_sends_media(machine: Machine) -> None:
    """A picture that was uploaded, and nothing else of the volume."""
    token = machine.run("docker compose exec im66 im66 issuetoken boss")
    upload = machine.fetch(f"/upload/writev2?access_token={token}", "-F", f"file=@{PICTURE}")
    _, _, picture = json.loads(upload)["data"].partition(HOST)
    assert (
        machine.fetch(picture, "-r", "0-3", "-o", "/dev/null", "-w", "%{http_code} %{size_download}")
        == "206 4"
    )
    head = machine.fetch(picture, "-o", "/dev/null", "-D", "-").lower()
    assert {"content-type: image/jpeg", "x-content-type-options: nosniff"} <= set(head.splitlines())
    assert "x-accel" not in head
    machine.run("if docker compose exec caddy cat /var/lib/im66/secret-key; then exit 1; fi")
