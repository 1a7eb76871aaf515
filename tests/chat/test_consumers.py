"""ASGI messages in, ASGI messages out."""

from collections.abc import Iterator
from typing import Any

import pytest
from channels.routing import URLRouter
from pytest_django import Settings

from accounts.limits.buckets import Rate
from accounts.names.aliases import alias_of
from chat import consumers
from chat.consumers import EntryConsumer, UnknownPathConsumer, _dialect_of
from chat.protocol.extensions import is_readable
from chat.protocol.json import SUBPROTOCOL
from log.rows import Entry
from server.sockets import REST, SOCKET, Listener, PlainSocket
from tests.support.settings import override

CONNECT = {"type": "websocket.connect"}
LEAVE = {"type": "websocket.disconnect", "code": 1000}


def scope(**more: Any) -> dict[str, Any]:
    return {"type": "websocket", "path": "/entry", "headers": [(b"host", b"here")], **more}


async def replies(consumer: Any, *messages: dict[str, Any], error: Exception | None = None) -> list[Any]:
    """What the server is told to send, which raises `error` if there is one."""
    pending, received = iter(messages), list[Any]()

    async def receive() -> dict[str, Any]:
        return next(pending)

    async def send(message: dict[str, Any]) -> None:
        received.append(message)
        if error and message["type"] == "websocket.send":
            raise error

    await consumer(scope(), receive, send)
    return received


async def texts(*messages: dict[str, Any]) -> list[str]:
    accepted, *rest = await replies(EntryConsumer(), CONNECT, *messages, LEAVE)
    assert accepted == {"type": "websocket.accept"}
    return [message["text"] for message in rest]


def received(**message: Any) -> dict[str, Any]:
    return {"type": "websocket.receive", **message}


async def test_a_frame_is_answered_in_text() -> None:
    assert await texts(received(text="members_1")) == ["error_401_log in first"]


async def test_a_socket_that_takes_it_gets_it_without_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    took: list[str] = []

    def send_now(_: PlainSocket, text: str) -> bool:
        took.append(text)
        return True

    monkeypatch.setattr(PlainSocket, "send_now", send_now)
    assert await texts(received(text="members_1")) == []
    assert took == ["error_401_log in first"]


async def test_rest_of_a_frame_runs_in_its_turn() -> None:
    done: list[str] = []

    async def rest() -> None:
        done.append("members_1")

    assert await texts(received(text="members_1", **{REST: rest})) == []
    assert done == ["members_1"]


async def test_open_socket_is_read_until_it_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    listeners: list[Listener | None] = []
    monkeypatch.setattr(PlainSocket, "set_listener", lambda _, listener: listeners.append(listener))
    await texts()
    listener, end = listeners
    assert listener
    assert end is None


async def test_frames_of_both_kinds_say_the_same() -> None:
    assert await texts(received(bytes="dance_群".encode())) == await texts(received(text="dance_群"))


async def test_a_binary_frame_that_is_no_text_is_refused() -> None:
    assert await texts(received(bytes=b"\xff")) == ["error_400_a binary frame must be UTF-8"]


async def test_a_message_that_the_server_threw_away_is_refused() -> None:
    assert await texts(received(longest=99)) == ["error_413_a frame has at most 99 bytes"]


@pytest.mark.parametrize("error", [OSError(), RuntimeError()])
async def test_a_client_that_is_gone_ends_nothing_else(error: Exception) -> None:
    sent = await replies(EntryConsumer(), CONNECT, received(text="x"), received(text="y"), LEAVE, error=error)
    assert len(sent) == 3


async def test_unknown_path_closes_the_handshake_with_4404() -> None:
    assert await replies(UnknownPathConsumer(), CONNECT) == [{"type": "websocket.close", "code": 4404}]


@pytest.mark.parametrize(
    ("field", "value", "frame"),
    [
        ("legacy_underscore", "fullwidth", "audio_bob_a%5Fb_unicast_bob_1_x＿y"),
        ("legacy_media", "text", "text_bob_a_b_unicast_bob_1_x_y"),
        ("legacy_language", "zh-hans", "audio_bob_a_b_unicast_bob_1_x_y"),
    ],
)
def test_each_setting_changes_frames_in_its_own_way(
    settings: Settings, field: str, value: str, frame: str
) -> None:
    override(settings, **{field: value})
    assert _dialect_of(scope()).codec.encode(Entry(1, "audio", "bob", "alice", "a_b", "x_y", 1)) == frame


def test_legacy_extension_setting_fills_extensions(settings: Settings) -> None:
    override(settings, legacy_extension="fill")
    frame = _dialect_of(scope()).codec.encode(Entry(1, "audio", "bob", "alice", "a_b", "x_y", 1))
    assert frame is not None
    assert is_readable(frame.removeprefix("audio_bob_a_b_unicast_bob_1_"))


def test_all_connections_share_a_codec() -> None:
    assert _dialect_of(scope()) is _dialect_of(scope())


class Noted(PlainSocket):
    """Notes with which code it is to be closed."""

    def __init__(self) -> None:
        self.codes: list[int] = []

    def close_only_with(self, code: int) -> None:
        self.codes.append(code)


@pytest.mark.promise("socket-18")
@pytest.mark.parametrize(
    ("close_code", "subprotocols", "codes"),
    [("restart", [], [1012]), ("own", [], []), ("restart", [SUBPROTOCOL], [])],
)
@pytest.mark.parametrize("too_many", [False, True])
async def test_sockets_of_the_shipped_apps_are_closed_with_one_code(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    close_code: str,
    subprotocols: list[str],
    codes: list[int],
    too_many: bool,
) -> None:
    override(settings, legacy_close_code=close_code, limit_connects=Rate(1, 3600) if too_many else None)
    monkeypatch.setattr(consumers, "REFUSAL_DELAY_SECONDS", 0)
    socket = Noted()

    pending: Iterator[dict[str, Any]] = iter(())

    async def receive() -> dict[str, Any]:
        return next(pending)

    async def send(message: dict[str, Any]) -> None:
        pass

    for _ in range(101 if too_many else 1):
        socket.codes.clear()
        pending = iter([CONNECT, LEAVE])
        await EntryConsumer()(scope(subprotocols=subprotocols, extensions={SOCKET: socket}), receive, send)
    assert socket.codes == codes


@pytest.mark.promise("apps-4")
def test_paths_are_at_the_address_that_is_set_else_at_the_one_the_client_used(settings: Settings) -> None:
    override(settings, legacy_media="text")
    picture = Entry(1, "picture", "bob", "alice", "/media/a-1x1.png", "x", 1)
    frame = _dialect_of(scope()).codec.encode(picture)
    assert frame == "picture_bob_http://here/media/a-1x1.png_unicast_bob_1_x"
    override(settings, public_url="http://im.example:6060")
    frame = _dialect_of(scope()).codec.encode(picture)
    assert frame == "picture_bob_http://im.example:6060/media/a-1x1.png_unicast_bob_1_x"
    override(settings, media_url="https://cdn.example")
    frame = _dialect_of(scope()).codec.encode(picture)
    assert frame == "picture_bob_https://cdn.example/a-1x1.png_unicast_bob_1_x"


@pytest.mark.promise("apps-3")
@pytest.mark.parametrize(("language", "name"), [("en", "[Smile]"), ("zh-hans", "[微笑]")])
def test_emotions_of_the_web_are_named_in_the_language_of_the_apps(
    settings: Settings, language: str, name: str
) -> None:
    override(settings, legacy_media="text", legacy_language=language)
    frame = _dialect_of(scope()).codec.encode(Entry(1, "emotion", "bob", "alice", "~smile", "x", 1))
    assert frame == f"text_bob_{name}_unicast_bob_1_x"


def test_legacy_userid_setting_uses_aliases(settings: Settings) -> None:
    entry = Entry(1, "text", "a.b", "alice", "hi", "x", 1)
    assert _dialect_of(scope()).codec.encode(entry) == "text_a.b_hi_unicast_a.b_1_x"
    override(settings, legacy_userid="alias")
    alias = alias_of("a.b")
    assert _dialect_of(scope()).codec.encode(entry) == f"text_{alias}_hi_unicast_{alias}_1_x"


def consumer_at(path: str) -> type[Any]:
    """The consumer that a socket on that path gets."""
    for route in URLRouter(consumers.websocket_urlpatterns).routes:
        if route.pattern.match(path.removeprefix("/")):
            consumer_class: type[Any] = route.callback.consumer_class
            return consumer_class
    raise AssertionError("no consumer at all")


@pytest.mark.parametrize("path", ["/entry", "/entry/", "/wsim/entry", "/wsim/entry/"])
def test_shipped_apps_reach_the_entry(path: str) -> None:
    assert consumer_at(path) is EntryConsumer


@pytest.mark.parametrize("path", ["/", "/entry/more", "/wsim", "/wsim/wsim/entry", "/Entry", "/entry?"])
def test_unknown_paths_have_no_consumer(path: str) -> None:
    assert consumer_at(path) is UnknownPathConsumer
