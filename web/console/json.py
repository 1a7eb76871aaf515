"""The forms of the JSON dialect, one for each command. json.js makes frames of them, without empty fields."""

from collections.abc import Iterator
from dataclasses import replace

from chat.protocol.kinds import RESPONDING, SENT_PARTS
from web.console.fields import KINDS, Field, Form, number, options

_PEER = "u:… or g:…"
_OPTIONAL = "optional"
_RAW = '{"id": "mine", "cmd": "ping"}'


def _mentions_field() -> Field:
    return Field("mentions", "members of the group, or *; separated by commas", type="list")


def _custom_field() -> Field:
    return Field("custom", "a JSON object that a program attaches", type="object")


def _to_field(value: str = "u:bob", follows: str = "") -> Field:
    return Field("to", _PEER, value=value, follows=follows)


def _responding_forms() -> Iterator[Form]:
    target = number("target", "an id", "1", "received")
    for kind, responding in RESPONDING.items():
        fields = (
            Field(name, "separated by commas", value="0", type="numbers")
            for name in responding.sent.__struct_fields__
        )
        yield Form(responding.command, f"answers a {kind}", row=(target, *fields, Field("cid", _OPTIONAL)))
        yield Form(responding.closing, f"nobody answers this {kind} any more", row=(target,))


COMMANDS = (
    Form(
        "hello",
        "says who you are, and where to go on",
        row=(Field("userid", "in open mode", value="alice"), Field("token", _OPTIONAL)),
        below=(
            Field("device", "optional: the server then keeps its place, and wants ack"),
            number("since", "optional: the last id dealt with"),
            Field("log", "optional: of the last hello"),
        ),
        is_open=True,
    ),
    Form(
        "send",
        "a message",
        row=(
            _to_field(),
            Field("kind", options=KINDS),
            number("reply", "to an id"),
            Field("silent", options=(("", "false"), ("true", "true")), type="boolean"),
        ),
        below=(
            Field("content", "a text, a code or a URL", lines=3),
            Field("cid", "your name for it; the same again is stored once"),
            Field("name", "of a file, if not as it was sent"),
            _mentions_field(),
            _custom_field(),
            *(Field(part, f"of a {name}, in JSON", type="object") for name, part in SENT_PARTS.items()),
            Field("extension", "only for the shipped apps; optional"),
        ),
        is_open=True,
    ),
    Form(
        "edit",
        "another content for a text of one's own",
        row=(number("target", "an id", "1", "sent"),),
        below=(Field("content", lines=2, value="Hello again, Bob."), _mentions_field(), _custom_field()),
    ),
    Form(
        "forward",
        "messages to other conversations",
        row=(
            Field("targets", "separated by commas", value="1", type="numbers"),
            Field("to", "separated by commas", value="u:bob", type="list"),
            Field("merged", options=options("false", "true"), type="boolean"),
        ),
        below=(Field("cid", "your name for it; the same again is stored once"),),
    ),
    Form("recall", "takes a message back", row=(number("target", "an id", "1", "sent"),)),
    Form(
        "react",
        "to a message",
        row=(
            number("target", "an id", "1", "received"),
            Field("emoji", value="👍"),
            Field("on", options=options("true", "false"), type="boolean"),
        ),
    ),
    Form(
        "press",
        "a button of a card",
        row=(
            number("target", "an id", "1", "received"),
            Field("action", "an id", value="again"),
            Field("cid", _OPTIONAL),
        ),
    ),
    *_responding_forms(),
    Form(
        "read",
        "everything up to an id is read",
        row=(_to_field(follows="conversation"), number("upto", "an id", "1", "received")),
    ),
    Form("ack", "everything up to an id has arrived", row=(number("upto", "an id", "1", "seen"),)),
    Form("typing", "is writing something", row=(_to_field(),)),
    Form(
        "grow",
        "a bot writes an answer",
        row=(
            _to_field(),
            Field("cid", value="a1"),
            Field("more", options=options("false", "true"), type="boolean"),
        ),
        below=(Field("content", lines=2, value="It is"),),
    ),
    Form(
        "presence",
        "who of these is online",
        row=(Field("users", "separated by commas", value="bob, charlie", type="list"),),
    ),
    Form("ping", "is the server there?"),
    Form("raw", "any frame, right or wrong", below=(Field("frame", lines=3, value=_RAW),)),
)


def commands(userid: str, *, is_open: bool) -> tuple[Form, ...]:
    """Return the forms of the commands.

    `userid` is the logged-in user, or empty. In token mode `hello` has no example userid, because the token
    or the browser's session identifies the user.
    """
    hello, *others = COMMANDS
    field, *fields = hello.row
    if is_open:
        userid_field = replace(field, value=userid or field.value)
    else:
        userid_field = replace(field, value="", hint=_OPTIONAL)
    return (replace(hello, row=(userid_field, *fields)), *others)
