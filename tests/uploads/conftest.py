"""A file of each kind, created once."""

import pytest

from testkit import recordings


@pytest.fixture(scope="session")
def voice() -> bytes:
    return recordings.tone(1, container="amr", codec="libopencore_amrnb", rate=8_000)


@pytest.fixture(scope="session")
def picture() -> bytes:
    return recordings.photo(recordings.halves((200, 100)), "JPEG")


@pytest.fixture(scope="session")
def film() -> bytes:
    return recordings.film(container="mp4", codec="libx264", sound="aac")
