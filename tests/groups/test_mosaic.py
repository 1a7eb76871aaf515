"""The picture of a group: its first nine members, made in the background."""

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFont, ImageStat

from groups.pictures.mosaic import _font_paths, color, initials
from testkit.recordings import photo
from testkit.server import ROOT, Server
from testkit.services import free_port
from testkit.uploading import fetch, upload
from tests.conftest import MakeServer
from tests.support.calling import call
from tests.support.playing import seen
from tests.support.waiting import until
from uploads.worker.mosaics import BACKGROUND, GAP, SIDE, Tile, _drawn, tile_positions

GREEN = (0, 160, 0)


def make_group(server: Server, *members: str) -> str:
    """A group whose first member made it; its id."""
    made = call(server, "creategrp", creator=members[0], members=",".join(members), name="Friends")
    group_id: str = made["groupid"]
    return group_id


def snap(server: Server, group_id: str) -> str:
    url: str = call(server, "grpinfo", groupid=group_id)["snap"]
    return url


def own_snap(server: Server, group_id: str, other_than: str = "") -> str:
    """The URL of the group's own picture, once it has one."""
    until(lambda: "/media/" in snap(server, group_id) and snap(server, group_id) != other_than)
    return snap(server, group_id)


def picture_of(url: str) -> Image.Image:
    got = fetch(url)
    assert (got.status, got.headers["Content-Type"]) == (200, "image/jpeg")
    return seen(got.body).convert("RGB")


def shows(picture: Image.Image, place: tuple[int, int, int], expected: tuple[int, int, int]) -> bool:
    """Whether a tile's upper left corner has a colour, as far as JPEG keeps it."""
    pixel = picture.getpixel((place[0] + 3, place[1] + 3))
    assert isinstance(pixel, tuple)
    return all(abs(one - other) < 30 for one, other in zip(pixel, expected, strict=True))


@pytest.mark.promise("call-15")
def test_creategrp_reply_has_group_picture(server: Server) -> None:
    made = call(server, "creategrp", creator="alice-ready", members="bob-ready", name="Friends")
    assert "/media/" in made["snap"]
    picture_of(made["snap"])


def test_a_mosaic_shows_each_member_in_a_place_of_their_own(server: Server) -> None:
    group_id = make_group(server, "alice-mosaic", "bob-mosaic")

    picture = picture_of(own_snap(server, group_id))

    assert picture.size == (SIDE, SIDE)
    alice, bob = tile_positions(2)
    assert shows(picture, alice, color("alice-mosaic"))
    assert shows(picture, bob, color("bob-mosaic"))


@pytest.mark.parametrize(
    ("count", "rows"),
    [
        (1, [1]),
        (2, [2]),
        (3, [1, 2]),
        (4, [2, 2]),
        (5, [2, 3]),
        (6, [3, 3]),
        (7, [1, 3, 3]),
        (8, [2, 3, 3]),
        (9, [3, 3, 3]),
    ],
)
def test_mosaic_tiles_are_arranged_in_rows(count: int, rows: list[int]) -> None:
    tiles = tile_positions(count)

    tops = sorted({top for _, top, _ in tiles})
    assert [sum(tile[1] == top for tile in tiles) for top in tops] == rows
    for top in tops:
        row = [left for left, at, _ in tiles if at == top]
        right = row[-1] + tiles[0][2]
        assert abs(row[0] - (SIDE - right)) <= 2, "centred"
        assert row[0] >= GAP
        assert right <= SIDE - GAP
    assert abs(tops[0] - (SIDE - tops[-1] - tiles[0][2])) <= 2, "centred"


def test_picture_url_has_no_reserved_signs(server: Server) -> None:
    group_id = make_group(server, "alice-url", "bob-url")

    assert not {"-", "_"} & set(own_snap(server, group_id))


def test_picture_changes_with_members(server: Server) -> None:
    group_id = make_group(server, "alice-change", "bob-change")
    first = own_snap(server, group_id)

    call(server, "addmembers", groupid=group_id, members="dora-change")
    second = own_snap(server, group_id, other_than=first)

    assert shows(picture_of(second), tile_positions(3)[2], color("dora-change"))
    call(server, "delmembers", groupid=group_id, members="dora-change")
    assert own_snap(server, group_id, other_than=second) == first


def test_an_old_url_keeps_working(server: Server) -> None:
    group_id = make_group(server, "alice-old", "bob-old")
    first = own_snap(server, group_id)
    before = fetch(first).body
    call(server, "addmembers", groupid=group_id, members="dora-old")
    own_snap(server, group_id, other_than=first)

    assert fetch(first).body == before


def test_tenth_member_does_not_change_the_group_picture(server: Server) -> None:
    nine = [f"ten{number}" for number in range(9)]
    group_id = make_group(server, *nine)
    first = own_snap(server, group_id)

    call(server, "addmembers", groupid=group_id, members="tenth")
    call(server, "addmembers", groupid=make_group(server, "other"), members="tenth")

    assert snap(server, group_id) == first


@pytest.mark.slow
def test_picture_includes_avatars(server: Server) -> None:
    group_id = make_group(server, "alice-avatar", "bob-avatar")
    first = own_snap(server, group_id)

    reply = upload(
        server, "/upload/avatar?userid=bob-avatar", photo(Image.new("RGB", (300, 200), GREEN), "PNG")
    )

    assert reply.code == 0
    faces = call(server, "grpinfo", groupid=group_id)["members"]
    assert {face["userid"]: face["snap"] for face in faces}["bob-avatar"] == reply.data
    picture = picture_of(own_snap(server, group_id, other_than=first))
    alice, bob = tile_positions(2)
    assert shows(picture, bob, GREEN)
    assert shows(picture, alice, color("alice-avatar"))


def drawn(userid: str, letters: str, fonts: Sequence[str] = ()) -> Image.Image:
    """The picture of a group of one who has no avatar; without letters, head and shoulders."""
    canvas = Image.new("RGB", (SIDE, SIDE), BACKGROUND)
    ((left, top, side),) = tile_positions(1)
    canvas.paste(_drawn(Tile(letters, color(userid)), side, fonts or _font_paths()), (left, top))
    return canvas


def difference(one: Image.Image, other: Image.Image) -> float:
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


@pytest.mark.parametrize(("userid", "letter"), [("小明", "小"), ("龍傲天", "龍"), ("éva", "É")])
def test_chinese_initials_are_drawn(server: Server, userid: str, letter: str) -> None:
    picture = picture_of(own_snap(server, make_group(server, userid)))

    assert difference(picture, drawn(userid, letter)) < 3
    assert difference(picture, drawn(userid, "")) > 10


def test_letter_without_glyph_is_drawn_as_silhouette(server: Server) -> None:
    picture = picture_of(own_snap(server, make_group(server, "😀")))

    assert difference(picture, drawn("😀", "")) < 3


def test_latin_letters_are_in_the_same_font_as_ever() -> None:
    assert drawn("alice", "A") == drawn("alice", "A", [""])
    assert drawn("alice", "A") != drawn("alice", "A", _font_paths()[-1:])


@pytest.mark.slow
def test_picture_is_made_within_minimum_memory(make_server: MakeServer) -> None:
    server = make_server(IM66_MEDIA_MEMORY_MB="256", IM66_MEDIA_SECONDS="1")

    picture = picture_of(own_snap(server, make_group(server, "小明")))

    assert difference(picture, drawn("小明", "小")) < 3
    assert difference(picture, drawn("小明", "")) > 10


@pytest.mark.slow
def test_picture_uses_configured_font(make_server: MakeServer, tmp_path: Path) -> None:
    known = make_server()
    font = ImageFont.load_default(20)
    assert isinstance(font, ImageFont.FreeTypeFont)
    path = tmp_path / "font.ttf"
    path.write_bytes(font.font_bytes)
    server = make_server(IM66_MOSAIC_FONT=os.path.relpath(path, ROOT))

    pictures = [picture_of(own_snap(each, make_group(each, "alice"))) for each in (known, server)]

    # The same but for the edges of the letter, for it is the font that is there anyhow.
    assert max(ImageStat.Stat(ImageChops.difference(*pictures)).mean) < 3


@pytest.mark.slow
def test_pictures_can_be_disabled(make_server: MakeServer) -> None:
    server = make_server(IM66_MOSAICS="false")
    group_id = make_group(server, "alice", "bob")

    assert snap(server, group_id).endswith("/static/im66/group.jpg")


@pytest.mark.slow
def test_missing_group_picture_is_made_when_group_is_read(make_server: MakeServer) -> None:
    server = make_server(IM66_MOSAICS="false")
    group_id = make_group(server, "alice", "bob")
    server.stop()
    del server.environment["IM66_MOSAICS"]
    server.start()

    assert own_snap(server, group_id)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("alice", "A"),
        ("Ada King Lovelace", "AL"),
        ("1000006331", "31"),
        ("段思琪", "段"),
        ("", ""),
        ("é", "É"),
    ],
)
def test_initials(name: str, expected: str) -> None:
    assert initials(name) == expected


class Elsewhere:
    """Another host with a picture, which counts who asks for it."""

    def __init__(self, port: int = 0) -> None:
        self.requests: list[str] = []
        self.go_on = threading.Event()
        self.go_on.set()
        elsewhere = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                elsewhere.requests.append(self.path)
                elsewhere.go_on.wait(30)
                if self.path == "/moved":
                    self.send_response(302)
                    self.send_header("Location", "/picture")
                    self.end_headers()
                    return
                self.send_response(200)
                self.end_headers()
                self.wfile.write(photo(Image.new("RGB", (50, 50), GREEN), "PNG"))

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self.go_on.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def fetching(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Server]:
    """A server that fetches avatars from there."""
    with Server(tmp_path_factory.mktemp("fetching"), IM66_AVATAR_HOSTS=f"127.0.0.1:{port}") as server:
        yield server


@pytest.fixture
def elsewhere(port: int) -> Iterator[Elsewhere]:
    host = Elsewhere(port)
    yield host
    host.close()


def give_avatar(server: Server, userid: str, url: str) -> None:
    code = (
        f"from accounts.services import ensure_users, set_avatar;"
        f"ensure_users([{userid!r}]); set_avatar({userid!r}, {url!r})"
    )
    server.manage("shell", "-c", code)


@pytest.mark.slow
def test_an_avatar_on_an_allowed_host_is_fetched(fetching: Server, elsewhere: Elsewhere) -> None:
    give_avatar(fetching, "bob", f"{elsewhere.url}/picture")

    picture = picture_of(own_snap(fetching, make_group(fetching, "alice", "bob")))

    assert elsewhere.requests == ["/picture"]
    assert shows(picture, tile_positions(2)[1], GREEN)


@pytest.mark.slow
def test_no_other_host_is_called(make_server: MakeServer, elsewhere: Elsewhere) -> None:
    server = make_server(IM66_AVATAR_HOSTS="pictures.example")
    give_avatar(server, "bob", f"{elsewhere.url}/picture")

    picture = picture_of(own_snap(server, make_group(server, "alice", "bob")))

    assert elsewhere.requests == []
    assert shows(picture, tile_positions(2)[1], color("bob"))


@pytest.mark.slow
def test_an_allowed_host_cannot_send_us_on(fetching: Server, elsewhere: Elsewhere) -> None:
    give_avatar(fetching, "dora", f"{elsewhere.url}/moved")

    picture = picture_of(own_snap(fetching, make_group(fetching, "alice", "dora")))

    assert elsewhere.requests == ["/moved"]
    assert shows(picture, tile_positions(2)[1], color("dora"))


@pytest.mark.slow
def test_group_creation_waits_briefly_for_picture(fetching: Server, elsewhere: Elsewhere) -> None:
    give_avatar(fetching, "erin", f"{elsewhere.url}/picture")
    elsewhere.go_on.clear()

    with ThreadPoolExecutor(1) as pool:
        making = pool.submit(make_group, fetching, "alice", "erin")
        until(lambda: bool(elsewhere.requests))
        assert call(fetching, "querymygrps", userid="charlie") == []
        assert not making.done(), "and it is the only one that waits"
        group_id = making.result(30)

    assert "/media/" not in snap(fetching, group_id)
    elsewhere.go_on.set()
    assert own_snap(fetching, group_id)


def test_tiles_have_equal_size(server: Server) -> None:
    group_id = make_group(server, *(f"even{number}" for number in range(5)))

    picture = picture_of(own_snap(server, group_id))

    blank = Image.new("RGB", picture.size, (221, 222, 224))
    assert ImageChops.difference(picture, blank).getbbox()
    for number, place in enumerate(tile_positions(5)):
        assert shows(picture, place, color(f"even{number}"))
