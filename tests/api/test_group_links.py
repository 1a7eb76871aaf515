"""Links by which people join a group, and those who ask to."""

from collections.abc import Callable
from datetime import timedelta
from time import time
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.access import Role
from accounts.models import User
from accounts.services import ensure_users, set_account_status
from groups import editing, links, services
from groups.errors import LinkEnded, NoJoinRequest
from groups.models import GroupLink, JoinRequest
from log.models import Group
from tests.api.over_the_network.shapes import NO_SUCH_GROUP
from tests.support.api import Api
from tests.support.groups import ALICE, BOB, CHARLIE, NAME, members
from tests.support.settings import override
from tests.support.threads import at_once

ENDED = "This link is no longer valid. Ask for a new one."


@pytest.fixture
def path(group: Group) -> str:
    return f"groups/{group.pk}"


@pytest.fixture
def code(alice: Api, path: str) -> str:
    """Of a link that Alice has made."""
    return str(alice.post(f"{path}/links").body["code"])


def test_outsider_previews_a_link_and_joins(alice: Api, charlie: Api, group: Group, code: str) -> None:
    seen = charlie.get(f"join/{code}").body
    assert {name: seen[name] for name in ("group", "name", "members", "approval", "state")} == {
        "group": "",
        "name": NAME,
        "members": 2,
        "approval": False,
        "state": "",
    }
    assert members(group) == [ALICE, BOB]
    joined = charlie.post(f"join/{code}").body
    assert (joined["state"], joined["group"], joined["members"]) == ("member", str(group.pk), 3)
    assert members(group) == [ALICE, BOB, CHARLIE]
    assert charlie.post(f"join/{code}").body["state"] == "member"
    (link,) = alice.get(f"groups/{group.pk}/links").body["items"]
    assert (link["used"], link["by"], link["url"]) == (1, ALICE, f"http://testserver/#/join/{code}")


def test_only_owners_and_admins_see_and_create_links(
    alice: Api, bob: Api, charlie: Api, group: Group, path: str, code: str
) -> None:
    for caller, outcome in ((bob, (403, "not_allowed")), (charlie, (404, "not_found"))):
        failed = [
            caller.get(f"{path}/links"),
            caller.post(f"{path}/links"),
            caller.delete(f"{path}/links/{code}"),
            caller.get(f"{path}/requests"),
            caller.post(f"{path}/requests", userid=CHARLIE, action="accept"),
            caller.patch(path, approval=True),
        ]
        assert [answer.failed for answer in failed] == [outcome] * len(failed)
    services.set_role(group.pk, BOB, Role.ADMIN)
    assert [one["code"] for one in bob.get(f"{path}/links").body["items"]] == [code]
    assert bob.delete(f"{path}/links/{code}").status == 204
    assert charlie.get(f"{path}/links").outcome == NO_SUCH_GROUP
    assert alice.get(f"{path}/links").body["items"] == []


def end(alice: Api, path: str, code: str) -> None:
    alice.delete(f"{path}/links/{code}")


def expire(alice: Api, path: str, code: str) -> None:
    GroupLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def use_up(alice: Api, path: str, code: str) -> None:
    GroupLink.objects.update(max_uses=2, uses=2)


def dissolve(alice: Api, path: str, code: str) -> None:
    alice.delete(path)


@pytest.mark.parametrize("ending", [end, expire, use_up, dissolve])
def test_ended_link_does_not_admit(
    alice: Api,
    charlie: Api,
    group: Group,
    path: str,
    code: str,
    ending: Callable[[Api, str, str], None],
) -> None:
    assert charlie.get(f"join/{code}").status == 200
    ending(alice, path, code)
    for answer in (charlie.get(f"join/{code}"), charlie.post(f"join/{code}"), charlie.post("join/nonsense")):
        assert (answer.status, answer.body["error"]["reason"]) == (404, ENDED)
    assert CHARLIE not in members(group)


@pytest.mark.django_db
def test_link_with_nul_is_not_queried(django_assert_num_queries: Any) -> None:
    """PostgreSQL would fail."""
    with django_assert_num_queries(0), pytest.raises(LinkEnded):
        links.invitation_by("\0", ALICE)


def test_link_has_limited_uses_and_expires(alice: Api, path: str) -> None:
    until = int(time()) + 60
    made = alice.post(f"{path}/links", expires=until, uses=3).body
    assert (made["expires"], made["uses"], made["used"]) == (until, 3, 0)
    for wrong in ({"expires": 1}, {"uses": 0}, {"uses": "2"}, {"expires": 10**15}):
        assert alice.post(f"{path}/links", **wrong).failed == (400, "invalid"), wrong


def test_number_of_group_links_is_limited(alice: Api, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "MAX_LINKS", 1)
    assert alice.post(f"{path}/links", uses=1).status == 201
    assert alice.post(f"{path}/links").failed == (409, "conflict")
    GroupLink.objects.update(uses=1)
    assert alice.post(f"{path}/links").status == 201, "one that has ended does not count"


class TestApproval:
    @pytest.fixture(autouse=True)
    def approval(self, alice: Api, path: str) -> None:
        assert alice.patch(path, approval=True).body["approval"] is True

    def test_manager_accepts_a_join_request(
        self, alice: Api, charlie: Api, group: Group, path: str, code: str
    ) -> None:
        assert charlie.post(f"join/{code}").body["state"] == "asked"
        assert charlie.post(f"join/{code}").body["state"] == "asked"
        assert members(group) == [ALICE, BOB]
        (request,) = alice.get(f"{path}/requests").body["items"]
        assert request["userid"] == CHARLIE
        assert alice.post(f"{path}/requests", userid=CHARLIE, action="accept").status == 204
        assert members(group) == [ALICE, BOB, CHARLIE]
        assert alice.get(f"{path}/requests").body["items"] == []
        assert GroupLink.objects.get().uses == 1

    def test_muted_manager_cannot_accept_join_requests(
        self, alice: Api, charlie: Api, path: str, code: str
    ) -> None:
        charlie.post(f"join/{code}")
        set_account_status(ALICE, muted=True)
        text = f"{path}/requests"
        assert alice.post(text, userid=CHARLIE, action="accept").failed == (403, "muted")
        assert alice.post(f"{path}/links").failed == (403, "muted")
        assert alice.post(text, userid=CHARLIE, action="decline").status == 204

    def test_banned_applicant_waits_until_the_ban_ends(
        self, alice: Api, charlie: Api, group: Group, path: str, code: str
    ) -> None:
        charlie.post(f"join/{code}")
        User.objects.filter(pk=CHARLIE).update(is_active=False)
        text = f"{path}/requests"
        assert alice.get(text).body["items"] == []
        assert alice.post(text, userid=CHARLIE, action="accept").failed == (404, "not_found")
        assert charlie.post(f"join/{code}").status in (401, 403)
        assert members(group) == [ALICE, BOB]
        User.objects.filter(pk=CHARLIE).update(is_active=True)
        assert alice.post(text, userid=CHARLIE, action="accept").status == 204
        assert members(group) == [ALICE, BOB, CHARLIE]

    def test_declined_applicant_may_apply_again(
        self, alice: Api, charlie: Api, group: Group, path: str, code: str
    ) -> None:
        charlie.post(f"join/{code}")
        assert alice.post(f"{path}/requests", userid=CHARLIE, action="decline").status == 204
        again = alice.post(f"{path}/requests", userid=CHARLIE, action="accept")
        assert again.failed == (404, "not_found")
        assert members(group) == [ALICE, BOB]
        assert charlie.get(f"join/{code}").body["state"] == ""
        assert charlie.post(f"join/{code}").body["state"] == "asked"

    def test_applicant_added_by_a_member_joins_once(
        self, alice: Api, charlie: Api, group: Group, path: str, code: str
    ) -> None:
        charlie.post(f"join/{code}")
        alice.post(f"{path}/members", userids=[CHARLIE])
        assert charlie.post(f"join/{code}").body["state"] == "member"
        assert alice.post(f"{path}/requests", userid=CHARLIE, action="accept").status == 204
        assert members(group) == [ALICE, BOB, CHARLIE]

    def test_applicant_joins_once_approval_is_off(
        self, alice: Api, charlie: Api, path: str, code: str
    ) -> None:
        charlie.post(f"join/{code}")
        alice.patch(path, approval=False)
        assert charlie.post(f"join/{code}").body["state"] == "member"
        assert not JoinRequest.objects.exists()


def test_removed_member_must_apply_and_former_member_joins(
    alice: Api, bob: Api, charlie: Api, group: Group, path: str, code: str
) -> None:
    charlie.post(f"join/{code}")
    alice.delete(f"{path}/members/{BOB}")
    charlie.delete(f"{path}/members/{CHARLIE}")
    assert bob.post(f"join/{code}").body["state"] == "asked"
    assert charlie.post(f"join/{code}").body["state"] == "member"
    assert members(group) == [ALICE, CHARLIE]


def test_joining_a_full_group_is_refused(charlie: Api, group: Group, code: str, settings: Settings) -> None:
    override(settings, max_group_members=2)
    assert charlie.post(f"join/{code}").failed == (409, "conflict")
    assert members(group) == [ALICE, BOB]
    assert GroupLink.objects.get().uses == 0


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_last_use_of_a_link_admits_one_of_two_at_once(self, group: Group) -> None:
        ensure_users(["dora"])
        link = links.create_link(group.pk, ALICE, uses=1)
        outcomes = at_once(
            lambda: links.join_by_link(link.code, CHARLIE), lambda: links.join_by_link(link.code, "dora")
        )
        assert [type(one) for one in outcomes].count(LinkEnded) == 1
        assert len(members(group)) == 3

    def test_join_request_is_answered_once(self, group: Group) -> None:
        editing.edit_group(group.pk, approval=True)
        links.join_by_link(links.create_link(group.pk, ALICE).code, CHARLIE)

        def let_in() -> None:
            links.answer_join_request(group.pk, CHARLIE, ALICE, accepts=True)

        assert sorted(map(repr, map(type, at_once(let_in, let_in)))) == sorted(
            map(repr, [type(None), NoJoinRequest])
        )
        assert members(group) == [ALICE, BOB, CHARLIE]
