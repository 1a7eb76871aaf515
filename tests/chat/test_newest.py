"""Of a person's connections, the newest one takes over from the older ones, on this process or another."""

import asyncio
import itertools
from collections.abc import Collection, Mapping

import pytest

from chat.delivery.cluster import newest
from chat.delivery.cluster.newest import NewestConnections
from chat.login_numbers import NumberedLogin


class FedConnection:
    """A connection that was delivered everything up to `delivered_id`. It settles at once, or when told."""

    def __init__(self, delivered_id: int = 0, *, settles: bool = True) -> None:
        self.delivered_id = delivered_id
        self.retired = asyncio.Event()
        self.settled = asyncio.Event()
        if settles:
            self.settled.set()

    def is_retired(self) -> bool:
        return self.retired.is_set()

    def retire(self) -> None:
        assert not self.is_retired()
        self.retired.set()

    async def settle(self) -> None:
        assert self.is_retired()
        await self.settled.wait()


class Database:
    """Numbers the logins of all processes; each of them can ask the others."""

    def __init__(self) -> None:
        self.processes: dict[str, NewestConnections] = {}
        self.last: dict[str, tuple[int, str]] = {}
        self.noted: dict[str, int] = {}
        self.failures = 0
        self.can_ask = True

    def process(self, name: str) -> NewestConnections:
        self.processes[name] = NewestConnections(
            OtherProcesses(self, name), lambda userid: self.noted.get(userid, 0)
        )
        return self.processes[name]


class OtherProcesses:
    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name

    async def number(self, userid: str) -> NumberedLogin:
        await asyncio.sleep(0)
        if self._database.failures:
            self._database.failures -= 1
            raise OSError("away")
        number, previous = self._database.last.get(userid, (0, ""))
        self._database.last[userid] = (number + 1, self._name)
        return NumberedLogin(number + 1, previous)

    async def numbers_elsewhere(self, userids: Collection[str]) -> Mapping[str, int]:
        last = self._database.last
        return {
            userid: last[userid][0]
            for userid in userids
            if last.get(userid, (0, self._name))[1] != self._name
        }

    async def request_takeover(self, process: str, userid: str, number: int) -> int:
        if process == self._name or not self._database.can_ask:
            return 0
        return await self._database.processes[process].give_way(userid, number)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newest, "WAIT_SECONDS", 0.05)


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def here(database: Database) -> NewestConnections:
    return database.process("here")


@pytest.fixture
def there(database: Database) -> NewestConnections:
    return database.process("there")


async def test_newest_connection_takes_over_the_position_of_the_older_one(here: NewestConnections) -> None:
    older, latest = FedConnection(7), FedConnection()
    await here.take_over("bob", older)
    assert await here.take_over("bob", latest) == 7
    assert older.is_retired()
    assert not latest.is_retired()


async def test_open_connections_are_counted(here: NewestConnections) -> None:
    older, latest = FedConnection(), FedConnection()
    for fed in (older, latest):
        here.enter("bob")
        await here.take_over("bob", fed)
    assert here.open_connections("bob") == 2
    here.leave("bob", older)
    assert here.open_connections("bob") == 1
    here.leave("bob", latest)
    assert here.open_connections("bob") == 0
    await asyncio.sleep(0)
    assert not here._logins


async def test_takeover_retires_no_connections_of_other_people(here: NewestConnections) -> None:
    alice = FedConnection(7)
    await here.take_over("alice", alice)
    assert await here.take_over("bob", FedConnection()) == 0
    assert not alice.is_retired()


async def test_delivery_during_a_takeover_counts(here: NewestConnections) -> None:
    older = FedConnection(3, settles=False)
    await here.take_over("bob", older)
    taking = asyncio.create_task(here.take_over("bob", FedConnection()))
    await asyncio.sleep(0.01)
    assert not taking.done()
    older.delivered_id = 9
    older.settled.set()
    assert await taking == 9


async def test_takeover_does_not_wait_long_for_an_unsettled_session(here: NewestConnections) -> None:
    older = FedConnection(3, settles=False)
    await here.take_over("bob", older)
    assert await here.take_over("bob", FedConnection()) == 3


async def test_third_login_waits_for_the_first_one_too(here: NewestConnections) -> None:
    first = FedConnection(3, settles=False)
    await here.take_over("bob", first)
    second = asyncio.create_task(here.take_over("bob", FedConnection()))
    await asyncio.sleep(0)
    third = asyncio.create_task(here.take_over("bob", FedConnection()))
    await asyncio.sleep(0.01)
    first.delivered_id = 9
    first.settled.set()
    assert await second == await third == 9


async def test_takeover_does_not_wait_for_a_session_that_left(
    database: Database, here: NewestConnections
) -> None:
    left = FedConnection(3, settles=False)
    here.enter("bob")
    await here.take_over("bob", left)
    here.leave("bob", left)
    database.noted["bob"] = 8
    assert await asyncio.wait_for(here.take_over("bob", FedConnection()), 0.04) == 8
    assert not left.is_retired()


async def test_unsettled_session_does_not_block_a_takeover_from_the_next(here: NewestConnections) -> None:
    half_open, older = FedConnection(settles=False), FedConnection(3, settles=False)
    await here.take_over("bob", half_open)
    taking = asyncio.create_task(here.take_over("bob", older))
    await asyncio.sleep(0.01)
    third = asyncio.create_task(here.take_over("bob", FedConnection()))
    await asyncio.sleep(0.01)
    assert older.is_retired()
    older.delivered_id = 9
    older.settled.set()
    assert await third == 9
    await taking


async def test_unsettled_session_is_waited_for_once(here: NewestConnections) -> None:
    await here.take_over("bob", FedConnection(settles=False))
    await here.take_over("bob", FedConnection(3))
    await asyncio.wait_for(here.take_over("bob", FedConnection()), 0.04)


async def test_closing_an_older_connection_keeps_the_newest_one(here: NewestConnections) -> None:
    older, latest, third = FedConnection(), FedConnection(5), FedConnection()
    for fed in (older, latest):
        here.enter("bob")
        await here.take_over("bob", fed)
    here.leave("bob", older)
    assert await here.take_over("bob", third) == 5


async def test_newest_connection_may_be_on_another_process(
    here: NewestConnections, there: NewestConnections
) -> None:
    older, latest = FedConnection(7), FedConnection()
    await here.take_over("bob", older)
    assert await there.take_over("bob", latest) == 7
    assert older.is_retired()
    third = FedConnection()
    await here.take_over("bob", third)
    assert latest.is_retired()
    assert not third.is_retired()


async def test_takeover_waits_for_the_other_process(
    here: NewestConnections, there: NewestConnections
) -> None:
    older = FedConnection(3, settles=False)
    await here.take_over("bob", older)
    taking = asyncio.create_task(there.take_over("bob", FedConnection()))
    while not older.is_retired():
        await asyncio.sleep(0.001)
    older.delivered_id = 9
    older.settled.set()
    assert await taking == 9


async def test_unreachable_process_retires_older_connections_by_polling(
    database: Database, here: NewestConnections, there: NewestConnections
) -> None:
    database.can_ask = False
    older, latest = FedConnection(7), FedConnection()
    await here.take_over("bob", older)
    assert await there.take_over("bob", latest) == 0
    assert not older.is_retired()
    await here.poll()
    await there.poll()
    assert older.is_retired()
    assert not latest.is_retired()


async def test_takeovers_are_polled_for_people_in_turn(
    database: Database, here: NewestConnections, there: NewestConnections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest, "MAX_POLLED_PEOPLE", 2)
    database.can_ask = False
    crowd = {f"user{number}": FedConnection() for number in range(5)}
    for userid, fed in crowd.items():
        await here.take_over(userid, fed)
        await there.take_over(userid, FedConnection())
    for _ in range(3):
        await here.poll()
    assert all(fed.is_retired() for fed in crowd.values())


async def test_numbering_a_login_is_retried_after_a_failure(
    database: Database, here: NewestConnections, there: NewestConnections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest, "RETRY_SECONDS", (0.0, 0.0))
    older, latest = FedConnection(7), FedConnection()
    await here.take_over("bob", older)
    database.failures = 2
    assert await there.take_over("bob", latest) == 7
    assert older.is_retired()
    assert not latest.is_retired()


async def test_takeover_proceeds_without_the_database(
    database: Database, here: NewestConnections, caplog: pytest.LogCaptureFixture
) -> None:
    database.failures = 100
    fed = FedConnection()
    await here.take_over("bob", fed)
    assert not fed.is_retired()


async def test_delivery_noted_by_another_process_counts(
    database: Database, here: NewestConnections, there: NewestConnections
) -> None:
    left = FedConnection()
    here.enter("bob")
    await here.take_over("bob", left)
    here.leave("bob", left)
    database.noted["bob"] = 9
    assert await there.take_over("bob", FedConnection()) == 9


async def test_takeovers_on_several_processes_get_the_confirmed_position(
    here: NewestConnections, there: NewestConnections
) -> None:
    older = FedConnection(3, settles=False)
    await here.take_over("bob", older)
    taking = [asyncio.create_task(there.take_over("bob", FedConnection())) for _ in range(3)]
    taking.append(asyncio.create_task(here.take_over("bob", FedConnection())))
    while not older.is_retired():
        await asyncio.sleep(0.001)
    older.delivered_id = 9
    older.settled.set()
    done, _ = await asyncio.wait(taking, timeout=0.03)
    assert [task.result() for task in done] == [9] * 4


@pytest.mark.parametrize("order", list(itertools.permutations(["here", "here", "there"])))
async def test_simultaneous_logins_leave_one_connection(
    database: Database, here: NewestConnections, there: NewestConnections, order: tuple[str, ...]
) -> None:
    feds = [FedConnection() for _ in order]
    await asyncio.gather(
        *(database.processes[name].take_over("bob", fed) for name, fed in zip(order, feds, strict=True))
    )
    await here.poll()
    await there.poll()
    assert sum(not fed.is_retired() for fed in feds) == 1
