"""What group calls that fail say, in English and in Chinese."""

import json
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils.translation import get_language
from pytest_django import Settings

from groups import replies, services
from groups.errors import InvalidValue
from log.models import Group
from testkit.phone import Phone
from testkit.server import Server
from testkit.uploading import request
from tests.support.groups import ALICE, BOB, CHARLIE, body_of, call, numbered
from tests.support.settings import override
from uploads import disk_space


class Case(NamedTuple):
    """A call, its code, and its message in both languages. `#` stands for the id of a group."""

    path: str
    parameters: dict[str, str]
    code: int
    english: str
    chinese: str


NEW = {"creator": "alice", "members": "bob", "name": "x"}
CASES = [
    Case("grpinfo", {}, 2, "groupid: This field is required.", "groupid：缺少该参数"),
    Case("grpinfo", {"groupid": ""}, 2, "groupid: This field may not be blank.", "groupid：不能为空"),
    Case("grpinfo", {"groupid": "x"}, 2, "groupid: Not a group id.", "groupid：不是有效的群 ID"),
    Case("grpinfo", {"groupid": "999999"}, 3, "There is no such group.", "该群不存在或已解散"),
    Case("querymygrps", {"userid": "a_b"}, 2, "userid: Not a userid.", "userid：不是有效的用户 ID"),
    Case(
        "addmembers",
        {"groupid": "#", "members": "a_b"},
        2,
        "members: Holds something that is not a userid.",
        "members：含有无效的用户 ID",
    ),
    Case(
        "addmembers",
        {"groupid": "#", "members": ",".join(numbered(500))},
        5,
        "A group has at most 500 members.",
        "群成员不能超过 500 人",
    ),
    Case("creategrp", {**NEW, "name": ""}, 2, "The name must not be empty.", "群名称不能为空"),
    Case("editgrp", {"groupid": "#"}, 2, "Give a name, a notice or both.", "请填写群名称或群公告"),
    Case(
        "editgrp",
        {"groupid": "#", "name": "x" * 101},
        2,
        "The name is longer than 100 characters.",
        "群名称不能超过 100 个字",
    ),
    Case(
        "editgrp",
        {"groupid": "#", "notice": "x" * 2001},
        2,
        "The notice is longer than 2000 characters.",
        "群公告不能超过 2000 个字",
    ),
    Case(
        "editgrp",
        {"groupid": "#", "notice": "\0"},
        2,
        "notice: Null characters are not allowed.",
        "notice：不能包含空字符",
    ),
]
BODIES = [
    (
        "application/json",
        b"{}",
        "The body must be a form, url-encoded or multipart.",
        "请求内容必须是表单（urlencoded 或 multipart）",
    ),
    ("multipart/form-data", b"x", "The body is not a form that can be read.", "无法读取提交的表单"),
    ("application/json", b" " * 2_700_000, "The body is too large.", "请求内容过大"),
    (
        "application/x-www-form-urlencoded; charset=gbk",
        b"name=x",
        "HTTP requests with the 'application/x-www-form-urlencoded' content type must be UTF-8 encoded.",
        "表单必须使用 UTF-8 编码",
    ),
]


@pytest.fixture
def chinese(settings: Settings) -> None:
    override(settings, legacy_language="zh-hans")


@pytest.fixture(scope="module")
def chinese_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("chinese"), IM66_LEGACY_LANGUAGE="zh-hans") as server:
        yield server


def make_group(server: Server) -> str:
    made = request(server, "GET", f"/creategrp?{urlencode(NEW)}")
    return str(json.loads(made.body)["data"]["groupid"])


def reply_to(server: Server, case: Case, group_id: str = "", **headers: str) -> dict[str, object]:
    """The reply over the network."""
    query = urlencode({name: value.replace("#", group_id) for name, value in case.parameters.items()})
    form = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    reply: dict[str, object] = json.loads(request(server, "POST", f"/{case.path}", query.encode(), form).body)
    return reply


@pytest.mark.promise("call-7")
def test_group_call_errors_are_english_by_default(server: Server) -> None:
    group_id = make_group(server)
    replies = [reply_to(server, case, group_id) for case in CASES]
    assert replies == [{"code": case.code, "message": case.english} for case in CASES]


@pytest.mark.promise("call-7")
@pytest.mark.slow
def test_chinese(chinese_server: Server) -> None:
    group_id = make_group(chinese_server)
    replies = [reply_to(chinese_server, case, group_id) for case in CASES]
    assert replies == [{"code": case.code, "message": case.chinese} for case in CASES]


@pytest.mark.promise("call-7")
@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "fr", "zh-hans"])
def test_language_of_client_is_ignored(server: Server, chinese_server: Server, language: str) -> None:
    case = CASES[3]
    headers_sent = {"Accept-Language": language, "Cookie": f"django_language={language}"}
    assert reply_to(server, case, **headers_sent)["message"] == case.english
    assert reply_to(chinese_server, case, **headers_sent)["message"] == case.chinese


@pytest.mark.promise("call-8")
@pytest.mark.slow
def test_success_message_is_not_translated(chinese_server: Server) -> None:
    made = request(chinese_server, "GET", f"/creategrp?{urlencode(NEW)}")
    assert json.loads(made.body)["message"] == "OK"


@pytest.mark.slow
async def test_errors_on_the_socket_stay_english(chinese_server: Server) -> None:
    async with Phone(chinese_server.entry, "alice") as alice:
        await alice.send("text_999999_hi_group_")
        assert (await alice.receive()).isascii()


@pytest.mark.parametrize(
    ("content_type", "body", "english", "chinese_text"), BODIES, ids=[body[2] for body in BODIES]
)
def test_bodies_that_cannot_be_read(
    client: Client,
    settings: Settings,
    db: None,
    content_type: str,
    body: bytes,
    english: str,
    chinese_text: str,
) -> None:
    for language, expected in [("en", english), ("zh-hans", chinese_text)]:
        override(settings, legacy_language=language)
        reply = body_of(client.generic("POST", "/creategrp", body, content_type))
        assert json.loads(reply) == {"code": 2, "message": expected}


def test_other_method_error_is_translated(client: Client, chinese: None) -> None:
    assert body_of(client.put("/grpinfo")) == '{"code":2,"message":"请使用 GET 或 POST 请求"}'


def test_a_person_in_too_many_groups(client: Client, group: Group, settings: Settings, chinese: None) -> None:
    override(settings, max_groups_per_user=1)
    reply = call(client, "addmembers", groupid=str(group.pk), members=CHARLIE)
    assert reply == '{"code":5,"message":"charlie 已加入 1 个群，不能再加入更多群"}'


def test_full_disk_error_is_translated(
    client: Client, group: Group, chinese: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_space, "is_short_for_messages", lambda: True)
    reply = call(client, "addmembers", groupid=str(group.pk), members=CHARLIE)
    assert reply == '{"code":9,"message":"服务器存储空间不足，请稍后再试"}'


def test_server_error_is_translated(
    client: Client, group: Group, chinese: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "remove_members", None)
    reply = call(client, "delmembers", groupid=str(group.pk), members=BOB)
    assert reply == '{"code":9,"message":"操作失败，请稍后再试"}'


def test_busy_reply_uses_configured_language(settings: Settings) -> None:
    assert replies.busy().content.decode() == '{"code":9,"message":"The server is busy. Try again."}'
    override(settings, legacy_language="zh-hans")
    assert replies.busy().content.decode() == '{"code":9,"message":"服务器繁忙，请稍后再试"}'


def test_errors_outside_group_calls_are_english(client: Client, group: Group, chinese: None) -> None:
    call(client, "editgrp", groupid=str(group.pk), name="")
    assert get_language() == "en"
    with pytest.raises(InvalidValue, match="The name must not be empty"):
        services.create_group(ALICE, [], "")
