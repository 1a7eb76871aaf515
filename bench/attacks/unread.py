"""Large answers that are requested and not read."""

from bench.attacks.attack import Attack, AttackedServer
from bench.attacks.replies import expect_no_complaint
from bench.members import BenchMember, Meter

MESSAGES, SIZE = 480, 125_000
# These settings allow texts nearly as large as a frame may be that is delivered.
LARGE = {"IM66_MAX_TEXT_BYTES": str(SIZE), "IM66_MAX_FRAME_BYTES": str(SIZE + 1000)}


async def unread_logins(target: AttackedServer) -> None:
    """Six connections of one person for whom 60 MB are waiting."""
    await _write(target)
    await target.start()
    sockets = [await target.unread("reader") for _ in range(6)]
    await target.hold(sockets)


async def unread_history(target: AttackedServer) -> None:
    """Four clients request the same as a page of history."""
    await _write(target)
    sockets = [await target.unread("filler") for _ in range(4)]
    await target.start()
    for socket in sockets:
        socket.send(b"records_reader_0_unicast")
    await target.hold(sockets)


async def _write(target: AttackedServer) -> None:
    filler = BenchMember("filler", Meter())
    await filler.enter(target.port)
    for _ in range(MESSAGES):
        filler.socket.send(b"text_reader_" + b"x" * (SIZE - 1) + b"_unicast_")
        await filler.settle()
        expect_no_complaint(filler)
    await filler.socket.vanish()


ATTACKS = {
    "unread-logins": Attack(unread_logins, LARGE, memory=True),
    "unread-history": Attack(unread_history, LARGE, memory=True),
}
