"""Groups: making, seeing, changing and dissolving them."""

from pytest_django import Settings

from accounts.limits.buckets import Rate
from accounts.models import User
from groups import services
from log.group_choices import CHOICES
from log.models import Group
from tests.api.over_the_network.shapes import NO_SUCH_GROUP, error, invalid
from tests.support.api import Api
from tests.support.groups import ALICE, AVATAR, BOB, CHARLIE, NAME, SNAP, everything, members, roles
from tests.support.settings import override

NOT_FOUND = (404, "not_found")


def test_group_is_created_and_read(alice: Api) -> None:
    made = alice.post("groups", name="friends", members=[BOB])
    group = Group.objects.get(pk=made.body["id"])
    assert made.status == 201
    assert made.body == {
        "id": str(group.pk),
        "name": "friends",
        "notice": "",
        "picture": SNAP,
        "creator": ALICE,
        "muted": False,
        "slow": 0,
        **{one.name: one.off for one in CHOICES.values()},
        "notice_by": "admins",
        "own_picture": False,
        "notice_id": 0,
        "confirmed": False,
        "nickname": "",
        "custom": {},
    }
    assert roles(group) == {ALICE: "owner", BOB: "member"}
    assert alice.get(f"groups/{group.pk}").body == made.body


def test_members_change_group_name_and_notice(bob: Api, group: Group) -> None:
    changed = bob.patch(f"groups/{group.pk}", notice="hello")
    assert (changed.status, changed.body["notice"], changed.body["name"]) == (200, "hello", NAME)
    assert bob.patch(f"groups/{group.pk}", name="x").body["name"] == "x"
    assert bob.patch(f"groups/{group.pk}").body["name"] == "x"


def test_only_owners_and_admins_choose_notice_editors(alice: Api, bob: Api) -> None:
    path = f"groups/{alice.post('groups', name='friends', members=[BOB]).body['id']}"
    assert bob.patch(path, notice="hello").failed == (403, "not_allowed")
    assert bob.patch(path, notice_by="members").failed == (403, "not_allowed")
    both = {"notice_by": "members", "notice": "from Alice"}
    changed = alice.patch(path, **both).body
    assert {name: changed[name] for name in both} == both
    assert bob.patch(path, notice="from Bob").body["notice"] == "from Bob"
    assert alice.patch(path, notice_by="nobody").failed == (400, "invalid")


def test_group_shows_its_writing_restrictions(bob: Api, group: Group) -> None:
    services.set_quiet(group.pk, True)
    services.set_slow(group.pk, 30)
    body = bob.get(f"groups/{group.pk}").body
    assert (body["muted"], body["slow"]) == (True, 30)


def test_only_owners_dissolve_a_group(alice: Api, bob: Api, group: Group) -> None:
    assert bob.delete(f"groups/{group.pk}").failed == (403, "not_allowed")
    assert alice.delete(f"groups/{group.pk}").status == 204
    assert members(group) == []
    assert alice.get(f"groups/{group.pk}").failed == NOT_FOUND


def test_outsider_gets_not_found_for_the_group(charlie: Api, bob: Api, group: Group) -> None:
    before = everything()
    for path in (f"groups/{group.pk}", "groups/999999", "groups/x", "groups/01"):
        events = [charlie.get(path), charlie.patch(path, name="x"), charlie.delete(path)]
        assert [answer.outcome for answer in events] == [NO_SUCH_GROUP] * 3
    assert everything() == before
    assert bob.get(f"groups/{group.pk}").status == 200


def test_invalid_group_fields_are_named(bob: Api, group: Group) -> None:
    before, blank = everything(), "This field may not be blank."
    wrong: list[tuple[str, object, str]] = [
        ("name", "", blank),
        ("name", " ", "The name must not be empty."),
        ("name", "x" * 1000, "The name is longer than 100 characters."),
        ("name", 3, "Not a valid string."),
        ("notice", "x" * 100_000, "The notice is longer than 2000 characters."),
        ("notice", None, "This field may not be null."),
    ]
    for field, value, reason in wrong:
        answer = bob.patch(f"groups/{group.pk}", **{field: value})
        assert answer.outcome == invalid(field, reason), (field, value)
    assert bob.post("groups").outcome == invalid("name", "This field is required.")
    assert everything() == before


def test_invalid_group_members_are_rejected(alice: Api, group: Group) -> None:
    for value in ("bob", [3], [None], {"0": "bob"}, 3):
        assert alice.post("groups", name="x", members=value).failed == (400, "invalid"), value
    answer = alice.post("groups", name="x", members=["a_b"])
    assert answer.outcome == invalid("members", "Not a userid.")
    path = f"groups/{group.pk}/members"
    assert alice.post(path, userids=["a_b"]).outcome == invalid("userids", "Not a userid.")
    assert alice.post(path, userids=[]).outcome == invalid("userids", "This list may not be empty.")


def test_muted_person_cannot_create_or_change_groups(bob: Api, group: Group) -> None:
    User.objects.filter(pk=BOB).update(muted=True)
    assert bob.post("groups", name="x").failed == (403, "muted")
    assert bob.patch(f"groups/{group.pk}", name="x").failed == (403, "muted")
    assert bob.get(f"groups/{group.pk}").status == 200


def test_too_many_group_members_are_rejected(bob: Api, settings: Settings) -> None:
    override(settings, max_group_members=2)
    assert bob.post("groups", name="x", members=[ALICE, CHARLIE]).failed == (409, "conflict")


def test_creating_too_many_groups_quickly_gets_429(bob: Api, settings: Settings) -> None:
    override(settings, limit_groups=Rate(1, 60))
    assert bob.post("groups", name="x").status == 201
    answer = bob.post("groups", name="x")
    assert answer.failed == (429, "too_fast")
    assert int(answer.headers["Retry-After"]) > 0


class TestMembers:
    def test_group_members_are_listed_and_added(self, alice: Api, group: Group) -> None:
        listed = alice.get(f"groups/{group.pk}/members").body
        assert listed["more"] is False
        assert listed["items"] == [
            {"userid": ALICE, "nickname": "", "avatar": AVATAR, "role": "owner", "group_nickname": ""},
            {"userid": BOB, "nickname": "", "avatar": AVATAR, "role": "member", "group_nickname": ""},
        ]
        added = alice.post(f"groups/{group.pk}/members", userids=[CHARLIE, BOB])
        assert (added.status, len(added.body["items"])) == (200, 3)
        assert members(group) == [ALICE, BOB, CHARLIE]

    def test_owners_give_roles(self, alice: Api, bob: Api, group: Group) -> None:
        path = f"groups/{group.pk}/members/bob"
        assert bob.patch(path, role="owner").failed == (403, "not_allowed")
        assert alice.patch(path, role="admin").body["role"] == "admin"
        assert roles(group) == {ALICE: "owner", BOB: "admin"}
        for role in ("\ud800", "", None, 3):
            assert alice.patch(path, role=role).failed == (400, "invalid")
        king = alice.patch(path, role="king")
        assert king.outcome == invalid("role", '"king" is not a valid choice.')
        last = alice.patch(f"groups/{group.pk}/members/alice", role="member")
        assert last.outcome == error(409, "conflict", "A group needs an owner.")
        assert alice.patch(f"groups/{group.pk}/members/charlie", role="admin").failed == NOT_FOUND

    def test_member_may_leave_but_not_remove_others(self, alice: Api, bob: Api, group: Group) -> None:
        assert bob.delete(f"groups/{group.pk}/members/alice").failed == (403, "not_allowed")
        outsider = alice.delete(f"groups/{group.pk}/members/charlie")
        assert outsider.outcome == error(404, "not_found", "There is no such member.")
        assert bob.delete(f"groups/{group.pk}/members/bob").status == 204
        assert members(group) == [ALICE]
        assert bob.delete(f"groups/{group.pk}/members/bob").failed == NOT_FOUND

    def test_outsider_gets_not_found_for_its_members(self, charlie: Api, group: Group) -> None:
        before = everything()
        path = f"groups/{group.pk}/members"
        events = [
            charlie.get(path),
            charlie.post(path, userids=[CHARLIE]),
            charlie.patch(f"{path}/bob", role="owner"),
            charlie.delete(f"{path}/bob"),
            charlie.delete(f"{path}/charlie"),
        ]
        assert [answer.outcome for answer in events] == [NO_SUCH_GROUP] * 5
        assert everything() == before

    def test_unknown_member_is_added_in_open_mode_only(self, alice: Api, mode: str, group: Group) -> None:
        answer = alice.post(f"groups/{group.pk}/members", userids=["nobody"])
        assert answer.status == (200 if mode == "open" else 404)
