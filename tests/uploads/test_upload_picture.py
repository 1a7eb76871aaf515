"""Uploading a picture: it is turned upright, and metadata about its owner is removed."""

import re

import pytest
from PIL import Image

from testkit.recordings import animation, camera_notes, halves, photo
from testkit.server import Server
from testkit.uploading import as_android_reads, fetch, upload
from tests.support.playing import is_red, seen
from uploads.names import display_name, stem_of

EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp"}
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}


def test_stored_picture_has_size_in_its_name(server: Server, picture: bytes) -> None:
    reply = upload(server, "/upload/writev2", picture)

    assert (reply.code, reply.message) == (0, "OK")
    assert re.fullmatch(rf"{server.http}/media/[0-9a-f]{{32}}-200x100\.jpg", reply.data)


@pytest.mark.parametrize("format_", EXTENSIONS)
def test_picture_keeps_its_format(server: Server, format_: str) -> None:
    reply = upload(server, "/upload/writev2", photo(halves((64, 48)), format_))

    assert reply.data.endswith(f"-64x48.{EXTENSIONS[format_]}")
    assert as_android_reads(reply.data) == "64x48"
    stored = fetch(reply.data)
    assert stored.headers["Content-Type"] == TYPES[format_]
    served = seen(stored.body)
    assert (served.format, served.size) == (format_, (64, 48))
    assert is_red(served, 0.1, 0.5)
    assert not is_red(served, 0.9, 0.5)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_picture_orientation_is_applied(server: Server, format_: str) -> None:
    lying = photo(halves((64, 48)), format_, exif=camera_notes(orientation=6))

    reply = upload(server, "/upload/writev2", lying)

    assert as_android_reads(reply.data) == "48x64"
    served = seen(fetch(reply.data).body)
    assert served.size == (48, 64)
    assert is_red(served, 0.5, 0.1)
    assert not is_red(served, 0.5, 0.9)
    assert not served.getexif()


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_camera_metadata_is_removed_from_picture(server: Server, format_: str) -> None:
    noted = photo(halves((64, 48)), format_, exif=camera_notes())
    assert b"SecretMaker" in noted

    stored = fetch(upload(server, "/upload/writev2", noted).data).body

    assert b"SecretMaker" not in stored
    assert not seen(stored).getexif()


def test_comments_are_removed_from_picture(server: Server) -> None:
    stored = fetch(upload(server, "/upload/writev2", animation("GIF", comment=b"SecretComment")).data).body

    assert b"SecretComment" not in stored


@pytest.mark.parametrize("format_", ["GIF", "WEBP"])
def test_animated_picture_stays_animated(server: Server, format_: str) -> None:
    original = animation(format_, frames=4)

    served = seen(fetch(upload(server, "/upload/writev2", original).data).body)

    assert getattr(served, "n_frames", 1) == 4
    assert served.info["loop"] == 0
    for number in range(4):
        served.seek(number)
        before = seen(original)
        before.seek(number)
        assert served.convert("RGB").tobytes() == before.convert("RGB").tobytes()


def test_picture_of_one_pixel_is_accepted(server: Server) -> None:
    reply = upload(server, "/upload/writev2", photo(Image.new("RGB", (1, 1), "red"), "PNG"))

    assert as_android_reads(reply.data) == "1x1"
    assert seen(fetch(reply.data).body).size == (1, 1)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("format_", ["JPEG", pytest.param("PNG", marks=pytest.mark.wide)])
def test_very_large_picture_is_accepted(server: Server, format_: str) -> None:
    reply = upload(server, "/upload/writev2", photo(Image.new("L", (12_000, 12_000), 90), format_))

    assert as_android_reads(reply.data) == "12000x12000"
    served = seen(fetch(reply.data).body)
    served.load()
    assert served.size == (12_000, 12_000)


def test_cmyk_picture_becomes_rgb(server: Server) -> None:
    reply = upload(server, "/upload/writev2", photo(halves((64, 48)).convert("CMYK"), "JPEG"))

    served = seen(fetch(reply.data).body)
    assert served.mode == "RGB"
    assert is_red(served, 0.1, 0.5)


def test_transparent_picture_keeps_its_alpha(server: Server) -> None:
    reply = upload(server, "/upload/writev2", photo(Image.new("RGBA", (8, 8), (10, 20, 30, 40)), "PNG"))

    assert seen(fetch(reply.data).body).getpixel((0, 0)) == (10, 20, 30, 40)


def test_heic_picture_is_refused_with_own_error(server: Server) -> None:
    reply = upload(server, "/upload/writev2", b"\0\0\0\x18ftypheic" + bytes(200))

    assert reply.code == 4
    assert "JPEG" in reply.message


def test_picture_is_refused_as_voice_and_video(server: Server, picture: bytes) -> None:
    assert upload(server, "/upload/writev1", picture).code == 4
    assert upload(server, "/upload/writev3", picture).code == 4


@pytest.mark.slow
@pytest.mark.parametrize(
    "format_", ["JPEG", "GIF", *(pytest.param(one, marks=pytest.mark.wide) for one in ("PNG", "WEBP"))]
)
def test_large_picture_has_smaller_display_copy(server: Server, format_: str) -> None:
    """The original keeps its size. The smaller version has the name that the pages derive."""
    lying = photo(halves((3000, 2000)), format_, exif=camera_notes(orientation=6 if format_ != "GIF" else 1))
    reply = upload(server, "/upload/writev2", lying)
    size = (3000, 2000) if format_ == "GIF" else (2000, 3000)
    assert as_android_reads(reply.data) == f"{size[0]}x{size[1]}"
    name = reply.data.rpartition("/")[2]
    display = display_name(name)
    assert display
    served = seen(fetch(reply.data.replace(name, display)).body)
    assert served.format == "JPEG"
    assert max(served.size) == 2048
    assert not served.getexif()
    assert is_red(served, *((0.1, 0.5) if format_ == "GIF" else (0.5, 0.1)))
    assert not is_red(served, *((0.9, 0.5) if format_ == "GIF" else (0.5, 0.9)))
    assert seen(fetch(reply.data).body).size == size


@pytest.mark.slow
def test_long_picture_has_readable_display_copy(server: Server) -> None:
    """Also if the picture is stored turned by 90 degrees in a JPEG, which is decoded at half of its size."""
    lying = photo(halves((9000, 2400)), "JPEG", exif=camera_notes(orientation=6))
    name = upload(server, "/upload/writev2", lying).data.rpartition("/")[2]
    served = seen(fetch(f"{server.http}/media/{display_name(name)}").body)
    assert served.size == (1058, 3966)
    assert is_red(served, 0.5, 0.1)
    assert not is_red(served, 0.5, 0.9)


@pytest.mark.slow
def test_largest_picture_has_a_display_version(server: Server) -> None:
    """A browser would need 580 MB for the picture itself."""
    huge = photo(Image.new("P", (12_000, 12_000)), "PNG")
    name = upload(server, "/upload/writev2", huge).data.rpartition("/")[2]
    assert seen(fetch(f"{server.http}/media/{display_name(name)}").body).size == (2048, 2048)


def test_small_picture_has_no_display_copy(server: Server, picture: bytes) -> None:
    name = upload(server, "/upload/writev2", picture).data.rpartition("/")[2]
    stored = [path.name for path in (server.data_dir / "media").iterdir()]
    assert [one for one in stored if stem_of(one) == stem_of(name)] == [name]
