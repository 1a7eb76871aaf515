"""Playing served media in a browser."""

from typing import Any

import pytest
from playwright.async_api import Browser, Response

from testkit.recordings import film, noisy_film, tone
from testkit.server import Server
from testkit.uploading import upload

PLAYED = """async ([kind, url, to]) => {
  const player = document.createElement(kind)
  player.muted = true
  player.preload = "metadata"
  const when = (name) => new Promise((done, fail) => {
    player.addEventListener(name, done, {once: true})
    player.addEventListener("error", () => fail(player.error.message), {once: true})
  })
  const ready = when("loadeddata")
  player.src = url
  document.body.append(player)
  player.load()
  await ready
  const there = when("seeked")
  player.currentTime = to
  await there
  const result = {at: player.currentTime, length: player.duration}
  if (kind === "video") {
    const canvas = document.createElement("canvas")
    canvas.width = player.videoWidth
    canvas.height = player.videoHeight
    const context = canvas.getContext("2d")
    // The frame may come a moment after the seek; until then, nothing is drawn.
    for (let tries = 0; tries < 100 && !context.getImageData(8, 8, 1, 1).data[3]; tries++) {
      await new Promise((done) => setTimeout(done, 50))
      context.drawImage(player, 0, 0)
    }
    result.size = [canvas.width, canvas.height]
    result.left = [...context.getImageData(8, canvas.height / 2, 1, 1).data]
    result.right = [...context.getImageData(canvas.width - 8, canvas.height / 2, 1, 1).data]
  }
  return result
}"""


async def played(browser: Browser, server: Server, kind: str, url: str, to: float) -> Any:
    """Play a file on one of our pages, seek, and return the state of the player."""
    page = await browser.new_page()
    await page.goto(f"{server.http}/upload/writev3")
    result = await page.evaluate(PLAYED, [kind, url, to])
    await page.close()
    return result


@pytest.mark.parametrize(
    ("container", "codec", "sound"),
    [("mp4", "libx264", "aac"), ("mov", "libx264", "pcm_s16le"), ("webm", "libvpx-vp9", "libopus")],
)
async def test_every_video_plays_and_seeks(
    server: Server, browser: Browser, container: str, codec: str, sound: str
) -> None:
    recording = film(container=container, codec=codec, sound=sound, seconds=4)
    url = upload(server, "/upload/writev3", recording).data

    shown = await played(browser, server, "video", url, 3.0)

    assert shown["at"] == pytest.approx(3.0, abs=0.05)
    assert shown["length"] == pytest.approx(4.0, abs=0.2)
    assert shown["size"] == [320, 240]
    assert shown["left"][0] > 100 > shown["left"][2]
    assert shown["right"][2] > 100 > shown["right"][0]


async def test_rotated_phone_video_plays_upright(server: Server, browser: Browser) -> None:
    recording = film(container="mov", codec="libx264", turned=90, seconds=2)
    url = upload(server, "/upload/writev3", recording).data

    shown = await played(browser, server, "video", url, 1.0)

    assert shown["size"] == [240, 320]


async def test_seeking_far_ahead_fetches_a_range(server: Server, browser: Browser) -> None:
    url = upload(server, "/upload/writev3", noisy_film(megabytes=12)).data

    page = await browser.new_page()
    responses: list[Response] = []
    page.on("response", lambda response: responses.append(response))
    await page.goto(f"{server.http}/upload/writev3")
    shown = await page.evaluate(PLAYED, ["video", url, 27.0])
    await page.close()

    assert shown["at"] == pytest.approx(27.0, abs=0.05)
    parts = [response for response in responses if response.url == url]
    assert {response.status for response in parts} == {206}
    starts = [int(part.headers["content-range"].split(" ")[1].split("-")[0]) for part in parts]
    assert max(starts) > 5_000_000


async def test_voice_message_plays_in_the_browser(server: Server, browser: Browser) -> None:
    recording = tone(3, container="amr", codec="libopencore_amrnb", rate=8_000)
    url = upload(server, "/upload/writev1", recording).data

    received = await played(browser, server, "audio", url, 2.0)

    assert received["at"] == pytest.approx(2.0, abs=0.1)
    assert received["length"] == pytest.approx(3.0, abs=0.2)
