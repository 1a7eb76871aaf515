"""Pictures, recordings and videos in token mode: shipped apps keep addresses that last, all others get some
that expire, and what was recalled is given to nobody."""

import asyncio
import re

import pytest

from testkit import recordings
from testkit.device import Error
from testkit.phone import Phone
from testkit.server import Server
from testkit.uploading import poster_of, upload
from tests.json.conftest import Cast
from tests.json.places import STRICT, Place, Places
from tests.json.test_files import bearer, device, got
from tests.support.api import Remote
from tests.support.axes import ANYWHERE
from tests.support.tokens import token
from tests.wire.test_token_login import create

PHOTO = recordings.photo(recordings.halves((200, 100)), "JPEG")
FILM = recordings.film(container="mp4", codec="libx264", sound="aac")


@pytest.fixture(params=ANYWHERE)
def place(request: pytest.FixtureRequest, places: Places) -> Place:
    return places.at(request.param, **STRICT)


@pytest.fixture
def people(here: Server, cast: Cast) -> Cast:
    create(here, *cast)
    return cast


@pytest.fixture
async def photo(here: Server, people: Cast) -> str:
    """What Alice's app gets for a picture that it sends."""
    return await uploaded(here, people.alice, "writev2", PHOTO)


async def uploaded(server: Server, userid: str, call: str, content: bytes) -> str:
    path = f"/upload/{call}?access_token={token(userid)}"
    return (await asyncio.to_thread(upload, server, path, content)).data


def name_in(url: str) -> str:
    return url.rpartition("/")[2].partition("-")[0]


def statuses(server: Server, *urls: str) -> list[int]:
    return [got(server, url).status for url in urls]


@pytest.mark.promise("json-69")
async def test_each_dialect_gets_its_form_of_media_url(
    here: Server, there: Server, people: Cast, photo: str
) -> None:
    async with Phone(here.entry) as phone, device(there, people.bob) as bob, Phone(there.entry) as bobs_phone:
        await bobs_phone.send(f"login_{people.bob}_{token(people.bob)}")
        await phone.send(f"login_{people.alice}_{token(people.alice)}")
        await phone.send(f"picture_{people.bob}_{photo}_unicast_")
        message, event = await bobs_phone.message(), await bob.event()
    remote = Remote(there, people.bob, authorization=bearer(people.bob))
    page = await remote.get(f"conversations/u:{people.alice}/messages")

    assert message.content == photo
    complete = got(there, photo)
    for value in (event["content"], page.body["items"][0]["content"]):
        assert name_in(photo) not in value
        shown = got(there, value)
        assert (shown.status, shown.body) == (200, complete.body)
        assert shown.headers["Content-Type"] == "image/jpeg"
        assert shown.headers["Cache-Control"].startswith("private")
        assert name_in(photo) not in str(shown.headers)
        assert got(there, value, Range="bytes=2-5").body == complete.body[2:6]
        plain = re.sub(r"\?.*", "", value)
        assert statuses(there, plain, plain.replace("/files/", "/media/"), f"{value}0") == [404] * 3
    # Bob makes neither what he got nor the name that his phone knows his own picture; Alice does.
    for value in (event["content"], photo):
        assert (await remote.patch("me", avatar=value)).failed == (400, "invalid")
    owner = Remote(here, people.alice, authorization=bearer(people.alice))
    assert (await owner.patch("me", avatar=photo)).body["avatar"] == photo


@pytest.mark.promise("json-69")
async def test_poster_url_is_derived_from_its_video_url(here: Server, people: Cast) -> None:
    film = await uploaded(here, people.alice, "writev3", FILM)
    async with device(here, people.alice) as alice, device(here, people.bob) as bob:
        await alice.call("send", to=f"u:{people.bob}", kind="video", content=film)
        content = (await bob.event())["content"]

    assert got(here, content.replace(".mp4?", ".jpg?")).body == got(here, poster_of(film)).body


@pytest.mark.promise("json-70")
async def test_media_url_can_be_sent_on_while_it_is_valid(
    here: Server, there: Server, people: Cast, photo: str
) -> None:
    async with (
        device(here, people.alice) as alice,
        device(there, people.bob) as bob,
        Phone(here.entry) as charlie,
    ):
        await charlie.send(f"login_{people.charlie}_{token(people.charlie)}")
        await alice.call("send", to=f"u:{people.bob}", kind="picture", content=photo)
        value = (await bob.event())["content"]
        await bob.call("send", to=f"u:{people.charlie}", kind="picture", content=value)
        message = await charlie.message()
        forged = value[:-1] + ("0" if value[-1] != "0" else "1")
        for content in (forged, value.partition("?")[0]):
            refusal = await bob.refusal("send", to=f"u:{people.charlie}", kind="picture", content=content)
            assert refusal == Error(404, "not_found"), content

    assert got(here, message.content).body == got(here, photo).body


@pytest.mark.promise("json-71")
async def test_recalled_file_is_accessible_to_nobody(
    here: Server, there: Server, people: Cast, photo: str
) -> None:
    async with device(here, people.alice) as alice, device(there, people.bob) as bob:
        target = (await alice.call("send", to=f"u:{people.bob}", kind="picture", content=photo))["id"]
        value = (await bob.event())["content"]
        other = (await alice.call("send", to=f"u:{people.bob}", kind="picture", content=photo))["id"]
        assert await bob.event()
        await alice.call("recall", target=target)
        assert statuses(there, photo, value) == [200, 200], "another message has it"

        bundle = {"targets": [other], "to": [f"u:{people.charlie}"], "merged": True}
        (bundled,) = (await bob.call("forward", **bundle))["ids"]
        await alice.call("recall", target=other)
        assert statuses(there, photo, value) == [200, 200], "it was passed on"

        await bob.call("recall", target=bundled)
        assert statuses(there, photo, value) == [404, 404]
        assert statuses(here, photo, value) == [404, 404]

        for device_, to, content in ((bob, people.charlie, value), (alice, people.charlie, photo)):
            sent_on = {"to": f"u:{to}", "kind": "picture", "content": content}
            assert await device_.refusal("send", **sent_on) == Error(404, "not_found")
        owner = Remote(here, people.alice, authorization=bearer(people.alice))
        assert (await owner.patch("me", avatar=photo)).failed == (400, "invalid")
        again = await uploaded(here, people.alice, "writev2", PHOTO)
        await alice.call("send", to=f"u:{people.bob}", kind="picture", content=again)
        assert statuses(there, again, photo, value) == [200, 404, 404], "it was uploaded again"
