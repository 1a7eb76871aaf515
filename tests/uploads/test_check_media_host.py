"""A host that would spoil media URLs for the shipped clients is warned of."""

import pytest
from pytest_django import Settings

from uploads.checks import check_media_host


@pytest.mark.parametrize(
    "url", ["https://media.example", "https://media.example:8443/files", "http://127.0.0.1:6060", ""]
)
def test_it_works(settings: Settings, url: str) -> None:
    settings.IM66_MEDIA_URL = url

    assert check_media_host(None) == []


@pytest.mark.parametrize(
    "url",
    ["https://my-media.example", "https://my_media.example", "https://media.example/a-b", "http://h/a_b"],
)
@pytest.mark.parametrize("name", ["IM66_MEDIA_URL", "IM66_PUBLIC_URL"])
def test_a_host_with_a_dash_is_warned_of(settings: Settings, url: str, name: str) -> None:
    settings.IM66_MEDIA_URL = ""
    setattr(settings, name, url)

    (warning,) = check_media_host(None)

    assert warning.id == "uploads.W001"
    assert name in warning.msg


def test_only_the_host_that_serves_media_counts(settings: Settings) -> None:
    settings.IM66_PUBLIC_URL = "https://chat-of-ours.example"
    settings.IM66_MEDIA_URL = "https://media.example"

    assert check_media_host(None) == []
