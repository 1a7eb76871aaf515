"""Avatars are reduced to a useful size, and decoded only once."""

import pytest
from PIL import Image

from testkit import recordings
from testkit.recordings import animation, halves, photo
from testkit.server import Server
from testkit.uploading import UploadReply, as_android_reads, fetch, upload
from tests.conftest import MakeServer
from tests.support.calling import call
from tests.support.playing import seen

AVATAR = "/upload/avatar?userid={}"


def enormous(number: int) -> bytes:
    """Return a file of 18 to 42 KB with a picture of 149 million pixels, different for each number."""
    picture = Image.new("1", (12_200, 12_200), number % 2)
    picture.putpixel((number, number), 1 - number % 2)
    return photo(picture, "PNG")


def thumbnail_of(url: str) -> str:
    return url.partition("-")[0] + ".jpg"


def test_stored_avatar_has_size_in_its_name(server: Server) -> None:
    reply = upload(server, AVATAR.format("alice-avatars"), photo(halves((300, 200)), "JPEG"))

    assert reply.code == 0
    assert as_android_reads(reply.data) == "300x200"
    assert seen(fetch(reply.data).body).size == (300, 200)


def test_avatar_has_thumbnail(server: Server) -> None:
    reply = upload(server, AVATAR.format("alice-thumbnails"), photo(halves((300, 200)), "PNG"))

    thumbnail = seen(fetch(thumbnail_of(reply.data)).body).convert("RGB")
    assert thumbnail.size == (160, 160)
    left, right = thumbnail.getpixel((20, 80)), thumbnail.getpixel((140, 80))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[0] > 150 > left[2]
    assert right[2] > 150 > right[0]


def test_muted_person_cannot_change_avatar(server: Server) -> None:
    userid = "mallory-avatars"
    server.run_python(f"from accounts.models import User; User.objects.create_user({userid!r}, muted=True)")
    reply = upload(server, AVATAR.format(userid), photo(halves((300, 200)), "JPEG"))
    assert reply == UploadReply(5, "You are muted.", "")
    assert server.query(f"SELECT avatar FROM accounts_user WHERE userid = '{userid}'") == [("",)]


def test_avatar_thumbnail_is_upright(server: Server) -> None:
    lying = photo(halves((300, 200)), "JPEG", exif=recordings.camera_notes(6))

    reply = upload(server, AVATAR.format("alice-turned"), lying)

    assert as_android_reads(reply.data) == "200x300"
    top = seen(fetch(thumbnail_of(reply.data)).body).convert("RGB").getpixel((80, 15))
    assert isinstance(top, tuple)
    assert top[0] > 150 > top[2]


@pytest.mark.parametrize(
    ("picture", "format_", "expected"),
    [
        (halves((4_000, 3_000)), "JPEG", "1024x768"),
        (halves((2_000, 500)), "PNG", "1024x256"),
        (Image.new("RGBA", (2_048, 2_048), (0, 0, 0, 0)), "PNG", "1024x1024"),
        (Image.new("P", (1_025, 1_025)), "GIF", "1024x1024"),
        (Image.new("CMYK", (1_500, 1_500)), "JPEG", "1024x1024"),
        (Image.new("I;16", (1_500, 1_500)), "PNG", "1024x1024"),
        (halves((2_000, 2_000)), "WEBP", "1024x1024"),
    ],
)
def test_large_avatar_is_reduced(server: Server, picture: Image.Image, format_: str, expected: str) -> None:
    reply = upload(server, AVATAR.format("alice-large"), photo(picture, format_))

    assert reply.code == 0, reply
    assert as_android_reads(reply.data) == expected
    stored = seen(fetch(reply.data).body)
    assert f"{stored.width}x{stored.height}" == expected
    assert stored.has_transparency_data == (picture.mode == "RGBA")


def test_avatar_of_108_million_pixels_is_accepted(server: Server) -> None:
    reply = upload(server, AVATAR.format("alice-photo"), photo(halves((12_000, 9_000)), "JPEG"))

    assert as_android_reads(reply.data) == "1024x768"


def test_animated_avatar_stays_animated(server: Server) -> None:
    reply = upload(server, AVATAR.format("alice-moving"), animation("GIF"))

    assert getattr(seen(fetch(reply.data).body), "n_frames", 1) == 3


@pytest.mark.slow
def test_avatar_with_too_many_pixels_is_not_decoded(make_server: MakeServer) -> None:
    server = make_server()
    group = call(server, "creategrp", creator="alice", members="bob", name="Friends")["groupid"]

    before = server.children_seconds()
    replies = [upload(server, AVATAR.format("bob"), enormous(number)) for number in range(4)]

    assert {reply.code for reply in replies} == {3}
    assert replies[0].message == "A picture has at most 50000000 pixels."
    assert server.children_seconds() - before < 4 * 0.5
    faces = call(server, "grpinfo", groupid=group)["members"]
    assert all(face["snap"].endswith("avatar.png") for face in faces)


def test_same_picture_in_message_keeps_its_size(server: Server) -> None:
    content = photo(halves((2_000, 1_000)), "JPEG")

    upload(server, AVATAR.format("alice-both"), content)

    assert as_android_reads(upload(server, "/upload/writev2", content).data) == "2000x1000"
