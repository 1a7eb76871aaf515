"""docs/protocol.md: what it says is there, and what is there it says."""

import base64
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from django.test import Client

from accounts.codes import Name
from accounts.selectors import avatar_url
from chat.protocol import legacy
from chat.protocol.commands import CommandRequest
from chat.protocol.kinds import VERBS
from chat.protocol.legacy import LegacyCodec
from chat.protocol.replies import Member, Members, Records, Reply
from log.rows import Entry
from testkit import recordings
from testkit.server import Server

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "protocol.md").read_text()
CODEC = LegacyCodec(avatar_url)
BASE_URL = "http://127.0.0.1:6060"


def blocks(tag: str) -> list[str]:
    """What stands in the fenced blocks that begin with this tag, in which one line is one frame."""
    return re.findall(rf"^```{tag}\n(.*?)\n```$", PAGE, re.DOTALL | re.MULTILINE)


def lines(tag: str) -> list[str]:
    return [line for block in blocks(tag) for line in block.splitlines()]


def test_protocol_page_explains_every_error_code() -> None:
    explained = re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)
    # This one is of the other dialect.
    assert {str(name.status) for name in set(Name) - {Name.CONFLICT}} - set(explained) == set()


def test_protocol_page_mentions_every_verb() -> None:
    verbs = [*legacy._PARSERS, "error", "heartbeat"]
    assert [verb for verb in verbs if (f"`{verb}`" if verb in VERBS else f"`{verb}_<") not in PAGE] == []


def test_protocol_page_has_an_example_of_each_verb() -> None:
    assert {line.partition("_")[0] for line in lines("text client")} == set(legacy._PARSERS)


def test_example_client_frames_decode() -> None:
    frames = lines("text client")
    assert [frame for frame in frames if not isinstance(CODEC.decode(frame), CommandRequest)] == []


def test_example_server_frames_have_the_right_number_of_fields() -> None:
    frames = lines("text server")
    assert frames
    fields = {frame: (frame.partition("_")[0] in VERBS, frame.count("_") + 1) for frame in frames}
    assert [frame for frame, (is_row, n) in fields.items() if not (n == 7 if is_row else n <= 4)] == []


def test_example_members_frame_is_what_the_codec_encodes() -> None:
    (frame,) = [line for line in lines("text server") if line.startswith("members_")]
    (packed,) = lines("json members")
    members = [Member(one["userid"], one["nickname"], one["snap"], one["role"]) for one in json.loads(packed)]
    assert CODEC.encode_reply(Reply(None, Members(10, members)), BASE_URL) == frame
    assert base64.b64decode(frame.split("_")[2]).decode() == packed


def test_example_records_frame_is_what_the_codec_encodes() -> None:
    (frame,) = [line for line in lines("text server") if line.startswith("records_")]
    (packed,) = lines("json records")
    page = json.loads(packed)
    entries = [
        Entry(
            message["id"],
            message["kind"],
            message["from"],
            int(message["to"]) if message["type"] == "group" else message["to"],
            message["content"],
            message["extension"],
            message["time"],
        )
        for message in page["messages"]
    ]
    assert CODEC.encode_reply(Reply(None, Records("1002", entries, page["more"])), BASE_URL) == frame
    assert base64.b64decode(frame.split("_")[2]).decode() == packed


@pytest.mark.django_db
def test_example_legacy_calls_get_the_documented_responses(client: Client) -> None:
    (dialogue,) = blocks("text http")
    requests, replies = dialogue.splitlines()[::2], dialogue.splitlines()[1::2]
    group = ""
    for request, expected in zip(requests, replies, strict=True):
        method, url = request.split(" ")
        # The page calls the new group 10, whatever number it gets here.
        url = url.replace("groupid=10", f"groupid={group}")
        reply = client.generic(method, url, headers={"host": "127.0.0.1:6060"}).content.decode()
        if not group:
            group = json.loads(reply)["data"]["groupid"]
        assert reply == expected.replace('"groupid":"10"', f'"groupid":"{group}"')


@pytest.mark.promise("upload-1", "upload-5")
def test_example_upload_command_works(server: Server, tmp_path: Path) -> None:
    (line,) = lines("sh upload")
    (tmp_path / "photo.jpg").write_bytes(recordings.photo(recordings.halves((200, 100)), "JPEG"))
    command = shlex.split(line.replace(BASE_URL, server.http))
    if shutil.which(command[0]) is None:
        pytest.skip("curl is not installed")
    output = subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.PIPE, timeout=60).stdout
    (expected,) = lines("json upload")
    name = re.compile("[0-9a-f]{32}")
    assert name.sub("", output.decode()) == name.sub("", expected).replace(BASE_URL, server.http)
