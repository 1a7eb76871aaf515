"""What a group chooses, and what members choose there: a picture, nicknames, a notice to be confirmed."""

import pytest
from msgspec import to_builtins
from pytest_django import Settings

from accounts.access import Role
from accounts.models import User
from chat.delivery.connection.commands import members as legacy_members
from chat.protocol.frames import Notice
from chat.protocol.json_events import notice_of
from groups import services
from groups.erasing import leave_all_groups
from groups.models import Confirmation
from keeping.exporting import wording
from log.group_choices import CHOICES, Choice
from log.models import Group, Membership
from log.rows import GroupChange
from tests.api.over_the_network.shapes import NO_SUCH_GROUP
from tests.support.api import Api
from tests.support.groups import ALICE, BOB, CHARLIE, changes, roles
from tests.support.schema import validator
from tests.support.settings import override
from uploads import references

NOT_ALLOWED, INVALID = (403, "not_allowed"), (400, "invalid")
PICTURE = "0" * 32 + ".jpg"


@pytest.fixture
def path(group: Group) -> str:
    return f"groups/{group.pk}"


@pytest.mark.parametrize("choice", CHOICES.values(), ids=list(CHOICES))
def test_managers_set_each_choice_and_members_are_notified(
    alice: Api, bob: Api, group: Group, path: str, choice: Choice
) -> None:
    alice.patch(path, notice="x")
    for value in (choice.on, choice.off):
        assert bob.patch(path, **{choice.name: value}).failed == NOT_ALLOWED
        assert alice.patch(path, **{choice.name: value}).body[choice.name] == value
        assert changes(group)[-1][1][choice.name] == value
        change = GroupChange(1, group.pk, ALICE, {choice.name: value}, 2)
        validator("Event").validate(to_builtins(notice_of(change, Notice)))
        validator("WebhookGroup").validate({"id": 1, "conversation": "g:1", "time": 2, choice.name: value})
        assert wording.describe(change, {}) == (choice.when_on if value == choice.on else choice.when_off)
    assert alice.patch(path, **{choice.name: "x"}).failed == INVALID


def test_member_sets_nickname_in_group(alice: Api, bob: Api, charlie: Api, group: Group, path: str) -> None:
    assert bob.patch(path, nickname="Builder").body["nickname"] == "Builder"
    assert alice.get(path).body["nickname"] == ""
    named = {one["userid"]: one["group_nickname"] for one in alice.get(f"{path}/members").body["items"]}
    assert named == {ALICE: "", BOB: "Builder"}
    shipped = legacy_members(ALICE, group.pk).members
    assert [(one.userid, one.nickname) for one in shipped] == [(ALICE, ALICE), (BOB, "Builder")]
    assert changes(group)[-1] == (BOB, {"nicknames": [BOB]})
    assert charlie.patch(path, nickname="x").outcome == NO_SUCH_GROUP
    for wrong in ("x" * 101, "a\u202eb", " x"):
        assert bob.patch(path, nickname=wrong).failed == INVALID
    assert bob.patch(path, nickname="").body["nickname"] == ""
    User.objects.filter(pk=BOB).update(muted=True)
    assert bob.patch(path, nickname="Bad").failed == (403, "muted")


def test_group_nickname_is_deleted_when_leaving(bob: Api, group: Group, path: str) -> None:
    bob.patch(path, nickname="Builder")
    leave_all_groups(BOB)
    assert not Membership.objects.filter(user=BOB).exclude(nickname="").exists()


def test_members_confirm_a_notice_that_asks_for_it(
    alice: Api, bob: Api, charlie: Api, group: Group, path: str
) -> None:
    assert bob.patch(path, notice="Fire drill", confirm=True).failed == NOT_ALLOWED
    set_ = alice.patch(path, notice="Fire drill", confirm=True).body
    assert (set_["confirm"], set_["confirmed"]) == (True, True)
    assert bob.get(path).body["confirmed"] is False
    notice = set_["notice_id"]
    listed = alice.get(f"{path}/confirmations").body["items"]
    assert [one["time"] is None for one in listed] == [False, True]
    assert bob.patch(path, notice="Never mind").failed == NOT_ALLOWED
    for _ in range(2):
        assert bob.put(f"{path}/confirmations", notice_id=notice).status == 204
    assert bob.get(path).body["confirmed"] is True
    seen = {one["userid"]: one["time"] for one in alice.get(f"{path}/confirmations").body["items"]}
    assert all(seen[person] is not None for person in (ALICE, BOB))
    assert bob.get(f"{path}/confirmations").failed == NOT_ALLOWED
    assert charlie.get(f"{path}/confirmations").outcome == NO_SUCH_GROUP
    assert charlie.put(f"{path}/confirmations", notice_id=notice).outcome == NO_SUCH_GROUP


def test_changed_notice_needs_a_new_confirmation(alice: Api, bob: Api, group: Group, path: str) -> None:
    first = alice.patch(path, notice="At ten", confirm=True).body["notice_id"]
    bob.put(f"{path}/confirmations", notice_id=first)
    assert alice.patch(path, notice="At ten").body["notice_id"] == first
    second = alice.patch(path, notice="At eleven").body["notice_id"]
    assert bob.get(path).body["confirmed"] is False
    assert bob.put(f"{path}/confirmations", notice_id=first).failed == (409, "conflict")
    assert changes(group)[-1][1].items() >= {"notice": "At eleven", "confirm": True}.items()
    assert bob.put(f"{path}/confirmations", notice_id=second).status == 204
    ended = alice.patch(path, notice="").body
    assert (ended["confirm"], ended["notice_id"]) == (False, 0)
    assert alice.get(f"{path}/confirmations").body["items"] == []
    leave_all_groups(BOB)
    assert not Confirmation.objects.filter(user=BOB).exists()


def test_group_without_notice_has_nothing_to_confirm(alice: Api, group: Group, path: str) -> None:
    before = changes(group)
    for values in ({"confirm": True}, {"confirm": True, "notice": ""}):
        refused = alice.patch(path, **values)
        assert refused.failed == INVALID
        assert "confirm" in refused.body["error"]["fields"]
    assert changes(group) == before
    assert alice.patch(path, notice="At ten", confirm=True).status == 200
    assert alice.patch(path, notice="", confirm=True).failed == INVALID


def test_group_can_have_its_own_picture(
    alice: Api, bob: Api, group: Group, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "groups.editing.own_picture_path", lambda url, by: url if url.endswith(".jpg") else None
    )
    monkeypatch.setattr("groups.editing.stored_name", lambda url: url.rpartition("/")[2])
    before = bob.get(path).body["picture"]
    assert bob.patch(path, picture=f"/media/{PICTURE}").failed == NOT_ALLOWED
    assert alice.patch(path, picture="http://elsewhere/x.png").failed == INVALID
    body = alice.patch(path, picture=f"http://testserver/media/{PICTURE}").body
    assert (body["picture"], body["own_picture"]) == (f"http://testserver/media/{PICTURE}", True)
    assert bob.get(f"conversations/g:{group.pk}").body["picture"] == body["picture"]
    assert changes(group)[-1] == (ALICE, {"picture": True})
    stems = frozenset({"0" * 32})
    assert references.referenced_stems(stems, lambda rows, _: rows) == stems
    body = alice.patch(path, picture="").body
    assert (body["picture"], body["own_picture"]) == (before, False)


def test_number_of_group_admins_is_limited(alice: Api, group: Group, path: str, settings: Settings) -> None:
    override(settings, max_group_admins=1)
    services.add_members(group.pk, [CHARLIE])
    members = f"{path}/members"
    assert alice.patch(f"{members}/{BOB}", role="admin").status == 200
    assert alice.patch(f"{members}/{BOB}", role="admin").status == 200
    assert alice.patch(f"{members}/{CHARLIE}", role="admin").failed == (409, "conflict")
    assert alice.patch(f"{members}/{CHARLIE}", role="owner").status == 200
    alice.patch(f"{members}/{BOB}", role="member")
    assert roles(group) == {ALICE: Role.OWNER, BOB: Role.MEMBER, CHARLIE: Role.OWNER}
