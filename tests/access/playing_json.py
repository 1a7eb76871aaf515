"""The commands of the JSON dialect: how each is sent, what it is answered, and what comes of it."""

import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from chat.protocol.kinds import RESPONDING
from testkit.device import Device, Refused
from tests.access.action import Action, Play
from tests.access.page import JSON
from tests.access.stage import BUTTON, Stage
from tests.access.world import MONA, WALTER

Answer = dict[str, Any]
Check = Callable[[Stage, Answer], Awaitable[None]]


async def _hello(stage: Stage) -> str:
    refusal = await stage.greet()
    if not refusal:
        await stage.mona.text(stage.caller.userid, "welcome")
        while (await stage.device.event()).get("content") != "welcome":
            pass
    return refusal


def _telling(cmd: str, has_effect: Check, **fields: Any) -> Play:
    async def play(stage: Stage) -> str:
        try:
            reply = await stage.device.call(cmd, **_filled(fields, stage))
        except Refused as refused:
            return f"{refused.error.code} {refused.error.name}"
        await has_effect(stage, reply)
        return ""

    return play


def _filled(fields: Answer, stage: Stage) -> Answer:
    """Group, message and text of the stage, where they are named."""
    known = {"$group": f"g:{stage.group}", "$target": stage.target, "$content": stage.content}

    def fill(value: Any) -> Any:
        if isinstance(value, list):
            return [fill(one) for one in value]
        return known.get(value, value) if isinstance(value, str) else value

    return {name: fill(value) for name, value in fields.items()}


async def _nothing(stage: Stage, result: Answer) -> None:
    assert result == {}


async def _walter_receives(stage: Stage, result: Answer) -> None:
    assert await stage.walter.contents(1) == [stage.content]


async def _group_receives(stage: Stage, result: Answer) -> None:
    received = await stage.walter.message()
    assert (received.content, received.origin) == (stage.content, stage.group)


def _is_row(kind: str) -> Check:
    async def check(stage: Stage, result: Answer) -> None:
        query = f"SELECT kind, target FROM log_message WHERE id = {result['id']}"
        assert stage.world.server.query(query) == [(kind, stage.target)]

    return check


async def _is_read(stage: Stage, result: Answer) -> None:
    assert result == {"unread": 0}
    where = f"user_id = '{stage.caller.userid}' AND group_id = {stage.group}"
    query = f"SELECT read_id FROM log_conversation WHERE {where}"
    assert stage.world.server.query(query) == [(stage.target,)]


async def _is_watched(stage: Stage, result: Answer) -> None:
    assert result == {"online": [WALTER]}


async def _type(stage: Stage) -> str:
    async with Device(stage.world.server.entry, **stage.shown_by(stage.world.trusted(WALTER))) as walter:
        refusal = await _telling("typing", _nothing, to="$group")(stage)
        if not refusal:
            event = await walter.event()
            assert event == {"ev": "typing", "conversation": f"g:{stage.group}", "from": stage.caller.userid}
        return refusal


async def _walter_receives_it(stage: Stage, result: Answer) -> None:
    received = await stage.walter.message()
    assert received.origin == stage.caller.userid


async def _change_ones_own(stage: Stage) -> str:
    message = {"to": f"g:{stage.group}", "kind": "text", "content": stage.content}
    try:
        stage.target = (await stage.device.call("send", **message))["id"]
    except Refused as refused:
        return f"{refused.error.code} {refused.error.name}"
    for cmd, fields in (("edit", {"content": "other"}), ("recall", {})):
        assert await _telling(cmd, _is_row(cmd), target="$target", **fields)(stage) == ""
    return ""


async def _press(stage: Stage) -> str:
    press = _telling("press", _is_pressed, target="$target", action=BUTTON["id"])
    refusal = await press(stage)
    if refusal == "404 not_found" and stage.is_member(stage.caller.userid):
        # It is no card.
        stage.target = await stage.send_card(MONA)
        refusal = await press(stage)
    return refusal


async def _is_pressed(stage: Stage, result: Answer) -> None:
    assert result == {}
    query = "SELECT body FROM notifications_delivery ORDER BY id DESC LIMIT 1"
    ((body,),) = stage.world.server.query(query)
    pressed = json.loads(body)
    assert (pressed["from"], pressed["message"]) == (stage.caller.userid, stage.target)


def _responding() -> Iterator[tuple[tuple[str, str], Action]]:
    """Who may respond is told that the message is of another kind."""
    for kind, one in RESPONDING.items():
        answer = {name: [0] for name in one.sent.__struct_fields__}
        for cmd, fields in ((one.command, answer), (one.closing, {})):
            play = _respond(kind, cmd, target="$target", **fields)
            yield (JSON, f"`{cmd}`"), Action(play, "amend", needs_login=True)


def _respond(kind: str, cmd: str, **fields: Any) -> Play:
    async def play(stage: Stage) -> str:
        try:
            await stage.device.call(cmd, **_filled(fields, stage))
        except Refused as refused:
            is_let = refused.fields["reason"] == f"this message is no {kind}"
            return "" if is_let else f"{refused.error.code} {refused.error.name}"
        raise AssertionError(cmd)

    return play


async def _send_before_hello(stage: Stage) -> str:
    await stage.connect()
    return await _TO_WALTER(stage)


_TEXT = {"kind": "text", "content": "$content"}
_TO_WALTER = _telling("send", _walter_receives, to=f"u:{WALTER}", **_TEXT)

ACTIONS = {
    (JSON, "`hello`"): Action(_hello, "hello"),
    (JSON, "`send` to a person"): Action(_TO_WALTER, "send", needs_login=True),
    (JSON, "`send` to the group"): Action(
        _telling("send", _group_receives, to="$group", **_TEXT), "send", needs_login=True
    ),
    (JSON, "`send` to the group, then `edit` and `recall`"): Action(
        _change_ones_own, "send", needs_login=True
    ),
    (JSON, "`edit` of another's message"): Action(
        _telling("edit", _is_row("edit"), target="$target", content="$content"), "amend", needs_login=True
    ),
    (JSON, "`recall` of another's message"): Action(
        _telling("recall", _is_row("recall"), target="$target"), "amend", needs_login=True
    ),
    (JSON, "`forward` to a person"): Action(
        _telling("forward", _walter_receives_it, targets=["$target"], to=[f"u:{WALTER}"]),
        "forward",
        needs_login=True,
    ),
    (JSON, "`react`"): Action(
        _telling("react", _is_row("reaction"), target="$target", emoji="👍"), "amend", needs_login=True
    ),
    **dict(_responding()),
    (JSON, "`press`"): Action(_press, "press", needs_login=True),
    (JSON, "`read` of the group"): Action(
        _telling("read", _is_read, to="$group", upto="$target"), "read", needs_login=True
    ),
    (JSON, "`ack`"): Action(_telling("ack", _nothing, upto="$target"), "ack", needs_login=True),
    (JSON, "`typing` to the group"): Action(_type, "typing", needs_login=True),
    # tests/json/test_growing.py has bots.
    (JSON, "`grow` to the group"): Action(
        _telling("grow", _nothing, to="$group", cid="a", content="x"), "grow", needs_login=True
    ),
    (JSON, "`presence` of a person"): Action(
        _telling("presence", _is_watched, users=[WALTER]), "presence", needs_login=True
    ),
    (JSON, "`ping`"): Action(_telling("ping", _nothing), "ping", needs_login=True),
    (JSON, "`send` before `hello`"): Action(_send_before_hello, "send"),
}
