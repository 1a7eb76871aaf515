"""testkit's rules of how the shipped apps interpret frames, as measured on the apps."""

import base64
import json
from typing import Any

import pytest

from testkit.app_rules import (
    BRANCHES,
    BogusConversation,
    Crash,
    Dropped,
    Ignored,
    Loop,
    VisibleMessage,
    android,
    extension,
    ios,
    java_int,
    java_split,
)
from tests.support.corpus import NAMES, READABLE, code, packed


def frame(
    kind: str = "text", content: str = "hi", extension_text: str = READABLE, sender: str = "alice"
) -> str:
    return f"{kind}_{sender}_{content}_unicast_{sender}_5_{extension_text}"


def test_android_and_ios_show_a_message_with_its_names() -> None:
    assert android(frame()) == ios(frame()) == VisibleMessage("text", "alice", "hi", "alice", "Alice")
    in_group = f"text_alice_hi_group_10_5_{extension('Alice', '群')}"
    assert android(in_group) == ios(in_group) == VisibleMessage("text", "alice", "hi", "10", "群")


@pytest.mark.parametrize(
    ("text", "fields"), [("a_b_", ["a", "b"]), ("a__b", ["a", "", "b"]), ("_a", ["", "a"]), ("__", [])]
)
def test_java_split_drops_empty_fields_at_the_end(text: str, fields: list[str]) -> None:
    assert java_split(text) == fields


@pytest.mark.parametrize("text", ["3", "03", "-3", "+3", "٣", "2147483647", "-2147483648", "0" * 5000 + "3"])
def test_java_int_reads_digits_of_any_script(text: str) -> None:
    assert java_int(text) is not None


@pytest.mark.parametrize(
    "text", ["", "-", "+", "--3", " 3", "3 ", "3x", "2147483648", "9" * 5000, "３x", "𝟑"]
)
def test_java_int_rejects_other_texts(text: str) -> None:
    assert java_int(text) is None


@pytest.mark.parametrize(
    "text", ["heartbeat_1", "error_400_unknown verb", "members_10_W10=", "records_bob_e30="]
)
def test_apps_ignore_frames_without_a_message(text: str) -> None:
    assert isinstance(android(text), Ignored)
    assert isinstance(ios(text), Ignored)


def test_android_ignores_a_message_without_an_extension() -> None:
    assert isinstance(android(frame(extension_text="")), Ignored)
    assert ios(frame(extension_text="")) == VisibleMessage("text", "alice", "hi", "alice", None)


def test_ios_adds_bogus_conversation_for_unknown_verb() -> None:
    assert isinstance(ios("recalled_1_2_3_4"), BogusConversation)


@pytest.mark.parametrize(
    "extension_text", ["x", json.dumps(NAMES), packed([]), "x_" + READABLE, READABLE[:-4] + "é==="]
)
def test_android_drops_message_with_unreadable_extension(extension_text: str) -> None:
    assert isinstance(android(frame(extension_text=extension_text)), Dropped)


@pytest.mark.parametrize("missing", list(NAMES))
def test_android_drops_message_with_incomplete_extension(missing: str) -> None:
    extension = packed({key: value for key, value in NAMES.items() if key != missing})
    assert isinstance(android(frame(extension_text=extension)), Dropped)
    assert isinstance(ios(frame(extension_text=extension)), VisibleMessage)


@pytest.mark.parametrize("value", [7, {}])
def test_ios_crashes_at_names_that_are_not_strings(value: Any) -> None:
    extension = packed({**NAMES, "senderAvartar": value})
    assert isinstance(android(frame(extension_text=extension)), VisibleMessage)
    assert isinstance(ios(frame(extension_text=extension)), Crash)


def test_underscore_in_content_shifts_the_fields() -> None:
    assert isinstance(android(frame(content="snake_case")), Dropped)
    assert isinstance(ios(frame(content="snake_case")), BogusConversation)


def test_content_can_forge_fields_of_a_frame() -> None:
    forged = VisibleMessage("text", "alice", "hi", "10", "Alice")
    assert android(frame(content=f"hi_group_10_5_{READABLE}")) == forged
    assert ios(frame(content=f"hi_group_10_5_{READABLE}")) == forged


@pytest.mark.parametrize("content", ["", "none", "a-3", "a-x.mp3", "my-host/a-3.mp3"])
def test_android_crashes_at_a_recording_without_a_length(content: str) -> None:
    assert isinstance(android(frame("audio", content)), Crash)
    assert isinstance(ios(frame("audio", content)), VisibleMessage)


@pytest.mark.parametrize("kind", ["picture", "video"])
@pytest.mark.parametrize(
    "content",
    [
        "http://h/cat.jpg",
        "h/b-a-3.jpg",
        "my-host/a-1x1.jpg",
        "a-1x1",
        "a-0x5.jpg",
        "a--1x5.jpg",
        "a-1x2147483648.j",
    ],
)
def test_android_crashes_at_a_picture_without_a_size(kind: str, content: str) -> None:
    assert isinstance(android(frame(kind, content)), Crash)


def test_android_hangs_at_a_picture_of_size_zero() -> None:
    assert isinstance(android(frame("picture", "h/a-0x0.jpg")), Loop)


@pytest.mark.parametrize("content", ["http://h/a-1x1.jpg", "h/a-640x330.mp4?x=-", "-1x1."])
def test_picture_with_a_size_is_shown(content: str) -> None:
    for app in BRANCHES.values():
        assert isinstance(app(frame("picture", content)), VisibleMessage)


@pytest.mark.parametrize("sender", ["im66-desk", "a.b", "o'brien", "a$"])
def test_android_crashes_at_a_sender_not_usable_as_table_name(sender: str) -> None:
    assert isinstance(android(frame(sender=sender)), Crash)
    assert isinstance(ios(frame(sender=sender)), VisibleMessage)
    assert isinstance(android(f"text_{sender}_hi_group_10_5_{READABLE}"), VisibleMessage)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("picture", "my-host/a"),
        ("picture", "a-1.\u0301jpg"),
        ("video", "my-host/a"),
        ("video", "a.mp"),
        ("emotion", code("a/b/c.png")),
        ("emotion", code("a/b/cd.png").rstrip("=")),
        ("emotion", "\n".join(code("a/b/c.png"))),
        ("emotion", code("a-1/b/")),
    ],
)
def test_ios_crashes_at_media_without_a_size(kind: str, content: str) -> None:
    assert isinstance(ios(frame(kind, content)), Crash)
    assert kind != "emotion" or isinstance(android(frame(kind, content)), VisibleMessage)


def test_extensions_are_those_of_the_apps() -> None:
    assert "\n" in extension("Alice")
    data = json.loads(base64.b64decode(extension("Alice", "群")))
    assert (data["sender"], data["conversation"]) == ("Alice", "群")
