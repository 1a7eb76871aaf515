"""The backend of another product keeps groups in step, each under the name that it has there."""

from typing import Any

import pytest

from accounts.access import Role
from accounts.authentication.proofs import Scope
from accounts.codes import Cause
from accounts.models import User
from chat.services import blocks, contacts
from groups import services
from keeping.models import DirectoryGroup
from log import reach
from log.models import Group, Message
from moderation.models import AuditEntry
from notifications import bots
from tests.api.test_people import by_key
from tests.support.api import Answer, Api
from tests.support.groups import ALICE, BOB, CHARLIE, members, roles

TEAM = "groups/by-id/team-7 东"


@pytest.fixture
def directory(mode: str) -> Api:
    return by_key(Scope.PEOPLE)


def put(api: Api, path: str = TEAM, /, **values: Any) -> Answer:
    return api.put(path, **values)


def test_put_group_creates_then_updates_it(directory: Api) -> None:
    made = put(directory, name="Team", members=[ALICE, BOB])
    assert (made.status, made.body["result"]) == (201, "created")
    group = Group.objects.get(pk=made.body["id"])
    assert (group.name, roles(group)) == ("Team", {ALICE: "owner", BOB: "member"})
    assert put(directory, name="Team", members=[BOB, ALICE]).outcome == (200, {**made.body, "result": "same"})
    before = Message.objects.count()
    changed = put(directory, name="The team", members=[BOB, CHARLIE]).body
    assert changed == {"id": made.body["id"], "name": "The team", "result": "changed"}
    # Ownership passes on, as when an owner leaves.
    assert roles(group) == {BOB: "owner", CHARLIE: "member"}
    # Its members are told of the name, of who came and went, and of the owner.
    assert Message.objects.count() == before + 3
    assert put(directory, name="Team again").body["result"] == "changed"
    assert members(group) == [BOB, CHARLIE]
    lines = AuditEntry.objects.filter(action="group.sync").order_by("pk")
    assert [line.details["result"] for line in lines] == ["created", "changed", "changed"]
    assert lines[1].details == {"result": "changed", "joined": [CHARLIE], "left": [ALICE]}


def test_api_key_cannot_add_staff_with_operator_rights(directory: Api, group: Group, mode: str) -> None:
    User.objects.create_user("mod", is_staff=True)
    for named in (["mod"], [ALICE, "mod"]):
        assert put(directory, name="Team", members=named).failed == (403, "not_allowed")
    team = Group.objects.get(pk=put(directory, name="Team", members=[ALICE]).body["id"])
    assert put(directory, members=[ALICE, "mod"]).failed == (403, "not_allowed")
    if mode == "token":
        added = by_key(Scope.GROUPS).post(f"groups/{group.pk}/members", userids=["mod"])
        assert added.failed == (403, "not_allowed")
    assert (members(team), members(group)) == ([ALICE], [ALICE, BOB])
    services.add_members(team.pk, ["mod"], by=ALICE)
    assert put(directory, members=[ALICE, "mod"]).body["result"] == "same"


def test_put_group_keeps_bots_and_roles(directory: Api) -> None:
    group = int(put(directory, name="Team", members=[ALICE, BOB]).body["id"])
    services.set_role(group, BOB, Role.ADMIN)
    bot = bots.make_bot(group, "Weather").bot_id
    assert put(directory, members=[ALICE, BOB]).body["result"] == "same"
    put(directory, members=[ALICE, BOB, CHARLIE])
    assert roles(Group.objects.get(pk=group)) == {
        ALICE: "owner",
        BOB: "admin",
        CHARLIE: "member",
        bot: "member",
    }


def test_directory_key_adds_members_despite_blocks_and_reach_rules(directory: Api, alice: Api) -> None:
    blocks.block(BOB, ALICE)
    contacts.change_rules(CHARLIE, find="nobody", write="nobody", invite="nobody")
    made = put(directory, name="Team", members=[ALICE, BOB, CHARLIE])
    assert made.status == 201
    assert roles(Group.objects.get(pk=made.body["id"])) == {ALICE: "owner", BOB: "member", CHARLIE: "member"}
    # The block goes on, and she does not put them together herself.
    assert reach.write_refusal(ALICE, BOB) is Cause.BLOCKED
    for other in (BOB, CHARLIE):
        assert alice.post("groups", name="Team", members=[other]).status == 403


def test_dissolved_group_is_not_recreated(directory: Api) -> None:
    group = int(put(directory, name="Team", members=[ALICE]).body["id"])
    services.dissolve(group)
    assert put(directory, name="Team", members=[ALICE]).failed == (409, "conflict")


def test_second_of_two_simultaneous_puts_updates_the_group(
    directory: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = put(directory, name="Team", members=[CHARLIE]).body
    known, pending = DirectoryGroup.objects.filter, iter([True])

    def not_seen_at_first(**wanted: Any) -> Any:
        return known(**wanted).none() if next(pending, False) else known(**wanted)

    monkeypatch.setattr(DirectoryGroup.objects, "filter", not_seen_at_first)
    before = Group.objects.count()
    assert put(directory, name="Team", members=[ALICE]).body == {**first, "result": "changed"}
    assert Group.objects.count() == before


def test_invalid_group_is_rejected(directory: Api, mode: str, bob: Api) -> None:
    before = Group.objects.count()
    wrong: list[dict[str, Any]] = [
        {},
        {"name": "Team"},
        {"members": [ALICE]},
        {"name": " ", "members": [ALICE]},
    ]
    for values in wrong:
        assert put(directory, **values).failed == (400, "invalid"), values
    for values in ({"members": []}, {"members": ["a_b"]}, {"members": "alice"}, {"name": 7}):
        assert put(directory, **{"name": "Team", "members": [ALICE], **values}).failed == (400, "invalid"), (
            values
        )
    if mode == "token":
        assert put(directory, name="Team", members=[ALICE, "nobody"]).failed == (404, "not_found")
    assert put(directory, f"groups/by-id/{'x' * 101}", name="T", members=[ALICE]).failed == (400, "invalid")
    for other in (by_key(*set(Scope) - {Scope.PEOPLE}), *([bob] if mode == "token" else [])):
        assert put(other, name="Team", members=[BOB]).failed == (403, "not_allowed")
    assert Group.objects.count() == before
