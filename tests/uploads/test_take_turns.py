"""Conversion slots are assigned in turn, by kind of file and by caller."""

import asyncio
from collections.abc import Collection

import pytest
from pytest_django import Settings

from accounts.limits.callers import caller_at
from testkit.recordings import film, halves, photo
from testkit.server import Server
from testkit.uploading import upload_from
from tests.conftest import MakeServer
from tests.support.hostile import many_passes
from tests.support.hurried import hurried
from tests.support.settings import override
from uploads.bodies import FORM_BYTES
from uploads.places import LARGE_BYTES, Busy, Slots, conversion_slot
from uploads.worker.tasks import TaskKind

ALICE, BOB = "127.0.0.2", "127.0.0.3"
# A path and a file.
Upload = tuple[str, bytes]
SMALL = ("/upload/writev2", photo(halves((200, 100)), "JPEG"))


class Queue:
    """Records the waiting tasks in the order in which they got slots."""

    def __init__(self, total: int = 1, slow: Collection[str] = (), **most: int) -> None:
        self.slots = Slots(total, most or {"voice": 1, "picture": 1, "video": 1}, slow)
        self.let_in: list[str] = []

    async def wait(self, kind: str, who: str, name: str) -> "asyncio.Task[None]":
        """Start a task that waits for a slot and keeps it."""
        task = asyncio.create_task(self._wait(kind, who, name))
        await asyncio.sleep(0)
        return task

    async def all_leave(self) -> None:
        """Release the slots, one after the other."""
        left = 0
        while left < len(self.let_in):
            self.slots.release(self.let_in[left].partition(" ")[0])
            left += 1
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    async def _wait(self, kind: str, who: str, name: str) -> None:
        await self.slots.acquire(kind, tuple(who.split("/")))
        self.let_in.append(f"{kind} {name}")


async def test_waiting_conversion_starts_when_slot_is_free() -> None:
    queue = Queue()

    await queue.wait("picture", "alice", "1")
    await queue.wait("picture", "alice", "2")
    assert queue.let_in == ["picture 1"]
    await queue.all_leave()

    assert queue.let_in == ["picture 1", "picture 2"]
    assert queue.slots.has_room("picture")


async def test_slow_conversions_leave_slot_to_quick_ones() -> None:
    queue = Queue(3, slow=("video", "mosaic"), video=2, mosaic=1, picture=2)

    await queue.wait("video", "alice", "1")
    await queue.wait("video", "alice", "2")
    await queue.wait("mosaic", "", "3")
    await queue.wait("picture", "bob", "4")
    await queue.wait("picture", "bob", "5")
    assert queue.let_in == ["video 1", "video 2", "picture 4"]
    await queue.all_leave()

    assert sorted(queue.let_in[3:]) == ["mosaic 3", "picture 5"]


async def test_slow_conversion_has_slot_while_quick_ones_wait() -> None:
    queue = Queue(3, slow=("video",), video=2, picture=2)

    for number in range(3):
        await queue.wait("picture", "alice", f"{number}")
    await queue.wait("video", "bob", "3")

    assert queue.let_in == ["picture 0", "picture 1", "video 3"]


async def test_waiting_conversions_are_counted() -> None:
    queue = Queue()
    for number in range(3):
        await queue.wait("picture", "alice", str(number))
    assert queue.slots.waiting_counts() == {"voice": 0, "picture": 2, "video": 0}
    await queue.all_leave()
    assert queue.slots.waiting_counts() == {"voice": 0, "picture": 0, "video": 0}


async def test_conversions_take_turns_by_caller() -> None:
    queue = Queue()
    for number in range(1, 5):
        await queue.wait("video", "alice", f"alice's {number}")
    await queue.wait("video", "bob", "bob's")

    await queue.all_leave()

    assert [name.removeprefix("video ") for name in queue.let_in] == [
        "alice's 1",
        "alice's 2",
        "bob's",
        "alice's 3",
        "alice's 4",
    ]


async def test_conversions_take_turns_by_address() -> None:
    queue = Queue()
    for number in range(1, 5):
        await queue.wait("video", f"alice/{number}", f"alice's {number}")
    await queue.wait("video", "bob/1", "bob's")

    await queue.all_leave()

    assert queue.let_in.index("video bob's") == 2


async def test_long_queue_of_one_kind_does_not_delay_another() -> None:
    queue = Queue()
    for number in range(1, 4):
        await queue.wait("video", str(number), f"{number}")
    await queue.wait("voice", "bob", "bob's")

    await queue.all_leave()

    assert queue.let_in.index("voice bob's") <= 2


async def test_no_kind_occupies_all_conversion_slots() -> None:
    queue = Queue(3, video=2, picture=3)
    for number in range(1, 4):
        await queue.wait("video", str(number), f"{number}")

    await queue.wait("picture", "bob", "bob's")

    assert queue.let_in == ["video 1", "video 2", "picture bob's"]


async def test_cancelled_conversion_passes_slot_on() -> None:
    queue = Queue()
    await queue.wait("picture", "alice", "1")
    cancelled = await queue.wait("picture", "alice", "2")
    let_in_and_gone = await queue.wait("picture", "bob", "3")
    await queue.wait("picture", "bob", "4")

    cancelled.cancel()
    queue.slots.release("picture")
    let_in_and_gone.cancel()
    for _ in range(5):
        await asyncio.sleep(0)

    assert queue.let_in == ["picture 1", "picture 4"]
    queue.slots.release("picture")
    assert queue.slots.has_room("picture")


async def test_conversion_without_slot_raises_busy(settings: Settings) -> None:
    override(settings, media_jobs=1, media_wait_seconds=0)

    async with conversion_slot(TaskKind.PICTURE, caller_at("alice")):
        with pytest.raises(Busy):
            async with conversion_slot(TaskKind.PICTURE, caller_at("bob")):
                pass
        async with conversion_slot(TaskKind.VIDEO, caller_at("bob")):
            pass
    async with conversion_slot(TaskKind.PICTURE, caller_at("bob")):
        pass


async def test_small_picture_does_not_wait_for_large_one(settings: Settings) -> None:
    override(settings, media_jobs=1, media_wait_seconds=0)

    async with conversion_slot(TaskKind.PICTURE, caller_at("alice"), is_large=True):
        with pytest.raises(Busy):
            async with conversion_slot(TaskKind.VOICE, caller_at("bob"), is_large=True):
                pass
        async with conversion_slot(TaskKind.PICTURE, caller_at("bob")):
            pass


async def test_slot_changed_to_video_waits_for_video_slot(settings: Settings) -> None:
    override(settings, media_jobs=1, media_wait_seconds=0)

    async with conversion_slot(TaskKind.PICTURE, caller_at("alice"), is_large=True) as alices:
        await alices.change(TaskKind.VIDEO)
        async with conversion_slot(TaskKind.PICTURE, caller_at("bob"), is_large=True) as bobs:
            with pytest.raises(Busy):
                await bobs.change(TaskKind.VIDEO)


async def test_thread_waits_for_a_free_conversion_slot() -> None:
    queue = Queue(2, voice=1, mosaic=1)
    await queue.wait("voice", "alice", "1")
    await queue.wait("mosaic", "bob", "1")

    drawing = asyncio.create_task(asyncio.to_thread(queue.slots.acquire_in_thread, "mosaic", ()))
    await asyncio.sleep(0.1)
    assert not drawing.done()
    queue.slots.release("mosaic")
    await drawing

    assert not queue.slots.has_room("mosaic")
    queue.slots.release("mosaic")
    assert queue.slots.has_room("mosaic")


async def test_waiting_request_gets_slot_released_by_thread() -> None:
    queue = Queue()
    queue.slots.acquire_in_thread("voice", ())
    await queue.wait("voice", "alice", "1")
    assert queue.let_in == []

    await asyncio.to_thread(queue.slots.release, "voice")
    await asyncio.sleep(0.1)

    assert queue.let_in == ["voice 1"]


@pytest.mark.slow
async def test_videos_do_not_delay_another_persons_small_picture(make_server: MakeServer) -> None:
    server = make_server(IM66_MEDIA_JOBS="1")
    films = [film(container="mp4", codec="mpeg4", size=(640, 480), seconds=4 + at) for at in range(3)]
    small, short = photo(halves((200, 100)), "JPEG"), film(container="mp4", codec="libx264", sound="aac")
    done: list[str] = []

    async def send(address: str, call: str, content: bytes, name: str) -> None:
        reply = await asyncio.to_thread(upload_from, address, server, f"/upload/{call}", content)
        assert reply.code == 0
        done.append(name)

    async with asyncio.TaskGroup() as group:
        for number, content in enumerate(films):
            group.create_task(send(ALICE, "writev3", content, f"video {number}"))
        await asyncio.sleep(0.3)
        group.create_task(send(BOB, "writev2", small, "picture"))
        group.create_task(send(BOB, "writev3", short, "bob's video"))

    assert done.index("picture") <= 1
    assert done.index("bob's video") <= 3


async def first_done(server: Server, slow: Upload, quick: Upload) -> str:
    """Return which upload is done first, if Alice sends the slow one, and then Bob the quick one."""
    done: list[str] = []

    async def send(address: str, upload: Upload, name: str) -> None:
        await asyncio.to_thread(upload_from, address, server, *upload)
        done.append(name)

    async with asyncio.TaskGroup() as group:
        group.create_task(send(ALICE, slow, "slow"))
        await asyncio.sleep(0.2)
        group.create_task(send(BOB, quick, "quick"))
    return done[0]


@pytest.mark.slow
async def test_large_picture_does_not_delay_another_persons_small_one(make_server: MakeServer) -> None:
    server = make_server(IM66_MEDIA_JOBS="1", IM66_MEDIA_SECONDS="3")
    large = many_passes().ljust(LARGE_BYTES + FORM_BYTES, b"\0")

    assert await first_done(server, ("/upload/writev2", large), SMALL) == "quick"


@pytest.mark.slow
@pytest.mark.parametrize("call", ["writev2", pytest.param("avatar?userid=alice", marks=pytest.mark.wide)])
async def test_slow_small_picture_does_not_delay_another_persons(make_server: MakeServer, call: str) -> None:
    server = make_server(IM66_MEDIA_JOBS="1", IM66_MEDIA_SECONDS="3")
    slow = many_passes(side=6_000)
    assert len(slow) < LARGE_BYTES

    assert await first_done(server, (f"/upload/{call}", slow), SMALL) == "quick"


@pytest.mark.slow
def test_slow_small_picture_is_converted_in_large_queue(make_server: MakeServer) -> None:
    quick = 0.2
    quicker = hurried(uploads__services__QUICK_SECONDS=quick)
    server = make_server(IM66_MEDIA_JOBS="1", IM66_MEDIA_SECONDS="30", **quicker)
    large = photo(halves((5_000, 5_000)), "PNG")
    assert len(large) < LARGE_BYTES
    before = server.children_seconds()
    assert upload_from(ALICE, server, "/upload/writev2", large).code == 0
    assert server.children_seconds() - before > quick, "it is no test"


async def test_large_conversion_without_slot_raises_busy(settings: Settings) -> None:
    override(settings, media_jobs=1, media_wait_seconds=0)
    alices = conversion_slot(TaskKind.PICTURE, caller_at("alice"), is_large=True)
    async with alices, conversion_slot(TaskKind.PICTURE, caller_at("bob")) as bobs:
        assert bobs.is_quick()
        with pytest.raises(Busy):
            await bobs.move_to_large_queue(TaskKind.PICTURE)
        assert not bobs.is_quick()
