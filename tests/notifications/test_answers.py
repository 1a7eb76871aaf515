"""Answers of servers that may be anybody's cost little, however they are cut."""

import asyncio

import h11
import pytest

from notifications.answers import MAX_EVENTS, MAX_HEADER_LINES, ResponseReader

MUCH = 10**9


def response_reader(sent: bytes, max_bytes: int = MUCH) -> ResponseReader:
    http = h11.Connection(h11.CLIENT)
    http.send(h11.Request(method="GET", target="/", headers=[("Host", "site.example")]))
    http.send(h11.EndOfMessage())
    reader = asyncio.StreamReader()
    reader.feed_data(sent)
    reader.feed_eof()
    return ResponseReader(http, reader, max_bytes)


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 3 * MAX_EVENTS,
        b"HTTP/1.1 103 Wait\r\n\r\n" * 3 * MAX_EVENTS,
    ],
    ids=["a body in letters", "beginnings without an end"],
)
async def test_response_in_tiny_chunks_is_abandoned_and_yields_to_other_tasks(sent: bytes) -> None:
    answer, parts, turns = response_reader(sent), 0, 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(count_turns())
    while await answer.next_event() is not None:
        parts += 1
    other.cancel()
    assert parts == MAX_EVENTS
    assert turns > MAX_EVENTS / 50


async def test_response_with_too_many_header_lines_is_rejected_before_parsing() -> None:
    head = b"HTTP/1.1 200 OK\r\n" + b"a:b\r\n" * (MAX_HEADER_LINES - 2) + b"\r\n"
    assert isinstance(await response_reader(head + b"\n" * 2 * MAX_HEADER_LINES).next_event(), h11.Response)
    with pytest.raises(h11.RemoteProtocolError):
        await response_reader(b"HTTP/1.1 200 OK\r\n" + b"a:b\r\n" * MAX_HEADER_LINES).next_event()


async def test_response_body_is_read_up_to_limit() -> None:
    answer, read = response_reader(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 10**6, 50_000), 0
    assert isinstance(await answer.next_event(), h11.Response)
    while isinstance(part := await answer.next_event(), h11.Data):
        read += len(part.data)
    assert 30_000 < read < 70_000
