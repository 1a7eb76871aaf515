"""What processes ask each other about a person who has logged in on one of them."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from accounts.services import ensure_users
from chat.delivery.cluster import processes
from chat.delivery.cluster.messages import Takeover, TakeoverReply
from chat.delivery.cluster.processes import SILENT_SECONDS, Processes
from chat.delivery.loop.threads import DatabaseThreads
from chat.login_numbers import NumberedLogin


class Clock:
    """The time of all processes."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Post:
    """Carries takeovers between processes that give way with an id of their own. Others get nothing."""

    def __init__(self, threads: DatabaseThreads) -> None:
        self._threads = threads
        self.clock = Clock()
        self.members: dict[str, Processes] = {}
        self.delivered: dict[str, int] = {}
        self.takeovers: list[tuple[str, int]] = []
        self.replies: list[TakeoverReply] = []

    def join(self, name: str, delivered_id: int = 0) -> Processes:
        self.members[name] = Processes(name, self._threads, self.clock, self._post)
        self.delivered[name] = delivered_id
        return self.members[name]

    def _post(self, takeover: Takeover, process: str) -> None:
        async def give_way(userid: str, number: int) -> int:
            self.takeovers.append((userid, number))
            return self.delivered[process]

        if isinstance(takeover, TakeoverReply):
            self.replies.append(takeover)
        if process in self.members:
            self.members[process].on_message(takeover, give_way)


@pytest.fixture
async def post(transactional_db: None) -> AsyncIterator[Post]:
    threads = DatabaseThreads()
    await threads.write(lambda: ensure_users(["bob"]))
    yield Post(threads)
    await asyncio.wrap_future(threads.close())


async def test_takeover_request_returns_the_confirmed_position(post: Post) -> None:
    here, there = post.join("here"), post.join("there", delivered_id=9)
    assert await there.number("bob") == NumberedLogin(1, "")
    assert await here.number("bob") == NumberedLogin(2, "there")
    assert await here.request_takeover("there", "bob", 2) == 9
    assert post.takeovers == [("bob", 2)]
    assert await there.numbers_elsewhere(["bob"]) == {"bob": 2}


async def test_process_that_does_not_answer_is_waited_for_once(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "WAIT_SECONDS", 0.05)
    here = post.join("here")
    post.join("there", delivered_id=9)
    assert await here.request_takeover("gone", "bob", 1) == 0
    monkeypatch.setattr(processes, "WAIT_SECONDS", 60.0)
    assert await here.request_takeover("gone", "bob", 2) == 0
    here.note_activity("gone")
    post.members["gone"] = post.members["there"]
    post.delivered["gone"] = 9
    assert await here.request_takeover("gone", "bob", 3) == 9


async def test_ended_process_is_not_waited_for(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "WAIT_SECONDS", 60.0)
    here = post.join("here")
    here.note_activity("gone")
    here.note_silence("gone")
    assert await here.request_takeover("gone", "bob", 1) == 0


async def test_silent_process_is_not_waited_for(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "WAIT_SECONDS", 60.0)
    here, there = post.join("here"), post.join("there")
    here.note_activity("gone")
    post.clock.now = SILENT_SECONDS + 1
    assert await here.request_takeover("gone", "bob", 1) == 0
    assert await here.request_takeover("never there", "bob", 1) == 0
    assert await here.request_takeover("there", "bob", 1) == 0
    await asyncio.sleep(0)
    assert post.takeovers == [("bob", 1)], "it gives way nevertheless"
    assert there


async def test_process_sends_no_takeover_request_to_itself(post: Post) -> None:
    assert await post.join("here", delivered_id=9).request_takeover("here", "bob", 1) == 0
    assert not post.takeovers


async def test_takeover_cancelled_as_the_reply_comes_stays_cancelled(post: Post) -> None:
    """`asyncio.wait_for` of Python 3.11 would."""
    requests: list[Takeover] = []
    here = Processes("here", post._threads, post.clock, lambda takeover, _: requests.append(takeover))
    asking = asyncio.create_task(here.request_takeover("there", "bob", 1))
    await asyncio.sleep(0)
    here.on_message(TakeoverReply(requests[0].ask_id, 9), lambda *_: asyncio.sleep(0, 0))
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_unexpected_takeover_reply_is_ignored(post: Post) -> None:
    async def give_way(*_: object) -> int:
        raise AssertionError

    post.join("here").on_message(TakeoverReply(1, 9), give_way)


async def test_takeover_reply_to_another_request_is_ignored(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "WAIT_SECONDS", 0.05)
    here = post.join("here")
    post.join("there", delivered_id=9)
    assert await here.request_takeover("there", "bob", 1) == 9
    third = post.join("third")
    asking = asyncio.create_task(third.request_takeover("gone", "bob", 2))
    await asyncio.sleep(0)
    third.on_message(post.replies[0], lambda *_: asyncio.sleep(0, 0))
    assert await asking == 0
