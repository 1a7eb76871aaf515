"""clients/typescript: the package as npm packs it, installed in a folder of its own, against a server."""

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from testkit.availability import unavailable
from testkit.device import Device
from testkit.node import ROOT, NoNode, node, packages
from testkit.recordings import halves, photo
from testkit.server import Server
from testkit.services import free_port
from tests.conftest import MakeServer
from tests.support.app_page import block, lists_talks_and_resumes
from tests.support.tokens import IN_TOKEN_MODE, token

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
PACKAGE = ROOT / "clients" / "typescript"
SECONDS = 120.0


def run(command: list[str], folder: Path, **environment: str) -> None:
    env = {**os.environ, **environment}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=SECONDS)
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
def test_killed_server_loses_and_repeats_no_typescript_messages(
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
        text = ""
        for line in journey.stdout:
            text = line.strip()
            if order := orders.get(text):
                order()
                print(file=journey.stdin, flush=True)
        journey.wait(SECONDS)
    data = json.loads(text)
    assert data["heard"] == [str(number) for number in range(12)]
    assert data["ids"] == sorted(set(data["ids"]))
    assert data["kinds"] == ["text"] * 12 + ["picture"]
    assert (data["unread"], data["pending"]) == (0, 0)


def test_typescript_types_reject_wrong_commands_and_calls(project: Path) -> None:
    compiler = packages() / "typescript" / "bin" / "tsc"
    options = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom"]
    run([node().program, str(compiler), *options, "types.ts"], project)


async def test_javascript_program_of_the_page_lists_talks_and_resumes(
    project: Path, make_server: MakeServer
) -> None:
    (project / "chat.mjs").write_text(block("js"))
    command = [node().program, "--experimental-websocket", "--no-warnings", "chat.mjs"]
    await lists_talks_and_resumes(make_server(), project, *command)


def test_typescript_types_match_schema_and_openapi_document() -> None:
    try:
        packages()
    except NoNode as why:
        unavailable(str(why))
    run([node().program, "types.mjs", "--check"], PACKAGE, PYTHON=sys.executable)


# The versions that `npm create vite` gives. docs/integrate.md says what is done with them.
REACT = ["react@19.3.1", "react-dom@19.3.1", "vite@8.4.0", "@vitejs/plugin-react@6.1.2"]
START = """
import { createRoot } from "react-dom/client";
import App from "./App.jsx";

createRoot(document.body.appendChild(document.createElement("div"))).render(<App />);
"""
PAGE = '<!doctype html><title>Shop</title><body><script type="module" src="/src/main.jsx"></script>'


@contextmanager
def backend() -> Iterator[str]:
    """The address of the site's backend, which says that Alice is signed in."""

    class Tokens(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(token("alice").encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Tokens) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@contextmanager
def vite(project: Path, chat: str, site: str, port: int) -> Iterator[str]:
    """The address of the page of docs/integrate.md, as `npm run dev` serves it."""
    docs = ROOT / "docs"
    try:
        run([*node().npm, "install", "--no-audit", "--no-fund", *REACT], project)
    except AssertionError:
        unavailable("needs the registry of npm")
    (project / "src").mkdir()
    shutil.copy(docs / "examples" / "App.jsx", project / "src")
    (project / "src" / "main.jsx").write_text(START)
    (project / "index.html").write_text(PAGE)
    config = (
        (docs / "integrate.md").read_text().partition("vite.config.js <<'END'\n")[2].partition("END\n")[0]
    )
    (project / "vite.config.js").write_text(config.replace("http://127.0.0.1:8000", site))
    program = project / "node_modules" / "vite" / "bin" / "vite.js"
    command = [node().program, str(program), "--port", str(port), "--strictPort"]
    environment = {**os.environ, "VITE_CHAT": chat}
    with subprocess.Popen(
        command, cwd=project, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as serving:
        try:
            assert serving.stdout
            assert any("Local:" in line for line in serving.stdout)
            yield f"http://127.0.0.1:{port}/"
        finally:
            os.killpg(serving.pid, signal.SIGTERM)


@pytest.mark.wide
async def test_a_page_in_react_on_another_origin_lists_sends_receives_and_uploads(
    project: Path, tmp_path: Path, browser: Browser
) -> None:
    port, picture = free_port(), tmp_path / "picture.png"
    picture.write_bytes(photo(halves((40, 30)), "PNG"))
    origin = f"http://127.0.0.1:{port}"
    settings = {"IM66_TOKEN_CREATES_USERS": "true", "IM66_ORIGINS": origin}
    with (
        Server(tmp_path / "chat", **IN_TOKEN_MODE, **settings) as chat,
        backend() as site,
        vite(project, chat.http, site, port) as address,
    ):
        page = await (await browser.new_context()).new_page()
        await page.goto(address)
        await expect(page.get_by_text("open", exact=True)).to_be_visible()
        async with Device(chat.entry, "bob", token=token("bob")) as bob:
            await bob.call("send", to="u:alice", kind="text", content="hello Alice")
            await page.get_by_role("button", name="bob").click()
            await expect(page.get_by_text("bob: hello Alice")).to_be_visible()
            await bob.call("send", to="u:alice", kind="text", content="are you there?")
            await expect(page.get_by_text("bob: are you there?")).to_be_visible()
            await page.get_by_label("Message").fill("yes")
            await page.get_by_label("Picture").set_input_files(picture)
            await page.get_by_role("button", name="Send").click()
            kinds: list[str] = []
            while len(kinds) < 2:
                if (event := await bob.event())["ev"] == "message":
                    kinds.append(event["kind"])
            assert kinds == ["text", "picture"]
        await expect(page.get_by_text("alice: yes")).to_be_visible()
        await page.wait_for_function("document.querySelector('img')?.naturalWidth === 40")
        await page.context.close()
