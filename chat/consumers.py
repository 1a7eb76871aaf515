"""The WebSocket consumers: ASGI messages in, ASGI messages out."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any, NamedTuple

from channels.consumer import AsyncConsumer
from django.conf import settings
from django.urls import re_path

from accounts.addresses import base_url
from accounts.authentication.browser_sessions import session_in_scope
from accounts.authentication.proofs import Proof
from accounts.limits import limits
from accounts.limits.callers import address_of
from accounts.limits.limits import TooFast
from accounts.selectors import avatar_url, picture_url
from accounts.services import is_open
from chat import failures
from chat.delivery.connection.client_link import ClientLink, Needs
from chat.delivery.connection.connection import Connection
from chat.delivery.connection.feed import ConnectionGone
from chat.emotions import emotion_labeler
from chat.protocol.bounds import Limits
from chat.protocol.codec import Codec
from chat.protocol.extensions import is_unreadable, needs_extension
from chat.protocol.json import SUBPROTOCOL, JsonCodec
from chat.protocol.kinds import CHINESE, ENGLISH
from chat.protocol.legacy import LegacyCodec
from chat.protocol.media import Addresses
from chat.protocol.replies import Reply
from chat.protocol.shipped import Guard
from server.close_codes import SERVICE_RESTART, is_goodbye
from server.link import link_of
from server.sockets import REST, Rest, Socket, socket_of
from uploads import names

CLOSE_NOT_FOUND, CLOSE_TOO_FAST = 4404, 4429
# Clients that connect too fast get the refusal after this delay, which slows down clients that wait for it
# before they retry.
REFUSAL_DELAY_SECONDS = 1.0

# The number of open sockets in this process, by dialect.
open_sockets = {"legacy": 0, "json": 0}

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class EntryConsumer(AsyncConsumer):  # type: ignore[misc]
    """A client's socket, in the dialect that it requests as subprotocol. The shipped apps request none.

    It does not use the base class's dispatch, which subscribes each socket to the channel layer, starts two
    tasks per message, and enters a thread to clean up database connections that this class never opens.
    """

    @classmethod
    def as_asgi(cls, **initkwargs: Any) -> Any:
        """Return an application that, like `__call__`, has no coroutine of its own: each takes 300 bytes for
        every open socket."""
        application = cls(**initkwargs)
        application.consumer_class = cls
        return application

    def __call__(self, scope: Any, receive: Receive, send: Send) -> Awaitable[None]:
        address = address_of(scope)
        try:
            limits.current().connects.take(address)
        except TooFast as error:
            return _refuse_connection(scope, receive, send, error)
        return self._serve(scope, receive, send, address)

    async def _serve(self, scope: Any, receive: Receive, send: Send, address: str) -> None:
        dialect, socket = _dialect_of(scope), socket_of(scope)
        connection = Connection(
            ClientLink(
                dialect.codec,
                partial(_send_frame, send, socket),
                socket,
                link_of(scope),
                dialect.needs,
                base_url(scope),
                address,
            ),
            partial(_close, send),
            _browser_session(scope, dialect),
        )
        # What is not needed any more would take memory as long as the socket is open.
        del scope
        clean = False
        _restrict_close_code(socket, dialect)
        socket.set_listener(connection.receive)
        open_sockets[dialect.name] += 1
        try:
            while True:
                message: Any = await receive()
                if message["type"] == "websocket.connect":
                    await send(dialect.accept)
                    connection.wait_for_login(settings.IM66.login_seconds, dialect.max_without_login)
                elif message["type"] == "websocket.receive":
                    await _receive(connection, message)
                else:
                    clean = is_goodbye(message.get("code"))
                    return
                del message
        finally:
            open_sockets[dialect.name] -= 1
            socket.set_listener(None)
            await connection.end(clean=clean)


class UnknownPathConsumer(AsyncConsumer):  # type: ignore[misc]
    """A socket on an unknown path: refused in the handshake."""

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.close", "code": CLOSE_NOT_FOUND})


async def _refuse_connection(scope: Any, receive: Receive, send: Send, error: TooFast) -> None:
    why = Reply(None, failures.failure_of(error))
    dialect = _dialect_of(scope)
    text = dialect.codec.encode_reply(why, base_url(scope))
    assert text
    _restrict_close_code(socket_of(scope), dialect)
    await receive()
    await asyncio.sleep(REFUSAL_DELAY_SECONDS)
    with suppress(OSError, RuntimeError):  # the socket is gone already
        await send(dialect.accept)
        await send({"type": "websocket.send", "text": text})
        await send({"type": "websocket.close", "code": CLOSE_TOO_FAST})


def _restrict_close_code(socket: Socket, dialect: "_Dialect") -> None:
    if dialect.only_code:
        socket.close_only_with(dialect.only_code)


async def _receive(connection: Connection, message: Any) -> None:
    if rest := message.get(REST) or _begin_command(connection, message):
        await rest()


def _begin_command(connection: Connection, message: Any) -> Rest | None:
    """See Connection.receive."""
    if (longest := message.get("longest")) is not None:
        return partial(connection.refuse_longer, longest)
    text = message.get("text")
    if text is None:
        try:
            text = message["bytes"].decode()
        except UnicodeDecodeError:
            return partial(connection.refuse, "a binary frame must be UTF-8")
    return connection.receive(text)


async def _send_frame(send: Send, socket: Socket, frame: str) -> None:
    if socket.send_now(frame):
        return
    try:
        await send({"type": "websocket.send", "text": frame})
    except (OSError, RuntimeError) as error:
        # Servers raise these if the socket is gone; Daphne raises nothing.
        raise ConnectionGone from error


async def _close(send: Send, code: int) -> None:
    with suppress(OSError, RuntimeError):  # the socket is gone already
        await send({"type": "websocket.close", "code": code})


class _Dialect(NamedTuple):
    """A codec, the needs of its clients, and the ASGI event that accepts a client. `only_code`: the only code
    with which their sockets are closed. `max_without_login`: how many sockets stay open without a login."""

    name: str
    codec: Codec
    needs: Needs
    accept: dict[str, Any]
    only_code: int | None = None
    max_without_login: int = 0


def _browser_session(scope: Any, dialect: _Dialect) -> Proof | None:
    # In open mode the shipped apps always send a userid, which is believed.
    needs_session = dialect.needs.closes or not is_open()
    return session_in_scope(scope) if needs_session else None


def _dialect_of(scope: Any) -> _Dialect:
    environment = settings.IM66
    bounds = Limits(environment.max_frame_bytes, environment.max_text_bytes, environment.max_extension_bytes)
    extensions = environment.legacy_extension == "fill"
    if SUBPROTOCOL in scope.get("subprotocols", ()):
        return _json_dialect(bounds, extensions)
    media = environment.legacy_media == "text"
    language = CHINESE if environment.legacy_language == "zh-hans" else ENGLISH
    guard = Guard(
        underscores=environment.legacy_underscore == "fullwidth",
        media=media,
        extensions=extensions,
        aliases=environment.legacy_userid == "alias",
        addresses=_addresses(scope),
        emotion_name=emotion_labeler(language),
        language=language,
    )
    only_code = SERVICE_RESTART if environment.legacy_close_code == "restart" else None
    return _legacy_dialect(
        bounds, guard, environment.legacy_connections == "newest", only_code, environment.legacy_without_login
    )


def _addresses(scope: Any) -> Addresses:
    environment = settings.IM66
    return Addresses(environment.public_url or base_url(scope), names.PATH, environment.media_url)


# Cached, because connections that share a codec share the encoded frames.
@lru_cache
def _json_dialect(bounds: Limits, extensions: bool) -> _Dialect:
    accept = {"type": "websocket.accept", "subprotocol": SUBPROTOCOL}
    needs = Needs(lacks_names=partial(needs_extension, fills=extensions), closes=True)
    return _Dialect("json", JsonCodec(picture_url, bounds), needs, accept)


@lru_cache
def _legacy_dialect(
    bounds: Limits, guard: Guard, newest_only: bool, only_code: int | None, max_without_login: int
) -> _Dialect:
    codec = LegacyCodec(avatar_url, bounds, guard)
    needs = Needs(newest_only)
    if guard.extensions:
        needs = needs._replace(lacks_names=is_unreadable)
    return _Dialect("legacy", codec, needs, {"type": "websocket.accept"}, only_code, max_without_login)


websocket_urlpatterns = [
    re_path(r"^(?:wsim/)?entry/?$", EntryConsumer.as_asgi()),
    re_path("", UnknownPathConsumer.as_asgi()),
]
