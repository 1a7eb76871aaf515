"""The names of stored files, as the server, nginx and the pages parse them."""

import re

import pytest

from testkit.server import ROOT
from uploads import names
from uploads.worker.tasks import MEDIA_TYPES

STEM = "0123456789abcdef" * 2
PAGE = (ROOT / "docs" / "media.md").read_text()


@pytest.mark.parametrize(
    "name", [names.voice_name(STEM, 3), names.sized_name(STEM, 746, 750, "png"), names.unsized_name(STEM)]
)
def test_every_kind_of_media_name_is_valid(name: str) -> None:
    assert names.is_stored_name(name)
    assert names.stem_of(name) == STEM
    assert names.stems_in(f"http://127.0.0.1:6060/media/{name}") == [STEM]


def test_video_name_has_poster_companion() -> None:
    video = names.sized_name(STEM, 640, 330, "mp4")
    assert names.companion_names(video) == [f"{STEM}-640x330.jpg", f"{STEM}.jpg"]


def test_picture_name_has_thumbnail_companion() -> None:
    assert names.companion_names(names.sized_name(STEM, 1, 2, "png")) == [f"{STEM}.jpg"]


def test_nginx_page_has_same_name_pattern() -> None:
    assert f"media/({names.PATTERN})$" in PAGE


def test_nginx_page_has_same_media_types() -> None:
    (types,) = re.findall(r"types \{ (.*?;) \}", PAGE)
    types_of_nginx = dict(reversed(pair.split()) for pair in types.rstrip(";").split("; "))
    assert types_of_nginx == MEDIA_TYPES


@pytest.mark.parametrize(
    ("size", "display_size"),
    [
        ((200, 100), None),
        ((2048, 2048), None),
        ((4000, 3000), (2048, 1536)),
        ((12_000, 12_000), (2048, 2048)),
        # The pages round as this does.
        ((30_000, 200), (2048, 14)),
        ((32_767, 129), (2048, 8)),
        # What is long can be read.
        ((1500, 4501), (1182, 3548)),
        ((1080, 12_000), (614, 6827)),
        ((200, 32_767), (100, 16_384)),
    ],
)
def test_large_picture_has_display_name(size: tuple[int, int], display_size: tuple[int, int] | None) -> None:
    picture = names.sized_name(STEM, *size, "png")
    expected = display_size and names.sized_name(STEM, *display_size, "jpg")
    assert names.display_name(picture) == expected
    assert (expected in names.companion_names(picture)) == (expected is not None)
    assert names.display_name(names.sized_name(STEM, *size, "mp4")) is None
