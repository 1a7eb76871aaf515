"""Messages that crash the apps, are dropped, or deceive users; and what users should see instead."""

import base64
import json
from typing import Any, NamedTuple

from testkit.app_rules import extension

READABLE = extension("Alice")
NAMES = {"sender": "Alice", "senderAvartar": "", "conversation": "Alice", "conversationAvartar": ""}


# The base of paths, for readers of the corpus.
BASE_URL = "http://im.example"


class Case(NamedTuple):
    """A message, with the kind and content in which it is shown, by default as sent."""

    kind: str
    content: str
    extension: str = READABLE
    shown_kind: str = ""
    shown_content: str | None = None

    @property
    def shown(self) -> tuple[str, str]:
        content = self.content if self.shown_content is None else self.shown_content
        return self.shown_kind or self.kind, content


def text(content: str, shown: str | None = None) -> Case:
    return Case("text", content, shown_content=shown)


def as_text(kind: str, content: str, shown: str | None = None) -> Case:
    """Return a case that is shown as a text."""
    return Case(kind, content, shown_kind="text", shown_content=shown)


def code(path: str) -> str:
    """Return the code of an emotion."""
    return base64.b64encode(path.encode()).decode().replace("+", "~").replace("/", "-")


def packed(fields: Any) -> str:
    return base64.b64encode(json.dumps(fields).encode()).decode()


TEXTS = [
    text("hi"),
    text(""),
    text("-"),
    text("snake_case", "snake＿case"),
    text("_", "＿"),
    text("__", "＿＿"),
    text("_unicast_", "＿unicast＿"),
    text("a_unicast_b_group_c", "a＿unicast＿b＿group＿c"),
    text("hi_group_10_1795565871_x", "hi＿group＿10＿1795565871＿x"),
    text(f"hi_group_10_1795565871_{READABLE}", f"hi＿group＿10＿1795565871＿{READABLE}"),
    text("see http://h/a_b, a_b", "see http://h/a%5Fb, a＿b"),
    text("http://h/a b_c", "http://h/a b＿c"),
    text("%5F %_ %", "%5F %＿ %"),
    text("two\nlines\r\n"),
    text("\t\x01\x1b[31m\x7f"),
    text("\u202eright to left\u202c"),
    text("مرحبا"),
    text("👨‍👩‍👧 😀"),
    text("\u0301\u200d\ufeff"),
    text("heartbeat"),
    text("汉" * 21_845),
    text("_" * 40_000, "＿" * 40_000),
]
PICTURES = [
    Case("picture", "http://h/a-1x1.jpg"),
    Case("picture", "http://h/a_b-1x1.jpg", shown_content="http://h/a%5Fb-1x1.jpg"),
    Case("picture", "http://h/a b-99999x99999.jpg"),
    Case("picture", "http://h/a-1x1.jpg?x=1-2"),
    Case("picture", "/media/a-1x1.jpg", shown_content="http://im.example/media/a-1x1.jpg"),
    Case("picture", "//h/a-1x1.jpg", shown_content="http://h/a-1x1.jpg"),
    *[
        as_text("picture", content)
        for content in (
            "",
            "-",
            "no URL",
            "a.b-c",
            "http://h/cat.jpg",
            "http://h/b-a-3.jpg",
            "http://h/a-3.jpg",
            "http://h/a-0x0.jpg",
            "http://h/a-0x5.jpg",
            "http://h/a-5x0.jpg",
            "http://h/a-01x1.jpg",
            "http://h/a-+1x1.jpg",
            "http://h/a--1x1.jpg",
            "http://h/a-1x1x1.jpg",
            "http://h/a-1X1.jpg",
            "http://h/a-1x1",
            "http://h/a- 1x1.jpg",
            "http://h/a-1x1\n.jpg",
            "http://h/a-1x٣.jpg",
            "http://h/a-１x1.jpg",
            "http://h/a-2147483648x1.jpg",
            f"http://h/a-{'9' * 5000}x1.jpg",
            "http://my-host/a",
            "http://my-host/a.jpg",
            "http://my-host/a-1x1.jpg",
            "http://h/a-1x1.\u0301jpg",
            "http://h/a-\u0301b",
            "data:image/png;base64,iVBOR-w0KGgo=",
        )
    ],
    as_text("picture", "http://my_my-host/a", "http://my%5Fmy-host/a"),
    as_text("picture", "/media/a.jpg", "http://im.example/media/a.jpg"),
]
VIDEOS = [
    Case("video", "http://h/a-640x330.mp4"),
    Case("video", "http://h/a_-640x330.mov", shown_content="http://h/a%5F-640x330.mov"),
    Case("video", "-1x1."),
    *[
        as_text("video", content)
        for content in (
            "",
            "a.mp",
            "😀",
            "abcd-",
            "http://h/v.mp4",
            "http://h/v-640.mp4",
            "http://my-host/video",
            "x" * 100_000,
        )
    ],
]
RECORDINGS = [
    Case("audio", "http://h/a-3.mp3"),
    Case("audio", "http://h/a_b-3.mp3", shown_content="http://h/a%5Fb-3.mp3"),
    Case("audio", "http://h/a-0.mp3?x=1-2"),
    Case("audio", "-3."),
    Case("audio", "/media/a-3.mp3", shown_content="http://im.example/media/a-3.mp3"),
    as_text("audio", ""),
    as_text("audio", "none"),
    as_text("audio", "-"),
    as_text("audio", "a-3"),
    as_text("audio", "a-.mp3"),
    as_text("audio", "a--3.mp3"),
    as_text("audio", "a-٣x.mp3"),
    as_text("audio", "a- 3.mp3"),
    as_text("audio", "a-3\n.mp3"),
    as_text("audio", "a-3_.mp3", "a-3＿.mp3"),
    as_text("audio", "a-2147483648.mp3"),
    as_text("audio", f"a-{'9' * 5000}.mp3"),
    as_text("audio", "http://my-host/a-3.mp3"),
]
EMOTIONS = [
    Case("emotion", code("1/2/abc-240x240.gif")),
    Case("emotion", code("a/b/c/d.png")),
    Case("emotion", code("c.png")),
    as_text("emotion", "~smile-1", "[smile-1]"),
    as_text("emotion", "~a_b", "[a＿b]"),
    Case("emotion", "表情编码"),
    Case("emotion", ""),
    as_text("emotion", "co_de", "co＿de"),
    as_text("emotion", code("a/b/c.png")),
    as_text("emotion", code("a/b-c/d.png")),
    as_text("emotion", code("a-1/b/")),
    as_text("emotion", code("//")),
    as_text("emotion", code("a/b/c.pngg").rstrip("=")),
    as_text("emotion", "\n".join(code("a/b/cd.png"))),
    as_text("emotion", f" {code('a/b/cd.png')}*\r\n"),
    as_text("emotion", code("a/\u0301/b/c.png")),
    as_text("emotion", code("a/b/c-\u0301.png")),
]
EXTENSIONS = [
    Case("text", "hi", broken)
    for broken in [
        "",
        "ext",
        "has_separator",
        "_" * 1000,
        "\n",
        "====",
        json.dumps(NAMES),
        READABLE + "_",
        packed(NAMES)[:-1] + "\u0301",
        packed([NAMES]),
        packed("text"),
        packed({**NAMES, "senderAvartar": None, "conversationAvartar": None}),
        packed({**NAMES, "conversation": 7}),
        packed({**NAMES, "senderAvartar": {}}),
        packed({**NAMES, "senderAvartar": "/static/a.png"}),
        *[packed({key: value for key, value in NAMES.items() if key != missing}) for missing in NAMES],
        base64.b64encode(b"\xff\xfe").decode(),
        base64.b64encode(b"[" * 50_000).decode(),
        "x" * 130_000,
        packed({**NAMES, "more": "x" * 90_000}),
    ]
]
CASES = [*TEXTS, *PICTURES, *VIDEOS, *RECORDINGS, *EMOTIONS, *EXTENSIONS]
