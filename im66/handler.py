"""Django's HTTP handler, with limits that protect the chat.

Django starts a thread for each request, and keeps its database connection until the client has read the
response. This handler processes a few requests at once; the others wait in queues that are fair by caller.
The turn, the thread and the connection are released before the response is sent, because a client may read
slowly. A streaming response takes a turn for each of its pieces.

A request and its response form reference cycles, which only the garbage collector would free, stopping the
whole process meanwhile. So the cycles are cut when the response is made.
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

# The maximum number of concurrent requests of each kind, together fewer than the database connections for
# them; and of concurrent reads and searches of one address, so that slow ones leave capacity to others.
CALLS, READS, SEARCHES, PAGES, FILES = 1, 4, 2, 2, 2
READS_EACH, SEARCHES_EACH = 2, 1
# While a slow call runs, one call of a caller without slow calls may run too, because it ends soon.
SPARE = 1
# Each computing thread makes the event loop wait for the GIL. So calls take turns, and so do searches. A call
# that runs longer than this is waiting for something else, and does not block the next turn.
SLOW_SECONDS = 0.5
# After a long call, the queue pauses as long as the call took: the call has held the log or the GIL, and
# messages must be processed meanwhile.
BREAKS = Breaks(grace=0.01, maximum=0.1)
# The time that a client waits for a reply.
WAIT_SECONDS = 30.0
MAX_WAITING_CALLS = 256
# A request for a file is short, so more may wait.
MAX_WAITING_FILES = 1024
# Pages and files use at most half of the time.
PAGE_BREAKS = Breaks(grace=0.0, maximum=0.1)
# The pause before a partly sent response requests its next turn again.
BUSY_SECONDS = 1.0
# How long a response waits for late content, such as the picture of a new group.
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
    """The queues of one kind of requests: `running` limits the concurrent requests of this kind, `working`
    the computing ones of several kinds; None if this kind is not limited so."""

    running: FairQueue
    working: FairQueue | None = None

    @asynccontextmanager
    async def turn(self, caller: Caller) -> AsyncIterator[None]:
        """Hold a turn of both queues in the block. Raises QueueFull."""
        async with self.running.turn(caller):
            if self.working is None:
                yield
            else:
                async with self.working.turn(caller, at_most=SLOW_SECONDS):
                    yield


def _queue(
    at_once: int,
    breaks: Breaks = NO_BREAKS,
    max_per_caller: int | None = None,
    max_waiting: int = MAX_WAITING_CALLS,
) -> FairQueue:
    return FairQueue(at_once, max_waiting, WAIT_SECONDS, breaks, max_per_caller)


class Handler(ASGIHandler):
    """The ASGI application for HTTP."""

    def __init__(self) -> None:
        super().__init__()
        working = FairQueue(1, MAX_WAITING_CALLS, WAIT_SECONDS, BREAKS, spare=SPARE)
        self._calls = RequestLane(_queue(CALLS), working)
        # A bulk call changes up to a thousand people, so it has its own lane.
        self._bulk = RequestLane(_queue(CALLS), working)
        self._reads = RequestLane(_queue(READS, max_per_caller=READS_EACH), working)
        # A search in the admin may take seconds.
        self._searches = RequestLane(_queue(SEARCHES, max_per_caller=SEARCHES_EACH), _queue(1, BREAKS))
        self._pages = RequestLane(_queue(PAGES, PAGE_BREAKS))
        self._files = RequestLane(_queue(FILES, PAGE_BREAKS, max_waiting=MAX_WAITING_FILES))
        self._threads = Threads()
        # For Django's short work before and after each request.
        self._errands = ThreadPoolExecutor(1, "im66-errands")

    def load_middleware(self, is_async: bool = True) -> None:
        """Run the middleware and the view in the request's thread, one after the other. Otherwise each of
        them would switch threads, which took two fifths of a short call's time."""
        super().load_middleware(is_async=False)
        # The first middleware, which serves files, is a coroutine function that Django has wrapped.
        wrapped: Any = vars(self)["_middleware_chain"]
        self._middleware_chain = wrapped.awaitable

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async with ThreadSensitiveContext(executor=self._errands):
            await super().__call__(scope, receive, send)

    async def run_get_response(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response. Called when the body is complete and before anything is sent."""
        lane = self._lane_of(request)
        if lane is None:
            return await self._respond(request)
        if self._may_have_form(lane, request.path_info) and not _is_utf8(request):
            return HttpResponse("This form is not in UTF-8.", status=400, content_type="text/plain")
        caller = caller_of(request)
        try:
            async with _Turn(lane, caller) as turn:
                with asides.turn_released_by(turn.outside):
                    response = await self._respond(request)
        except QueueFull:
            # Delayed, because a client that retries at once would take all of the event loop's time.
            await late_replies.wait_late()
            return _busy(request)
        if late_replies.is_late(response):
            await late_replies.wait_late()
        elif isinstance(response, PendingResponse):
            await self._complete(response)
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            pieces = cast(Iterator[bytes], response.streaming_content)
            response.streaming_content = self._stream_by_turns(lane, caller, pieces)
        return response

    def _lane_of(self, request: HttpRequest) -> RequestLane | None:
        """Return the lane for the request's method, path and query. None for an upload or a piece of one,
        which uploads/gate.py limits."""
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

    def _may_have_form(self, lane: RequestLane, path: str) -> bool:
        """Whether the request is for a page. Django decodes its form and query with the encoding in the
        request's headers."""
        return lane is self._pages or (lane is self._searches and path != _SEARCH)

    async def listen_for_disconnect(self, receive: Callable[[], Awaitable[Any]]) -> None:
        """Return when the client has disconnected. Django's implementation raises an error, which keeps the
        whole request in memory."""
        await receive()

    async def _respond(self, request: HttpRequest) -> HttpResponseBase:
        async with self._threads.reserve():
            response: HttpResponseBase = await super().run_get_response(request)
        _cut_cycles(request, response)
        return response

    async def _complete(self, response: PendingResponse) -> None:
        """Wait for the late content, without a turn, and put it into the response."""
        ready, loop = asyncio.Event(), asyncio.get_running_loop()

        def on_ready() -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(ready.set)

        if response.notify_when_ready(on_ready):
            with suppress(TimeoutError):
                async with asyncio.timeout(MAX_PENDING_SECONDS):
                    await ready.wait()
        with suppress(AnyDatabaseError):
            async with self._threads.reserve():
                await sync_to_async(response.renew)()

    async def _stream_by_turns(
        self, lane: RequestLane, caller: Caller, pieces: Iterator[bytes]
    ) -> AsyncIterator[bytes]:
        """Make each piece in a turn of its own, when the client has received the previous one."""
        while True:
            try:
                async with lane.turn(caller), self._threads.reserve():
                    piece = await sync_to_async(_next_piece)(pieces)
            except QueueFull:
                # Retry, because half a response is of no use to the client.
                await asyncio.sleep(BUSY_SECONDS)
                continue
            if piece is None:
                return
            yield piece


class _Turn:
    """A turn that can be released while the request waits for something else."""

    def __init__(self, lane: RequestLane, caller: Caller) -> None:
        self._lane, self._caller = lane, caller
        self._held = AsyncExitStack()
        self._is_over = False

    async def __aenter__(self) -> Self:
        await self._held.enter_async_context(self._lane.turn(self._caller))
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
            # If the queue is full, the request continues without a turn, because such requests are rare.
            with suppress(QueueFull):
                await self._held.enter_async_context(self._lane.turn(self._caller))
            if self._is_over:
                await self._held.aclose()


def _cut_cycles(request: HttpRequest, response: HttpResponseBase) -> None:
    """Cut the reference cycles of a response that is not streamed."""
    if response.streaming:
        return
    for name in ("_messages", "auser", "user"):
        vars(request).pop(name, None)
    # Only responses of the REST framework have a renderer context.
    rendered: Any = response
    if context := getattr(rendered, "renderer_context", None):
        rendered.renderer_context = context["request"].parser_context = None
        view: Any = context["view"]
        view.__dict__.clear()


def _busy(request: HttpRequest) -> HttpResponse:
    """Return the response to a request that found its queue full."""
    if is_api(request.path_info):
        return plain_response(try_again(Cause.BUSY.text), request.headers.get("Accept", ""))
    return busy() if is_group_call(request.path_info) else HttpResponse(Cause.BUSY.text, status=503)


def _next_piece(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)


def _is_search_in_admin(request: HttpRequest) -> bool:
    return request.path_info.startswith(_ADMIN) and _WORDS.search(request.META["QUERY_STRING"]) is not None


def caller_of(request: HttpRequest) -> Caller:
    """Return the caller: first the address, and then the userid, which a client can invent."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    return (*caller_at(request.META.get("REMOTE_ADDR", ""), forwarded), _person(request))


def _is_utf8(request: HttpRequest) -> bool:
    """Whether the request is in UTF-8, as browsers send the forms of our pages. Django fails at some other
    encodings, such as `idna` or `hex`."""
    try:
        return codecs.lookup((request.content_params or {}).get("charset", "utf-8")).name in {
            "utf-8",
            "ascii",
        }
    except LookupError:
        return False


def _person(request: HttpRequest) -> str:
    """Return the userid in the parameters; empty if there is none. Django's parser is not used, because it
    would mark the body as read."""
    match = _PERSON.search(_short_form(request)) or _PERSON.search(request.META["QUERY_STRING"].encode())
    return unquote_to_bytes(match[1]).decode("utf-8", "replace") if match else ""


def _short_form(request: HttpRequest) -> bytes:
    length: Any = request.META.get("CONTENT_LENGTH", "")
    if request.content_type == _FORM and length.isdecimal() and int(length) <= _SHORT_FORM:
        body: bytes = request.body
        return body
    return b""
