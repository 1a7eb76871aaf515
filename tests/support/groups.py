"""Calls about groups inside the test process, and their results in the database."""

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
    """The response of Django's test client."""

    status_code: int
    headers: Any
    content: bytes


def body_of(response: Response) -> str:
    """Return the body of a reply, of any result."""
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    return response.content.decode()


def call(client: Client, path: str, **parameters: str) -> str:
    """Post a call as a form, and return the body of the reply."""
    return body_of(client.post(f"/{path}", parameters))


def calls(group: Group) -> dict[str, dict[str, str]]:
    """Return each call with parameters for which it would change something."""
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
    """Return the reply to an invalid argument."""
    return f'{{"code":2,"message":"{message}"}}'


def data(body: str) -> Any:
    """Return the data of a successful reply."""
    reply = json.loads(body)
    assert reply["code"] == 1, body
    return reply["data"]


def numbered(count: int) -> list[str]:
    """Return `count` userids."""
    return [f"user{number}" for number in range(count)]


def listed(*userids: str) -> str:
    """Return the userids as a parameter."""
    return ",".join(userids)


class Notice(NamedTuple):
    """A change of membership in the log."""

    id: int
    joined: list[str]
    left: list[str]


def notices(group: Group) -> list[Notice]:
    """Return the group's changes of membership, oldest first."""
    results = [notice for notice in _notices_of(group) if isinstance(notice, MembershipNotice)]
    return [Notice(notice.id, list(notice.joined), list(notice.left)) for notice in results]


def changes(group: Group) -> list[tuple[str | None, dict[str, Any]]]:
    """Return the group's other changes and their authors, oldest first."""
    results = [notice for notice in _notices_of(group) if isinstance(notice, GroupChange)]
    return [(change.by, dict(change.changed)) for change in results]


def doers(group: Group) -> list[str | None]:
    """Return the authors of the changes of membership, oldest first."""
    return [notice.by for notice in _notices_of(group) if isinstance(notice, MembershipNotice)]


def _notices_of(group: Group) -> list[MembershipNotice | GroupChange]:
    rows = Message.objects.filter(kind__in=NOTICES, group=group).order_by("id")
    return [row for fields in rows.values_list(*ROW_FIELDS) if isinstance(row := as_row(*fields), LogNotice)]


class Stay(NamedTuple):
    """A membership. `since`, for the initial members, is the position before the notice of the group's
    creation."""

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
    """Return the id of the last row of the log."""
    return Message.objects.latest("id").pk


def forbidden(call: Callable[[], object]) -> Cause:
    """Return the cause with which a call is forbidden. It must not change anything."""
    before = everything()
    with pytest.raises(Forbidden) as raised:
        call()
    assert everything() == before
    return raised.value.cause


def everything() -> dict[str, list[Any]]:
    """Return all stored rows, for a later comparison."""
    return {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for model in (User, Group, Membership, Message)
    }


NOTHING: dict[str, list[Any]] = {"User": [], "Group": [], "Membership": [], "Message": []}
