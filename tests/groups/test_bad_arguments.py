"""Arguments of the six group calls that cannot be: each is named, and nothing is changed."""

from collections.abc import Iterator

import pytest
from django.test import Client

from groups import services
from log.models import Group
from tests.support.groups import ALICE, BOB, NO_SUCH_GROUP, bad, call, calls, everything

# What each call has, by the kind of it.
GROUP_ID = ["addmembers", "delmembers", "editgrp", "grpinfo"]
USERID = [("creategrp", "creator"), ("querymygrps", "userid")]
USERIDS = [("creategrp", "members"), ("addmembers", "members"), ("delmembers", "members")]
REQUIRED = [*((path, "groupid") for path in GROUP_ID), *USERID, *USERIDS, ("creategrp", "name")]

NO_GROUP_IDS = [
    *("0", "-1", "+1", "01", "1.0", "1e3", "0x1", "1 1", "1_0", "1,2", "1\0", "१", "１", "abc", "群"),
    *("9" * 19, "9" * 400),
]
NO_USERIDS = ["b_b", "b/b", "b b", "b\u3000b", "b\nb", "b" * 65, "b\u200bb", "b\x07b", "b\0b"]


@pytest.fixture(autouse=True)
def _nothing_is_changed(group: Group) -> Iterator[None]:
    before = everything()
    yield
    assert everything() == before


def reply_to(client: Client, group: Group, path: str, **changed: str | None) -> str:
    """What a call that would do something is answered with these parameters changed; None leaves one out."""
    values = {**calls(group)[path], **changed}
    return call(client, path, **{name: value for name, value in values.items() if value is not None})


@pytest.mark.promise("call-35")
def test_missing_parameter_rejected(client: Client, group: Group) -> None:
    for path, name in REQUIRED:
        assert reply_to(client, group, path, **{name: None}) == bad(f"{name}: This field is required."), path
    neither = reply_to(client, group, "editgrp", name=None)
    assert neither == bad("Give a name, a notice or both.")
    assert call(client, "addmembers") == bad("groupid: This field is required.")


@pytest.mark.promise("call-35")
def test_blank_parameter_rejected(client: Client, group: Group) -> None:
    blank = [*((path, "groupid") for path in GROUP_ID), *USERID]
    for path, name in [*blank, ("addmembers", "members"), ("delmembers", "members")]:
        for value in ("", "   "):
            reply = reply_to(client, group, path, **{name: value})
            assert reply == bad(f"{name}: This field may not be blank."), (path, name, value)


@pytest.mark.promise("ids-2")
def test_invalid_group_id_rejected(client: Client, group: Group) -> None:
    for path in GROUP_ID:
        for value in [*NO_GROUP_IDS, f"0{group.pk}"]:
            assert reply_to(client, group, path, groupid=value) == bad("groupid: Not a group id."), (
                path,
                value,
            )


def test_invalid_userid_rejected(client: Client, group: Group) -> None:
    for path, name in USERID:
        for value in [*NO_USERIDS, f"{ALICE},{BOB}"]:
            assert reply_to(client, group, path, **{name: value}) == bad(f"{name}: Not a userid."), (
                path,
                value,
            )
    for path, name in USERIDS:
        for value in NO_USERIDS:
            for values in (value, f"{BOB},{value},charlie"):
                reply = reply_to(client, group, path, **{name: values})
                assert reply == bad(f"{name}: Holds something that is not a userid."), (path, values)


@pytest.mark.promise("call-36")
def test_call_for_missing_group_is_refused(client: Client, group: Group) -> None:
    for path in GROUP_ID:
        for id_ in (str(group.pk + 1), "9" * 18):
            assert reply_to(client, group, path, groupid=id_) == NO_SUCH_GROUP, path


class TestADissolvedGroup:
    @pytest.fixture
    def group(self, group: Group) -> Group:
        services.dissolve(group.pk)
        return group

    @pytest.mark.promise("call-36")
    def test_dissolved_group_does_not_exist(self, client: Client, group: Group) -> None:
        for path in GROUP_ID:
            assert reply_to(client, group, path) == NO_SUCH_GROUP, path
