"""Which headers tell of another site's page."""

import pytest

from accounts.authentication.origins import is_foreign

PUBLIC = ["https://chat.example"]


@pytest.mark.parametrize(
    ("origin", "site", "host"),
    [
        (None, None, "chat.example"),  # an app
        (None, "none", "chat.example"),  # typed by hand
        (None, "same-origin", "chat.example"),
        ("http://127.0.0.1:6060", "same-origin", "127.0.0.1:6060"),
        ("http://chat.example", None, "chat.example"),
        ("http://chat.example", None, "chat.example:80"),
        ("https://chat.example", None, "chat.example"),  # a proxy in front speaks TLS
        ("https://chat.example", None, "chat.example:443"),
        ("https://Chat.Example", None, "chat.example"),
        ("http://[::1]:6060", None, "[::1]:6060"),
        ("https://chat.example", "cross-site", "127.0.0.1:6060"),  # the public URL's
    ],
)
def test_ours(origin: str | None, site: str | None, host: str) -> None:
    assert not is_foreign(origin, site, host, PUBLIC)


@pytest.mark.parametrize(
    ("origin", "site", "host"),
    [
        (None, "cross-site", "chat.example"),
        (None, "same-site", "chat.example"),
        ("https://elsewhere.example", None, "127.0.0.1:6060"),
        ("https://chat.example.elsewhere", None, "chat.example"),
        ("https://chat.example:8443", None, "chat.example"),
        ("http://127.0.0.1:7070", "same-site", "127.0.0.1:6060"),
        ("http://127.0.0.1", None, "127.0.0.1:6060"),
        ("http://127.0.0.1:6060", "cross-site", "127.0.0.1:6060"),
        ("null", "cross-site", "chat.example"),
        ("null", None, ""),
        ("", None, ""),
        ("file://", None, "chat.example"),
        ("http://[", None, "chat.example"),
        ("https://[foo]", None, "[foo]"),
        ("https://chat.example]", None, "chat.example"),
    ],
)
def test_foreign(origin: str | None, site: str | None, host: str) -> None:
    assert is_foreign(origin, site, host, PUBLIC)
