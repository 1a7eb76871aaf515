"""The calls about groups from within the test's process, and what they left behind."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import pytest
from django.test import Client

from accounts.access import Forbidden
from accounts.codes import Cause
from accounts.models import User
from log.models import Group, Membership, Message
from log.rows import NOTICES, GroupChange, MembershipNotice
from log.rows import Notice as LogNotice
from log.stored_rows import ROW_FIELDS, as_row

ALICE, BOB, CHARLIE = "alice", "bob", "charlie"
NAME = "我的群"
OK = '{"code":1,"message":"OK"}'
LOG_IN_AGAIN = '{"code":4,"message":"Log in again."}'
NOT_IN_GROUP = '{"code":4,"message":"You are not in this group."}'
OF_ANOTHER = '{"code":4,"message":"Only this user can do that."}'
LOCKED = '{"code":4,"message":"This account is locked."}'
UNKNOWN = '{"code":3,"message":"There is no such user."}'
NO_SUCH_GROUP = '{"code":3,"message":"There is no such group."}'
TOO_MANY = '{"code":5,"message":"A group has at most 500 members."}'
SNAP = "http://testserver/static/im66/group.jpg"
AVATAR = "http://testserver/static/im66/avatar.png"

EVERY_CALL = pytest.mark.parametrize(
    "path", ["creategrp", "addmembers", "delmembers", "editgrp", "querymygrps", "grpinfo"]
)


class Response(Protocol):
    """What Django's test client returns."""

    status_code: int
    headers: Any
    content: bytes


def body_of(response: Response) -> str:
    """The body of a reply, whatever the call came to."""
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    return response.content.decode()


def call(client: Client, path: str, **parameters: str) -> str:
    """What a call that is posted as a form is answered."""
    return body_of(client.post(f"/{path}", parameters))


def calls(group: Group) -> dict[str, dict[str, str]]:
    """Each call with parameters that would do something."""
    group_id = str(group.pk)
    return {
        "creategrp": {"creator": ALICE, "members": BOB, "name": "x"},
        "addmembers": {"groupid": group_id, "members": CHARLIE},
        "delmembers": {"groupid": group_id, "members": BOB},
        "editgrp": {"groupid": group_id, "name": "x"},
        "querymygrps": {"userid": ALICE},
        "grpinfo": {"groupid": group_id},
    }


def bad(message: str) -> str:
    """The reply to a bad argument."""
    return f'{{"code":2,"message":"{message}"}}'


def data(body: str) -> Any:
    """What a call that went well was answered."""
    reply = json.loads(body)
    assert reply["code"] == 1, body
    return reply["data"]


def numbered(count: int) -> list[str]:
    """So many userids."""
    return [f"user{number}" for number in range(count)]


def listed(*userids: str) -> str:
    """As a parameter."""
    return ",".join(userids)


class Notice(NamedTuple):
    """A change of membership as the log has it."""

    id: int
    joined: list[str]
    left: list[str]


def notices(group: Group) -> list[Notice]:
    """Those of a group, oldest first."""
    results = [notice for notice in _notices_of(group) if isinstance(notice, MembershipNotice)]
    return [Notice(notice.id, list(notice.joined), list(notice.left)) for notice in results]


def changes(group: Group) -> list[tuple[str | None, dict[str, Any]]]:
    """What else of a group has changed, oldest first, and who did it."""
    results = [notice for notice in _notices_of(group) if isinstance(notice, GroupChange)]
    return [(change.by, dict(change.changed)) for change in results]


def doers(group: Group) -> list[str | None]:
    """Who made the changes of its members, oldest first."""
    return [notice.by for notice in _notices_of(group) if isinstance(notice, MembershipNotice)]


def _notices_of(group: Group) -> list[MembershipNotice | GroupChange]:
    rows = Message.objects.filter(kind__in=NOTICES, group=group).order_by("id")
    return [row for fields in rows.values_list(*ROW_FIELDS) if isinstance(row := as_row(*fields), LogNotice)]


class Stay(NamedTuple):
    """A membership. `since`: of who was in it when the group was made, the position before the notice of
    that."""

    userid: str
    since: int
    until: int | None


def stays(group: Group) -> list[Stay]:
    """All of a group, past and present, in the order they began."""
    rows = Membership.objects.filter(group=group).order_by("pk")
    return [Stay(row.user_id, row.since_id, row.until_id) for row in rows]


def members(group: Group) -> list[str]:
    """The userids of those who are in a group now, in the order they came."""
    return [stay.userid for stay in stays(group) if stay.until is None]


def roles(group: Group) -> dict[str, str]:
    """What those who are in a group now are in it, in the order they came."""
    rows = Membership.objects.current().filter(group=group).order_by("pk")
    return dict(rows.values_list("user", "role"))


def last_row() -> int:
    """The id of the last row of the log."""
    return Message.objects.latest("id").pk


def forbidden(call: Callable[[], object]) -> Cause:
    """Why a call is, which changes nothing."""
    before = everything()
    with pytest.raises(Forbidden) as raised:
        call()
    assert everything() == before
    return raised.value.cause


def everything() -> dict[str, list[Any]]:
    """All that is stored, to be compared with what is stored later."""
    return {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for model in (User, Group, Membership, Message)
    }


NOTHING: dict[str, list[Any]] = {"User": [], "Group": [], "Membership": [], "Message": []}
