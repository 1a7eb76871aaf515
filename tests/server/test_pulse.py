"""When a socket's client is asked, what its answers say, and when it is given up."""

import asyncio
import socket
import time
from collections.abc import Iterator

import pytest

import server.pulse
from server.pulse import (
    ASK_SECONDS,
    CROSSING_SECONDS,
    MAX_OPEN_PINGS,
    PingSchedule,
    Pulse,
    timing_for,
)

TIMING = timing_for(heartbeat_seconds=30)


class Wire:
    """A real connection over loopback, whose client reads nothing."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.client = socket.create_connection(listener.getsockname())
            self.kernel_socket, _ = listener.accept()
        self.unsent_bytes = 0
        self.is_reading = True
        self.is_open = True
        self.is_dropped = False
        self.pings: list[bytes] = []

    def send_ping(self, payload: bytes) -> bool:
        if self.is_open:
            self.pings.append(payload)
        return self.is_open

    def drop(self) -> None:
        self.is_dropped = True

    def close(self) -> None:
        self.client.close()
        self.kernel_socket.close()


class Session:
    """Whoever sends rows."""

    def __init__(self) -> None:
        self.sent_id = self.confirmed_id = 0
        self.complete_id = 1000
        self.is_stopped = self.has_left = False

    def confirm(self, entry_id: int) -> None:
        self.confirmed_id = entry_id

    def stop_sending(self) -> None:
        self.is_stopped = True

    def leave(self) -> None:
        self.has_left = True


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.close()


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
async def pulse(wire: Wire, session: Session) -> Pulse:
    made = Pulse(wire, PingSchedule(TIMING))
    made.follow(session, session.confirm)
    return made


def send(pulse: Pulse, session: Session, entry_id: int, size: int = 100) -> None:
    pulse.written += size
    session.sent_id = entry_id
    pulse.sent(entry_id)


def ask(pulse: Pulse, session: Session, entry_id: int) -> None:
    """Send a row, and ask what became of it."""
    send(pulse, session, entry_id)
    pulse.ping_if_due()


def look_for(pulse: Pulse, seconds: int) -> None:
    """Look once a second, as the rounds do."""
    start = pulse._polled_at
    for second in range(1, seconds + 1):
        pulse.poll(start + second)


class TestAskingAtOnce:
    async def test_client_that_confirmed_everything_is_not_asked(
        self, pulse: Pulse, session: Session, wire: Wire
    ) -> None:
        assert not pulse.ask()
        ask(pulse, session, 5)
        pulse.on_pong(b"1.5")
        assert not pulse.ask()
        assert wire.pings == [b"1.5"]

    async def test_gone_client_is_not_asked(self, pulse: Pulse, session: Session, wire: Wire) -> None:
        send(pulse, session, 5)
        pulse.end()
        assert not pulse.ask()
        assert wire.pings == []


class TestAskingForTheLastTime:
    async def test_pong_to_the_last_ping_confirms_and_ends_the_wait(
        self, pulse: Pulse, session: Session, wire: Wire
    ) -> None:
        ended: list[str] = []
        send(pulse, session, 5)
        pulse.ask_last(lambda: ended.append("asked"))
        assert wire.pings == [b"1.5"]
        assert session.is_stopped
        assert not ended
        pulse.on_pong(b"1.5")
        assert session.confirmed_id == 5
        assert ended == ["asked"]

    async def test_shutdown_does_not_wait_for_confirmed_clients(
        self, pulse: Pulse, session: Session, wire: Wire
    ) -> None:
        ended: list[str] = []
        ask(pulse, session, 5)
        pulse.on_pong(b"1.5")
        pulse.ask_last(lambda: ended.append("asked"))
        assert ended == ["asked"]

    async def test_shutdown_does_not_wait_after_a_goodbye(self, pulse: Pulse, session: Session) -> None:
        ended: list[str] = []
        send(pulse, session, 5)
        pulse.on_goodbye()
        pulse.ask_last(lambda: ended.append("asked"))
        assert ended == ["asked"]

    async def test_earlier_pong_does_not_end_the_wait_for_the_last(
        self, pulse: Pulse, session: Session
    ) -> None:
        ended: list[str] = []
        ask(pulse, session, 5)
        send(pulse, session, 6)
        pulse.ask_last(lambda: ended.append("asked"))
        pulse.on_pong(b"1.5")
        assert not ended

    @pytest.mark.parametrize("is_gone", [True, False])
    async def test_wait_for_a_gone_or_silent_client_ends(
        self, pulse: Pulse, session: Session, monkeypatch: pytest.MonkeyPatch, is_gone: bool
    ) -> None:
        monkeypatch.setattr(server.pulse, "LAST_SECONDS", 3600 if is_gone else 0)
        ended: list[str] = []
        send(pulse, session, 5)
        pulse.ask_last(lambda: ended.append("asked"))
        if is_gone:
            pulse.end()
        await asyncio.sleep(0.05)
        pulse.on_pong(b"1.5")
        assert ended == ["asked"]


class TestAsking:
    async def test_pong_confirms_rows_sent_before_its_ping(
        self, pulse: Pulse, session: Session, wire: Wire
    ) -> None:
        send(pulse, session, 5)
        pulse.ping_if_due()
        assert wire.pings == [b"1.5"]
        pulse.on_pong(b"1.5")
        assert session.confirmed_id == 5

    async def test_ping_is_not_repeated_for_the_same_rows(
        self, pulse: Pulse, session: Session, wire: Wire
    ) -> None:
        ask(pulse, session, 5)
        pulse.ping_if_due()
        assert wire.pings == [b"1.5"]

    async def test_idle_client_is_pinged_once_per_interval(self, pulse: Pulse, wire: Wire) -> None:
        look_for(pulse, int(TIMING.interval) - 2)
        assert wire.pings == []
        look_for(pulse, 4)
        assert wire.pings == [b"1.0"]

    async def test_unanswered_pings_are_bounded(self, pulse: Pulse, session: Session, wire: Wire) -> None:
        for entry_id in range(1, MAX_OPEN_PINGS + 10):
            ask(pulse, session, entry_id)
        assert len(wire.pings) == MAX_OPEN_PINGS

    async def test_pong_answers_all_earlier_pings(self, pulse: Pulse, session: Session) -> None:
        for entry_id in (1, 2, 3):
            ask(pulse, session, entry_id)
        pulse.on_pong(b"1.2")
        assert session.confirmed_id == 2
        pulse.on_pong(b"1.1")
        assert session.confirmed_id == 2, "it was answered before"

    async def test_pong_for_an_earlier_login_confirms_nothing(self, pulse: Pulse, session: Session) -> None:
        ask(pulse, session, 5)
        pulse.unfollow()
        pulse.follow(session, session.confirm)
        pulse.on_pong(b"1.5")
        assert session.confirmed_id == 0

    async def test_closed_socket_gets_no_ping(self, pulse: Pulse, session: Session, wire: Wire) -> None:
        pulse.end()
        ask(pulse, session, 5)
        assert wire.pings == []
        assert session.has_left

    def test_ping_delay_is_at_most_a_second(self) -> None:
        assert ASK_SECONDS <= 1


class TestGoodbye:
    async def test_goodbye_confirms_everything_sent(self, pulse: Pulse, session: Session) -> None:
        send(pulse, session, 5)
        pulse.on_goodbye()
        assert pulse.goodbye_id == session.complete_id
        assert session.is_stopped

    async def test_goodbye_does_not_confirm_unsent_bytes(
        self, pulse: Pulse, session: Session, wire: Wire
    ) -> None:
        for entry_id in (1, 2, 3):
            send(pulse, session, entry_id)
        wire.unsent_bytes = 150
        pulse.on_goodbye()
        assert pulse.goodbye_id == 1, "of 300 bytes 150 have left, and so one row of 100 as a whole"

    async def test_bytes_waiting_in_the_kernel_are_not_confirmed_by_a_goodbye(
        self, pulse: Pulse, session: Session, wire: Wire
    ) -> None:
        wire.kernel_socket.setblocking(False)
        entry_id = 0
        try:
            while True:
                size = wire.kernel_socket.send(b"x" * 65536)
                entry_id += 1
                send(pulse, session, entry_id, size)
        except BlockingIOError:
            pass
        pulse.on_goodbye()
        assert pulse.goodbye_id is not None
        assert pulse.goodbye_id < entry_id

    async def test_goodbye_of_a_slow_reader_confirms_nothing(
        self, pulse: Pulse, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Though he answers: what he answers came long before."""
        start = time.monotonic()
        for entry_id in (1, 2, 3):
            ask(pulse, session, entry_id)
        monkeypatch.setattr(time, "monotonic", lambda: start + CROSSING_SECONDS + 1)
        pulse.on_pong(b"1.1")
        pulse.on_goodbye()
        assert pulse.goodbye_id == 0

    async def test_delayed_goodbye_confirms_what_had_arrived_before(
        self, pulse: Pulse, session: Session
    ) -> None:
        send(pulse, session, 1)
        session.complete_id = 1
        pulse.on_reading_paused()
        send(pulse, session, 2)
        session.complete_id = 2
        pulse.on_goodbye()
        assert pulse.goodbye_id == 1
        pulse.on_pong(b"1.2")
        assert session.confirmed_id == 0, "what comes after a goodbye says nothing"

    async def test_goodbye_read_at_once_confirms_everything(self, pulse: Pulse, session: Session) -> None:
        pulse.on_reading_paused()
        pulse.on_reading_resumed()
        session.complete_id = 2
        pulse.on_goodbye()
        assert pulse.goodbye_id == 2

    async def test_goodbye_confirms_nothing_for_a_later_login(self, pulse: Pulse, session: Session) -> None:
        pulse.on_goodbye()
        assert pulse.goodbye_id == session.complete_id
        pulse.unfollow()
        pulse.follow(session, session.confirm)
        assert pulse.goodbye_id == 0

    async def test_goodbye_before_a_login_confirms_nothing(self, wire: Wire) -> None:
        pulse = Pulse(wire, PingSchedule(TIMING))
        pulse.on_goodbye()
        assert pulse.goodbye_id == 0


class TestGivingUp:
    PATIENCE = int(TIMING.max_silence)

    async def test_silent_client_is_dropped(self, pulse: Pulse, session: Session, wire: Wire) -> None:
        ask(pulse, session, 5)
        look_for(pulse, self.PATIENCE)
        assert not wire.is_dropped
        look_for(pulse, 3)
        assert wire.is_dropped

    async def test_answering_client_is_not_dropped(self, pulse: Pulse, session: Session, wire: Wire) -> None:
        for entry_id in range(1, 5):
            ask(pulse, session, entry_id)
            look_for(pulse, self.PATIENCE - 1)
            pulse.on_pong(b"1.%d" % entry_id)
        assert not wire.is_dropped

    async def test_sending_client_is_not_dropped(self, pulse: Pulse, session: Session, wire: Wire) -> None:
        ask(pulse, session, 5)
        for _ in range(3 * self.PATIENCE):
            wire.client.sendall(b"x")
            wire.kernel_socket.recv(1)
            look_for(pulse, 1)
        assert not wire.is_dropped

    async def test_client_is_not_dropped_while_the_server_does_not_read(
        self, pulse: Pulse, session: Session, wire: Wire
    ) -> None:
        wire.is_reading = False
        ask(pulse, session, 5)
        look_for(pulse, 3 * self.PATIENCE)
        assert not wire.is_dropped

    async def test_slowly_reading_client_is_not_dropped(
        self, pulse: Pulse, session: Session, wire: Wire
    ) -> None:
        wire.unsent_bytes = 10_000
        ask(pulse, session, 5)
        for _ in range(3 * self.PATIENCE):
            wire.kernel_socket.sendall(b"x" * 100)
            wire.unsent_bytes -= 100
            wire.client.recv(100)
            look_for(pulse, 1)
        assert not wire.is_dropped

    async def test_client_that_takes_nothing_is_dropped_although_it_sends(
        self, pulse: Pulse, session: Session, wire: Wire
    ) -> None:
        wire.unsent_bytes = 10_000
        ask(pulse, session, 5)
        for _ in range(int(TIMING.max_stall) + 3):
            wire.client.sendall(b"x")
            look_for(pulse, 1)
        assert wire.is_dropped

    async def test_suspended_process_drops_no_clients(
        self, pulse: Pulse, session: Session, wire: Wire
    ) -> None:
        ask(pulse, session, 5)
        look_for(pulse, 2)
        pulse.poll(pulse._polled_at + 3600)
        assert not wire.is_dropped
