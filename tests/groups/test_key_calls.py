"""Group calls of a trusted backend: with an API key it acts for any user, or as the operator."""

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

from accounts.authentication import api_keys
from accounts.authentication.proofs import Scope
from accounts.models import User
from groups import editing, services
from log.models import Group
from tests.support.groups import (
    ALICE,
    BOB,
    CHARLIE,
    EVERY_CALL,
    LOG_IN_AGAIN,
    NAME,
    NOT_IN_GROUP,
    OF_ANOTHER,
    OK,
    UNKNOWN,
    bad,
    body_of,
    calls,
    everything,
    members,
)
from tests.support.settings import override
from tests.support.tokens import SECRET, token

BAD_KEY = '{"code":4,"message":"The API key is not valid."}'
REVOKED = '{"code":4,"message":"The API key was revoked."}'
OUT_OF_SCOPE = '{"code":4,"message":"The API key is not for this."}'
FOR_WHOM = '{"code":4,"message":"Name the user you act for, once, in the query."}'


@pytest.fixture(autouse=True)
def token_mode(group: Group, settings: Settings) -> None:
    override(settings, auth="token", token_secret=SECRET, token_leeway_seconds=0.0)


@pytest.fixture
def key(group: Group) -> str:
    return api_keys.make("shop").text


def call(client: Client, key: str, path: str, /, **parameters: str) -> str:
    """What a call with this key is answered; the path may hold a query."""
    return body_of(client.post(f"/{path}", parameters, headers={"authorization": f"Api-Key {key}"}))


def code(body: str) -> Any:
    return json.loads(body)["code"]


@EVERY_CALL
def test_invalid_key_changes_nothing(client: Client, group: Group, key: str, path: str) -> None:
    before, parameters = everything(), calls(group)[path]
    revoked = api_keys.make("revoked")
    api_keys.revoke(revoked)
    uploader = api_keys.make("uploader", [Scope.UPLOADS, Scope.MODERATE]).text
    for text, expected in (
        (f"{key}x", BAD_KEY),
        (token(ALICE), BAD_KEY),
        (revoked.text, REVOKED),
        (uploader, OUT_OF_SCOPE),
    ):
        assert call(client, text, path, **parameters) == expected
        assert call(client, text, f"{path}?as={ALICE}", **parameters) == expected
        assert call(client, text, path) == expected, "the proof comes first"
    assert everything() == before


def test_operator_key_cannot_add_staff_to_a_group(client: Client, group: Group, key: str) -> None:
    User.objects.create_user("mod", is_staff=True)
    assert code(call(client, key, "addmembers", groupid=str(group.pk), members="mod")) == 4
    assert "mod" not in members(group)


@given(strategies.text(strategies.characters(max_codepoint=255)))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_arbitrary_text_is_no_valid_key(
    client: Client, group: Group, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    expected = call(client, text, "editgrp", groupid=str(group.pk), name="x")
    assert expected in (BAD_KEY, LOG_IN_AGAIN)
    assert {record.name for record in caplog.records} <= {"accounts.refusals"}
    assert not any(record.exc_info for record in caplog.records)


class TestTheOperator:
    @pytest.mark.promise("proof-4")
    def test_key_changes_group_without_membership(self, client: Client, group: Group, key: str) -> None:
        assert call(client, key, "addmembers", groupid=str(group.pk), members=CHARLIE) == OK
        assert call(client, key, "delmembers", groupid=str(group.pk), members=ALICE) == OK
        assert call(client, key, "editgrp", groupid=str(group.pk), name="new") == OK
        assert members(group) == [BOB, CHARLIE]
        assert '"new"' in call(client, key, "grpinfo", groupid=str(group.pk))


class TestActingForSomebody:
    @pytest.mark.promise("proof-4")
    def test_key_acts_for_person_in_call(self, client: Client, group: Group, key: str) -> None:
        made = call(client, key, "creategrp", creator=BOB, members=CHARLIE, name="x")
        assert json.loads(made)["data"]["creator"] == BOB
        assert NAME in call(client, key, "querymygrps", userid=BOB)
        assert NAME not in call(client, key, "querymygrps", userid=CHARLIE)

    def test_represented_person_is_named_in_query_only(self, client: Client, group: Group, key: str) -> None:
        before = everything()
        for named in (CHARLIE, BOB, ""):
            reply = call(client, key, "delmembers", **{"groupid": str(group.pk), "members": BOB, "as": named})
            assert reply == FOR_WHOM
        assert everything() == before

    @pytest.mark.parametrize("query", ["as=", f"as={BOB}&as={BOB}", f"as=&as={BOB}", f"as={BOB}&as="])
    def test_represented_person_is_named_once(
        self, client: Client, group: Group, key: str, query: str
    ) -> None:
        before = everything()
        reply = call(client, key, f"delmembers?{query}", groupid=str(group.pk), members=BOB)
        assert reply == FOR_WHOM
        assert everything() == before

    def test_query_and_call_must_name_same_person(self, client: Client, group: Group, key: str) -> None:
        before = everything()
        assert call(client, key, f"querymygrps?as={ALICE}", userid=BOB) == OF_ANOTHER
        assert call(client, key, f"creategrp?as={ALICE}", creator=BOB, members="", name="x") == OF_ANOTHER
        assert everything() == before
        assert code(call(client, key, f"querymygrps?as={BOB}", userid=BOB)) == 1

    @pytest.mark.parametrize("userid", ["nobody", "a_b", "%00", "x" * 65])
    def test_represented_person_must_exist(self, client: Client, group: Group, key: str, userid: str) -> None:
        assert call(client, key, f"grpinfo?as={userid}", groupid=str(group.pk)) == UNKNOWN
        assert not User.objects.filter(pk=userid).exists()

    def test_person_in_call_must_exist(self, client: Client, group: Group, key: str) -> None:
        before = everything()
        assert call(client, key, "querymygrps", userid="nobody") == UNKNOWN
        assert call(client, key, "creategrp", creator="nobody", members=BOB, name="x") == UNKNOWN
        assert call(client, key, "querymygrps", userid="a_b") == bad("userid: Not a userid.")
        assert everything() == before

    def test_token_holder_cannot_act_for_others(self, client: Client, group: Group, key: str) -> None:
        """Who has a token is whoever it is for."""
        services.remove_members(group.pk, [BOB])
        parameters = {"groupid": str(group.pk), "access_token": token(BOB)}
        assert body_of(client.post(f"/grpinfo?as={ALICE}", parameters)) == OF_ANOTHER
        assert body_of(client.post(f"/grpinfo?as={BOB}", parameters)) == NOT_IN_GROUP


def test_key_errors_use_configured_language(client: Client, group: Group, settings: Settings) -> None:
    override(settings, legacy_language="zh-hans")
    assert call(client, "x", "grpinfo") == '{"code":4,"message":"API 密钥无效"}'


def test_open_mode_ignores_an_empty_as_parameter(client: Client, group: Group, settings: Settings) -> None:
    override(settings, auth="open")
    assert code(call(client, "x", "grpinfo?as=&as=", groupid=str(group.pk))) == 1


def test_open_mode_ignores_the_as_parameter(client: Client, group: Group, settings: Settings) -> None:
    override(settings, auth="open")
    assert code(call(client, "x", f"grpinfo?as={CHARLIE}", groupid=str(group.pk))) == 1


def test_no_key_is_logged(
    client: Client, group: Group, key: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even with the traceback of a call that fails."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("something")

    monkeypatch.setattr(editing, "edit_group", fail)
    assert code(call(client, key, "editgrp", groupid=str(group.pk), name="x")) == 9
    assert "RuntimeError: something" in caplog.text
    assert key.rpartition(".")[2] not in caplog.text
