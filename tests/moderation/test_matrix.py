"""Every action of the desk by everybody who might try: it is done, or it is refused and written down."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from pytest_django import Settings

from accounts.authentication import api_keys
from accounts.authentication.proofs import Scope
from accounts.models import User
from log import appending
from log.appending import Draft
from log.models import Group
from log.rows import HELD as HELD_KIND
from moderation import audit
from moderation.actions import groups, people
from moderation.actions.groups import GROUPS
from moderation.actions.messages import HELD, MESSAGES
from moderation.actions.people import PEOPLE
from moderation.api.urls import urlpatterns
from moderation.moderators import (
    ACT_ON_GROUPS,
    ACT_ON_MESSAGES,
    ACT_ON_PEOPLE,
    ALL_PERMISSIONS,
    KEY_PERMISSIONS,
    READ_DESK,
    READ_PRIVATE,
    VIEW_AUDIT,
)
from moderation.roles import ADMINISTRATOR, AUDITOR, MODERATOR, ROLES
from tests.support.api import Answer, Api
from tests.support.database import rolled_back
from tests.support.groups import everything
from tests.support.moderators import MODERATOR as SOMEBODY
from tests.support.moderators import REASON, audit_log, last_entry, staff
from tests.support.settings import override
from tests.support.tokens import SECRET

pytestmark = pytest.mark.django_db


class Call(NamedTuple):
    permission: str
    method: str
    path: str
    body: dict[str, Any] = {}


def _post(permission: str, kind: str, target: str, action: str, **more: Any) -> Call:
    return Call(
        permission, "POST", f"moderation/{kind}/{target}", {"action": action, "reason": REASON, **more}
    )


CALLS = {
    "person.read": Call(READ_DESK, "GET", "moderation/users/bob"),
    "person.read recent": Call(READ_DESK, "GET", "moderation/users/bob/recent?hours=1"),
    "private.addresses": Call(READ_DESK, "GET", "moderation/users/bob/addresses"),
    "template.read": Call(READ_DESK, "GET", "moderation/reasons"),
    "person.mute": _post(ACT_ON_PEOPLE, "users", "bob", "mute"),
    "person.unmute": _post(ACT_ON_PEOPLE, "users", "bob", "unmute"),
    "person.ban": _post(ACT_ON_PEOPLE, "users", "bob", "ban", recall_hours=1),
    "person.unban": _post(ACT_ON_PEOPLE, "users", "bob", "unban"),
    "person.disconnect": _post(ACT_ON_PEOPLE, "users", "bob", "disconnect"),
    "person.warn": _post(ACT_ON_PEOPLE, "users", "bob", "warn"),
    "group.read": Call(READ_DESK, "GET", "moderation/groups/{group}"),
    "group.mute": _post(ACT_ON_GROUPS, "groups", "{group}", "mute"),
    "group.unmute": _post(ACT_ON_GROUPS, "groups", "{group}", "unmute"),
    "group.slow": _post(ACT_ON_GROUPS, "groups", "{group}", "slow", seconds=30),
    "group.keep": _post(ACT_ON_GROUPS, "groups", "{group}", "keep", days=30),
    "group.dissolve": _post(ACT_ON_GROUPS, "groups", "{group}", "dissolve"),
    "group.restore": _post(ACT_ON_GROUPS, "groups", "{group}", "restore"),
    "group.handover": _post(ACT_ON_GROUPS, "groups", "{group}", "handover", userid="bob"),
    "group.edit": _post(ACT_ON_GROUPS, "groups", "{group}", "edit", name="another"),
    "group.add": _post(ACT_ON_GROUPS, "groups", "{group}", "add", userids=["charlie"]),
    "group.remove": _post(ACT_ON_GROUPS, "groups", "{group}", "remove", userids=["bob"]),
    "group.clear_picture": _post(ACT_ON_GROUPS, "groups", "{group}", "clear_picture"),
    "group.clear_nicknames": _post(ACT_ON_GROUPS, "groups", "{group}", "clear_nicknames", userids=["bob"]),
    "message.read": Call(READ_DESK, "GET", "moderation/messages/{message}"),
    "private.read": Call(READ_PRIVATE, "GET", "moderation/messages/{private}?reason=because"),
    "message.recall": _post(ACT_ON_MESSAGES, "messages", "{message}", "recall"),
    "message.restore": _post(ACT_ON_MESSAGES, "messages", "{message}", "restore"),
    "message.erase": _post(ACT_ON_MESSAGES, "messages", "{message}", "erase"),
    "message.release": _post(ACT_ON_MESSAGES, "messages", "{held}", "release"),
    "message.discard": _post(ACT_ON_MESSAGES, "messages", "{held}", "discard"),
    "audit.read": Call(VIEW_AUDIT, "GET", "moderation/audit"),
    "undo person": _post(ACT_ON_PEOPLE, "audit", "{muted}", "undo"),
    "undo group": _post(ACT_ON_GROUPS, "audit", "{slowed}", "undo"),
}
# What the audit log calls what is done. A ban recalls afterwards.
LINES = {action.line for action in (*PEOPLE, *GROUPS, *MESSAGES, *HELD)} - {"person.ban"}
# Tried where they are built: tests/moderation/test_change_rules.py, test_handle_reports.py, and
# tests/api/test_announcements.py.
ELSEWHERE = ("announcements", "reports", "moderation/reports", "moderation/rules")


def _of_role(role: str) -> frozenset[str]:
    names = ROLES[role]
    return frozenset(name.removeprefix("moderation.") for name in names if name.startswith("moderation."))


def _key(*scopes: str, acts_for: str = "") -> Callable[[], Api]:
    def caller() -> Api:
        return Api(acts_for, authorization=f"Api-Key {api_keys.make('backend', scopes).text}")

    return caller


def _with(role: str) -> Callable[[], Api]:
    return lambda: Api(staff("staff", role).pk, has_token=True)


def _superuser() -> Api:
    return Api(User.objects.create_superuser("staff").pk, has_token=True)


def _key_for(role: str) -> Callable[[], Api]:
    return lambda: _key(Scope.MODERATE, acts_for=staff("staff", role).pk)()


class Caller(NamedTuple):
    make: Callable[[], Api]
    may: frozenset[str]
    actor: str = "staff"


KEY = "key"
CALLERS = {
    "member": Caller(lambda: Api("alice", has_token=True), frozenset(), "alice"),
    "moderator": Caller(_with(MODERATOR), _of_role(MODERATOR)),
    "administrator": Caller(_with(ADMINISTRATOR), ALL_PERMISSIONS),
    "auditor": Caller(_with(AUDITOR), _of_role(AUDITOR)),
    "superuser": Caller(_superuser, ALL_PERMISSIONS),
    "key": Caller(_key(Scope.MODERATE), KEY_PERMISSIONS, KEY),
    "key as moderator": Caller(_key_for(MODERATOR), KEY_PERMISSIONS & _of_role(MODERATOR), KEY),
    "key as auditor": Caller(_key_for(AUDITOR), KEY_PERMISSIONS & _of_role(AUDITOR), KEY),
    "key as member": Caller(_key(Scope.MODERATE, acts_for="alice"), frozenset(), KEY),
    "key without the scope": Caller(_key(*api_keys.DEFAULT_SCOPES), frozenset(), KEY),
}


@pytest.fixture
def values(group: Group, settings: Settings) -> dict[str, str]:
    """What stands in paths. Nothing of it was said to anybody in the group yet."""
    override(settings, auth="token", token_secret=SECRET)

    def write(kind: str, to: str | int) -> str:
        return str(appending.append([Draft(kind, "bob", to, "hello", "")]).batch.last)

    return {
        "group": str(group.pk),
        "message": write("text", group.pk),
        "private": write("text", "alice"),
        "held": write(HELD_KIND, "alice"),
        "muted": str(people.mute(SOMEBODY, "charlie", REASON).pk),
        "slowed": str(groups.set_slow_mode(SOMEBODY, group.pk, 5, REASON).pk),
    }


def play(api: Api, call: Call, values: dict[str, str]) -> Answer:
    path = call.path.format(**values)
    if api.userid and "Api-Key" in str(api.headers):
        path += f"{'&' if '?' in path else '?'}as={api.userid}"
    return api.post(path, **call.body) if call.method == "POST" else api.get(path)


@pytest.mark.parametrize("caller", CALLERS)
def test_api_call_is_done_or_rejected_and_audited(values: dict[str, str], caller: str) -> None:
    make, may, actor = CALLERS[caller]
    api = make()
    acted_for = api.userid if actor == KEY and "as" in caller.split() else None
    wrong, before, entries = {}, everything(), audit_log().count()
    for name, call in CALLS.items():
        with rolled_back():
            answer = play(api, call, values)
            newest, added = last_entry(), audit_log().count() - entries
            if call.permission in may:
                is_written_down = call.method == "POST" or name.startswith("private.")
                line = newest.action if name in LINES else newest.action != audit.REFUSED
                observed: Any = answer.status, line, added > 0
                expected: Any = (200, name if name in LINES else True, is_written_down)
            else:
                by = "key" if newest.actor.startswith("key:") else newest.actor
                observed = (
                    answer.failed if answer.status >= 400 else (answer.status, ""),
                    *(everything() == before, added),
                    *(newest.action, newest.address, by, newest.acted_for),
                )
                expected = (403, "not_allowed"), True, 1, audit.REFUSED, "127.0.0.1", actor, acted_for
        if observed != expected:
            wrong[name] = observed, expected
    assert wrong == {}


def test_matrix_covers_every_desk_call() -> None:
    tried = {call.path.partition("?")[0] for call in CALLS.values()}
    shapes = {"bob": "<str:userid>", "{group}": "<str:group>", "{muted}": "<str:entry>"}
    shapes |= {"{message}": "<str:message>", "{private}": "<str:message>", "{held}": "<str:message>"}
    shapes |= {"{slowed}": "<str:entry>"}
    for value, part in shapes.items():
        tried = {path.replace(value, part) for path in tried}
    routes = {str(one.pattern) for one in urlpatterns}
    assert {route for route in routes if not route.startswith(ELSEWHERE)} == tried


def test_matrix_covers_every_action() -> None:
    assert set(CALLS) >= LINES
