"""The shipped apps and a server that is set up for them: whatever is sent, they go on, and show it."""

from collections.abc import Iterator

import pytest

from chat.protocol.bounds import is_storable
from testkit.app_rules import Crash
from testkit.device import Device
from testkit.phone import Phone
from testkit.phone_apps import Android17, App, IPhone
from testkit.server import WITHOUT_LIMITS, Server
from tests.conftest import MakeServer
from tests.support.calls import call
from tests.support.corpus import BASE_URL, CASES, READABLE, Case

pytestmark = pytest.mark.slow

FRAME = 128 * 1024
SHIPPED = {"IM66_CLIENTS": "shipped", "IM66_PUBLIC_URL": BASE_URL, **WITHOUT_LIMITS}
# Under the userid that the service had before.
SEND_BEFORE = """
from accounts.services import ensure_users
from log.appending import Draft, append
ensure_users(["frank", "grace", "im66-desk"])
for to in ("frank", "grace"):
    append([Draft("text", "im66-desk", to, "told before", "")])
"""
TOO_LONG = [
    Case("picture", "p" * FRAME),
    Case("text", "_" * (64 * 1024)),
]
# The longest that JSON takes.
MAX_JSON_BYTES = 64 * 1024
# Stored before there was a limit.
STORED = """
from log.appending import Draft, append
from tests.support.corpus import READABLE
for to in ("dora", "emil"):
    append([
        Draft("audio", "bob", to, "none", ""),
        Draft("picture", "bob", to, "p" * 1_000_000, READABLE),
        Draft("text", "bob", to, "_" * 65_536, "x_" * 100_000),
        Draft("text", "bob", to, "last", READABLE + "=" * 200_000),
    ])
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("shipped"), **SHIPPED) as server:
        yield server


def may_be_sent(case: Case) -> bool:
    return is_storable(case.content) and len(case.content.encode()) <= MAX_JSON_BYTES


def is_well(app: App) -> bool:
    return not app.crashes and not app.dropped and not app.oversized and len(app.sockets) == 1


@pytest.mark.promise("apps-9")
async def test_apps_show_every_message_of_an_app(server: Server) -> None:
    reply = await call(server, "creategrp", creator="alice", members="bob,carol", name="群")
    group = reply["data"]["groupid"]
    async with (
        Phone(server.entry, "alice") as alice,
        Android17(server.entry, "bob") as android,
        IPhone(server.entry, "carol") as iphone,
    ):
        await alice.group_text(group, "first")
        await android.shows(1)
        await iphone.shows(1)
        for case in CASES:
            for to in ("bob", "carol"):
                await alice.send(f"{case.kind}_{to}_{case.content}_unicast_{case.extension}")
            await alice.send(f"{case.kind}_{group}_{case.content}_group_{case.extension}")
        for app in (android, iphone):
            await app.shows(1 + 2 * len(CASES))
            assert [(shown.kind, shown.content) for shown in app.shown[1::2]] == [one.shown for one in CASES]
            assert [(shown.kind, shown.content) for shown in app.shown[2::2]] == [one.shown for one in CASES]
            assert {shown.sender for shown in app.shown} == {"alice"}
            assert {shown.conversation for shown in app.shown} == {"alice", group}
            assert all(shown.title for shown in app.shown)
            assert is_well(app)
        assert await alice.receives_nothing()


async def test_messages_of_other_clients_crash_no_app(server: Server) -> None:
    """By people of any userid, who send no extensions, and by the desk of before."""
    senders = ["alice", "im66-desk2", "a.b", "o'brien", "张三"]
    server.run_python(SEND_BEFORE)
    async with Android17(server.entry, "frank") as android, IPhone(server.entry, "grace") as iphone:
        for sender in senders:
            async with Device(server.entry, sender) as device:
                for case in CASES if sender == "alice" else [Case("text", "hi")]:
                    if may_be_sent(case):
                        for to in ("u:frank", "u:grace"):
                            await device.call("send", to=to, kind=case.kind, content=case.content)
        for app in (android, iphone):
            expected = [case.shown for case in CASES if may_be_sent(case)]
            shown = await app.shows(1 + len(expected) + len(senders) - 1)
            assert shown[0] == "told before"
            assert [(one.kind, one.content) for one in app.shown[1 : 1 + len(expected)]] == expected
            assert [one.title for one in app.shown[-len(senders) + 1 :]] == senders[1:]
            assert is_well(app)


@pytest.mark.promise("apps-6")
async def test_message_to_an_alias_reaches_its_person(server: Server) -> None:
    async with Device(server.entry, "d.e") as device, Android17(server.entry, "heidi") as android:
        await device.call("send", to="u:heidi", kind="text", content="hi")
        await android.shows(1)
        (shown,) = android.shown
        assert shown.sender.isalnum()
        await android.newest.text(shown.conversation, "hello", READABLE)
        message = await device.message()
        while message["content"] != "hello":
            message = await device.message()
        assert (message["from"], message["conversation"]) == ("heidi", "u:heidi")


async def test_message_too_long_for_an_app_is_refused(server: Server) -> None:
    async with Phone(server.entry, "alice") as alice, Android17(server.entry, "ben") as android:
        for case in TOO_LONG:
            await alice.send(f"{case.kind}_ben_{case.content}_unicast_{case.extension}")
            assert (await alice.receive()).startswith("error_413_")
        await alice.text("ben", "still here")
        assert await android.shows(1) == ["still here"]
        assert is_well(android)


@pytest.mark.promise("apps-9")
@pytest.mark.parametrize(("make", "userid"), [(Android17, "dora"), (IPhone, "emil")])
async def test_stored_message_too_long_for_an_app_is_cut(
    server: Server, make: type[App], userid: str
) -> None:
    if "last" not in server.stored():
        server.run_python(STORED)
    async with make(server.entry, userid) as app:
        await app.shows(4)
        voice, picture, underscores, last = app.shown
        assert (voice.kind, voice.content) == ("text", "none")
        assert (picture.kind, picture.content[-2:]) == ("text", "p…")
        assert underscores.content == "＿" * (len(underscores.content) - 1) + "…"
        assert (last.content, last.title) == ("last", "bob")
        assert is_well(app)


async def test_apps_crash_on_hostile_messages_without_the_guard(make_server: MakeServer) -> None:
    """So these tests can fail."""
    other = make_server(IM66_CLIENTS="any")
    async with Phone(other.entry, "alice") as alice, Android17(other.entry, "bob") as android:
        await alice.send(f"audio_bob_none_unicast_{READABLE}")
        await android.until(lambda: not android.sockets)
        assert [type(crash) for crash in android.crashes] == [Crash]
