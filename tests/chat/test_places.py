"""The kind `location`: which places there are, and how each client gets one."""

import json
from typing import Any

import pytest

from chat.protocol.bounds import Limits
from chat.protocol.commands import CommandRequest, Send
from chat.protocol.json_commands import decode
from chat.protocol.json_events import event_text
from chat.protocol.kinds import CHINESE, places
from chat.protocol.legacy import LegacyCodec
from chat.protocol.replies import Reply
from chat.protocol.shipped import Guard
from log.rows import Entry

LIMITS = Limits(64 * 1024, 64 * 1024)
TOWER = "31.2397,121.4998"
PLACE = {"name": "东方明珠", "address": "浦东\n世纪大道 1 号"}
KEPT = f"{TOWER}\n东方明珠\n浦东 世纪大道 1 号"
MAP = "https://maps.example/?q={lat}_{lon}"


@pytest.fixture(autouse=True)
def _a_map(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places._Map, "link", MAP)


def sent(**fields: Any) -> Any:
    frame = {"id": 1, "cmd": "send", "to": "u:bob", "kind": "location", **fields}
    text = decode(json.dumps(frame), LIMITS)
    return text.command if isinstance(text, CommandRequest) else text


@pytest.mark.parametrize(
    "content", ["0,0", "-90,180", "90.0,-180", "31.2304,121.4737", "-33.8568,151.2153", "1.0000000000,2"]
)
def test_a_place_is_two_decimals(content: str) -> None:
    assert sent(content=content) == Send("location", "bob", content, "")


@pytest.mark.parametrize(
    "content",
    [
        *("", "31.2", "90.1,0", "0,180.5", "-91,0", "31.2, 121.4", "+1,2", "1e1,2", "nan,0", "３,4", "1,2,3"),
        *("1,2\nx", "0.00000000001,0", "1,2,", "javascript:1,2"),
    ],
)
def test_invalid_location_is_rejected(content: str) -> None:
    reply = sent(content=content)
    assert isinstance(reply, Reply)
    assert reply.result.name == "invalid"  # type: ignore[union-attr]


def test_names_are_lines_and_short() -> None:
    assert sent(content=TOWER, place=PLACE).content == KEPT
    assert sent(content=TOWER, place={"name": "a" * places.MAX_NAME}).content == f"{TOWER}\n{'a' * 100}"
    for place in ({"name": "a" * 101}, {"address": "a" * 201}, {"name": "\x00"}):
        assert isinstance(sent(content=TOWER, place=place), Reply), place


def entry(content: str) -> Entry:
    return Entry(7, "location", "alice", "bob", content, "ext", 9)


@pytest.mark.promise("json-54")
def test_newer_clients_get_the_coordinates_and_what_the_place_is_called() -> None:
    data = json.loads(str(event_text(entry(KEPT), is_own=False)))
    assert (data["content"], data["place"]) == (TOWER, {"name": "东方明珠", "address": "浦东 世纪大道 1 号"})
    bare = json.loads(str(event_text(entry(TOWER), is_own=False)))
    assert (bare["content"], bare["place"]) == (TOWER, {"name": "", "address": ""})


@pytest.mark.promise("json-54")
def test_shipped_apps_get_a_text_with_a_link_to_a_map() -> None:
    codec = LegacyCodec(lambda member, base: "", guard=Guard(underscores=True, language=CHINESE))
    frame = codec.encode(entry(KEPT))
    link = "https://maps.example/?q=31.2397%5F121.4998"
    assert frame == f"text_alice_[位置] 东方明珠, 浦东 世纪大道 1 号\n{link}_unicast_alice_9_ext"
    assert str(codec.encode(entry(TOWER))).startswith(f"text_alice_[位置] {TOWER}\n")


@pytest.mark.parametrize("content", ["", "****,121.4", "31"])
def test_invalid_place_is_sent_without_coordinates(content: str) -> None:
    data = json.loads(str(event_text(entry(content), is_own=False)))
    assert (data["content"], "place" in data) == (content, False)
    assert LegacyCodec(lambda member, base: "").encode(entry(content)) == (
        "text_alice_[位置]_unicast_alice_9_ext"
    )
