"""What pages say of themselves to which people link: hostile pages too."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from pytest_django import Settings

from chat.models import LinkPreview
from chat.protocol.events import PreviewReady
from chat.readers.reader import registered
from chat.services import moderating
from chat.signals import preview_ready
from groups import services as group_services
from log.appending import Draft, append
from log.models import Group
from log.rows import EDIT, RECALL, Entry
from notifications.addresses import Resolver
from notifications.previews import fetching, finding
from notifications.previews.fetching import FetchedFile, FetchFailed
from notifications.previews.finding import NotedLink, Previews, fetch_preview, link_in
from tests.client.files import png
from tests.support.api import Api
from tests.support.groups import ALICE, BOB, CHARLIE
from tests.support.settings import override
from uploads.pruning import remove_unclaimed

# Public, so that nothing is refused, and nobody asks for it.
HOST = "http://93.184.216.34"
HTML = "text/html; charset=utf-8"
PICTURE = f"/media/{'a' * 32}-1x1.png"


class Site:
    """Answers by path. `answers`: the head without its first line, and the body; None never ends it."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[str, str, bytes | None]] = {}
        self.requested_paths: list[str] = []

    def says(
        self, path: str, body: bytes | str | None, type_: str = HTML, status: str = "200 OK", more: str = ""
    ) -> str:
        content = body.encode() if isinstance(body, str) else body
        self.answers[path] = (status, f"Content-Type: {type_}\r\n{more}", content)
        return HOST + path

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split()[1].decode()
        self.requested_paths.append(path)
        status, headers, body = self.answers[path]
        writer.write(f"HTTP/1.1 {status}\r\n{headers}Connection: close\r\n\r\n".encode())
        try:
            while body is None:
                writer.write(b"<title>Endless</title>" + b"x" * 65536)
                await writer.drain()
            writer.write(body)
            await writer.drain()
        except OSError:
            pass
        writer.close()


@pytest_asyncio.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    test_site = Site()
    server = await asyncio.start_server(test_site.answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setattr(fetching, "connect", lambda *_, **__: asyncio.open_connection("127.0.0.1", port))
    yield test_site
    server.close()


async def preview_of(url: str) -> dict[str, str]:
    resolver = Resolver()
    try:
        return await finding.read_page(await fetching.fetch_page(url, resolver))
    finally:
        resolver.close()


@pytest.mark.promise("json-76")
async def test_preview_has_title_description_site_and_picture(site: Site) -> None:
    page = """<html><head><title>Old</title><script>var a = "<title>No</title>"</script>
        <meta property="og:title" content="Tom &amp; Jerry &#x4f60;">
        <meta name="description" content=" A\n film ">
        <meta property="og:site_name" content="Films"><meta property="og:image" content="/a.png"></head>"""
    expected = {"title": "Tom & Jerry 你", "description": "A film", "site": "Films", "picture": "/a.png"}
    assert await preview_of(site.says("/film", page)) == expected
    gbk = '<meta charset="gbk"><title>中文页面</title>'.encode("gbk")
    assert (await preview_of(site.says("/gbk", gbk, "text/html")))["title"] == "中文页面"
    moved = site.says("/moved", "", status="302 Found", more="Location: /film\r\n")
    assert (await preview_of(moved))["title"] == "Tom & Jerry 你"


@pytest.mark.promise("json-76")
async def test_preview_requests_no_private_address(site: Site) -> None:
    inside = [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://[::1]/",
        "http://10.0.0.1/",
        "http://2130706433/",
    ]
    inside += ["http://169.254.169.254/", "file:///etc/passwd", "http://a:b@93.184.216.34/", f"{HOST}:8080/"]
    for number, url in enumerate(inside):
        redirect = site.says(f"/{number}", "", status="302 Found", more=f"Location: {url}\r\n")
        for start in (url, redirect):
            with pytest.raises(FetchFailed):
                await preview_of(start)
    assert site.requested_paths == [f"/{number}" for number in range(len(inside))]


async def test_hostile_page_is_bounded_and_sanitized(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await preview_of(site.says("/endless", None)))["title"] == "Endless"
    refused = [
        site.says("/packed", b"x", more="Content-Encoding: gzip\r\n"),
        site.says("/program", b"x", "application/octet-stream"),
        site.says("/gone", "<title>x</title>", status="404 Not Found"),
        site.says("/round", "", status="302 Found", more="Location: /round\r\n"),
        site.says("/nowhere", "", status="302 Found"),
        site.says("/head", "", more="X: " + "x" * 40_000 + "\r\n"),
    ]
    for url in refused:
        with pytest.raises(FetchFailed):
            await preview_of(url)
    marks = await preview_of(site.says("/marks", "<title>e" + "\u0301" * 65536 + "\u202eevil\x00</title>"))
    assert marks["title"] == "e\u0301\u0301"
    turned = await preview_of(site.says("/turned", "<title>a\u202eb\x00\u200bc</title>"))
    assert turned["title"] == "a b c"
    for charset in ("none", "rot13", "punycode", "utf-16", "unicode_escape"):
        await preview_of(site.says("/charset", b"<title>x</title>" * 1000, f"text/html; charset={charset}"))
    for opened in ("<!--", "<![CDATA[", "<a " + "x=" * 100, "&" * 1000, "<" * 1000):
        await preview_of(site.says("/open", opened * (250_000 // len(opened))))
    monkeypatch.setattr(fetching, "SECONDS", 0.2)
    monkeypatch.setattr(fetching, "connect", lambda *_, **__: asyncio.sleep(60))
    with pytest.raises(FetchFailed):
        await preview_of(HOST)


def test_link_ends_before_punctuation_and_spaces() -> None:
    texts = [
        "see https://a.example/x?y=1, and http://b",
        "看https://a.example/这个",
        "(https://a.example/)",
        "a.example",
    ]
    assert [link_in(text) for text in texts] == [
        "https://a.example/x?y=1",
        "https://a.example/",
        "https://a.example/",
        "",
    ]


def noted(rows: list[Entry]) -> list[str]:
    finding._waiting.clear()
    Previews().prepare(rows)()
    return [one.url for one in finding._waiting]


def test_preview_queue_is_bounded_per_person_and_skips_old_messages() -> None:
    now = int(time.time())
    rows = [Entry(number, "text", "eve", BOB, f"https://a.example/{number}", "", now) for number in range(12)]
    assert "previews" not in [reader.name for reader in registered()], "it is off"
    assert noted(rows) == [row.content for row in rows[:10]]
    others = [
        rows[0]._replace(sender="mallory", time=now - 100),
        rows[0]._replace(sender="mallory", kind="emotion"),
    ]
    assert noted(others) == []


@pytest.mark.django_db(transaction=True)
async def test_preview_picture_is_reencoded_and_stored(site: Site) -> None:
    page = '<title>Film</title><meta property="og:image" content="a.png">'
    site.says("/a.png", png(64, 32)["buffer"], "image/png")
    resolver = Resolver()
    preview = await fetch_preview(site.says("/film", page), resolver)
    site.says("/a.png", b"<svg onload=alert(1)>", "image/svg+xml")
    bare = await fetch_preview(f"{HOST}/film", resolver)
    resolver.close()
    assert preview is not None
    assert bare is not None
    assert (preview.title, preview.site) == ("Film", "93.184.216.34")
    assert preview.picture.endswith("-64x32.png")
    assert bare.picture == ""


@pytest.fixture
def message(group: Group, settings: Settings) -> int:
    override(settings, link_previews=True)
    return append([Draft("text", BOB, group.pk, "see https://a.example/", "")]).batch.last


def store_example_preview(message: int, group: Group) -> None:
    preview = LinkPreview(
        url="https://a.example/", title="A", site="a.example", picture=f"/media/{'a' * 32}-1x1.png"
    )
    finding.store_preview(NotedLink(message, BOB, group.pk, preview.url), preview)


@pytest.mark.promise("json-76")
@pytest.mark.django_db(transaction=True)
def test_preview_is_listed_until_message_loses_link(group: Group, message: int) -> None:
    previews: list[PreviewReady] = []
    preview_ready.connect(receiver := lambda preview, **_: previews.append(preview))
    group_services.add_members(group.pk, [CHARLIE])
    store_example_preview(message, group)
    store_example_preview(message, group)
    preview_ready.disconnect(receiver)
    assert (previews[0].userid, previews[0].to, previews[0].latecomers) == (BOB, group.pk, (CHARLIE,))
    path = f"conversations/g:{group.pk}/messages"
    (listed,) = Api(ALICE).get(path).body["items"]
    picture = f"/media/{'a' * 32}-1x1.png"
    assert listed["preview"] == {
        "url": "https://a.example/",
        "title": "A",
        "site": "a.example",
        "picture": picture,
    }
    append([Draft(EDIT, BOB, group.pk, "see nothing", "", target=message)])
    assert "preview" not in Api(ALICE).get(path).body["items"][0]


@pytest.mark.django_db(transaction=True)
def test_erased_or_recalled_message_has_no_preview(group: Group, message: int) -> None:
    store_example_preview(message, group)
    moderating.erase(message)
    assert not LinkPreview.objects.exists()
    store_example_preview(message, group)
    other = append([Draft("text", BOB, group.pk, "see https://a.example/", "")]).batch.last
    append([Draft(RECALL, BOB, group.pk, "", "", target=other)])
    store_example_preview(other, group)
    assert not LinkPreview.objects.exists()
    assert remove_unclaimed(["a" * 32], lambda rows, total: rows) == 0


async def test_preview_process_that_dies_yields_no_preview() -> None:
    """As it does when its time or its memory is used up."""
    got = FetchedFile(HOST, HTML, b"<title>x</title>")
    assert (await finding.read_page(got))["title"] == "x"
    assert await finding.read_page(got._replace(type="a\nb")) != {"title": "x"}
