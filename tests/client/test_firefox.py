"""The main features in Firefox, if it is installed. It is driven by Marionette, Firefox's own protocol."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from testkit.availability import unavailable
from testkit.axe import source
from testkit.device import Device
from testkit.server import Server
from tests.client.conftest import Cast
from tests.client.files import png
from tests.client.proven import MAKE, PASSWORD
from tests.support.api import Remote
from tests.support.tokens import IN_TOKEN_MODE, token

SECONDS = 60
ENTER = "\ue007"
# What Firefox calls an element in an answer.
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
PREFERENCES = """
user_pref("marionette.port", 0);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("app.update.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,#remote-settings-dummy/v1");
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("intl.accept_languages", "en");
"""
# What the console has of errors on pages: of scripts that failed, and of the policy.
COMPLAINTS = """
const [url] = arguments;
const errors = Services.console.getMessageArray().filter((one) => one instanceof Ci.nsIScriptError);
const ours = errors.filter((one) => one.sourceName.startsWith(url) && !(one.flags & one.warningFlag));
return ours.map((one) => one.errorMessage);
"""
AXE = """
const done = arguments[0];
const read = ({ id, nodes }) => [id, nodes.map(({ html }) => html)];
axe.run().then(({ violations }) => done(violations.map(read)));
"""
IS_KEPT = """
const done = arguments[0];
const rows = (database) => new Promise((resolve) => {
  database.transaction("kept").objectStore("kept").count().onsuccess = ({ target }) => resolve(target.result);
});
const request = indexedDB.open("im66.history");
request.onsuccess = async () => {
  const files = (await caches.keys()).some((name) => name.startsWith("im66-files-"));
  done(files && (await rows(request.result)) > 2);
  request.result.close();
};
"""
FIND = """
const [selector, text] = arguments;
const found = [...document.querySelectorAll(selector)].filter((one) => one.textContent.includes(text));
return found.find((one) => one.checkVisibility());
"""


class Firefox:
    """A tab of a headless Firefox."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._last_id = 0

    async def call(self, name: str, **given: Any) -> Any:
        """Send a Marionette command, and return the answer. Raises AssertionError if it fails."""
        self._last_id += 1
        frame = json.dumps([0, self._last_id, name, given]).encode()
        self._writer.write(b"%d:%s" % (len(frame), frame))
        _, _, error, result = await self.read()
        assert error is None, (name, given, error)
        return result

    async def read(self) -> Any:
        async with asyncio.timeout(SECONDS):
            length = await self._reader.readuntil(b":")
            return json.loads(await self._reader.readexactly(int(length[:-1])))

    async def run(self, script: str, *given: Any) -> Any:
        return (await self.call("WebDriver:ExecuteScript", script=script, args=list(given)))["value"]

    async def find(self, selector: str, text: str = "") -> str:
        """Wait for a stable visible element that contains the text, and return its id."""
        async with asyncio.timeout(SECONDS):
            while True:
                try:
                    if output := await self.run(FIND, selector, text):
                        return str(output[ELEMENT])
                except AssertionError as error:
                    if "stale element" not in str(error):
                        raise
                await asyncio.sleep(0.1)

    async def hidden(self, selector: str) -> str:
        return str((await self.run("return document.querySelector(arguments[0])", selector))[ELEMENT])

    async def click(self, selector: str, text: str = "") -> None:
        await self.call("WebDriver:ElementClick", id=await self.find(selector, text))

    async def type(self, selector: str, text: str) -> None:
        await self.call("WebDriver:ElementSendKeys", id=await self.find(selector), text=text)

    async def is_kept(self) -> Any:
        """Return whether the offline page, an index and a conversation are stored."""
        return (await self.call("WebDriver:ExecuteAsyncScript", script=IS_KEPT, args=[]))["value"]

    async def complaints(self, url: str) -> Any:
        await self.call("Marionette:SetContext", value="chrome")
        try:
            return await self.run(COMPLAINTS, url)
        finally:
            await self.call("Marionette:SetContext", value="content")

    async def axe(self) -> Any:
        """Run axe-core, and return the violated rules with their elements."""
        await self.run(source())
        return (await self.call("WebDriver:ExecuteAsyncScript", script=AXE, args=[]))["value"]


@asynccontextmanager
async def firefox(folder: Path) -> AsyncIterator[Firefox]:
    """Run Firefox inside the context, with a new profile in the folder. If it is missing, call
    `unavailable`."""
    program = shutil.which("firefox-esr") or shutil.which("firefox") or unavailable("No Firefox on PATH.")
    (folder / "user.js").write_text(PREFERENCES)
    values = (
        "--marionette",
        "--remote-allow-system-access",
        "--headless",
        "--no-remote",
        "--profile",
        str(folder),
    )
    process = await asyncio.create_subprocess_exec(
        program, *values, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", await _port(folder))
        try:
            tab = Firefox(reader, writer)
            await tab.read()
            await tab.call("WebDriver:NewSession", capabilities={})
            yield tab
        finally:
            writer.close()
    finally:
        process.terminate()
        await process.wait()


async def _port(folder: Path) -> int:
    async with asyncio.timeout(SECONDS):
        while not (place := folder / "MarionetteActivePort").exists() or not place.read_text().strip():
            await asyncio.sleep(0.1)
    return int(place.read_text())


async def _indexed(person: Remote, word: str) -> None:
    async with asyncio.timeout(SECONDS):
        while not (await person.get("messages/search", q=word)).body["items"]:
            await asyncio.sleep(0.05)


async def test_main_features_work_in_firefox(demo: Server, cast: Cast, tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(png(60)["buffer"])
    alice, bob = cast("alice"), cast("bob")
    profile = tmp_path / "profile"
    profile.mkdir()
    async with firefox(profile) as tab:
        await tab.call("WebDriver:Navigate", url=f"{demo.http}/")
        await tab.type("form input", alice)
        await tab.click("form button", "Sign in")
        await tab.find("nav[aria-label=Conversations]")

        await tab.run("location.hash = arguments[0]", f"#/u/{bob}")
        await tab.type("textarea", "hello from Firefox")
        # Of keys that Marionette presses at once, the page is drawn after the last one only.
        await tab.type("textarea", ENTER)
        await tab.find("[role=log] article:has([aria-label=Sent])", "hello from Firefox")
        assert await tab.axe() == []

        await tab.call(
            "WebDriver:ElementSendKeys", id=await tab.hidden("input[type=file]"), text=str(picture)
        )
        await tab.type("dialog [aria-label=Caption], dialog input, dialog textarea", "look")
        await tab.click("dialog button", "Send")
        await tab.find("[role=log] article:has(img)")
        await tab.find("[role=log] article:has([aria-label=Sent])", "look")

        await _indexed(Remote(demo, alice), "hello")
        await tab.type("input[type=search]", "hello")
        await tab.find("section a", "hello from Firefox")
        await tab.click("[aria-haspopup=menu]", "")
        await tab.click("[role=menuitem]", "Settings")
        await tab.click("dialog label", "简体中文")
        await tab.find("dialog", "设置")
        await tab.call("WebDriver:Refresh")
        await tab.find("[role=log][aria-label=消息] article", "hello from Firefox")
        assert await tab.axe() == []
        assert await tab.complaints(demo.http) == []


async def test_poll_in_firefox_counts_votes_live_in_chinese(demo: Server, cast: Cast, tmp_path: Path) -> None:
    alice, bob = cast("alice"), cast("bob")
    async with firefox(tmp_path) as tab, Device(demo.entry, bob) as device:
        sent = await device.call(
            "send", to=f"u:{alice}", kind="poll", content="吃什么？", poll={"options": ["面", "饺子"]}
        )
        await tab.call("WebDriver:Navigate", url=f"{demo.http}/")
        await tab.run("localStorage.setItem('im66.language', 'zh')")
        await tab.call("WebDriver:Refresh")
        await tab.type("form input", alice)
        await tab.click("form button", "登录")
        await tab.find("nav[aria-label=会话]")
        await tab.run("location.hash = arguments[0]", f"#/u/{bob}")

        await tab.find("[role=log] .poll", "单选")
        await tab.click(".poll-option[aria-pressed=false]", "面")
        await tab.find(".poll-option[aria-pressed=true]:has(small)", "面 你")
        await device.call("vote", target=sent["id"], options=[0])
        await tab.find(".poll-option[aria-pressed=true]", "2")
        await tab.find(".poll-foot", "2 票")
        assert await tab.axe() == []

        await device.call("close_poll", target=sent["id"])
        await tab.find(".poll", "单选 · 已结束")
        assert await tab.complaints(demo.http) == []


async def test_kept_messages_are_read_in_firefox_without_the_server(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    profile.mkdir()
    with Server(tmp_path, **IN_TOKEN_MODE) as server:
        people = "from accounts.services import ensure_users; ensure_users(['bob'])"
        server.run_python(f"{MAKE.format('alice', PASSWORD)}\n{people}")
        async with Device(server.entry, token=token("bob")) as bob:
            await bob.text("u:alice", "the secret plan")
        async with firefox(profile) as tab:
            await tab.call("WebDriver:Navigate", url=f"{server.http}/login/")
            await tab.type("#id_username", "alice")
            await tab.type("#id_password", PASSWORD)
            await tab.click("form button", "Sign in")
            await tab.find("nav[aria-label=Conversations]")
            await tab.click("[aria-haspopup=menu]", "")
            await tab.click("[role=menuitem]", "Settings")
            await tab.click("[role=switch]", "Keep recent messages on this device")
            async with asyncio.timeout(SECONDS):
                while not await tab.is_kept():
                    await asyncio.sleep(0.2)
            server.stop()
            await tab.call("WebDriver:Navigate", url=f"{server.http}/")
            await tab.click("nav[aria-label=Conversations] a", "bob")
            await tab.find("[role=log] article", "the secret plan")
    # Nor does the browser's cache of files have it.
    held = [path for path in profile.rglob("*") if path.is_file() and b"secret plan" in path.read_bytes()]
    assert held == []
