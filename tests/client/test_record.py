"""Voice messages, from a microphone that beeps."""

import re

import pytest
from playwright.async_api import Locator, expect

from testkit.axe import findings
from testkit.device import Device
from testkit.server import Server
from tests.client.conftest import SIZES, Cast, SignIn
from tests.client.person import Person

REFUSED = """name => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", name));
}"""
A_MINUTE_LATER = """() => {
    const now = performance.now();
    performance.now = () => now + 60_000;
}"""
# As it is on a page that came over http from another machine.
INSECURE = """() => {
    Object.defineProperty(navigator, "mediaDevices", { value: undefined });
    Object.defineProperty(window, "isSecureContext", { value: false });
}"""


async def record(person: Person) -> Locator:
    """Begin to record; what is shown of it."""
    await person.page.get_by_role("button", name="Record a voice message").click()
    return person.page.get_by_role("group", name="Recording", exact=True)


async def wait_for(recording: Locator, clock: str) -> None:
    await expect(recording.get_by_role("timer")).to_contain_text(re.compile(clock))


async def send(recording: Locator) -> None:
    await recording.get_by_role("button", name="Send").click()


@pytest.mark.parametrize("size", SIZES)
async def test_it_works(sign_in: SignIn, cast: Cast, demo: Server, size: dict[str, int]) -> None:
    alice = await sign_in(cast("alice"), size=size)
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")

        recording = await record(alice)
        await wait_for(recording, "^0:0[2-9]")
        await send(recording)

        message = await bob.message()
        assert message["kind"] == "audio"
        assert int(re.findall(r"-(\d+)\.mp3$", message["content"])[0]) >= 2
    await expect(recording).to_have_count(0)


async def test_it_can_be_discarded(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")

        recording = await record(alice)
        await wait_for(recording, "^0:01")
        await recording.get_by_role("button", name="Discard").click()
        await alice.write("instead")

        assert (await bob.message())["content"] == "instead"


async def test_it_can_pause(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")

        recording = await record(alice)
        await wait_for(recording, "^0:01")
        await recording.get_by_role("button", name="Pause").click()
        paused = await recording.get_by_role("timer").text_content()
        await alice.page.wait_for_timeout(1500)
        assert await recording.get_by_role("timer").text_content() == paused
        await recording.get_by_role("button", name="Go on recording").click()
        await wait_for(recording, "^0:0[3-9]")
        await send(recording)

        assert (await bob.message())["kind"] == "audio"


async def test_what_is_too_short_is_not_sent(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    # However slow the machine is.
    await alice.page.evaluate("performance.now = () => 1")
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")

        recording = await record(alice)
        await recording.get_by_role("timer").wait_for()
        await send(recording)

        await expect(alice.page.get_by_text("The voice message is too short.")).to_be_visible()


async def test_it_ends_by_itself(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")

        recording = await record(alice)
        await wait_for(recording, "^0:01")
        await alice.page.evaluate(A_MINUTE_LATER)
        await expect(recording.get_by_label("Listen to the voice message")).to_be_visible()
        await send(recording)

        assert (await bob.message())["kind"] == "audio"


async def test_whoever_goes_elsewhere_finds_it_again(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob, Device(demo.entry, cast("charlie")) as charlie:
        await alice.open(f"u:{bob.userid}")
        recording = await record(alice)
        await wait_for(recording, "^0:01")

        await alice.open(f"u:{charlie.userid}")
        await expect(recording).to_have_count(0)
        await alice.page.goto(f"{demo.http}/#/u/{bob.userid}")
        await expect(recording.get_by_label("Listen to the voice message")).to_be_visible()
        await send(recording)

        assert (await bob.message())["kind"] == "audio"


async def test_by_keyboard(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")

        await alice.page.get_by_role("button", name="Record a voice message").press("Enter")
        recording = alice.page.get_by_role("group", name="Recording", exact=True)
        await expect(recording).to_be_focused()
        await wait_for(recording, "^0:01")
        assert await findings(alice.page, ".composer") == []
        await alice.page.keyboard.press("Enter")

        assert (await bob.message())["kind"] == "audio"
    await expect(alice.box).to_be_focused()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("NotAllowedError", "does not let this page use the microphone"),
        ("NotFoundError", "There is no microphone."),
    ],
)
async def test_why_it_cannot_record_is_said(
    sign_in: SignIn, cast: Cast, demo: Server, name: str, said: str
) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")
        await alice.page.evaluate(REFUSED, name)

        await record(alice)

        await expect(alice.page.get_by_text(said)).to_be_visible()
        await expect(alice.box).to_be_visible()


async def test_a_page_that_came_over_http_says_so(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")
        await alice.page.evaluate(INSECURE)

        await record(alice)

        await expect(alice.page.get_by_text("over https")).to_be_visible()
