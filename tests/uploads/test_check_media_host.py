"""The check that warns of media hosts whose URLs the shipped clients misread."""

import pytest
from pytest_django import Settings

from tests.support.settings import override
from uploads.hosts import check_media_host


@pytest.mark.parametrize(
    "url", ["https://media.example", "https://media.example:8443/files", "http://127.0.0.1:6060", ""]
)
def test_ordinary_media_host_has_no_warning(settings: Settings, url: str) -> None:
    override(settings, media_url=url)

    assert check_media_host(None) == []


@pytest.mark.parametrize(
    "url",
    ["https://my-media.example", "https://my_media.example", "https://media.example/a-b", "http://h/a_b"],
)
@pytest.mark.parametrize("field", ["media_url", "public_url"])
def test_media_host_with_dash_has_a_warning(settings: Settings, url: str, field: str) -> None:
    override(settings, **{"media_url": "", field: url})

    (warning,) = check_media_host(None)

    assert warning.id == "uploads.W001"
    assert f"IM66_{field.upper()}" in warning.msg


def test_only_the_media_host_is_checked_for_dashes(settings: Settings) -> None:
    override(settings, public_url="https://chat-of-ours.example", media_url="https://media.example")

    assert check_media_host(None) == []
