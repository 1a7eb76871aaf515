"""The English and Chinese messages of failed uploads: first the meaning of the code, then the details."""

import json
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from PIL import Image
from pytest_django import Settings

from testkit.recordings import film, halves, photo, tone
from testkit.server import Server
from testkit.uploading import UploadReply, request, upload
from tests.support.settings import override
from uploads import bodies

pytestmark = pytest.mark.slow

MEGABYTE = 2**20
LIMITS = {
    "IM66_MAX_PICTURE_BYTES": str(2 * MEGABYTE),
    "IM66_MAX_VOICE_BYTES": str(MEGABYTE),
    "IM66_MAX_VIDEO_BYTES": str(MEGABYTE),
    "IM66_MAX_VOICE_SECONDS": "1",
    "IM66_MAX_VIDEO_SECONDS": "1",
    "IM66_MAX_PICTURE_PIXELS": "10000",
}
JPEG = b"\xff\xd8\xff"
MP4 = b"\0\0\0\x18ftypmp42"


class Case(NamedTuple):
    """An upload, its code, and its message in both languages."""

    path: str
    content: Callable[[], bytes]
    code: int
    english: str
    chinese: str


def valid_picture(side: int) -> bytes:
    return photo(halves((side, side)), "JPEG")


def cut_off() -> bytes:
    return tone(1, container="amr", codec="libopencore_amrnb", rate=8_000)[:-7]


CASES = [
    Case("writev1", lambda: b"", 1, "The file is empty.", "参数错误"),
    Case("writev1", cut_off, 1, "The file is incomplete.", "参数错误"),
    Case("writev2", lambda: JPEG + bytes(99), 1, "The file cannot be read.", "参数错误"),
    Case("writev3", lambda: MP4 + bytes(99), 1, "The file cannot be read.", "参数错误"),
    Case("avatar?userid=a_b", lambda: valid_picture(9), 1, "userid: Not a userid.", "参数错误"),
    Case(
        "writev1",
        lambda: tone(3, container="mp3", codec="libmp3lame", rate=16_000),
        3,
        "A voice message lasts at most 1 seconds.",
        "语音文件过大：时长不能超过 1 秒",
    ),
    Case(
        "writev2",
        lambda: tone(4, container="mp3", codec="libmp3lame", rate=16_000),
        3,
        "A voice message lasts at most 1 seconds.",
        "语音文件过大：时长不能超过 1 秒",
    ),
    Case(
        "writev2",
        lambda: valid_picture(101),
        3,
        "A picture has at most 10000 pixels.",
        "图片文件过大：不能超过 10000 像素",
    ),
    Case(
        "writev2",
        lambda: JPEG + bytes(2 * MEGABYTE),
        3,
        "A picture has at most 2097152 bytes.",
        "图片文件过大：不能超过 2 MB",
    ),
    Case(
        "writev2",
        lambda: b"#!AMR\n" + bytes(MEGABYTE),
        3,
        "A voice has at most 1048576 bytes.",
        "语音文件过大：不能超过 1 MB",
    ),
    Case(
        "avatar?userid=alice",
        lambda: JPEG + bytes(2 * MEGABYTE),
        3,
        "An avatar has at most 2097152 bytes.",
        "图片文件过大：不能超过 2 MB",
    ),
    Case("writev3", lambda: MP4 + bytes(MEGABYTE), 3, "视频文件过大", "视频文件过大"),
    # Such a body is refused while it arrives.
    Case("writev3", lambda: MP4 + bytes(3 * MEGABYTE), 3, "视频文件过大", "视频文件过大"),
    Case(
        "writev3",
        lambda: film(container="mp4", codec="libx264", sound="aac", seconds=3),
        3,
        "A video lasts at most 1 seconds.",
        "视频文件过大",
    ),
    Case(
        "writev1",
        lambda: valid_picture(9),
        4,
        "This type of file is not supported.",
        "不支持的文件格式：请换一个文件",
    ),
    Case(
        "writev2",
        lambda: b"\0\0\0\x18ftypheic" + bytes(200),
        4,
        "HEIC and AVIF pictures are not supported. Send a JPEG.",
        "不支持的文件格式：请将 HEIC 或 AVIF 图片转为 JPEG 后再发送",
    ),
    Case(
        "writev2",
        lambda: photo(Image.new("RGB", (9, 9)), "PNG") + b"<script>",
        4,
        "The file contains a document of another type.",
        "不支持的文件格式：文件中夹带了其他类型的内容",
    ),
]
each = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.path}, {case.english}")


def started(folder_of: pytest.TempPathFactory, language: str) -> Iterator[Server]:
    with Server(folder_of.mktemp(language), IM66_LEGACY_LANGUAGE=language, **LIMITS) as server:
        yield server


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from started(tmp_path_factory, "en")


@pytest.fixture(scope="module")
def chinese(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from started(tmp_path_factory, "zh-hans")


@pytest.mark.promise("upload-3")
@each
def test_upload_replies_in_english(english: Server, case: Case) -> None:
    assert upload(english, f"/upload/{case.path}", case.content()) == UploadReply(case.code, case.english, "")


@pytest.mark.promise("upload-3")
@each
def test_upload_replies_in_chinese(chinese: Server, case: Case) -> None:
    content = case.content()
    # The second time, what failed in a child process is only remembered.
    for _ in range(2):
        assert upload(chinese, f"/upload/{case.path}", content) == UploadReply(case.code, case.chinese, "")


@pytest.mark.parametrize(
    ("method", "content_type", "english_text", "chinese_text"),
    [
        ("PUT", "text/plain", "There is no file in the form.", "参数错误"),
        ("POST", "application/json", "There is no file in the form.", "参数错误"),
        ("POST", "multipart/form-data", "The body is not a form that can be read.", "参数错误"),
    ],
)
def test_request_without_file_has_localized_error(
    english: Server, chinese: Server, method: str, content_type: str, english_text: str, chinese_text: str
) -> None:
    for server, expected in [(english, english_text), (chinese, chinese_text)]:
        request_headers = {"Content-Type": content_type, "Accept-Language": "zh-CN,en"}
        reply = request(server, method, "/upload/writev2", b"{}", request_headers)
        assert UploadReply(**json.loads(reply.body)) == UploadReply(1, expected, "")


@pytest.mark.promise("call-8")
def test_success_message_is_not_translated(chinese: Server) -> None:
    assert upload(chinese, "/upload/writev2", valid_picture(20)).message == "OK"
    short = film(container="mp4", codec="libx264", sound="aac", seconds=1)
    assert upload(chinese, "/upload/writev3", short).message == "Succeeded"


@pytest.mark.parametrize("path", ["/upload/writev1", "/wsim/upload/avatar/"])
def test_upload_form_is_translated(english: Server, chinese: Server, path: str) -> None:
    page = request(english, "GET", path, headers={"Accept-Language": "zh-CN"}).body.decode()
    assert '<html lang="en">' in page
    assert "<title>Upload</title>" in page
    assert "<label>File <input" in page
    assert "<button>Upload</button>" in page
    page = request(chinese, "GET", path, headers={"Accept-Language": "en"}).body.decode()
    assert '<html lang="zh-hans">' in page
    assert "<title>上传</title>" in page
    assert "<label>文件 <input" in page
    assert "<button>上传</button>" in page


@pytest.mark.parametrize(
    ("reply", "english_text", "chinese_text"),
    [
        (bodies.busy_reply, "The server is busy. Try again.", "系统错误"),
        (bodies.no_room_reply, "There is no room left. Try again later.", "系统错误"),
        (bodies.too_slow_reply, "The body of the request comes too slowly.", "系统错误"),
    ],
)
def test_refused_bodies_get_translated_replies(
    settings: Settings, reply: Callable[[str], tuple[int, bytes]], english_text: str, chinese_text: str
) -> None:
    for language, expected in [("en", english_text), ("zh-hans", chinese_text)]:
        override(settings, legacy_language=language)
        status, body = reply("/upload/writev1")
        assert (status, UploadReply(**json.loads(body))) == (200, UploadReply(2, expected, ""))


def test_refused_body_uses_language_of_group_call_or_admin(settings: Settings) -> None:
    override(settings, legacy_language="zh-hans")
    status, body = bodies.too_large_reply("/creategrp")
    assert (status, json.loads(body)) == (200, {"code": 2, "message": "请求内容过大"})
    status, body = bodies.too_large_reply("/admin/")
    assert (status, json.loads(body)["message"]) == (413, "The body of the request is too large.")
