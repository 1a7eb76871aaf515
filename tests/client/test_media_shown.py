"""Pictures, voice messages, videos and emotions in a conversation."""

import io
import json
import math
import struct
import wave

import pytest
from playwright.async_api import Locator, Request, expect

from testkit.axe import findings
from testkit.recordings import film, halves, photo, tone
from testkit.server import ROOT, Server
from tests.client.conftest import SIZES, Cast, SignIn
from tests.client.person import Person
from tests.client.writing import device, send, stored
from uploads.names import display_name

EMOTION = json.loads((ROOT / "static" / "im66" / "emotions" / "emotions.json").read_text())[0]


async def shown(
    demo: Server, sign_in: SignIn, cast: Cast, *said: tuple[str, str], **options: object
) -> Person:
    """Open Alice's page with a message of Bob that has this content."""
    async with device(demo, cast("alice")), device(demo, cast("bob")) as bob:
        for kind, content in said:
            await send(bob, f"u:{cast('alice')}", kind, content)
    alice = await sign_in(cast("alice"), **options)
    await alice.open(f"u:{cast('bob')}")
    await expect(alice.messages.get_by_role("article")).to_have_count(len(said))
    return alice


def picture(demo: Server, width: int = 640, height: int = 480) -> str:
    return stored(demo, "/upload/writev2", photo(halves((width, height)), "PNG"))


def recording(demo: Server, seconds: float) -> str:
    return stored(demo, "/upload/writev1", tone(seconds, container="wav", codec="pcm_s16le"))


async def test_picture_reserves_its_space_and_opens_large_on_click(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    urls = [picture(demo, 640, 480), picture(demo, 300, 900)]
    alice = await shown(demo, sign_in, cast, *(("picture", url) for url in urls))
    image = alice.messages.get_by_role("img", name="Picture").first
    await expect(image).to_have_attribute("width", "300")
    await expect(image).to_have_attribute("height", "225")
    box = await image.bounding_box()
    assert box
    assert abs(box["width"] / box["height"] - 4 / 3) < 0.02

    await alice.messages.get_by_role("button", name="Open the picture").last.click()
    viewer = alice.page.get_by_role("dialog", name="Picture")
    image = viewer.get_by_role("img", name="Picture")
    await expect(image).to_have_attribute("src", urls[1])
    assert await findings(alice.page, "dialog") == []
    await alice.page.keyboard.press("ArrowLeft")
    await expect(image).to_have_attribute("src", urls[0])
    await viewer.get_by_role("button", name="Zoom in").click()
    await expect(image).to_have_css("transform", "matrix(1.5, 0, 0, 1.5, 0, 0)")
    await expect(viewer.get_by_role("link", name="Download")).to_have_attribute("href", urls[0])
    await alice.page.keyboard.press("Escape")
    await expect(viewer).to_have_count(0)


async def test_large_picture_is_shown_in_reduced_size(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    # Of what was stored before, there is no smaller one: the largest are only offered.
    largest = f"{demo.http}/media/{'2' * 32}-5000x4001.png"
    urls = [largest, *(picture(demo, *size) for size in ((2400, 1800), (2500, 2000)))]
    (demo.data_dir / "media" / str(display_name(urls[1].rpartition("/")[2]))).unlink()
    alice = await shown(demo, sign_in, cast, *(("picture", url) for url in urls))
    images = alice.messages.get_by_role("img", name="Picture")
    await expect(images).to_have_count(2)
    await expect(images.first).to_have_js_property("naturalWidth", 2400)
    await expect(images.last).to_have_js_property("naturalWidth", 2048)
    await expect(alice.messages).to_contain_text("This picture cannot be shown.")
    await expect(alice.messages.get_by_role("link", name="Download")).to_have_attribute("href", urls[0])

    await alice.messages.get_by_role("button", name="Open the picture").last.click()
    viewer = alice.page.get_by_role("dialog", name="Picture")
    await expect(viewer.get_by_role("img", name="Picture")).to_have_js_property("naturalHeight", 1638)
    await expect(viewer.get_by_role("link", name="Download")).to_have_attribute("href", urls[2])


@pytest.mark.parametrize("size", SIZES)
async def test_long_picture_is_labelled_and_opens_at_readable_width(
    demo: Server, sign_in: SignIn, cast: Cast, size: dict[str, int]
) -> None:
    url = picture(demo, 720, 8000)
    alice = await shown(demo, sign_in, cast, ("picture", url), size=size)
    tile = alice.messages.get_by_role("button", name="Open the long picture")
    await expect(tile).to_have_text("Long picture")
    box = await tile.bounding_box()
    assert box
    assert (round(box["width"]), round(box["height"])) == (220, 300)
    assert await findings(alice.page, "[role=log]") == []

    await tile.click()
    viewer = alice.page.get_by_role("dialog", name="Picture")
    image = viewer.get_by_role("img", name="Picture")
    # It has its room before it is there, and no more pixels than a phone can hold.
    await expect(image).to_have_js_property("naturalWidth", 614)
    width = await image.evaluate("image => image.clientWidth")
    assert width == min(640, size["width"] - 32)
    stage = viewer.locator(".viewer-long")
    await expect(stage).to_be_focused()
    assert await findings(alice.page, "dialog") == []
    assert await stage.evaluate("stage => stage.scrollTop") == 0
    await alice.page.keyboard.press("End")
    await expect(stage).to_have_js_property(
        "scrollTop", await stage.evaluate("stage => stage.scrollHeight - stage.clientHeight")
    )
    await alice.page.keyboard.press("+")
    await expect(image).to_have_js_property("clientWidth", width * 1.5)
    await alice.page.keyboard.press("Escape")
    await expect(viewer).to_have_count(0)
    await expect(tile).to_be_focused()


async def test_broken_and_foreign_media_are_marked_and_not_loaded(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    elsewhere = ["http://elsewhere.example/cat.png", f"http://elsewhere.example/media/{'1' * 32}-3x2.png"]
    requests: list[str] = []

    def note_request(request: Request) -> None:
        requests.append(request.url)

    alice = await shown(
        demo,
        sign_in,
        cast,
        ("picture", f"{demo.http}/media/{'0' * 32}-300x200.png"),
        *(("picture", url) for url in elsewhere),
        ("audio", f"{demo.http}/media/{'0' * 32}-3.mp3"),
        ("emotion", "no-such-code"),
        ("emotion", EMOTION["code"]),
    )
    alice.page.on("request", note_request)
    await alice.page.reload()

    await expect(alice.messages.get_by_role("link", name=elsewhere[0])).to_be_visible()
    # Another server's name for a file may be another name of this one: it is looked for here.
    await expect(alice.message("This picture cannot be shown.")).to_have_count(2)
    assert [url for url in requests if "elsewhere" in url] == []
    await alice.messages.get_by_role("button", name="Play").click()
    await expect(alice.messages).to_contain_text("This voice message cannot be played.")
    await alice.reads("no-such-code")
    await expect(alice.messages.get_by_role("img", name=EMOTION["en"])).to_be_visible()


def _first_silent(seconds: int, rate: int = 8_000) -> bytes:
    """Return a WAV file that is silent in its first half and loud in its second half."""
    loud = b"".join(struct.pack("<h", round(20_000 * math.sin(at / 3))) for at in range(rate * seconds))
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(bytes(2 * rate * seconds) + loud)
    return file.getvalue()


async def _heights(voice: Locator) -> list[float]:
    """Return the heights of a voice message's bars."""
    heights: list[float] = await voice.evaluate(
        "voice => [...voice.querySelectorAll('rect')].map((bar) => Number(bar.getAttribute('height')))"
    )
    return heights


async def test_voice_messages_play_one_at_a_time_and_video_loads_on_click(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    url = stored(demo, "/upload/writev3", film(container="mp4", codec="libx264"))
    sound = stored(demo, "/upload/writev1", _first_silent(2))
    sounds = [recording(demo, 3.2), recording(demo, 7.1), sound, f"{demo.http}/media/{'0' * 32}-5.mp3"]
    alice = await shown(demo, sign_in, cast, *(("audio", sound) for sound in sounds), ("video", url))

    voice = alice.messages.get_by_role("group", name="Voice message, 4 seconds")
    await expect(voice.locator("rect").last).not_to_have_attribute("height", "3.36")
    heights = await _heights(voice)
    # The codec has an echo around the middle.
    assert max(heights[:14]) < min(heights[18:]) / 4
    # Of a sound that cannot be had, nothing is pretended.
    missing = alice.messages.get_by_role("group", name="Voice message, 5 seconds")
    assert set(await _heights(missing)) == {3.36}

    video = alice.messages.get_by_label("Video")
    await expect(video).to_have_attribute("poster", url.replace(".mp4", ".jpg"))
    await expect(video).to_have_attribute("preload", "none")
    first = alice.messages.get_by_role("group", name="Voice message, 3 seconds")
    second = alice.messages.get_by_role("group", name="Voice message, 7 seconds")
    await expect(first).to_contain_text("0:03")

    await first.get_by_role("button", name="Play").click()
    await expect(first.get_by_role("button", name="Pause")).to_be_visible()
    await second.get_by_role("button", name="Play").click()
    await expect(second.get_by_role("button", name="Pause")).to_be_visible()
    await expect(first.get_by_role("button", name="Play")).to_be_visible()
    await expect(second.locator("rect.played").first).to_be_visible()
    await second.get_by_role("button", name="Pause").click()
    await expect(second.get_by_role("button", name="Play")).to_be_visible()
