"""The actions of the page: how each is done, what it is answered, and what comes of it."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from testkit.phone import unpacked
from testkit.uploading import Fetched, form, request
from tests.access import playing_api, playing_json
from tests.access.action import Action, Play
from tests.access.page import CALL, PAGES, SOCKET, UPLOAD
from tests.access.pictures import picture
from tests.access.stage import FORM, Stage
from tests.access.world import BOB, MONA, NINA, OLGA, RITA, STAFF, WALTER

_CSRF = "c" * 32
_WRONG = "The user ID or the password is wrong."


# On a socket.


async def _log_in(stage: Stage) -> str:
    refusal = await stage.ask(stage.login)
    if not refusal:
        await stage.mona.text(stage.caller.userid, "welcome")
        assert "welcome" in await stage.phone.contents_until("welcome")
    return refusal


async def _send_to_person(stage: Stage) -> str:
    refusal = await stage.ask(f"text_{WALTER}_{stage.content}_unicast_")
    if not refusal:
        assert await stage.walter.contents(1) == [stage.content]
    return refusal


async def _send_to_group(stage: Stage) -> str:
    refusal = await stage.ask(f"text_{stage.group}_{stage.content}_group_")
    if not refusal:
        received = await stage.walter.message()
        assert (received.content, received.origin) == (stage.content, stage.group)
    return refusal


async def _ask_members(stage: Stage) -> str:
    answer = await stage.ask(f"members_{stage.group}")
    if answer.startswith("members_"):
        assert {RITA, OLGA} < {member["userid"] for member in unpacked(answer)}
        return ""
    return answer


async def _ask_history(stage: Stage) -> str:
    await stage.mona.group_text(stage.group, "a secret of the group")
    await stage.mona.settle()
    await stage.walter.contents_until("a secret of the group")
    return _content_in(await stage.ask(f"records_{stage.group}_0_group"), "a secret of the group")


async def _ask_conversation(stage: Stage) -> str:
    return _content_in(await stage.ask(f"records_{WALTER}_0_unicast"), "")


def _content_in(answer: str, content: str) -> str:
    if answer.startswith("records_"):
        assert not content or content in [one["content"] for one in unpacked(answer)["messages"]]
        return ""
    return answer


# Group calls.


def _calling(path: str, has_effect: Callable[[Stage, Any], bool], **values: str) -> Play:
    async def play(stage: Stage) -> str:
        parameters = {name: _filled(value, stage) for name, value in values.items()}
        reply = _json(await stage.call(path, parameters))
        if reply["code"] != 1:
            return f"{reply['code']} {reply['message']}"
        assert has_effect(stage, reply.get("data"))
        return ""

    return play


def _filled(value: str, stage: Stage) -> str:
    known = {"caller": stage.caller.userid, "group": stage.group, "name": stage.content}
    return value.format(**known, target=stage.target)


def _report(reporter: str, **named: str) -> Play:
    ((what, id_),) = named.items()

    def is_reported(stage: Stage, _: Any) -> bool:
        target = f"{what[0]}:{_filled(id_, stage)}"
        return stage.has_reported(target, _filled(reporter, stage))

    return _calling("report", is_reported, reporter=reporter, category="spam", **named)


def _json(fetched: Fetched) -> Any:
    assert fetched.status == 200
    return json.loads(fetched.body)


def _is_created(creator: str) -> Callable[[Stage, Any], bool]:
    def check(stage: Stage, data: Any) -> bool:
        rows = stage.world.server.query(f"SELECT creator_id, name FROM log_group WHERE id={data['groupid']}")
        return rows == [(_filled(creator, stage), stage.content)]

    return check


def _is_edited(stage: Stage, _: Any) -> bool:
    return stage.world.server.query(f"SELECT name FROM log_group WHERE id = {stage.group}") == [
        (stage.content,)
    ]


def _names_members(stage: Stage, data: Any) -> bool:
    return data["groupid"] == stage.group and RITA in [member["userid"] for member in data["members"]]


def _lists(userid: str) -> Callable[[Stage, Any], bool]:
    def check(stage: Stage, data: Any) -> bool:
        is_member = stage.is_member(_filled(userid, stage))
        return is_member == (stage.group in [group["groupid"] for group in data])

    return check


# Uploads.


async def _upload(stage: Stage) -> str:
    return await _sent(stage, "upload/writev2")


def _set_avatar(userid: str) -> Play:
    async def play(stage: Stage) -> str:
        whose = _filled(userid, stage)
        before = _avatar(stage, whose)
        refusal = await _sent(stage, "upload/avatar", userid=whose)
        assert refusal or _avatar(stage, whose) != before
        return refusal

    return play


async def _sent(stage: Stage, path: str, **query: str) -> str:
    body, content_type = form(picture(), filename="photo.png")
    reply = _json(await stage.post(path, body, content_type, **query))
    if reply["code"]:
        assert reply["data"] == ""
        return f"{reply['code']} {reply['message']}"
    assert await _is_served(stage, reply["data"])
    return ""


async def _is_served(stage: Stage, url: str) -> bool:
    path = url.removeprefix(stage.world.server.http)
    return (await asyncio.to_thread(request, stage.world.server, "GET", path)).status == 200


def _avatar(stage: Stage, userid: str) -> list[Any]:
    return stage.world.server.query(f"SELECT avatar FROM accounts_user WHERE userid = '{userid}'")


# On the pages.


async def _log_in_by_password(stage: Stage) -> str:
    values = {"username": stage.caller.userid, "password": stage.caller.password, "next": "/"}
    fetched = await _post_page(stage, "login/", **values)
    if fetched.status == 302:
        assert fetched.headers["Location"] == "/"
        return ""
    assert fetched.status == 200
    assert _WRONG in fetched.body.decode()
    assert "sessionid" not in str(fetched.headers)
    return "wrong"


async def _open_admin(stage: Stage) -> str:
    headers = _headers_in_admin(stage)
    fetched = await asyncio.to_thread(request, stage.world.server, "GET", "/admin/", None, headers)
    assert _is_led_to_login_page(fetched) or fetched.status == 200
    return "login page" if _is_led_to_login_page(fetched) else ""


async def _change_role(stage: Stage) -> str:
    query = f"SELECT id, user_id, role FROM log_membership WHERE group_id = {stage.group} ORDER BY id"
    rows = stage.world.server.query(query)
    fields = {"name": "friends", "notice": ""} | {
        f"memberships-{name}_FORMS": str(number)
        for name, number in (("TOTAL", len(rows)), ("INITIAL", len(rows)), ("MIN_NUM", 0), ("MAX_NUM", 1000))
    }
    for place, (row, userid, role) in enumerate(rows):
        fields |= {
            f"memberships-{place}-id": str(row),
            f"memberships-{place}-group": stage.group,
            f"memberships-{place}-role": "admin" if userid == RITA else role,
        }
    refusal = await _sent_to_admin(stage, f"admin/log/group/{stage.group}/change/", **fields)
    assert refusal or stage.role(RITA) == "admin"
    return refusal


async def _dissolve(stage: Stage) -> str:
    refusal = await _sent_to_admin(stage, f"admin/groups/{stage.group}/dissolve/", reason="because")
    assert refusal or not stage.is_member(BOB)
    return refusal


async def _sent_to_admin(stage: Stage, path: str, **fields: str) -> str:
    fetched = await _post_page(stage, path, **fields)
    assert fetched.status == 302
    return "login page" if _is_led_to_login_page(fetched) else ""


def _is_led_to_login_page(fetched: Fetched) -> bool:
    return fetched.status == 302 and fetched.headers["Location"].startswith("/admin/login/")


async def _post_page(stage: Stage, path: str, **fields: str) -> Fetched:
    """A form of a page, as its script would send it."""
    shown = _headers_in_admin(stage) if path.startswith("admin/") else stage.http_headers
    cookies = [one for one in (shown.get("Cookie"), f"csrftoken={_CSRF}") if one]
    headers = {**shown, "Cookie": "; ".join(cookies), "Content-Type": FORM}
    body = urlencode({**fields, "csrfmiddlewaretoken": _CSRF})
    return await asyncio.to_thread(request, stage.world.server, "POST", f"/{path}", body.encode(), headers)


def _headers_in_admin(stage: Stage) -> dict[str, str]:
    """The operator's browser has a session; everybody else shows what they have."""
    if stage.caller.userid == STAFF:
        return {"Cookie": f"sessionid={stage.world.shown(STAFF)}", "Origin": stage.world.server.http}
    return stage.http_headers


ACTIONS: dict[tuple[str, str], Action] = {
    (SOCKET, "log in"): Action(_log_in, "login"),
    (SOCKET, "send to a person"): Action(_send_to_person, "send", needs_login=True),
    (SOCKET, "send to the group"): Action(_send_to_group, "send", needs_login=True),
    (SOCKET, "ask for the members"): Action(_ask_members, "members", needs_login=True),
    (SOCKET, "ask for the history"): Action(_ask_history, "records", needs_login=True),
    (SOCKET, "ask for one's messages with a person"): Action(_ask_conversation, "records", needs_login=True),
    (SOCKET, "send before the login"): Action(_send_to_person, "send"),
    (CALL, "`creategrp`"): Action(
        _calling("creategrp", _is_created("{caller}"), creator="{caller}", members=BOB, name="{name}"),
        "creategrp",
    ),
    (CALL, "`creategrp` for another"): Action(
        _calling("creategrp", _is_created(NINA), creator=NINA, members="", name="{name}"), "creategrp"
    ),
    (CALL, "`addmembers`"): Action(
        _calling("addmembers", lambda stage, _: stage.is_member(NINA), groupid="{group}", members=NINA),
        "addmembers",
    ),
    (CALL, "`delmembers`, a member"): Action(
        _calling("delmembers", lambda stage, _: not stage.is_member(RITA), groupid="{group}", members=RITA),
        "delmembers",
    ),
    (CALL, "`delmembers`, an owner"): Action(
        _calling("delmembers", lambda stage, _: not stage.is_member(OLGA), groupid="{group}", members=OLGA),
        "delmembers",
    ),
    (CALL, "`delmembers`, oneself"): Action(
        _calling(
            "delmembers",
            lambda stage, _: not stage.is_member(stage.caller.userid),
            groupid="{group}",
            members="{caller}",
        ),
        "delmembers",
    ),
    (CALL, "`editgrp`"): Action(_calling("editgrp", _is_edited, groupid="{group}", name="{name}"), "editgrp"),
    (CALL, "`grpinfo`"): Action(_calling("grpinfo", _names_members, groupid="{group}"), "grpinfo"),
    (CALL, "`querymygrps`"): Action(
        _calling("querymygrps", _lists("{caller}"), userid="{caller}"), "querymygrps"
    ),
    (CALL, "`querymygrps` of another"): Action(
        _calling("querymygrps", _lists(NINA), userid=NINA), "querymygrps"
    ),
    (CALL, "`report`, a message of the group"): Action(_report("{caller}", message="{target}"), "report"),
    (CALL, "`report`, a person"): Action(_report("{caller}", user=WALTER), "report"),
    (CALL, "`report`, the group"): Action(_report("{caller}", group="{group}"), "report"),
    (CALL, "`report` for another"): Action(_report(MONA, user=WALTER), "report"),
    (UPLOAD, "upload a picture"): Action(_upload, "upload/writev2"),
    (UPLOAD, "set one's avatar"): Action(_set_avatar("{caller}"), "upload/avatar"),
    (UPLOAD, "set another's avatar"): Action(_set_avatar(NINA), "upload/avatar"),
    (PAGES, "log in with a password"): Action(_log_in_by_password, "login"),
    (PAGES, "open the admin"): Action(_open_admin, ""),
    (PAGES, "change a role in the admin"): Action(_change_role, ""),
    (PAGES, "dissolve the group in the admin"): Action(_dissolve, ""),
    **playing_json.ACTIONS,
    **playing_api.ACTIONS,
}
