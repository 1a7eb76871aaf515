"""The progressive web app: its manifest, its service worker, and its offline page."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from tests.web.test_assets import STATIC
from web import assets


def manifest(client: Client, query: str = "", **headers: str) -> dict[str, Any]:
    response = client.get(f"/app.webmanifest{query}", headers=headers)
    assert response["Content-Type"] == "application/manifest+json"
    return dict(response.json())


def settings_of(script: str) -> dict[str, Any]:
    match = re.match(r"const SETTINGS = (.*);\n", script)
    assert match is not None
    return dict(json.loads(match[1]))


def worker(client: Client) -> str:
    response = client.get("/push-worker.js")
    # Browsers must notice that there is another one.
    assert response["Cache-Control"] == "no-cache"
    return response.content.decode()


def test_manifest_uses_chosen_language_or_else_the_browsers(client: Client) -> None:
    english = manifest(client, **{"accept-language": "en"})
    chinese = manifest(client, **{"accept-language": "zh-CN"})
    assert (english["lang"], chinese["lang"]) == ("en", "zh-Hans")
    assert manifest(client, **{"accept-language": "zh-TW"})["lang"] == "zh-Hant"
    assert english["description"] == "Chat with people and groups."
    assert chinese["description"] == "与好友和群组聊天。"
    chosen = manifest(client, "?language=zh", **{"accept-language": "en"})
    assert chosen == chinese


def test_icons_have_their_declared_sizes(client: Client) -> None:
    declared = manifest(client)["icons"]
    assert {one["purpose"] for one in declared} == {"any", "maskable"}
    for one in declared:
        with Image.open(STATIC / one["src"].removeprefix("/static/im66/")) as icon:
            assert f"{icon.width}x{icon.height}" == one["sizes"]
            # What a system cuts a shape from has a ground everywhere.
            least, _ = icon.convert("RGBA").getchannel("A").getextrema()
            assert (least == 255) == (one["purpose"] == "maskable")


def test_worker_files_are_served_and_cacheable(client: Client) -> None:
    declared = settings_of(worker(client))
    assert f"/assets/{assets.version()}/chat.js" in declared["files"]
    for path in (*declared["files"], declared["offline"], declared["icon"], declared["badge"]):
        response = client.get(path)
        assert response.status_code == 200, path
        assert "no-store" not in response.get("Cache-Control", "")


def test_offline_page_of_other_version_is_not_cached(client: Client) -> None:
    assert client.get("/offline/0000")["Cache-Control"] == "no-store"


def test_offline_page_needs_only_cached_files(client: Client) -> None:
    declared = settings_of(worker(client))
    page = client.get(declared["offline"])
    assert "default-src 'self'" in page["Content-Security-Policy"]
    needed = re.findall(r'(?:src|href)="([^"]+)"', page.content.decode())
    assert len(needed) == 2
    assert set(needed) <= set(declared["files"])


@pytest.mark.parametrize("path", ["/app.webmanifest", "/push-worker.js", "/offline/0000"])
def test_app_files_need_no_login(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200
    assert client.post(path).status_code == 405
