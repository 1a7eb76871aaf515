"""What a socket of Daphne is sent leaves at the end of a step, in order, however much the kernel takes."""

import asyncio

import daphne.server  # noqa: F401  # isort: skip  # installs the reactor, before anything of Twisted's does
import pytest
from twisted.internet.abstract import FileDescriptor

from server.departures import departures_here
from server.outgoing import Outgoing
from server.pulse import UNSENT_BYTES


class Kernel:
    """A connection whose kernel takes so many bytes, and fails where it is broken."""

    def __init__(self) -> None:
        self.takes = 1_000_000
        self.is_broken = False
        self.writes: list[bytes] = []

    def send(self, data: bytes) -> int:
        if self.is_broken:
            raise ConnectionResetError
        if not self.takes:
            raise BlockingIOError
        taken = data[: self.takes]
        self.takes -= len(taken)
        self.writes.append(bytes(taken))
        return len(taken)

    @property
    def arrived(self) -> bytes:
        return b"".join(self.writes)


class Transport(FileDescriptor):
    """Twisted's own, without a reactor."""

    def __init__(self, kernel: Kernel) -> None:
        super().__init__(reactor=object())  # type: ignore[arg-type]
        self.connected = True
        self.kernel = kernel
        self.wants_to_write = False

    def getHandle(self) -> Kernel:  # noqa: N802
        return self.kernel

    def startWriting(self) -> None:  # noqa: N802
        self.wants_to_write = True

    def stopWriting(self) -> None:  # noqa: N802
        self.wants_to_write = False

    def go_on(self) -> None:
        """The reactor found it writable."""
        self.doWrite()  # type: ignore[no-untyped-call]

    def writeSomeData(self, data: bytes) -> int:  # noqa: N802
        return self.kernel.send(data)


@pytest.fixture
def kernel() -> Kernel:
    return Kernel()


@pytest.fixture
def transport(kernel: Kernel) -> Transport:
    return Transport(kernel)


@pytest.fixture
async def bobs(transport: Transport) -> Outgoing:
    return Outgoing(transport, departures_here())


async def end_of_step() -> None:
    await asyncio.sleep(0)


async def test_what_is_sent_in_a_step_leaves_in_one_write(bobs: Outgoing, kernel: Kernel) -> None:
    bobs.send(b"one ")
    bobs.send(b"two")
    assert not kernel.writes
    assert bobs.unsent_bytes == 7
    await end_of_step()
    assert kernel.writes == [b"one two"]
    assert bobs.unsent_bytes == 0


async def test_the_next_step_has_a_write_of_its_own(bobs: Outgoing, kernel: Kernel) -> None:
    bobs.send(b"one")
    await end_of_step()
    bobs.send(b"two")
    await end_of_step()
    assert kernel.writes == [b"one", b"two"]


async def test_all_sockets_leave_at_the_end_of_the_same_step() -> None:
    kernels = [Kernel(), Kernel()]
    for kernel in kernels:
        Outgoing(Transport(kernel), departures_here()).send(b"one")
    await end_of_step()
    assert [kernel.writes for kernel in kernels] == [[b"one"], [b"one"]]


async def test_what_the_kernel_does_not_take_waits_in_the_transport(
    bobs: Outgoing, kernel: Kernel, transport: Transport
) -> None:
    kernel.takes = 4
    bobs.send(b"one two")
    await end_of_step()
    assert kernel.arrived == b"one "
    assert bobs.unsent_bytes == 3
    assert transport.wants_to_write


async def test_nothing_overtakes_what_waits_in_the_transport(
    bobs: Outgoing, kernel: Kernel, transport: Transport
) -> None:
    kernel.takes = 0
    bobs.send(b"one ")
    await end_of_step()
    kernel.takes = 6
    bobs.send(b"two ")
    await end_of_step()
    assert not kernel.writes
    assert bobs.unsent_bytes == 8
    transport.go_on()
    bobs.send(b"three")
    kernel.takes = 100
    await end_of_step()
    transport.go_on()
    assert kernel.arrived == b"one two three"
    assert bobs.unsent_bytes == 0


async def test_much_does_not_wait_for_the_end_of_the_step(bobs: Outgoing, kernel: Kernel) -> None:
    bobs.send(b"x" * UNSENT_BYTES)
    assert not kernel.writes
    bobs.send(b"x")
    assert len(kernel.arrived) == UNSENT_BYTES + 1


async def test_what_is_written_after_a_flush_comes_after_it(
    bobs: Outgoing, kernel: Kernel, transport: Transport
) -> None:
    bobs.send(b"one ")
    bobs.flush()
    transport.write(b"two ")
    bobs.send(b"three")
    await end_of_step()
    transport.go_on()
    assert kernel.arrived == b"one two three"


async def test_a_connection_that_is_dropped_sends_nothing_more(bobs: Outgoing, kernel: Kernel) -> None:
    bobs.send(b"one")
    bobs.end(abort=True)
    await end_of_step()
    assert not kernel.writes
    assert bobs.unsent_bytes == 0


async def test_a_connection_that_ends_sends_what_it_was_given(bobs: Outgoing, kernel: Kernel) -> None:
    bobs.send(b"one")
    bobs.end(abort=False)
    assert kernel.arrived == b"one"


async def test_a_connection_that_broke_is_left_to_the_transport(
    bobs: Outgoing, kernel: Kernel, transport: Transport
) -> None:
    charlies_kernel = Kernel()
    kernel.is_broken = True
    bobs.send(b"one")
    Outgoing(Transport(charlies_kernel), departures_here()).send(b"one")
    await end_of_step()
    assert transport.wants_to_write
    assert charlies_kernel.arrived == b"one"
