"""Messages with files of any type, in token mode: each client gets what it understands, and an address that
gives the file to nobody else."""

import asyncio
import re
from urllib.parse import urlsplit

import pytest

from testkit.device import Device, Error
from testkit.pdfs import pdf
from testkit.phone import Phone
from testkit.server import Server
from testkit.uploading import Fetched, request, send_file
from tests.json.conftest import Cast
from tests.json.places import STRICT, Place, Places
from tests.support.api import Remote
from tests.support.axes import ANYWHERE
from tests.support.tokens import token
from tests.wire.test_token_login import create

CONTENT = bytes(range(256)) * 400
NAME = "年度报告.pdf"


@pytest.fixture(params=ANYWHERE)
def place(request: pytest.FixtureRequest, places: Places) -> Place:
    return places.at(request.param, **STRICT)


@pytest.fixture
def people(here: Server, cast: Cast) -> Cast:
    create(here, *cast)
    return cast


@pytest.fixture
def url(here: Server, people: Cast) -> str:
    """Of Alice's file."""
    return send_file(here, bearer(people.alice), NAME, CONTENT)


def bearer(userid: str) -> str:
    return f"Bearer {token(userid)}"


def device(server: Server, userid: str) -> Device:
    return Device(server.entry, token=token(userid))


def got(server: Server, content: str, **headers: str) -> Fetched:
    parts = urlsplit(content)
    return request(server, "GET", f"{parts.path}?{parts.query}", None, headers)


@pytest.mark.promise("json-51")
async def test_file_message_has_the_name_and_a_working_url(
    here: Server, there: Server, people: Cast, url: str
) -> None:
    fields = {"name": NAME, "size": len(CONTENT), "type": "application/pdf"}
    async with device(here, people.alice) as alice, device(there, people.bob) as bob:
        sent = await alice.call("send", to=f"u:{people.bob}", kind="file", content=url, cid="a")
        again = await alice.call("send", to=f"u:{people.bob}", kind="file", content=url, cid="a")
        event = await bob.event()
        renamed = {"to": f"u:{people.bob}", "kind": "file", "content": url, "name": "b.pdf"}
        await alice.call("send", **renamed)
        assert (await bob.event())["file"] == {**fields, "name": "b.pdf"}

    page = await Remote(there, people.bob, authorization=bearer(people.bob)).get(
        f"conversations/u:{people.alice}/messages"
    )
    listed = await Remote(there, people.bob, authorization=bearer(people.bob)).get("conversations")

    assert sent == again
    for message in (event, page.body["items"][0], {**listed.body["items"][0]["last"], "file": fields}):
        assert (message["kind"], message["file"]) == ("file", fields)
        file = got(there, message["content"])
        assert (file.status, file.body) == (200, CONTENT)


@pytest.mark.promise("json-51")
async def test_pdf_message_has_a_preview_everywhere(here: Server, there: Server, people: Cast) -> None:
    url = await asyncio.to_thread(send_file, here, bearer(people.alice), NAME, pdf())
    async with device(here, people.alice) as alice, device(there, people.bob) as bob:
        await alice.call("send", to=f"u:{people.bob}", kind="file", content=url)
        event = await bob.event()
        (passed_on,) = (await bob.call("forward", targets=[event["id"]], to=[f"u:{people.charlie}"]))["ids"]
    page = await Remote(there, people.charlie, authorization=bearer(people.charlie)).get(
        f"conversations/u:{people.bob}/messages"
    )

    (message,) = page.body["items"]
    assert message["id"] == passed_on
    for file in (event["file"], message["file"]):
        picture = got(there, file["preview"])
        assert (picture.status, picture.headers["Content-Type"]) == (200, "image/jpeg")
        assert got(there, file["preview"].partition("?")[0]).status == 404
    assert got(here, event["content"]).body == pdf()


@pytest.mark.promise("json-51")
async def test_shipped_apps_get_a_file_as_text_with_a_link(here: Server, people: Cast, url: str) -> None:
    async with Phone(here.entry) as phone:
        await phone.send(f"login_{people.bob}_{token(people.bob)}")
        async with device(here, people.alice) as alice:
            await alice.call("send", to=f"u:{people.bob}", kind="file", content=url)
            message = await phone.message()

    words, link = message.content.split("\n")
    assert (message.kind, words) == ("text", f"[文件] {NAME} 100 KB")
    assert link.startswith(here.http)
    assert got(here, link).body == CONTENT


@pytest.mark.promise("json-52")
async def test_file_of_another_person_needs_its_signed_url(here: Server, people: Cast, url: str) -> None:
    async with device(here, people.alice) as alice, device(here, people.bob) as bob:
        await alice.call("send", to=f"u:{people.bob}", kind="file", content=url)
        value = (await bob.event())["content"]
        assert await bob.call("send", to=f"u:{people.charlie}", kind="file", content=value)
        forged = re.sub("s=.", lambda found: "s=" + ("0" if found[0][-1] != "0" else "1"), value)
        for content in (url, forged, value.replace("/files/", "/files/0"), "https://example.org/a.pdf", ""):
            refusal = await bob.refusal("send", to=f"u:{people.charlie}", kind="file", content=content)
            assert refusal == Error(404, "not_found"), content


@pytest.mark.promise("json-53")
async def test_file_needs_more_than_its_name(here: Server, people: Cast, url: str) -> None:
    assert got(here, url).status == 404
    assert got(here, url, Authorization=bearer(people.charlie)).status == 404
    assert got(here, url, Authorization=bearer(people.alice)).body == CONTENT
