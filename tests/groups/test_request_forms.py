"""Every call answers the same in whatever form its parameters come: byte for byte what is written here."""

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

import hypothesis
import pytest
from django.conf import settings
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from log.models import Group
from tests.support.database import rolled_back
from tests.support.groups import AVATAR, NO_SUCH_GROUP, OK, SNAP, bad, body_of, everything, members

URL_ENCODED = "application/x-www-form-urlencoded"
MAX_AVATARS = (
    f'{{"nickname":"alice","snap":"{AVATAR}"}},'
    f'{{"nickname":"bob","snap":"{AVATAR}"}}'
)  # fmt: skip
FACES_WITH_USERIDS = (
    f'{{"userid":"alice","nickname":"alice","snap":"{AVATAR}"}},'
    f'{{"userid":"bob","nickname":"bob","snap":"{AVATAR}"}}'
)


class Case(NamedTuple):
    """A call and its reply. `#` stands for the id of the group of Alice and Bob, `+` for the next one's."""

    path: str
    parameters: dict[str, str]
    reply: str


CASES = [
    Case(
        "creategrp",
        {"creator": "alice", "members": "alice,bob,charlie,", "name": "老板_六六 & 👍🏽"},
        '{"code":1,"message":"OK","data":{"groupid":"+","creator":"alice","name":"老板_六六 & 👍🏽",'
        f'"notice":"","snap":"{SNAP}","members":["alice","bob","charlie"]}}}}',
    ),
    Case("addmembers", {"groupid": "#", "members": "charlie,老板"}, OK),
    Case("delmembers", {"groupid": "#", "members": "bob,nobody"}, OK),
    Case("editgrp", {"groupid": "#", "name": "新的_名字", "notice": "明天 10:00 见 🙂"}, OK),
    Case(
        "querymygrps",
        {"userid": "bob"},
        '{"code":1,"message":"OK","data":[{"groupid":"#","creator":"alice","name":"我的群","notice":"",'
        f'"snap":"{SNAP}","members":[{MAX_AVATARS}]}}]}}',
    ),
    Case("querymygrps", {"userid": "nobody"}, '{"code":1,"message":"OK","data":[]}'),
    Case(
        "grpinfo",
        {"groupid": "#"},
        '{"code":1,"message":"OK","data":{"groupid":"#","creator":"alice","name":"我的群","notice":"",'
        f'"snap":"{SNAP}","members":[{FACES_WITH_USERIDS}]}}}}',
    ),
    Case("addmembers", {"groupid": "987654321", "members": "bob"}, NO_SUCH_GROUP),
    Case("grpinfo", {"groupid": "zero"}, bad("groupid: Not a group id.")),
]

Make = Callable[[Client, str, dict[str, str]], Any]

FORMS: dict[str, Make] = {
    "GET with a query": lambda client, path, form: client.get(f"/{path}", form),
    "GET with a slash": lambda client, path, form: client.get(f"/{path}/", form),
    "GET below wsim": lambda client, path, form: client.get(f"/wsim/{path}", form),
    "GET with a form": lambda client, path, form: client.generic(
        "GET", f"/{path}", urlencode(form), URL_ENCODED
    ),
    "POST of a form": lambda client, path, form: client.post(f"/{path}", urlencode(form), URL_ENCODED),
    "POST of a form that tells its charset": lambda client, path, form: client.post(
        f"/{path}", urlencode(form), f"{URL_ENCODED}; charset=UTF-8"
    ),
    "POST of a multipart form": lambda client, path, form: client.post(f"/{path}", form),
    "POST with a query and no body": lambda client, path, form: client.generic(
        "POST", f"/{path}?{urlencode(form)}"
    ),
    "POST with a query, no body, said to be JSON": lambda client, path, form: client.generic(
        "POST", f"/{path}?{urlencode(form)}", content_type="application/json"
    ),
    "POST to a trailing question mark": lambda client, path, form: client.post(f"/{path}?", form),
    "POST below wsim, with a slash and a question mark": lambda client, path, form: client.post(
        f"/wsim/{path}/?", form
    ),
    "POST half and half": lambda client, path, form: client.post(
        f"/{path}?{urlencode(dict(list(form.items())[:1]))}", dict(list(form.items())[1:])
    ),
    "POST with another query, which the body overrules": lambda client, path, form: client.post(
        f"/{path}?{urlencode(dict.fromkeys(form, 'x_y'))}", form
    ),
    "POST with unknown parameters": lambda client, path, form: client.post(
        f"/{path}?access_token=a.b_c", {**form, "access_token": "a.b_c", "os": "安卓"}
    ),
}


@pytest.mark.promise("call-1", "call-2")
@pytest.mark.parametrize("form", FORMS)
def test_request_forms_get_same_reply(client: Client, group: Group, form: str) -> None:
    for case in CASES:
        fields = {name: value.replace("#", str(group.pk)) for name, value in case.parameters.items()}
        with rolled_back():
            reply = body_of(FORMS[form](client, case.path, fields))
        assert reply == case.reply.replace("#", str(group.pk)).replace("+", str(group.pk + 1)), case


@pytest.mark.parametrize("form", FORMS)
def test_request_forms_take_effect(client: Client, group: Group, form: str) -> None:
    body_of(FORMS[form](client, "addmembers", {"groupid": str(group.pk), "members": "charlie"}))
    assert members(group) == ["alice", "bob", "charlie"]


def test_a_query_in_raw_chinese_is_understood(client: Client, db: None) -> None:
    """As the seed writes it, and as careless clients send it: UTF-8 without a percent sign."""
    reply = body_of(client.generic("GET", "/creategrp?creator=alice&members=老板&name=我的群"))
    assert '"name":"我的群"' in reply
    assert '"members":["alice","老板"]' in reply


@pytest.mark.promise("call-35")
@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_rejected(client: Client, group: Group, method: str) -> None:
    before = everything()
    query = f"creator=alice&userid=alice&groupid={group.pk}&members=charlie&name=x"
    expected = "" if method == "HEAD" else bad("Use GET or POST.")
    replies = {case.path: body_of(client.generic(method, f"/{case.path}?{query}")) for case in CASES}
    assert replies == dict.fromkeys(replies, expected)
    assert everything() == before


# Of multipart bodies, put together anyhow.
PIECES = [
    b"--b",
    b"--",
    b"\r\n",
    b"Content-Disposition: form-data; name=",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Type: text/plain; charset=utf-16\r\n",
    b"groupid",
    b'filename="x"; ',
    b"filename*=utf-8''%FF; ",
    b"\xff\0=",
]
CREATION = {"creator": "alice", "members": "bob", "name": "x"}


@pytest.mark.promise("call-3")
@pytest.mark.parametrize("query", ["", f"?{urlencode(CREATION)}"], ids=["no query", "a good query"])
@pytest.mark.parametrize(
    ("body", "content_type", "complaint"),
    [
        (
            b'{"creator":"alice","members":"bob","name":"x"}',
            "application/json",
            "The body must be a form, url-encoded or multipart.",
        ),
        (
            b"creator=alice&members=bob&name=x",
            "text/plain",
            "The body must be a form, url-encoded or multipart.",
        ),
        (b"creator=alice", "multipart/form-data", "The body is not a form that can be read."),
        (b"creator=alice", "multipart/form-data; boundary=\xff", "The body is not a form that can be read."),
        (urlencode({**CREATION, "rest": "x" * 2_700_000}).encode(), URL_ENCODED, "The body is too large."),
        (
            b"--b\r\nContent-Disposition: form-data; name=name\r\n\r\n" + b"x" * 2_700_000 + b"\r\n--b--\r\n",
            "multipart/form-data; boundary=b",
            "The body is too large.",
        ),
        (b"{}" * 1_400_000, "application/json", "The body is too large."),
        (
            "&".join(f"p{n}=1" for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)).encode(),
            URL_ENCODED,
            "The body is not a form that can be read.",
        ),
        (
            urlencode(CREATION).encode(),
            f"{URL_ENCODED}; charset=gbk",
            "HTTP requests with the 'application/x-www-form-urlencoded' content type must be UTF-8 encoded.",
        ),
    ],
    ids=[
        "JSON",
        "text",
        "no boundary",
        "bad boundary",
        "large",
        "large multipart",
        "large JSON",
        "fields",
        "GBK",
    ],
)
def test_a_body_that_is_no_form_is_refused(
    client: Client, db: None, query: str, body: bytes, content_type: str, complaint: str
) -> None:
    before = everything()
    reply = body_of(client.generic("POST", f"/creategrp{query}", body, content_type))
    assert reply == bad(complaint)
    assert everything() == before


def test_a_multipart_form_without_an_end_lacks_parameters(client: Client, db: None) -> None:
    reply = body_of(
        client.generic("POST", "/creategrp", b"--b\r\nnonsense", "multipart/form-data; boundary=b")
    )
    assert reply == bad("creator: This field is required.")


@pytest.mark.slow
@hypothesis.settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=200) | st.lists(st.sampled_from(PIECES)).map(b"".join),
    content_type=st.sampled_from([URL_ENCODED, "multipart/form-data; boundary=b", "text/plain", ""]),
)
def test_malformed_body_is_bad_argument(client: Client, db: None, body: bytes, content_type: str) -> None:
    before = everything()
    reply = body_of(client.generic("POST", "/editgrp", body, content_type))
    assert reply.startswith('{"code":2,"message":"')
    assert everything() == before


def test_a_file_is_no_parameter(client: Client, db: None) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="name"; filename="x.txt"\r\n\r\nx\r\n--b\r\n'
        b'Content-Disposition: form-data; name="creator"\r\n\r\nalice\r\n--b\r\n'
        b'Content-Disposition: form-data; name="members"\r\n\r\nbob\r\n--b--\r\n'
    )
    reply = body_of(client.generic("POST", "/creategrp", body, "multipart/form-data; boundary=b"))
    assert reply == bad("name: This field is required.")


@pytest.mark.promise("call-5")
def test_no_cookie_and_no_csrf_token_are_needed(group: Group) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/delmembers", {"groupid": str(group.pk), "members": "bob"})
    assert body_of(response) == OK
    assert not response.cookies
