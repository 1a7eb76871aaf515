"""Slack's payloads become texts of ours."""

import json
from typing import Any

import pytest

from notifications.api.slack import MAX_BODY_BYTES, parse_text
from notifications.slack_texts import NoText, TooManyAttachments, text_of

BLOCKS = [
    {"type": "header", "text": {"type": "plain_text", "text": "Deploy <failed>"}},
    {"type": "divider"},
    {
        "type": "section",
        "text": {"type": "mrkdwn", "text": "*Branch* <https://ci.example/7|main>"},
        "fields": [{"type": "mrkdwn", "text": "*By:*\n<@bob>"}],
        "accessory": {
            "type": "button",
            "text": {"type": "plain_text", "text": "Log"},
            "url": "https://ci.example",
        },
    },
    {"type": "context", "elements": [{"type": "image", "alt_text": "x"}, {"type": "mrkdwn", "text": "now"}]},
    {"type": "image", "image_url": "https://x.example/a.png", "alt_text": "A graph"},
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [{"type": "text", "text": "See "}, {"type": "link", "url": "https://a.example"}],
            },
            {
                "type": "rich_text_list",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "one"}]}],
            },
        ],
    },
]


def nested(levels: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"type": "text", "text": "x"}
    for _ in range(levels):
        inner = {"type": "rich_text_section", "elements": [inner]}
    return {"blocks": [{"type": "rich_text", "elements": [inner]}]}


@pytest.mark.parametrize(
    ("slack", "ours"),
    [
        ("plain", "plain"),
        ("<https://a.example|words>", "words (https://a.example)"),
        ("<https://a.example>", "https://a.example"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<@alice>, <@U12|bob>", "@alice, @bob"),
        ("<#C1|general> <!here> <!subteam^S1|team>", "#general @here team"),
        ("<!date^1392734382^{date}|Feb 18>", "Feb 18"),
        ("&lt;b&gt; &amp;amp; &quot;", "<b> &amp; &quot;"),
        ("*bold* _italic_ ~gone~", "**bold** *italic* ~~gone~~"),
        ("*_both_* snake_case_name 2*3*4", "***both*** snake_case_name 2*3*4"),
        ("`*code*` ```_more_ &lt;```", "`*code*` ```_more_ <```"),
        ("<https://a.example/_x_*y*>", "https://a.example/_x_*y*"),
        ("a\x00b\x1bc\ud800", "abc"),
        ("<<>> <|> <@>", "<<>>  @"),
    ],
)
def test_slack_formatting_and_references_are_converted(slack: str, ours: str) -> None:
    assert text_of({"text": slack}).text == ours


def test_slack_blocks_and_attachments_become_lines() -> None:
    attachment = {
        "fallback": "not shown",
        "pretext": "Alert",
        "title": "Disk",
        "title_link": "https://d.example",
        "fields": [{"title": "Host", "value": "a1"}],
    }
    said = text_of({"text": "fallback", "blocks": BLOCKS, "attachments": [attachment, {"fallback": "short"}]})
    assert said.text.split("\n") == [
        "Deploy <failed>",
        "**Branch** main (https://ci.example/7)",
        "**By:**",
        "@bob",
        "Log (https://ci.example)",
        "now" if said.text.count("x now") == 0 else "x now",
        "A graph (https://x.example/a.png)",
        "See https://a.example",
        "- one",
        "Alert",
        "Disk (https://d.example)",
        "Host: a1",
        "short",
    ]
    assert said.mentions == ("bob",)


def test_slack_payload_without_text_is_rejected() -> None:
    empty: list[dict[str, Any]] = [{}, {"text": "  "}, {"attachments": []}, {"blocks": [{"type": "divider"}]}]
    for payload in empty:
        with pytest.raises(NoText):
            text_of(payload)
    with pytest.raises(TooManyAttachments):
        text_of({"attachments": [{}] * 101})


@pytest.mark.parametrize(
    "payload",
    [
        {"attachments": {}},
        {"attachments": ["x"]},
        nested(50),
        {"blocks": [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 5000}]},
    ],
    ids=["object", "text", "deep", "many"],
)
def test_hostile_payload_is_rejected(payload: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        text_of(payload)


def test_slack_payload_is_json_or_a_form_field() -> None:
    assert parse_text(b' {"text": "a"}').text == "a"
    assert parse_text(b"payload=%7B%22text%22%3A%22a%26b%22%7D").text == "a&b"
    deep = b'{"text":' + b"[" * 5000
    for body in (b"", b"[]", b"text=a", b"payload=[]", b"payload=x", b"\xff", b"{", deep):
        with pytest.raises(ValueError, match=r".*"):
            parse_text(body)
    with pytest.raises(ValueError, match=r"^$"):
        parse_text(json.dumps({"text": "x" * MAX_BODY_BYTES}).encode())
