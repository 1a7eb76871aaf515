"""The calls of the API: how each is made, what it is answered, and what comes of it."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

from chat.protocol.kinds import RESPONDING
from testkit.uploading import Fetched, form
from tests.access.action import Action, Play
from tests.access.page import API
from tests.access.pictures import picture
from tests.access.stage import Stage
from tests.access.world import MONA, MUTED, NINA, OLGA, PASSWORD, RITA, RULED, WALTER

Check = Callable[[Stage, Any], bool]

_TUS: dict[str, Any] = {"Tus_Resumable": "1.0.0"}
_NAMED = f"filename {base64.b64encode(b'a.txt').decode()}"
_PIECE = "application/offset+octet-stream"
_TEXT = {"kind": "text", "content": "{content}"}


# SCIM names none of these.
_SCIM_ERRORS = {401: "log_in_first", 403: "not_allowed"}


def _calling(
    method: str, path: str, has_effect: Check, body: dict[str, Any] | None, *, is_our_page: bool
) -> Play:
    async def play(stage: Stage) -> str:
        fetched = await stage.fetch(
            method, _filled(path, stage), _filled(body, stage), is_our_page=is_our_page
        )
        return _outcome(fetched, stage, has_effect)

    return play


def _own_account(
    name: str, has_effect: Check, body: dict[str, Any] | None = None, path: str = "", *, kind: str = "own"
) -> tuple[tuple[str, str], Action]:
    """As `_row`, for what nobody may do to the account of somebody whom others need."""
    key, action = _row(name, has_effect, body, path)

    async def play(stage: Stage) -> str:
        before = stage.caller
        stage.caller = stage.world.like(before, kind)
        try:
            return await action.play(stage)
        finally:
            stage.caller = before

    return key, Action(play, action.logged)


async def _upload(stage: Stage) -> str:
    content, content_type = form(picture(), filename="photo.png")
    fetched = await stage.fetch("POST", "uploads", content, content_type)
    return _outcome(fetched, stage, lambda _, answer: answer["kind"] == "picture")


async def _edit_card(stage: Stage) -> str:
    """One of the caller's own, if there is a backend that may send it."""
    if stage.caller.key and stage.caller.acts_for:
        stage.target = await stage.send_card(stage.caller.acts_for)
    path, card = f"{_GROUP}/messages/{{message}}", {"content": "{content}", "card": {"title": "done"}}
    fetched = await stage.fetch("PATCH", _filled(path, stage), _filled(card, stage))
    return _outcome(fetched, stage, _is_edited)


async def _save_sticker(stage: Stage) -> str:
    """Who may read the text is told that it is no sticker. tests/api/test_stickers.py saves one: a sticker in
    this group would reach people of other stages at their next login."""
    fetched = await stage.fetch("PUT", "me/stickers", {"message": stage.target})
    return "" if b"pictures" in fetched.body else _outcome(fetched, stage, _never)


def _responding() -> Iterator[tuple[tuple[str, str], Action]]:
    """Who may respond is told that the message is of another kind."""
    for kind, one in RESPONDING.items():
        body = {name: [0] for name in one.sent.__struct_fields__}
        yield _respond(kind, "GET", one.path)
        yield _respond(kind, "PUT", one.path, body)
        yield _respond(kind, "DELETE", one.path)
        yield _respond(kind, "POST", f"{one.path}/close", {})


def _respond(
    kind: str, method: str, path: str, body: dict[str, Any] | None = None
) -> tuple[tuple[str, str], Action]:
    name = f"`{method} conversations/{{conversation}}/messages/{{message}}/{path}`"

    async def play(stage: Stage) -> str:
        fetched = await stage.fetch(method, _filled(f"{_GROUP}/messages/{{message}}/{path}", stage), body)
        is_let = f"this message is no {kind}".encode() in fetched.body
        return "" if is_let else _outcome(fetched, stage, _never)

    return (API, f"{name}, the group"), Action(play, _route(name))


def _is_edited(stage: Stage, answer: Any) -> bool:
    query = f"SELECT target, content FROM log_message WHERE id = {answer['id']}"
    return stage.world.server.query(query) == [(stage.target, stage.content)]


async def _begin_file(stage: Stage) -> Fetched:
    return await stage.fetch("POST", "uploads/files", b"", Upload_Length="5", Upload_Metadata=_NAMED, **_TUS)


async def _begin(stage: Stage) -> str:
    begun = await _begin_file(stage)
    return _outcome(begun, stage, lambda _, answer: "/uploads/files/" in begun.headers["Location"])


def _with_file(method: str, body: bytes | None = None, **headers: Any) -> Play:
    """With a file that the caller has begun to send, if the caller may."""

    async def play(stage: Stage) -> str:
        fetched = await stage.fetch(method, f"uploads/files/{'0' * 32}", body, _PIECE, **headers, **_TUS)
        if b"no such upload" in fetched.body and stage.caller.userid != MUTED:
            begun = str((await _begin_file(stage)).headers["Location"])
            path = f"uploads/files/{begun.rpartition('/')[2]}"
            fetched = await stage.fetch(method, path, body, _PIECE, **headers, **_TUS)
        return _outcome(fetched, stage, lambda _, answer: True)

    return play


def _outcome(fetched: Fetched, stage: Stage, has_effect: Check) -> str:
    """The refusal; empty if it is none."""
    if fetched.status < 400:
        assert has_effect(stage, json.loads(fetched.body) if fetched.body else None)
        return ""
    answer = json.loads(fetched.body)
    if "detail" in answer:
        assert answer["status"] == str(fetched.status)
        return f"{fetched.status} {_SCIM_ERRORS[fetched.status]}"
    error = answer["error"]
    assert error["code"] == fetched.status
    return f"{fetched.status} {error['name']}"


def _filled(value: Any, stage: Stage) -> Any:
    """With the people, the group and the text of the stage."""
    if isinstance(value, dict):
        return {name: _filled(one, stage) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, stage) for one in value]
    if value == "{target}":
        return stage.target
    known = {
        "{caller}": stage.caller.userid,
        "{group}": stage.group,
        "{content}": stage.content,
        "{message}": str(stage.target),
        "{entry}": stage.world.shown("entry"),
        "{rule}": stage.world.shown("rule"),
        "{old_rule}": stage.world.shown("old_rule"),
        "{report}": stage.world.shown("report"),
    }
    for name, text in known.items() if isinstance(value, str) else ():
        value = value.replace(name, text)
    return value


def _has(**expects: Any) -> Check:
    """The answer has these values."""

    def check(stage: Stage, answer: Any) -> bool:
        expected = _filled(expects, stage)
        return bool({name: answer[name] for name in expected} == expected)

    return check


def _lists(field: str, value: str) -> Check:
    return lambda stage, answer: _filled(value, stage) in [one[field] for one in answer["items"]]


def _is_a_list(_: Stage, answer: Any) -> bool:
    return isinstance(answer["items"], list)


def _never(_: Stage, __: Any) -> bool:
    return False


def _is_sent(stage: Stage, answer: Any) -> bool:
    query = f"SELECT sender_id, content FROM log_message WHERE id = {answer['id']}"
    return stage.world.server.query(query) == [(stage.caller.userid, stage.content)]


def _is_read(stage: Stage, answer: Any) -> bool:
    return bool(answer == {"upto": stage.target, "unread": 0})


def _is_removed(stage: Stage, _: Any) -> bool:
    where = f"user_id = '{stage.caller.userid}' AND group_id = {stage.group} AND removed_id > 0"
    return bool(stage.world.server.query(f"SELECT 1 FROM log_conversation WHERE {where}"))


def _has_ended(column: str) -> Check:
    def check(stage: Stage, _: Any) -> bool:
        query = f"SELECT {column} FROM accounts_user WHERE userid = '{stage.caller.userid}'"
        return bool(stage.world.server.query(query)[0][0])

    return check


def _is_audited(stage: Stage, answer: Any) -> bool:
    query = f"SELECT actor FROM moderation_auditentry WHERE id = {answer['entry']}"
    return stage.world.server.query(query) == [(stage.caller.userid,)]


def _has_changed_rules(stage: Stage, _: Any) -> bool:
    query = f"SELECT action FROM moderation_auditentry WHERE actor = '{stage.caller.userid}' ORDER BY id DESC"
    return str(stage.world.server.query(query)[0][0]).startswith("rule.")


def _is_member(userid: str, *, expects: bool) -> Check:
    return lambda stage, _: stage.is_member(_filled(userid, stage)) == expects


def _has_no_link(stage: Stage, _: Any) -> bool:
    query = f"SELECT 1 FROM groups_grouplink WHERE group_id = {stage.group} AND code = '{stage.group}'"
    return not stage.world.server.query(query)


def _is_blocked(*, expects: bool) -> Check:
    def check(stage: Stage, _: Any) -> bool:
        where = f"user_id = '{stage.caller.userid}' AND blocked_id = '{NINA}'"
        return bool(stage.world.server.query(f"SELECT 1 FROM log_block WHERE {where}")) == expects

    return check


def _is_pinned(*, expects: bool) -> Check:
    def check(stage: Stage, _: Any) -> bool:
        query = f"SELECT 1 FROM log_pin WHERE target = {stage.target} AND group_id = {stage.group}"
        return bool(stage.world.server.query(query)) == expects

    return check


def _is_contact(*, expects: bool) -> Check:
    def check(stage: Stage, _: Any) -> bool:
        where = f"user_id = '{stage.caller.userid}' AND other_id = '{NINA}'"
        return bool(stage.world.server.query(f"SELECT 1 FROM log_contact WHERE {where}")) == expects

    return check


def _is_starred(*, expects: bool) -> Check:
    def check(stage: Stage, _: Any) -> bool:
        where = f"message_id = {stage.target} AND user_id = '{stage.caller.userid}'"
        return bool(stage.world.server.query(f"SELECT 1 FROM log_star WHERE {where}")) == expects

    return check


def _has_confirmed(stage: Stage, _: Any) -> bool:
    where = f"group_id = {stage.group} AND user_id = '{stage.caller.userid}'"
    return bool(stage.world.server.query(f"SELECT 1 FROM groups_confirmation WHERE {where}"))


def _has_answered(stage: Stage, _: Any) -> bool:
    query = f"SELECT state FROM chat_contactrequest WHERE id = {stage.group}"
    return stage.world.server.query(query) == [("declined",)]


def _is_woken(*, expects: bool) -> Check:
    def check(stage: Stage, _: Any) -> bool:
        query = f"SELECT 1 FROM notifications_pushdevice WHERE user_id = '{stage.caller.userid}'"
        return bool(stage.world.server.query(query)) == expects

    return check


def _is_reported(target: str) -> Check:
    return lambda stage, _: stage.has_reported(_filled(target, stage))


def _row(
    name: str,
    has_effect: Check,
    body: dict[str, Any] | None = None,
    path: str = "",
    *,
    is_our_page: bool = True,
) -> tuple[tuple[str, str], Action]:
    """`name`: the call in backticks, and what else of it matters. `path`: with its values and its query, if
    it has some besides the group."""
    method, template = name.split("`")[1].split(" ")
    play = _calling(method, path or template, has_effect, body, is_our_page=is_our_page)
    return (API, name), Action(play, _route(name))


def _route(name: str) -> str:
    """As a log calls the call."""
    method, template = name.split("`")[1].split(" ")
    path = template if template.startswith("/") else f"/api/v1/{template}"
    return f"{method} {path.replace('{', '<str:').replace('}', '>')}"


_GROUP = "conversations/g:{group}"
_PERSON = f"conversations/u:{WALTER}"
_RITA, _OLGA = (f"groups/{{group}}/members/{userid}" for userid in (RITA, OLGA))
_PUSH = "https://push.example/1"
_DEVICE = {"provider": "web", "token": _PUSH}
_NAME = {"nickname": "{content}"}
_RULE = {"pattern": "nobody writes this: {content}", "reason": "because"}
_DESK = {"action": "warn", "reason": "because"}

_ROWS = [
    _row("`GET me`", _has(userid="{caller}")),
    _row("`PATCH me`", _has(**_NAME), _NAME),
    _row("`PATCH me`, not from a page of ours", _has(**_NAME), _NAME, is_our_page=False),
    _row("`GET me/account`", _has(password=True)),
    _row("`GET me/deletion`", _has(due=None)),
    _row("`DELETE me/deletion`", lambda _, answer: answer is None),
    _row("`GET me/export`", _has(state="none")),
    _row("`GET me/export/file`", lambda *_: True),
    _own_account("`POST me/export`", lambda _, answer: answer["state"] != "none", {}, kind="gone"),
    _own_account("`DELETE me`", lambda _, answer: bool(answer["due"]), {"password": PASSWORD}, kind="gone"),
    _row("`GET me/logins`", _lists("id", "tokens")),
    _own_account("`DELETE me/logins/{login}`", _has_ended("tokens_from"), path="me/logins/tokens"),
    # Nobody waits for these: tests/web/test_sign_in_codes.py.
    *(_row(f"`POST me/logins/code{end}`", _never, {"code": "x"}) for end in ("", "/confirm", "/refuse")),
    _own_account("`DELETE me/logins`", _has_ended("proofs_from"), kind="last"),
    _row("`GET users`", _lists("userid", MONA), path=f"users?ids={MONA}"),
    _row("`GET users/{userid}`", _has(userid=MONA), path=f"users/{MONA}"),
    # These are for keys of another scope: tests/api/test_people.py, test_groups_by_id.py,
    # test_webhooks.py, test_announcements.py, test_scim.py.
    _row("`POST users`", _never, {"userid": "eve"}),
    _row("`PATCH users/{userid}`", _never, _NAME, f"users/{NINA}"),
    _row("`DELETE users/{userid}`", _never, path=f"users/{NINA}"),
    _row("`POST users/bulk`", _never, {"userid": "eve"}),
    _row("`GET webhooks`", _never),
    _row("`POST webhooks`", _never, {}),
    *(_row(f"`{method} webhooks/{{webhook}}`", _never, path="webhooks/1") for method in ("GET", "DELETE")),
    _row("`PATCH webhooks/{webhook}`", _never, {}, "webhooks/1"),
    _row("`GET webhooks/{webhook}/deliveries`", _never, path="webhooks/1/deliveries"),
    _row("`POST webhooks/{webhook}/resend`", _never, {}, "webhooks/1/resend"),
    _row("`POST webhooks/{webhook}/replay`", _never, {}, "webhooks/1/replay"),
    _row("`DELETE webhooks/{webhook}/replay`", _never, path="webhooks/1/replay"),
    _row("`GET announcements`", _never),
    _row("`POST announcements`", _never, {}),
    _row("`GET announcements/{announcement}`", _never, path="announcements/1"),
    _row("`POST announcements/{announcement}`", _never, {}, "announcements/1"),
    _row("`PUT groups/by-id/{foreign}`", _never, {"name": "X", "members": [NINA]}, "groups/by-id/team"),
    _row("`GET /scim/v2/Users`", _never),
    _row("`PATCH /scim/v2/Users/{userid}`", _never, {}, f"/scim/v2/Users/{NINA}"),
    _row("`DELETE /scim/v2/Users/{userid}`", _never, path=f"/scim/v2/Users/{NINA}"),
    _row("`PUT /scim/v2/Groups/{group}`", _never, {}, "/scim/v2/Groups/{group}"),
    _row("`GET conversations`", _is_a_list),
    _row("`GET conversations/{conversation}`, the group", _has(id="g:{group}"), path=_GROUP),
    _row("`PATCH conversations/{conversation}`, the group", _has(pinned=True), {"pinned": True}, _GROUP),
    _row("`DELETE conversations/{conversation}`, the group", _is_removed, path=_GROUP),
    _row(
        "`POST conversations/{conversation}/clear`, the group",
        _has(cleared="{target}"),
        {"upto": "{target}"},
        f"{_GROUP}/clear",
    ),
    _row("`GET stars`", _is_a_list),
    _row("`GET me/stickers`", _is_a_list),
    _row("`DELETE me/stickers/{sticker}`", lambda _, answer: answer is None, path="me/stickers/1"),
    (
        (API, "`PUT me/stickers`, a message of the group"),
        Action(_save_sticker, _route("`PUT me/stickers`")),
    ),
    _row(
        "`PUT conversations/{conversation}/stars`, the group",
        _is_starred(expects=True),
        {"message": "{target}"},
        f"{_GROUP}/stars",
    ),
    _row(
        "`DELETE conversations/{conversation}/stars`, the group",
        _is_starred(expects=False),
        path=f"{_GROUP}/stars?message={{message}}",
    ),
    _row(
        "`POST conversations/{conversation}/hide`, the group",
        _has(hidden=["{target}"]),
        {"messages": ["{target}"]},
        f"{_GROUP}/hide",
    ),
    _row(
        "`POST conversations/{conversation}/unhide`, the group",
        _has(unhidden=[]),
        {"messages": ["{target}"]},
        f"{_GROUP}/unhide",
    ),
    _row(
        "`GET conversations/{conversation}/messages`, the group",
        _lists("content", "a message of the group"),
        path=f"{_GROUP}/messages",
    ),
    _row("`GET conversations/{conversation}/messages`, a person", _is_a_list, path=f"{_PERSON}/messages"),
    _row("`POST conversations/{conversation}/messages`, the group", _is_sent, _TEXT, f"{_GROUP}/messages"),
    _row("`POST conversations/{conversation}/messages`, a person", _is_sent, _TEXT, f"{_PERSON}/messages"),
    _row(
        "`PUT conversations/{conversation}/read`, the group", _is_read, {"upto": "{target}"}, f"{_GROUP}/read"
    ),
    (
        (API, "`PATCH conversations/{conversation}/messages/{message}`, the group"),
        Action(_edit_card, _route("`PATCH conversations/{conversation}/messages/{message}`")),
    ),
    *_responding(),
    _row("`GET conversations/{conversation}/commands`, the group", _is_a_list, path=f"{_GROUP}/commands"),
    _row("`GET conversations/{conversation}/pins`, the group", _is_a_list, path=f"{_GROUP}/pins"),
    _row(
        "`PUT conversations/{conversation}/pins`, the group",
        _is_pinned(expects=True),
        {"message": "{target}"},
        f"{_GROUP}/pins",
    ),
    _row(
        "`DELETE conversations/{conversation}/pins`, the group",
        _is_pinned(expects=False),
        path=f"{_GROUP}/pins?message={{message}}",
    ),
    _row(
        "`GET conversations/{conversation}/messages/{message}/readers`, the group",
        _is_a_list,
        path=f"{_GROUP}/messages/{{message}}/readers",
    ),
    _row("`GET messages/search`", _is_a_list, path="messages/search?q=hello"),
    _row("`POST groups`", _has(creator="{caller}"), {"name": "{content}"}),
    _row("`GET groups/{group}`", _has(id="{group}")),
    _row("`PATCH groups/{group}`", _has(name="{content}"), {"name": "{content}"}),
    _row("`PATCH groups/{group}`, one's nickname", _has(nickname="{content}"), {"nickname": "{content}"}),
    _row("`PATCH groups/{group}`, who sets the notice", _has(notice_by="admins"), {"notice_by": "admins"}),
    _row("`PATCH groups/{group}`, what newcomers see", _has(history="all"), {"history": "all"}),
    _row("`GET groups/{group}/confirmations`", _lists("userid", RITA)),
    _row("`PUT groups/{group}/confirmations`", _has_confirmed, {"notice_id": 1}),
    _row("`DELETE groups/{group}`", _is_member(RITA, expects=False)),
    _row("`GET groups/{group}/members`", _lists("userid", RITA)),
    _row("`POST groups/{group}/members`", _lists("userid", NINA), {"userids": [NINA]}),
    _row("`PATCH groups/{group}/members/{userid}`", _has(role="admin"), {"role": "admin"}, _RITA),
    _row("`DELETE groups/{group}/members/{userid}`, a member", _is_member(RITA, expects=False), path=_RITA),
    _row("`DELETE groups/{group}/members/{userid}`, an owner", _is_member(OLGA, expects=False), path=_OLGA),
    _row(
        "`DELETE groups/{group}/members/{userid}`, oneself",
        _is_member("{caller}", expects=False),
        path="groups/{group}/members/{caller}",
    ),
    _row("`GET blocks`", _is_a_list),
    _row("`PUT blocks/{userid}`", _is_blocked(expects=True), path=f"blocks/{NINA}"),
    _row("`DELETE blocks/{userid}`", _is_blocked(expects=False), path=f"blocks/{NINA}"),
    _row("`GET me/privacy`", _has(write="everybody")),
    _row("`PATCH me/privacy`", _has(direct="known"), {"direct": "known"}),
    _row("`GET contacts`", _is_a_list),
    _row("`PUT contacts/{userid}`", _is_contact(expects=True), path=f"contacts/{NINA}"),
    _row("`DELETE contacts/{userid}`", _is_contact(expects=False), path=f"contacts/{NINA}"),
    _row("`GET contacts/requests`", _lists("userid", RITA)),
    _row("`POST contacts/requests`", _has(userid=NINA), {"userid": NINA, "text": "{content}"}),
    _row(
        "`POST contacts/requests/{asked}`",
        _has_answered,
        {"action": "decline"},
        "contacts/requests/{group}",
    ),
    _row("`GET moderation/users/{userid}`", _has(userid=NINA), path=f"moderation/users/{NINA}"),
    _row("`POST moderation/users/{userid}`", _is_audited, _DESK, f"moderation/users/{NINA}"),
    _row(
        "`GET moderation/users/{userid}/recent`",
        _has(more=False),
        path=f"moderation/users/{NINA}/recent?hours=1",
    ),
    _row("`GET moderation/users/{userid}/addresses`", _is_a_list, path=f"moderation/users/{NINA}/addresses"),
    _row("`GET moderation/groups/{group}`", _has(id="{group}")),
    _row("`POST moderation/groups/{group}`", _is_audited, {**_DESK, "action": "mute"}),
    _row("`GET moderation/messages/{message}`", _lists("from", MONA)),
    _row("`POST moderation/messages/{message}`", _is_audited, {**_DESK, "action": "recall"}),
    _row("`GET moderation/rules`", _is_a_list),
    _row("`POST moderation/rules`", _has_changed_rules, _RULE),
    _row("`GET moderation/rules/{rule}`", _has(pattern=RULED)),
    _row("`PATCH moderation/rules/{rule}`", _has_changed_rules, {"note": "{content}", "reason": "because"}),
    _row(
        "`DELETE moderation/rules/{rule}`",
        _has_changed_rules,
        path="moderation/rules/{old_rule}?reason=because",
    ),
    _row("`POST moderation/rules/try`", _has(effect="block"), {"text": RULED}),
    _row("`GET moderation/reports`", _lists("target", f"u:{RITA}")),
    _row(
        "`POST moderation/reports`",
        lambda stage, answer: _is_audited(stage, answer["done"][0]),
        {**_DESK, "action": "claim", "reports": ["{report}"]},
    ),
    _row("`GET moderation/reports/{report}`", _has(target=f"u:{RITA}")),
    _row("`POST moderation/reports/{report}`", _is_audited, {**_DESK, "action": "claim"}),
    _row("`GET moderation/reasons`", _is_a_list),
    _row("`GET moderation/audit`", _is_a_list),
    _row("`POST moderation/audit/{entry}`", _is_audited, {**_DESK, "action": "undo"}),
    _row("`GET groups/{group}/links`", _lists("code", "{group}")),
    _row("`POST groups/{group}/links`", _has(by="{caller}"), {"uses": 1}),
    _row(
        "`DELETE groups/{group}/links/{code}`",
        _has_no_link,
        path="groups/{group}/links/{group}",
    ),
    _row("`GET groups/{group}/requests`", _lists("userid", NINA)),
    _row(
        "`POST groups/{group}/requests`",
        _is_member(NINA, expects=True),
        {"userid": NINA, "action": "accept"},
    ),
    _row("`GET join/{code}`", _has(name="friends"), path="join/{group}"),
    _row("`POST join/{code}`", _has(state="member"), path="join/{group}"),
    _row("`GET groups/{group}/hooks`", _lists("name", "a bot")),
    _row("`POST groups/{group}/hooks`", _has(name="{content}"), {"name": "{content}"}),
    _row(
        "`DELETE groups/{group}/hooks/{hook}`",
        _is_member(RITA, expects=False),
        path="groups/{group}/hooks/{group}",
    ),
    _row(
        "`GET groups/{group}/hooks/{hook}/commands`",
        _has(items=[]),
        path="groups/{group}/hooks/{group}/commands",
    ),
    _row(
        "`PUT groups/{group}/hooks/{hook}/commands`",
        lambda _, answer: bool(answer["signing_secret"]),
        {"commands": []},
        "groups/{group}/hooks/{group}/commands",
    ),
    _row("`GET push`", lambda _, answer: bool(answer["key"])),
    _row("`PUT push/subscriptions`", _is_woken(expects=True), {"endpoint": _PUSH}),
    _row("`DELETE push/subscriptions`", _is_woken(expects=False), {"endpoint": _PUSH}),
    _row("`GET me/push-devices`", _has(items=[])),
    _row("`PUT me/push-devices/{device}`", _is_woken(expects=True), _DEVICE, path="me/push-devices/phone"),
    _row("`DELETE me/push-devices/{device}`", _is_woken(expects=False), path="me/push-devices/phone"),
    _row(
        "`POST reports`, a message of the group",
        _is_reported("m:{message}"),
        {"message": "{target}", "category": "spam"},
    ),
    _row("`POST reports`, a person", _is_reported(f"u:{WALTER}"), {"user": WALTER, "category": "abuse"}),
    _row("`POST reports`, the group", _is_reported("g:{group}"), {"group": "{group}", "category": "other"}),
]

_FILES = {
    "`POST uploads`": _upload,
    "`POST uploads/files`": _begin,
    "`GET uploads/files/{upload}`": _with_file("GET"),
    "`PATCH uploads/files/{upload}`": _with_file("PATCH", b"12345", Upload_Offset="0"),
    "`DELETE uploads/files/{upload}`": _with_file("DELETE"),
}
ACTIONS = dict(_ROWS) | {(API, name): Action(play, _route(name)) for name, play in _FILES.items()}
