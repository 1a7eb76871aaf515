"""What the operator's settings and the client's own address make of replies."""

import pytest
from django.test import Client
from pytest_django import Settings

from log.models import Group
from tests.support.groups import ALICE, BOB, NAME, NO_SUCH_GROUP, body_of, call, data
from tests.support.settings import override


def urls(client: Client, group: Group, **headers: str) -> set[str]:
    """All URLs of pictures in the replies about a group."""
    values = {"groupid": str(group.pk), "userid": BOB, "creator": ALICE, "members": BOB, "name": NAME}
    pictures = set()
    for path in ("grpinfo", "querymygrps", "creategrp"):
        answer = data(body_of(client.post(f"/{path}", values, headers=headers)))
        for shown in answer if isinstance(answer, list) else [answer]:
            pictures |= {shown["snap"], *(face["snap"] for face in shown["members"] if path != "creategrp")}
    return pictures


@pytest.mark.promise("call-34")
def test_success_code_of_group_calls_can_be_0(client: Client, group: Group, settings: Settings) -> None:
    override(settings, group_ok_code=0)
    group_id = str(group.pk)
    ok = '{"code":0,"message":"OK"'
    assert call(client, "addmembers", groupid=group_id, members="charlie") == f"{ok}}}"
    assert call(client, "delmembers", groupid=group_id, members="charlie") == f"{ok}}}"
    assert call(client, "editgrp", groupid=group_id, name="x") == f"{ok}}}"
    assert call(client, "creategrp", creator=ALICE, members=BOB, name="x").startswith(f'{ok},"data":{{')
    assert call(client, "querymygrps", userid=BOB).startswith(f'{ok},"data":[')
    assert call(client, "grpinfo", groupid=group_id).startswith(f'{ok},"data":{{')


def test_error_codes_do_not_depend_on_success_code(client: Client, group: Group, settings: Settings) -> None:
    override(settings, group_ok_code=0)
    assert call(client, "grpinfo", groupid="999999") == NO_SUCH_GROUP
    assert call(client, "grpinfo") == '{"code":2,"message":"groupid: This field is required."}'


@pytest.mark.promise("call-45")
def test_picture_urls_use_host_of_client(client: Client, group: Group) -> None:
    assert urls(client, group, host="10.0.0.7:6060") == {
        "http://10.0.0.7:6060/static/im66/group.jpg",
        "http://10.0.0.7:6060/static/im66/avatar.png",
    }


def test_pictures_are_below_the_public_url_if_there_is_one(
    client: Client, group: Group, settings: Settings
) -> None:
    override(settings, public_url="https://chat.example/im")
    assert urls(client, group, host="10.0.0.7:6060") == {
        "https://chat.example/im/static/im66/group.jpg",
        "https://chat.example/im/static/im66/avatar.png",
    }
