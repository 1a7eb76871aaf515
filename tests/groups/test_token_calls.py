"""Group calls in token mode: the caller is whoever the token names, and may do what roles allow."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.access import Forbidden, Role
from accounts.models import User
from groups import services
from log.models import Group
from tests.support.groups import (
    ALICE,
    BOB,
    CHARLIE,
    EVERY_CALL,
    LOG_IN_AGAIN,
    NOT_IN_GROUP,
    OK,
    body_of,
    calls,
    everything,
    members,
    roles,
)
from tests.support.settings import override
from tests.support.tokens import SECRET, token

NOT_MANAGER = '{"code":4,"message":"Only owners and admins of the group can do that."}'
NOT_OWNER = '{"code":4,"message":"Only owners of the group can do that."}'
NOBODY = '{"code":3,"message":"There is no user nobody."}'

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def token_mode(group: Group, settings: Settings) -> None:
    """From now on: the group was made before."""
    override(settings, auth="token", token_secret=SECRET, token_leeway_seconds=0.0)


def call(client: Client, path: str, caller: str, /, **parameters: str) -> str:
    """What a call by this person is answered."""
    return body_of(client.post(f"/{path}", {**parameters, "access_token": token(caller)}))


def delete(client: Client, caller: str, group: Group, userids: str) -> str:
    return call(client, "delmembers", caller, groupid=str(group.pk), members=userids)


@pytest.mark.promise("token-calls-1", "call-37")
@EVERY_CALL
def test_invalid_token_changes_nothing(client: Client, group: Group, path: str) -> None:
    before = everything()
    parameters = calls(group)[path]
    for bad in ("", "x", ALICE, token(ALICE, "a-secret-of-somebody-who-is-not-us"), token(ALICE, seconds=-1)):
        assert body_of(client.post(f"/{path}", {**parameters, "access_token": bad})) == LOG_IN_AGAIN
    assert body_of(client.get(f"/{path}", parameters)) == LOG_IN_AGAIN
    assert body_of(client.get(f"/{path}")) == LOG_IN_AGAIN
    assert everything() == before


@pytest.mark.promise("token-calls-8")
def test_the_token_may_be_in_the_header_the_query_or_the_body(client: Client, group: Group) -> None:
    good, group_id = token(BOB), str(group.pk)
    bearer: dict[str, Any] = {"headers": {"authorization": f"Bearer {good}"}}
    for response in (
        client.get(f"/grpinfo?groupid={group_id}", **bearer),
        client.post("/grpinfo", {"groupid": group_id}, **bearer),
        client.get(f"/grpinfo?groupid={group_id}&access_token={good}"),
        client.post(f"/grpinfo?access_token={good}", {"groupid": group_id}),
        client.post(f"/grpinfo?groupid={group_id}", f"access_token={good}", FORM),
        client.generic("GET", f"/grpinfo?groupid={group_id}", f"access_token={good}", FORM),
        client.post("/wsim/grpinfo/", {"groupid": group_id, "access_token": good}),
    ):
        assert json.loads(body_of(response))["code"] == 1


@pytest.mark.promise("token-calls-8")
def test_the_header_counts_first_and_then_the_query(client: Client, group: Group) -> None:
    good, bad, group_id = token(BOB), "x", str(group.pk)
    options: dict[str, Any] = {"headers": {"authorization": f"Bearer {bad}"}}
    for response in (
        client.get(f"/grpinfo?groupid={group_id}&access_token={good}", **options),
        client.post(f"/grpinfo?access_token={bad}", {"groupid": group_id, "access_token": good}),
    ):
        assert body_of(response) == LOG_IN_AGAIN


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"x"),
        (f"{FORM}; charset=gbk", b"name=x"),
        (FORM, b"access_token=x\xff"),
        ("application/json", b" " * 2_700_000),
    ],
)
def test_a_body_that_cannot_be_read_has_no_token(
    client: Client, group: Group, content_type: str, body: bytes
) -> None:
    path = f"/grpinfo?groupid={group.pk}"
    assert body_of(client.generic("POST", path, body, content_type)) == LOG_IN_AGAIN
    with_token = f"{path}&access_token={token(BOB)}"
    expected = 1 if content_type == FORM else 2
    assert json.loads(body_of(client.generic("POST", with_token, body, content_type)))["code"] == expected


class TestOutsiders:
    @pytest.mark.promise("token-calls-3")
    @pytest.mark.parametrize("path", ["addmembers", "delmembers", "editgrp", "grpinfo"])
    def test_removed_member_is_outsider(self, client: Client, group: Group, path: str) -> None:
        services.remove_members(group.pk, [ALICE])
        assert call(client, path, ALICE, **calls(group)[path]) == NOT_IN_GROUP

    @pytest.mark.promise("token-calls-3")
    def test_member_removed_during_call_is_outsider(
        self, group: Group, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whether somebody is a member is asked again in the transaction of the change."""
        locked = services.lock_group

        def remove_and_lock(group_id: int) -> Group:
            monkeypatch.setattr(services, "lock_group", locked)
            services.remove_members(group_id, [BOB])
            return locked(group_id)

        monkeypatch.setattr(services, "lock_group", remove_and_lock)
        with pytest.raises(Forbidden):
            services.add_members(group.pk, [BOB, CHARLIE], by=BOB)


class TestMembers:
    @pytest.mark.promise("token-calls-4")
    def test_member_may_leave_but_not_remove_others(self, client: Client, group: Group) -> None:
        before = everything()
        for removed in (ALICE, f"{BOB},{ALICE}"):
            assert delete(client, BOB, group, removed) == NOT_MANAGER
        assert everything() == before
        assert delete(client, BOB, group, BOB) == OK
        assert members(group) == [ALICE]

    def test_members_may_name_outsiders(self, client: Client, group: Group) -> None:
        assert delete(client, BOB, group, f"{BOB},{CHARLIE}") == OK
        assert members(group) == [ALICE]


class TestOwnersAndAdmins:
    @pytest.fixture(autouse=True)
    def staffed(self, group: Group) -> None:
        """Bob is an admin, and so is Dora; Charlie is a member."""
        User.objects.create_user("dora")
        services.add_members(group.pk, [CHARLIE, "dora"])
        for userid in (BOB, "dora"):
            services.set_role(group.pk, userid, Role.ADMIN)

    @pytest.mark.promise("token-calls-4")
    @pytest.mark.parametrize("caller", [ALICE, BOB])
    def test_remove_members_and_admins(self, client: Client, group: Group, caller: str) -> None:
        assert delete(client, caller, group, f"{CHARLIE},dora") == OK
        assert members(group) == [ALICE, BOB]

    @pytest.mark.promise("token-calls-4")
    def test_admins_remove_no_owner(self, client: Client, group: Group) -> None:
        before = everything()
        for removed in (ALICE, f"{BOB},{ALICE}", f"{CHARLIE},{ALICE}"):
            assert delete(client, BOB, group, removed) == NOT_OWNER
        assert everything() == before

    @pytest.mark.promise("token-calls-4")
    def test_owners_do(self, client: Client, group: Group) -> None:
        services.set_role(group.pk, BOB, Role.OWNER)
        assert delete(client, BOB, group, ALICE) == OK
        assert roles(group) == {BOB: "owner", CHARLIE: "member", "dora": "admin"}

    def test_former_admin_cannot_remove_members(self, client: Client, group: Group) -> None:
        services.set_role(group.pk, BOB, Role.MEMBER)
        assert delete(client, BOB, group, CHARLIE) == NOT_MANAGER
        assert delete(client, "dora", group, CHARLIE) == OK


class TestWhoeverDoesNotExist:
    @pytest.mark.promise("token-calls-7", "call-36")
    def test_missing_person_is_not_created_or_added(self, client: Client, group: Group) -> None:
        before = everything()
        added = {"groupid": str(group.pk), "members": f"{CHARLIE},nobody"}
        assert call(client, "addmembers", ALICE, **added) == NOBODY
        assert call(client, "creategrp", ALICE, creator=ALICE, members=f"{BOB},nobody", name="x") == NOBODY
        assert everything() == before
        User.objects.create_user("nobody")
        assert call(client, "addmembers", ALICE, **added) == OK

    def test_missing_person_is_ignored_in_removal(self, client: Client, group: Group) -> None:
        assert call(client, "delmembers", ALICE, groupid=str(group.pk), members="nobody") == OK

    def test_token_may_create_its_person(self, client: Client, group: Group, settings: Settings) -> None:
        override(settings, token_creates_users=True)
        assert call(client, "querymygrps", "nobody", userid="nobody") == '{"code":1,"message":"OK","data":[]}'
        assert User.objects.filter(pk="nobody").exists()


@pytest.mark.promise("token-calls-11")
def test_token_errors_use_configured_language(client: Client, group: Group, settings: Settings) -> None:
    override(settings, legacy_language="zh-hans")
    group_id = str(group.pk)
    assert body_of(client.get("/grpinfo")) == '{"code":4,"message":"请重新登录"}'
    assert call(client, "grpinfo", CHARLIE, groupid=group_id) == '{"code":4,"message":"您不在该群中"}'
    assert call(client, "querymygrps", BOB, userid=ALICE) == '{"code":4,"message":"只能由该用户本人操作"}'
    assert call(client, "grpinfo", "nobody", groupid=group_id) == '{"code":3,"message":"该用户不存在"}'
    removed = call(client, "delmembers", BOB, groupid=group_id, members=ALICE)
    assert removed == '{"code":4,"message":"只有群主和管理员可以操作"}'
    services.set_role(group.pk, BOB, Role.ADMIN)
    removed = call(client, "delmembers", BOB, groupid=group_id, members=ALICE)
    assert removed == '{"code":4,"message":"只有群主可以操作"}'
    User.objects.filter(pk=BOB).update(muted=True)
    assert call(client, "editgrp", BOB, groupid=group_id, name="x") == '{"code":4,"message":"您已被禁言"}'
    User.objects.filter(pk=BOB).update(muted=False)
    added = call(client, "addmembers", BOB, groupid=group_id, members="nobody")
    assert added == '{"code":3,"message":"用户 nobody 不存在"}'
    User.objects.filter(pk=BOB).update(is_active=False)
    assert call(client, "grpinfo", BOB, groupid=group_id) == '{"code":4,"message":"该账号已被封禁"}'
