"""The settings of the media storage and of the media URL."""

import json
import subprocess
from pathlib import Path

import pytest

from testkit.server import Server
from testkit.uploading import as_android_reads, upload
from tests.conftest import MakeServer

SHOW = """
import json
from django.core.files.storage import default_storage as storage
from uploads.selectors import media_url
storage.exists
print(json.dumps({
    "class": type(storage._wrapped).__name__,
    "bucket": getattr(storage, "bucket_name", None),
    "endpoint": getattr(storage, "endpoint_url", None),
    "overwrites": getattr(storage, "file_overwrite", None),
    "location": str(getattr(storage, "location", "")),
    "url": media_url("0" * 32 + "-3.mp3", "http://10.0.0.1:6060"),
}))
"""


def composed(data_dir: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    return Server(data_dir, **settings).attempt("shell", "-v0", "-c", SHOW)


def test_media_storage_is_the_local_disk_by_default(tmp_path: Path) -> None:
    storage = json.loads(composed(tmp_path).stdout)

    assert storage["class"] == "FileSystemStorage"
    assert storage["location"] == str(tmp_path / "media")
    assert storage["url"] == f"http://10.0.0.1:6060/media/{'0' * 32}-3.mp3"


def test_settings_select_an_s3_bucket(tmp_path: Path) -> None:
    storage = json.loads(
        composed(
            tmp_path,
            IM66_MEDIA_STORAGE="s3",
            IM66_S3_BUCKET="chat",
            IM66_S3_ENDPOINT="http://127.0.0.1:9000",
            IM66_S3_REGION="eu1",
            IM66_MEDIA_URL="https://media.example/chat/",
        ).stdout
    )

    assert storage["class"] == "S3Storage"
    assert (storage["bucket"], storage["endpoint"], storage["overwrites"]) == (
        "chat",
        "http://127.0.0.1:9000",
        True,
    )
    assert storage["url"] == f"https://media.example/chat/{'0' * 32}-3.mp3"


@pytest.mark.parametrize("missing", ["IM66_S3_BUCKET", "IM66_MEDIA_URL"])
def test_s3_storage_requires_bucket_name_and_media_url(tmp_path: Path, missing: str) -> None:
    chosen = {"IM66_MEDIA_STORAGE": "s3", "IM66_S3_BUCKET": "chat", "IM66_MEDIA_URL": "https://media.example"}
    del chosen[missing]

    result = composed(tmp_path, **chosen)

    assert result.returncode != 0
    assert "IM66_MEDIA_STORAGE=s3 needs IM66_S3_BUCKET and IM66_MEDIA_URL." in result.stderr


@pytest.mark.slow
def test_media_url_setting_names_the_media_host(make_server: MakeServer, voice: bytes) -> None:
    server = make_server(
        IM66_MEDIA_URL="https://media.example", IM66_PUBLIC_URL="https://chat-of-ours.example"
    )

    url = upload(server, "/upload/writev1", voice).data

    assert url.startswith("https://media.example/")
    assert as_android_reads(url) == "1"
    assert url.count("-") == 1
    assert "_" not in url
