"""Django's HTTP handler, with limits that protect the chat.

Django starts a thread for each request, and keeps its database connection until the client has read the
reply. This handler works on a few requests at once; the others wait in queues that are fair by caller. The
turn, the thread and the connection are given back before the reply is sent, because a client may read slowly.
A long reply takes a turn for each of its pieces.

A request and its reply refer to each other in several ways, so only the garbage collector would free them. It
stops the whole process while it does. So these ways are cut when the reply is made.
"""

import asyncio
import codecs
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, NamedTuple, Self, cast
from urllib.parse import unquote_to_bytes

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.db import Error as AnyDatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from accounts import late_replies
from accounts.api.errors import plain_response, try_again
from accounts.api.paths import ROOT, is_api
from accounts.codes import Cause
from accounts.limits import asides
from accounts.limits.callers import Caller, caller_at
from accounts.limits.fair_queue import NO_BREAKS, Breaks, FairQueue, QueueFull
from groups.calls import is_group_call, is_read_only_call
from groups.replies import PendingResponse, busy
from im66.threads import Threads
from im66.transport import is_file
from uploads.calls import is_piece, kinds_at

# So many requests of a kind run at once, together fewer than the database has connections for them; and so
# many of one address, so that a slow read or search leaves a place to others.
CALLS, READS, SEARCHES, PAGES, FILES = 1, 4, 2, 2, 2
READS_EACH, SEARCHES_EACH = 2, 1
# While a slow call runs, a call of a caller without slow ones may run too: it ends soon.
SPARE = 1
# Each thread that computes makes the event loop wait for the interpreter. So calls take turns in one place,
# and searches in another. What takes longer than this waits for something else, so it does not count.
SLOW_SECONDS = 0.5
# A call that takes long takes half of the time: it holds the log or the interpreter, and messages have their
# turn meanwhile.
BREAKS = Breaks(short=0.01, most=0.1)
# The time that a client waits for a reply.
WAIT_SECONDS = 30.0
MAX_WAITING_CALLS = 256
# A file is soon found, so more may wait.
MAX_WAITING_FILES = 1024
# Pages and files take half of the time at most, however many ask for them.
PAGE_BREAKS = Breaks(short=0.0, most=0.1)
# The pause before a half-sent reply asks for its turn again.
BUSY_SECONDS = 1.0
# How long a reply waits for what belongs into it, such as the picture of a new group.
MAX_PENDING_SECONDS = 3.0

_BULK = f"{ROOT}users/bulk"
_SEARCH = f"{ROOT}messages/search"
# The lists of the admin and of the desk are searched by their parameter `q`.
_ADMIN = "/admin/"
_WORDS = re.compile(r"(?:^|&)q=[^&]")
_FORM = "application/x-www-form-urlencoded"
_PERSON = re.compile(rb"(?:^|&)(?:userid|creator|reporter)=([^&]*)")
# A longer form is not parsed: parsing takes time, and the caller's address is known anyway.
_SHORT_FORM = 64 * 1024


class RequestLane(NamedTuple):
    """Where requests of a kind wait: for one of the places of those that run, and then for that of those that
    work, which others share; None if these do not wait for it."""

    running: FairQueue
    working: FairQueue | None = None

    @asynccontextmanager
    async def turn(self, caller: Caller) -> AsyncIterator[None]:
        """Wait for both, and hold them. Raises Busy."""
        async with self.running.turn(caller):
            if self.working is None:
                yield
            else:
                async with self.working.turn(caller, at_most=SLOW_SECONDS):
                    yield


def _queue(
    at_once: int,
    breaks: Breaks = NO_BREAKS,
    most_each: int | None = None,
    most_waiting: int = MAX_WAITING_CALLS,
) -> FairQueue:
    return FairQueue(at_once, most_waiting, WAIT_SECONDS, breaks, most_each)


class Handler(ASGIHandler):
    """The application."""

    def __init__(self) -> None:
        super().__init__()
        working = FairQueue(1, MAX_WAITING_CALLS, WAIT_SECONDS, BREAKS, spare=SPARE)
        self._calls = RequestLane(_queue(CALLS), working)
        # A thousand people at once, in portions: others do not wait for all of them.
        self._bulk = RequestLane(_queue(CALLS), working)
        self._reads = RequestLane(_queue(READS, most_each=READS_EACH), working)
        # A search in the admin may take seconds.
        self._searches = RequestLane(_queue(SEARCHES, most_each=SEARCHES_EACH), _queue(1, BREAKS))
        self._pages = RequestLane(_queue(PAGES, PAGE_BREAKS))
        self._files = RequestLane(_queue(FILES, PAGE_BREAKS, most_waiting=MAX_WAITING_FILES))
        self._threads = Threads()
        # For what Django does before and after each request, which takes no time.
        self._errands = ThreadPoolExecutor(1, "im66-errands")

    def load_middleware(self, is_async: bool = True) -> None:
        """Let all middleware that Django could run either way, and the view, run in the request's thread, one
        after the other. Each would otherwise go there and back by itself, which took two fifths of a short
        call's time."""
        super().load_middleware(is_async=False)
        # What serves files stands before that: a coroutine function, of which Django has made a function.
        made: Any = vars(self)["_middleware_chain"]
        self._middleware_chain = made.awaitable

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async with ThreadSensitiveContext(executor=self._errands):
            await super().__call__(scope, receive, send)

    async def run_get_response(self, request: HttpRequest) -> HttpResponseBase:
        """The response. Called when the body has arrived and before anything is sent."""
        line = self._line_of(request)
        if line is None:
            return await self._respond(request)
        if self._may_hold_a_form(line, request.path_info) and not _is_in_utf8(request):
            return HttpResponse("This form is not in UTF-8.", status=400, content_type="text/plain")
        caller = caller_of(request)
        try:
            async with _Turn(line, caller) as turn:
                with asides.turn_released_by(turn.outside):
                    response = await self._respond(request)
        except QueueFull:
            # Not at once: a client that asks again and again would take all of the event loop's time.
            await late_replies.wait()
            return _busy(request)
        if late_replies.is_late(response):
            await late_replies.wait()
        elif isinstance(response, PendingResponse):
            await self._settle(response)
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            pieces = cast(Iterator[bytes], response.streaming_content)
            response.streaming_content = self._by_turns(line, caller, pieces)
        return response

    def _line_of(self, request: HttpRequest) -> RequestLane | None:
        """The queue in which the request waits, told from its method, path and query. None for an upload
        or a piece of one: uploads/gate.py limits these."""
        path, is_read = request.path_info, request.method in ("GET", "HEAD")
        if (kinds_at(path) and request.method == "POST") or is_piece(path):
            return None
        if is_api(path):
            if not is_read:
                return self._bulk if path == _BULK else self._calls
            return self._searches if path == _SEARCH else self._reads
        if is_group_call(path):
            return self._reads if is_read_only_call(path) else self._calls
        if is_file(path) and not kinds_at(path):
            return self._files
        return self._searches if is_read and _is_search_in_admin(request) else self._pages

    def _may_hold_a_form(self, line: RequestLane, path: str) -> bool:
        """Whether it is a page, of which Django reads the form or the query in the encoding that it names."""
        return line is self._pages or (line is self._searches and path != _SEARCH)

    async def listen_for_disconnect(self, receive: Callable[[], Awaitable[Any]]) -> None:
        """Return when the client has left. Django's own raises an error, which refers to all that is known of
        the request."""
        await receive()

    async def _respond(self, request: HttpRequest) -> HttpResponseBase:
        async with self._threads.one():
            response: HttpResponseBase = await super().run_get_response(request)
        _cut_cycles(request, response)
        return response

    async def _settle(self, response: PendingResponse) -> None:
        """Without a turn, because others need not wait for it."""
        ready, loop = asyncio.Event(), asyncio.get_running_loop()

        def on_ready() -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(ready.set)

        if response.notify_when_ready(on_ready):
            with suppress(TimeoutError):
                async with asyncio.timeout(MAX_PENDING_SECONDS):
                    await ready.wait()
        with suppress(AnyDatabaseError):
            async with self._threads.one():
                await sync_to_async(response.renew)()

    async def _by_turns(
        self, line: RequestLane, caller: Caller, pieces: Iterator[bytes]
    ) -> AsyncIterator[bytes]:
        """Make each of `pieces` in a turn of its own, when the client has taken the one before."""
        while True:
            try:
                async with line.turn(caller), self._threads.one():
                    piece = await sync_to_async(_next)(pieces)
            except QueueFull:
                # Wait and try again: half a reply is of no use to the client.
                await asyncio.sleep(BUSY_SECONDS)
                continue
            if piece is None:
                return
            yield piece


class _Turn:
    """A turn that may be given back while something else is waited for."""

    def __init__(self, line: RequestLane, caller: Caller) -> None:
        self._line, self._caller = line, caller
        self._held = AsyncExitStack()
        self._is_over = False

    async def __aenter__(self) -> Self:
        await self._held.enter_async_context(self._line.turn(self._caller))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_over = True
        await self._held.aclose()

    async def outside(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """See asides.Outside."""
        await self._held.aclose()
        try:
            return await ask()
        finally:
            # If too many wait, it goes on without: there are few of these.
            with suppress(QueueFull):
                await self._held.enter_async_context(self._line.turn(self._caller))
            if self._is_over:
                await self._held.aclose()


def _cut_cycles(request: HttpRequest, response: HttpResponseBase) -> None:
    """These are no longer needed, unless the reply is still being made."""
    if response.streaming:
        return
    for name in ("_messages", "auser", "user"):
        vars(request).pop(name, None)
    # Only what the REST framework has made has one.
    made: Any = response
    if context := getattr(made, "renderer_context", None):
        made.renderer_context = context["request"].parser_context = None
        view: Any = context["view"]
        view.__dict__.clear()


def _busy(request: HttpRequest) -> HttpResponse:
    """The reply to a call that would have to wait too long."""
    if is_api(request.path_info):
        return plain_response(try_again(Cause.BUSY.text), request.headers.get("Accept", ""))
    return busy() if is_group_call(request.path_info) else HttpResponse(Cause.BUSY.text, status=503)


def _next(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)


def _is_search_in_admin(request: HttpRequest) -> bool:
    return request.path_info.startswith(_ADMIN) and _WORDS.search(request.META["QUERY_STRING"]) is not None


def caller_of(request: HttpRequest) -> Caller:
    """The caller: the address comes first, because a person's name can be made up."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    return (*caller_at(request.META.get("REMOTE_ADDR", ""), forwarded), _person(request))


def _is_in_utf8(request: HttpRequest) -> bool:
    """Browsers send what a page of ours asks for in UTF-8. Django fails at some of the other encodings, such
    as `idna` or `hex`."""
    try:
        return codecs.lookup((request.content_params or {}).get("charset", "utf-8")).name in {
            "utf-8",
            "ascii",
        }
    except LookupError:
        return False


def _person(request: HttpRequest) -> str:
    """The userid in the parameters, empty if there is none. Parsed without Django, which would consider the
    body read."""
    match = _PERSON.search(_short_form(request)) or _PERSON.search(request.META["QUERY_STRING"].encode())
    return unquote_to_bytes(match[1]).decode("utf-8", "replace") if match else ""


def _short_form(request: HttpRequest) -> bytes:
    length: Any = request.META.get("CONTENT_LENGTH", "")
    if request.content_type == _FORM and length.isdecimal() and int(length) <= _SHORT_FORM:
        body: bytes = request.body
        return body
    return b""
