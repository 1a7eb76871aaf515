"""What the shipped apps can read as an extension, and what the server makes of the others."""

import base64
import json
from typing import Any

import pytest

from chat.protocol.extensions import Naming, filled, is_readable

COMPLETE = {
    "sender": "Alice",
    "senderAvartar": "http://h/a.jpg",
    "conversation": "Team",
    "conversationAvartar": "",
}
ALICE = Naming("Alice", "alice", "http://h/a.jpg", "六六", None)
MADE = {
    "sender": "Alice",
    "senderID": "alice",
    "senderAvartar": "http://h/a.jpg",
    "conversation": "六六",
    "conversationAvartar": "",
}


def packed(fields: Any) -> str:
    return base64.b64encode(json.dumps(fields).encode()).decode()


def unpacked(extension: str) -> Any:
    return json.loads(base64.b64decode(extension, validate=True))


def broken_into_lines(text: str, end: str) -> str:
    return end.join(text[at : at + 76] for at in range(0, len(text), 76)) + end


@pytest.mark.parametrize(
    "extension",
    [
        packed(COMPLETE),
        packed({**COMPLETE, "senderID": "alice", "more": [1]}),
        packed(dict.fromkeys(COMPLETE, "")),
        packed(dict.fromkeys(COMPLETE)),
        broken_into_lines(packed(COMPLETE), "\n"),
        broken_into_lines(packed(COMPLETE), "\r\n"),
        packed({**COMPLETE, "sender": "x" * 10_000}),
    ],
)
def test_complete_extensions_are_readable_by_the_apps(extension: str) -> None:
    assert is_readable(extension)


@pytest.mark.promise("apps-7")
@pytest.mark.parametrize(
    "extension",
    [
        "",
        "ext",
        "has_separator",
        json.dumps(COMPLETE),
        packed(COMPLETE) + "=",
        packed(COMPLETE) + "====",
        packed(COMPLETE)[:-1],
        packed(COMPLETE) + "_",
        packed(COMPLETE).replace("e", "é", 1),
        packed([COMPLETE]),
        packed("text"),
        packed(None),
        base64.b64encode(b"\xff\xfe{").decode(),
        base64.b64encode(b"[" * 100_000).decode(),
        base64.b64encode(b'{"sender":' + b"1" * 5000 + b"}").decode(),
        *[packed({key: value for key, value in COMPLETE.items() if key != missing}) for missing in COMPLETE],
        packed({**COMPLETE, "sender": 7}),
        packed({**COMPLETE, "senderID": {"a": 1}}),
    ],
)
def test_unreadable_extension_is_filled_in_for_android(extension: str) -> None:
    assert not is_readable(extension)
    made = filled(extension, ALICE)
    assert is_readable(made)
    assert "\n" not in made


def test_missing_fields_of_an_extension_are_added() -> None:
    assert unpacked(filled("", ALICE)) == MADE
    extension = packed({"sender": "Alice at work", "senderID": 7, "color": "red"})
    assert unpacked(filled(extension, ALICE)) == {**MADE, "sender": "Alice at work", "color": "red"}


def test_a_lone_surrogate_does_no_harm() -> None:
    text = base64.b64encode(b'{"sender": "\\ud800"}').decode()
    assert unpacked(filled(text, ALICE))["sender"] == "\ud800"
