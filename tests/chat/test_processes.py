"""What processes ask each other about a person who has logged in on one of them."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from accounts.services import ensure_users
from chat.delivery.cluster import processes
from chat.delivery.cluster.envelopes import Takeover, TakeoverReply
from chat.delivery.cluster.processes import GiveWay, Processes
from chat.delivery.loop.threads import DatabaseThreads
from chat.login_numbers import Numbered


class Post:
    """Carries takeovers between processes that give way with an id of their own."""

    def __init__(self, threads: DatabaseThreads) -> None:
        self._threads = threads
        self.members: dict[str, Processes] = {}
        self.delivered: dict[str, int] = {}
        self.asked: list[tuple[str, int]] = []

    def join(self, name: str, delivered_id: int = 0) -> Processes:
        self.members[name] = Processes(name, self._threads, self._write)
        self.delivered[name] = delivered_id
        return self.members[name]

    async def _write(self, process: str, takeover: Takeover) -> bool:
        if process not in self.members:
            return False

        async def give_way(userid: str, number: int) -> int:
            self.asked.append((userid, number))
            return self.delivered[process]

        self.members[process].hear(takeover, give_way)
        return True


@pytest.fixture
async def post(transactional_db: None) -> AsyncIterator[Post]:
    threads = DatabaseThreads()
    await threads.write(lambda: ensure_users(["bob"]))
    yield Post(threads)
    await asyncio.wrap_future(threads.close())


async def test_processes_ask_each_other_how_far_a_person_is(post: Post) -> None:
    here, there = post.join("here"), post.join("there", delivered_id=9)
    assert await there.number("bob") == Numbered(1, "")
    assert await here.number("bob") == Numbered(2, "there")
    assert await here.ask("there", "bob", 2) == 9
    assert post.asked == [("bob", 2)]
    assert await there.numbers_elsewhere(["bob"]) == {"bob": 2}


async def test_a_process_that_is_gone_is_not_waited_for(post: Post) -> None:
    assert await post.join("here").ask("gone", "bob", 1) == 0


async def test_a_process_does_not_ask_itself(post: Post) -> None:
    assert await post.join("here", delivered_id=9).ask("here", "bob", 1) == 0
    assert not post.asked


async def test_who_is_cancelled_just_when_the_answer_comes_does_not_go_on(post: Post) -> None:
    """`asyncio.wait_for` of Python 3.11 would."""
    asked = asyncio.get_running_loop().create_future()

    async def keep(_: str, takeover: Takeover) -> bool:
        asked.set_result(takeover)
        return True

    here = Processes("here", post._threads, keep)
    asking = asyncio.create_task(here.ask("there", "bob", 1))
    question = await asked
    here.hear(TakeoverReply(question.ask_id, 9), lambda *_: asyncio.sleep(0, 0))
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_a_process_that_does_not_answer_is_not_waited_for_long(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "WAIT_SECONDS", 0.05)

    async def lost(*_: object) -> bool:
        return True

    here = post.join("here")
    here._write = lost
    assert await here.ask("there", "bob", 1) == 0


async def test_an_answer_that_nobody_waits_for_does_no_harm(post: Post) -> None:
    async def give_way(*_: object) -> int:
        raise AssertionError

    post.join("here").hear(TakeoverReply(1, 9), give_way)


async def test_an_answer_that_was_for_another_question_answers_none(post: Post) -> None:
    here = post.join("here")
    post.join("there", delivered_id=9)
    heard: list[TakeoverReply] = []
    hear = here.hear

    def overhear(takeover: Takeover, give_way: GiveWay) -> None:
        assert isinstance(takeover, TakeoverReply)
        heard.append(takeover)
        hear(takeover, give_way)

    here.hear = overhear  # type: ignore[method-assign]
    assert await here.ask("there", "bob", 1) == 9

    third = post.join("third")

    async def replay(_process: str, _takeover: Takeover) -> bool:
        for answer in heard:
            third.hear(answer, lambda *_: asyncio.sleep(0, 0))
        return False

    third._write = replay
    assert await third.ask("there", "bob", 2) == 0
