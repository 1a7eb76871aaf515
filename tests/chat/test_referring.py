"""A message refers to the files that it names, also in the avatar that clients send with it."""

import base64

from chat.referring import stems_of

ONE, OTHER, THIRD = "a" * 32, "b" * 32, "c" * 32


def test_files_are_found_in_content_and_extension() -> None:
    extension = base64.encodebytes(f'{{"avatar": "http://host/media/{OTHER}-8x8.jpg"}}'.encode()).decode()
    assert "\n" in extension.strip()
    assert stems_of(f"http://host/media/{ONE}-3.mp3", extension) == {ONE, OTHER}


def test_an_extension_may_name_them_as_it_is() -> None:
    assert stems_of("", f'{{"poster": "/media/{THIRD}.jpg"}}') == {THIRD}


def test_what_only_looks_like_one_is_none() -> None:
    assert stems_of("a" * 33, "not base64 é") == set()
