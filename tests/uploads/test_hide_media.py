"""In token mode, the address of a picture, a recording or a video expires and hides its name."""

import time
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.services import ensure_users
from log.appending import Draft, append
from log.rows import RECALL
from tests.support.settings import override
from tests.support.tokens import SECRET
from uploads.hiding import expiring_url, expiring_url_for_moderators
from uploads.models import StoredFile
from uploads.selectors import moderator_url, own_picture_path, picture_path, stored_name
from uploads.signing import HOUR

STEM = "0123456789abcdef" * 2
NAME = f"{STEM}-640x480.jpg"
CONTENT = bytes(range(256)) * 1000


@pytest.fixture(autouse=True)
def token_mode(db: None, settings: Settings) -> None:
    override(settings, auth="token", token_secret=SECRET)
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    (Path(settings.MEDIA_ROOT) / NAME).write_bytes(CONTENT)


def status(path: str) -> int:
    return int(Client().get(path).status_code)


def changed(path: str, at: int) -> str:
    return path[:at] + ("0" if path[at] != "0" else "1") + path[at + 1 :]


def test_expiring_address_serves_file_and_hides_its_name() -> None:
    for url in (f"/media/{NAME}", f"/wsim/media/{NAME}", f"https://im.example/media/{NAME}?x#y"):
        path = expiring_url(url)
        assert STEM not in path
        assert path.partition("?")[0].endswith("-640x480.jpg")
        assert status(path) == 200
        assert stored_name(f"https://im.example{path}") == NAME
        assert picture_path(path) == f"/media/{NAME}"


def test_only_uploader_may_use_picture_as_avatar() -> None:
    lasting = f"/media/{NAME}"
    veiled = expiring_url(lasting)
    for owner, links, outcome in (
        ("person bob", veiled, None),
        ("person bob", lasting, None),
        ("person alice", veiled, lasting),
        ("person alice", lasting, lasting),
        ("address 10.0.0.1", lasting, lasting),
        ("", lasting, lasting),
        ("", veiled, None),
    ):
        StoredFile.objects.update_or_create(stem=STEM, defaults={"name": NAME, "owner": owner})
        assert own_picture_path(links, "alice") == outcome, (owner, links)
        assert own_picture_path(links, None) == lasting


def test_forged_file_link_is_refused() -> None:
    path = expiring_url(f"/media/{NAME}")

    for at in (len("/files/"), path.index("e=") + 3, len(path) - 1):
        forged = changed(path, at)
        assert status(forged) == 404
        assert stored_name(forged) is None
        assert picture_path(forged) is None


def test_file_link_expires_and_is_stable_for_hours(settings: Settings, monkeypatch: Any) -> None:
    override(settings, file_link_hours=24)
    begin = int(time.time()) // (6 * HOUR) * 6 * HOUR
    links = {}
    for hours in (0, 5, 6, 23, 31):
        monkeypatch.setattr(time, "time", lambda hours=hours: begin + hours * HOUR + 1)
        links[hours] = expiring_url(f"/media/{NAME}")
        assert status(links[0]) == (404 if hours == 31 else 200)

    assert links[0] == links[5] != links[6]


def test_file_link_is_valid_while_old_key_is_fallback(settings: Settings) -> None:
    path = expiring_url(f"/media/{NAME}")
    before, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    assert status(path) == 404

    settings.SECRET_KEY_FALLBACKS = [before]
    assert status(path) == 200
    assert expiring_url(f"/media/{NAME}") != path


def test_stored_name_is_sent_to_nginx_only(settings: Settings) -> None:
    override(settings, media_accel="/stored/")

    sent_headers = dict(Client().get(expiring_url(f"/media/{NAME}")).headers)

    assert sent_headers.pop("X-Accel-Redirect") == f"/stored/{NAME}"
    assert STEM not in str(sent_headers)


def test_only_media_urls_are_replaced_including_media_host(settings: Settings) -> None:
    override(settings, media_url="https://cdn.example/im66")

    assert expiring_url(f"https://cdn.example/im66/{NAME}").startswith("/files/")
    for url in ("", "hello", f"https://cdn.example/{NAME}", "/media/a-3.mp3", f"/files/{STEM}.file#1/a.pdf"):
        assert expiring_url(url) == url


def test_open_mode_keeps_media_urls(settings: Settings) -> None:
    override(settings, auth="open")

    assert expiring_url(f"/media/{NAME}") == expiring_url_for_moderators(f"/media/{NAME}") == f"/media/{NAME}"
    assert status(f"/media/{NAME}") == 200


def test_recalled_file_is_served_to_moderators_only() -> None:
    url = f"/media/{NAME}"
    ensure_users(["alice", "bob"])
    (row,) = append([Draft("picture", "alice", "bob", url, "")]).batch.rows
    append([Draft(RECALL, "alice", "bob", "", "", target=row.id)])

    assert status(url) == status(expiring_url(url)) == 404
    assert status(moderator_url(url)) == 200
    assert status(moderator_url(url).replace("e=d", "e=")) == 404
