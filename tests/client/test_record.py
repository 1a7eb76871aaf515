"""Voice messages, recorded from a fake microphone that beeps."""

import re

from playwright.async_api import Locator, expect

from testkit.axe import findings
from testkit.device import Device
from testkit.server import Server
from tests.client.conftest import Cast, SignIn
from tests.client.person import Person

REFUSED = """name => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", name));
}"""
A_MINUTE_LATER = """() => {
    const now = performance.now();
    performance.now = () => now + 60_000;
}"""
# For how many seconds the next sound plays that was made here.
NOTE_WHAT_IS_PLAYED = """() => {
    const play = HTMLMediaElement.prototype.play;
    window.heard = new Promise((resolve) => {
        HTMLMediaElement.prototype.play = function () {
            this.addEventListener("ended", () => resolve(this.src.startsWith("blob:") && this.currentTime));
            return play.call(this);
        };
    });
}"""
# As it is on a page that came over http from another machine.
INSECURE = """() => {
    Object.defineProperty(navigator, "mediaDevices", { value: undefined });
    Object.defineProperty(window, "isSecureContext", { value: false });
}"""


async def record(person: Person) -> Locator:
    """Start recording, and return the recorder."""
    await person.page.get_by_role("button", name="Record a voice message").click()
    return person.page.get_by_role("group", name="Recording", exact=True)


async def wait_for(recording: Locator, clock: str) -> None:
    await expect(recording.get_by_role("timer")).to_contain_text(re.compile(clock))


async def send(recording: Locator) -> None:
    await recording.get_by_role("button", name="Send").click()


async def test_recording_is_sent_or_discarded(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")

        recording = await record(alice)
        await wait_for(recording, "^0:0[1-9]")
        await recording.get_by_role("button", name="Discard").click()
        await alice.write("instead")
        assert (await bob.message())["content"] == "instead"

        # By keyboard.
        await alice.page.get_by_role("button", name="Record a voice message").press("Enter")
        await expect(recording).to_be_focused()
        await wait_for(recording, "^0:0[1-9]")
        assert await findings(alice.page, ".composer") == []
        await alice.page.keyboard.press("Enter")
        message = await bob.message()
        assert message["kind"] == "audio"
        assert int(re.findall(r"-(\d+)\.mp3$", message["content"])[0]) >= 1
        await expect(recording).to_have_count(0)
        await expect(alice.box).to_be_focused()


async def test_recording_pauses_and_ends_by_itself(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")

        recording = await record(alice)
        await wait_for(recording, "^0:0[1-9]")
        await recording.get_by_role("button", name="Pause").click()
        await expect(recording.get_by_role("button", name="Resume")).to_be_visible()
        paused = await recording.get_by_role("timer").text_content()
        await alice.page.wait_for_timeout(1200)
        assert await recording.get_by_role("timer").text_content() == paused
        # What is there so far can be heard.
        await alice.page.evaluate(f"{{ ({NOTE_WHAT_IS_PLAYED})() }}")
        await recording.get_by_role("button", name="Listen to the voice message").click()
        assert await alice.page.evaluate("window.heard") > 0.5
        await expect(recording.get_by_role("button", name="Listen to the voice message")).to_be_visible()
        assert await findings(alice.page, ".composer") == []
        await recording.get_by_role("button", name="Listen to the voice message").click()
        await recording.get_by_role("button", name="Resume").click()
        await expect(recording.get_by_role("button", name="Listen to the voice message")).to_have_count(0)
        await expect(recording.get_by_role("timer")).not_to_have_text(paused or "")
        await alice.open(f"u:{cast('charlie')}")
        await expect(recording).to_have_count(0)
        await alice.page.goto(f"{demo.http}/#/u/{bob.userid}")
        await expect(recording.get_by_label("Listen to the voice message")).to_be_visible()
        await send(recording)
        assert (await bob.message())["kind"] == "audio"

        recording = await record(alice)
        await wait_for(recording, "^0:0[1-9]")
        await alice.page.evaluate(A_MINUTE_LATER)
        await expect(recording.get_by_label("Listen to the voice message")).to_be_visible()
        await send(recording)
        assert (await bob.message())["kind"] == "audio"


async def test_recording_shows_the_reason_of_a_failure(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    await alice.open(f"u:{cast('bob')}")
    # However slow the machine is, it is too short.
    await alice.page.evaluate("performance.now = () => 1")
    recording = await record(alice)
    await recording.get_by_role("timer").wait_for()
    await send(recording)
    await expect(alice.page.get_by_text("The voice message is too short.")).to_be_visible()

    for name, text in (
        ("NotAllowedError", "Microphone access is blocked."),
        ("NotFoundError", "There is no microphone."),
    ):
        await alice.page.evaluate(REFUSED, name)
        await record(alice)
        await expect(alice.page.get_by_text(text)).to_be_visible()
        await expect(alice.box).to_be_visible()
    await alice.page.evaluate(INSECURE)
    await record(alice)
    await expect(alice.page.get_by_text("Recording needs https.")).to_be_visible()
