"""Nonsense in every place where a proof, a frame or a form may stand: nobody gets in, and nothing fails."""

import base64
import json
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import hypothesis
import pytest
from hypothesis import strategies as st
from websockets.sync.client import ClientConnection, connect

from testkit.uploading import Fetched, form, request
from tests.access.bad_tokens import MADE
from tests.access.page import TOKEN
from tests.access.pictures import picture
from tests.access.stage import FORM
from tests.access.world import BOB, NINA, OUTSIDE, PASSWORD, World, token
from tests.support.tiers import examples
from tests.support.tokens import made_of

pytestmark = pytest.mark.slow

CALLS = ["creategrp", "addmembers", "delmembers", "editgrp", "querymygrps", "grpinfo"]
PARAMETERS = ["creator", "members", "name", "notice", "groupid", "userid", "access_token", "as"]
PAGES = {
    "login": ["username", "password", "next"],
    "admin/login": ["username", "password", "next"],
    "signup": ["userid", "nickname", "password1", "password2"],
    "password": ["old_password", "new_password1", "new_password2"],
}
CSRF = "c" * 32
MULTIPART = "multipart/form-data"
CONTENT_TYPES = [
    FORM,
    f"{FORM}; charset=idna",
    f"{MULTIPART}; boundary=x",
    f"{MULTIPART}; boundary=",
    f"{MULTIPART}; boundary=x; charset=hex",
    MULTIPART,
    "text/plain",
    "x",
    "",
]
SECONDS = 20

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
IN_HEADERS = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=80)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
ALGORITHMS = st.sampled_from(["none", "None", "NONE", "HS256", "RS256", "rs256", "ES256", "PS256", "", "\0"])
KEY_NAMES = st.sampled_from(["first", "second", "", "nowhere", "../keys.json", "' OR 1=1", "\0"])


def fuzz(number: int) -> hypothesis.settings:
    return hypothesis.settings(
        max_examples=examples(number // 3, number),
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        print_blob=True,
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("fuzzed"), TOKEN, IM66_SIGNUP="open", IM66_LIMIT_USERS="off")
    world.start()
    yield world
    world.end()


@pytest.fixture(autouse=True)
def unharmed(world: World) -> Iterator[None]:
    began = world.log_size()
    yield
    log_text = "\n".join(world.logged_since(began))
    assert "Traceback" not in log_text
    assert " ERROR " not in log_text
    assert is_in(world, f"login_{BOB}_{token(BOB)}")


# Proofs.


@cache
def good() -> str:
    """Bob's, always the same one: a token says in which second it was made."""
    return token(BOB)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A good token, with a piece of it replaced."""
    valid = good()
    start = draw(st.integers(0, len(valid)))
    end = draw(st.integers(start, min(len(valid), start + 40)))
    return valid[:start] + draw(st.one_of(IN_HEADERS, st.text(".-_=Aa0", max_size=5))) + valid[end:]


@st.composite
def composed(draw: st.DrawFn) -> str:
    """A head and claims that sound right, under the signature of a good token, or none, or a made-up one."""
    head = {
        "alg": draw(ALGORITHMS),
        "kid": draw(st.one_of(KEY_NAMES, JSON)),
        **draw(st.dictionaries(TEXTS, JSON)),
    }
    claims = {
        "sub": BOB,
        "exp": 2**33,
        "aud": "im66",
        **draw(st.dictionaries(st.sampled_from(["exp", "nbf"]), JSON)),
    }
    signature = draw(st.sampled_from([b"", b"x", _decoded(good())[2], _decoded(token(OUTSIDE))[2]]))
    return made_of(head, claims, signature)


PROOFS = st.one_of(
    IN_HEADERS, mutated(), composed(), st.builds(lambda make: make(BOB), st.sampled_from(list(MADE.values())))
)


@fuzz(60)
@hypothesis.given(PROOFS)
def test_fuzzed_proofs_are_rejected(world: World, shown: str) -> None:
    hypothesis.assume(not says_the_same(shown, good()))
    before, began = world.stored(), world.log_size()
    assert not is_in(world, f"login_{BOB}_{shown}")
    for reply in calls_with(world, shown):
        assert reply.status in {200, 400}
        assert reply.status == 400 or json.loads(reply.body)["code"] in {4, 5}
    assert world.stored() == before
    assert len(shown) < 8 or shown not in "\n".join(world.logged_since(began))


def calls_with(world: World, shown: str) -> Iterator[Fetched]:
    """What calls and uploads are answered that show this in each place."""
    fields = urlencode({"creator": BOB, "members": NINA, "name": "friends"})
    content, multipart = form(picture(), filename="photo.png")
    for headers in (
        {"Authorization": f"Bearer {shown}"},
        {"Authorization": f"Api-Key {shown}"},
        {"Authorization": shown},
        {"Cookie": f"sessionid={shown}", "Origin": world.server.http},
        {"Cookie": shown, "Origin": world.server.http},
    ):
        headers = {name: value.strip() for name, value in headers.items()}
        yield post(world, "/creategrp", fields.encode(), {"Content-Type": FORM, **headers})
        yield post(world, f"/upload/avatar?userid={BOB}", content, {"Content-Type": multipart, **headers})
    named = f"access_token={quote(shown)}"
    yield post(world, f"/creategrp?{named}", fields.encode(), {"Content-Type": FORM})
    yield post(world, "/creategrp", f"{fields}&{named}".encode(), {"Content-Type": FORM})
    yield post(world, f"/upload/avatar?userid={BOB}&{named}", content, {"Content-Type": multipart})


def says_the_same(shown: str, known: str) -> bool:
    """Whether it is the same token: some of the characters can be written in another way."""
    return _decoded(shown)[1:] == _decoded(known)[1:]


def _decoded(text: str) -> list[bytes]:
    try:
        return [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in text.strip().split(".")]
    except ValueError:
        return [text.encode()]


# Frames.


@st.composite
def frames(draw: st.DrawFn) -> str | bytes:
    fields = st.one_of(
        TEXTS, st.sampled_from([BOB, NINA, "1", "0", "-1", "unicast", "group", "9" * 30, "\0", ""])
    )
    verbs = ["text", "picture", "audio", "members", "records", "login", "logout", "heartbeat", "error"]
    verb = draw(st.one_of(st.sampled_from(verbs), TEXTS))
    frame = "_".join([verb, *draw(st.lists(fields, max_size=6))])
    encoded = frame.encode()
    return draw(st.one_of(st.just(frame), st.sampled_from([encoded, encoded[::-1]])))


@fuzz(70)
@hypothesis.given(st.lists(frames(), min_size=1, max_size=8))
def test_fuzzed_frames_neither_close_the_socket_nor_log_in(world: World, sent: list[str | bytes]) -> None:
    with socket_of(world) as socket:
        socket.send(f"login_{BOB}_{token(BOB)}")
        for frame in sent:
            socket.send(frame)
        socket.send(f"logout_{BOB}")
        socket.send("members_1")
        answers = until(socket, "error_401_log in first")
        assert not [answer for answer in answers if answer.startswith("error_5")]


@fuzz(40)
@hypothesis.given(st.lists(frames(), min_size=1, max_size=8))
def test_nonsense_of_strangers_is_rejected_and_not_stored(world: World, sent: list[str | bytes]) -> None:
    before = world.stored()
    with socket_of(world) as socket:
        for frame in sent:
            socket.send(frame)
        socket.send("members_1")
        answers = until(socket, "error_401_log in first")
    assert {answer.split("_")[0] for answer in answers} == {"error"}
    assert world.stored() == before


# Forms.


@st.composite
def forms(draw: st.DrawFn) -> tuple[str, bytes]:
    """A call, and the body of its form."""
    values = st.one_of(
        TEXTS, st.sampled_from([BOB, NINA, f"{BOB},", "1", "\0", "(null)", "9" * 40, "%ff", "a" * 9000])
    )
    fields = draw(st.dictionaries(st.sampled_from(PARAMETERS), values))
    return draw(st.sampled_from(CALLS)), draw(
        st.sampled_from([urlencode(fields).encode(), draw(st.binary())])
    )


@fuzz(70)
@hypothesis.given(forms(), st.sampled_from(CONTENT_TYPES), st.booleans())
def test_no_form_makes_a_call_fail(
    world: World, form_call: tuple[str, bytes], content_type: str, is_bob: bool
) -> None:
    path, body = form_call
    proof = {"Authorization": f"Bearer {token(BOB)}"} if is_bob else {}
    reply = post(world, f"/{path}", body, {"Content-Type": content_type, **proof})
    assert reply.status == 200
    assert json.loads(reply.body)["code"] in ({1, 2, 3, 4, 5} if is_bob else {4})


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    path = draw(st.sampled_from(sorted(PAGES)))
    values = st.one_of(TEXTS, st.sampled_from([BOB, "\0", "a" * 300, "//evil.example", "%00", "\u202e"]))
    return path, {name: draw(values) for name in PAGES[path] if draw(st.booleans())}


@fuzz(40)
@hypothesis.given(pages(), st.booleans())
def test_fuzzed_forms_neither_fail_nor_change_passwords(
    world: World, sent: tuple[str, dict[str, str]], is_bob: bool
) -> None:
    path, fields = sent
    cookie = f"csrftoken={CSRF}" + (f"; sessionid={world.shown(BOB)}" if is_bob else "")
    headers = {"Content-Type": FORM, "Cookie": cookie, "Origin": world.server.http}
    body = urlencode({**fields, "csrfmiddlewaretoken": CSRF}).encode()
    before = passwords(world)
    reply = post(world, f"/{path}/", body, headers)
    assert reply.status in {200, 302, 403}
    changed = {userid for userid, password in passwords(world).items() if before.get(userid) != password}
    assert changed <= ({fields.get("userid")} if path == "signup" else set())


def passwords(world: World) -> dict[str, Any]:
    return dict(world.server.query("SELECT userid, password FROM accounts_user"))


def test_the_right_password_would_have_let_bob_in(world: World) -> None:
    body = urlencode({"username": BOB, "password": PASSWORD, "csrfmiddlewaretoken": CSRF}).encode()
    headers = {"Content-Type": FORM, "Cookie": f"csrftoken={CSRF}", "Origin": world.server.http}
    assert post(world, "/login/", body, headers).status == 302


# How it is sent.


def post(world: World, path: str, body: bytes, headers: dict[str, str]) -> Fetched:
    return request(world.server, "POST", path, body, headers)


def socket_of(world: World) -> ClientConnection:
    return connect(world.server.entry, open_timeout=SECONDS, ping_interval=None, proxy=None)


def is_in(world: World, login: str) -> bool:
    """Whether somebody can do something after this login."""
    with socket_of(world) as socket:
        socket.send(login)
        socket.send(f"records_{NINA}_{10**17}_unicast")
        while True:
            answer = receive(socket)
            if answer == "error_401_log in first":
                return False
            if answer.startswith(f"records_{NINA}_"):
                return True


def until(socket: ClientConnection, last: str) -> list[str]:
    """What is answered up to and including `last`."""
    answers = [receive(socket)]
    while answers[-1] != last:
        answers.append(receive(socket))
    return answers


def receive(socket: ClientConnection) -> str:
    answer = socket.recv(SECONDS)
    assert isinstance(answer, str)
    return answer
