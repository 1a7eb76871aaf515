"""/editgrp"""

from urllib.parse import urlencode

import pytest
from django.test import Client
from pytest_django import Settings

from groups import services
from log.models import Group
from tests.support.groups import NAME, OK, bad, body_of, call, data, everything
from tests.support.settings import override


def edit(client: Client, group: Group, **changes: str) -> str:
    return call(client, "editgrp", groupid=str(group.pk), **changes)


def shown(client: Client, group: Group) -> tuple[str, str]:
    """The name and the notice that clients see."""
    info = data(call(client, "grpinfo", groupid=str(group.pk)))
    return info["name"], info["notice"]


def test_editgrp_changes_name_and_notice(client: Client, group: Group) -> None:
    assert edit(client, group, name="新名字", notice="明天见") == OK
    assert shown(client, group) == ("新名字", "明天见")


def test_signs_that_are_not_seen_are_taken_out(client: Client, group: Group) -> None:
    assert edit(client, group, name="Bank\u202e\u2067gnp.exe\u200b", notice="a\u202eb") == OK
    assert shown(client, group) == ("Bankgnp.exe", "ab")
    assert '"code":1' not in edit(client, group, name="\u202e\u2066")


@pytest.mark.promise("call-22")
def test_an_absent_notice_is_kept(client: Client, group: Group) -> None:
    edit(client, group, notice="see you")
    assert edit(client, group, name="new") == OK
    assert shown(client, group) == ("new", "see you")


@pytest.mark.promise("call-22")
def test_an_absent_name_is_kept(client: Client, group: Group) -> None:
    assert edit(client, group, notice="see you") == OK
    assert shown(client, group) == (NAME, "see you")


@pytest.mark.promise("call-24")
def test_empty_notice_clears_the_notice(client: Client, group: Group) -> None:
    edit(client, group, notice="see you")
    assert edit(client, group, notice="") == OK
    assert shown(client, group) == (NAME, "")


NULL = "(null)"


@pytest.mark.parametrize("clients", ["any", "shipped"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("where", ["query", "body"])
class TestTheIosAppsNull:
    """It sends this text for what its user did not edit."""

    @pytest.fixture(autouse=True)
    def _set_up(self, settings: Settings, clients: str) -> None:
        override(settings, clients=clients)

    def send(self, client: Client, group: Group, method: str, where: str, **changes: str) -> str:
        value = urlencode({"groupid": str(group.pk), **changes})
        query, body = (value, "") if where == "query" else ("", value)
        return body_of(client.generic(method, f"/editgrp?{query}", body, "application/x-www-form-urlencoded"))

    @pytest.mark.promise("call-23")
    def test_ios_null_keeps_name(self, client: Client, group: Group, method: str, where: str) -> None:
        assert self.send(client, group, method, where, name=NULL, notice="see you") == OK
        assert shown(client, group) == (NAME, "see you")

    @pytest.mark.promise("call-23")
    def test_ios_null_keeps_notice(self, client: Client, group: Group, method: str, where: str) -> None:
        edit(client, group, notice="see you")
        assert self.send(client, group, method, where, name="new", notice=NULL) == OK
        assert shown(client, group) == ("new", "see you")

    @pytest.mark.promise("call-23")
    def test_ios_null_for_both_is_empty_edit(
        self, client: Client, group: Group, method: str, where: str
    ) -> None:
        before = everything()
        reply = self.send(client, group, method, where, name=NULL, notice=NULL)
        assert reply == bad("Give a name, a notice or both.")
        assert everything() == before


def test_null_in_the_body_does_not_overrule_the_query(client: Client, group: Group) -> None:
    body_of(
        client.post(f"/editgrp?groupid={group.pk}&name=new&notice=(null)", {"name": NULL, "notice": "hi"})
    )
    assert shown(client, group) == ("new", "hi")


@pytest.mark.parametrize("text", ["null", "(NULL)", "(null) ", "x(null)"])
def test_text_similar_to_null_is_stored(client: Client, group: Group, text: str) -> None:
    assert edit(client, group, name=text, notice=text) == OK
    assert shown(client, group) == (text, text)


def test_a_new_group_may_be_called_null(client: Client, db: None) -> None:
    made = data(call(client, "creategrp", creator="alice", members="", name=NULL))
    assert made["name"] == NULL


@pytest.mark.parametrize("text", ["a_b_group_c", "👩‍👩‍👧‍👦 好", " two \n lines ", "x" * 100])
def test_edited_texts_are_returned_unchanged(client: Client, group: Group, text: str) -> None:
    assert edit(client, group, name=text, notice=text) == OK
    assert shown(client, group) == (text, text)


def test_a_notice_of_2000_characters(client: Client, group: Group) -> None:
    assert edit(client, group, notice="告" * 2000) == OK
    assert shown(client, group) == (NAME, "告" * 2000)


def test_blanks_are_a_notice(client: Client, group: Group) -> None:
    assert edit(client, group, notice="  ") == OK
    assert shown(client, group) == (NAME, "  ")


@pytest.mark.promise("limit-8", "call-24")
@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"name": ""}, "The name must not be empty."),
        ({"name": " \u3000"}, "The name must not be empty."),
        ({"name": "", "notice": "see you"}, "The name must not be empty."),
        ({"name": "x" * 101}, "The name is longer than 100 characters."),
        ({"name": "new", "notice": "x" * 2001}, "The notice is longer than 2000 characters."),
        ({"name": "a\0"}, "name: Null characters are not allowed."),
        ({"notice": "\0"}, "notice: Null characters are not allowed."),
        ({}, "Give a name, a notice or both."),
    ],
)
def test_invalid_edit_changes_nothing(
    client: Client, group: Group, changes: dict[str, str], complaint: str
) -> None:
    before = everything()
    assert edit(client, group, **changes) == bad(complaint)
    assert everything() == before


def test_the_longest_notice_can_be_set(client: Client, group: Group, settings: Settings) -> None:
    override(settings, max_notice_length=3)
    assert edit(client, group, notice="abcd") == bad("The notice is longer than 3 characters.")
    assert edit(client, group, notice="abc") == OK


def test_edit_leaves_other_groups(client: Client, group: Group) -> None:
    other = services.create_group("alice", [], "another")
    edit(client, group, name="new", notice="see you")
    assert shown(client, other) == ("another", "")
