"""Attacks that fill the disk."""

import asyncio
import base64
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import count, cycle

from bench import web
from bench.attacks.attack import Attack, AttackedServer
from bench.attacks.replies import expect_stored
from bench.frames import client_frame
from bench.sockets import connect, raw
from testkit import recordings
from testkit.pdfs import nested

# Small PDFs whose first page takes centuries to draw.
PDF_SENDERS, PDFS = 5, 55

MEGABYTE = 1024 * 1024
MAX_BYTES = 200 * MEGABYTE
TEXT_BYTES = 60_000
UPLOADERS = 200
# The pause of a client after an upload or a refusal.
PAUSE_SECONDS = 0.1
PIECE_TYPE = "application/offset+octet-stream"
_LOCATION = re.compile(rb"^location: *https?://[^/]*(\S*)\r$", re.IGNORECASE | re.MULTILINE)
_numbers = count()
_people = cycle(range(UPLOADERS))


async def pictures(target: AttackedServer) -> None:
    """One client uploads pictures of a megabyte, one after the other."""
    picture = _photo()
    await target.start()

    async def upload() -> None:
        # A number after the picture's end makes each one different.
        expect_stored(await web.upload(target.port, "writev2", picture + str(next(_numbers)).encode()))

    await target.repeat(upload, callers=1)


async def writing(target: AttackedServer) -> None:
    """One client writes as fast as the server accepts it, 200 MB at most."""
    socket = await connect(target.port)
    socket.send(b"login_writer")
    await target.start()
    frame = client_frame(b"text_nobody_" + b"x" * TEXT_BYTES + b"_unicast_")
    await target.pour(socket, frame, MAX_BYTES)


async def many_pictures(target: AttackedServer) -> None:
    """200 people upload pictures of a megabyte at once, each from an address of their own."""
    picture = _photo()
    await target.start()

    async def upload() -> None:
        content = picture + str(next(_numbers)).encode()
        await web.upload(target.port, "writev2", content, _address(next(_people)))
        await asyncio.sleep(PAUSE_SECONDS)

    await target.repeat(upload, UPLOADERS)


async def many_files(target: AttackedServer) -> None:
    """200 people upload files of 2 MB at once, in pieces of a megabyte, each from an address of their own."""
    piece = os.urandom(MEGABYTE)
    await target.start()

    async def upload() -> None:
        await send_file(target, next(_people), [piece] * 2)
        await asyncio.sleep(PAUSE_SECONDS)

    await target.repeat(upload, UPLOADERS)


async def send_file(
    target: AttackedServer, person: int, pieces: Sequence[bytes], name: str = "x.bin"
) -> None:
    """Send a file of that name in these pieces, unless the server takes no more."""
    tus = [f"Authorization: Userid uploader{person}", "Tus-Resumable: 1.0.0"]
    metadata = base64.b64encode(name.encode()).decode()
    head = [*tus, f"Upload-Length: {sum(map(len, pieces))}", f"Upload-Metadata: filename {metadata}"]
    address = _address(person)
    reply = await web.post(target.port, "/api/v1/uploads/files", b"", PIECE_TYPE, address, head)
    if not (match := _LOCATION.search(reply)):
        return  # refused: too many uploads are running
    offset = 0
    for piece in pieces:
        head = [*tus, f"Upload-Offset: {offset}"]
        await web.post(target.port, match[1].decode(), piece, PIECE_TYPE, address, head, "PATCH")
        offset += len(piece)


def _address(person: int) -> str:
    return f"127.1.{person}.1"


async def unfinished_uploads(target: AttackedServer) -> None:
    """Ten clients send 19 MB of a file, and then a byte a second."""
    await target.start()
    body = web.form(os.urandom(19 * MEGABYTE))
    await asyncio.gather(*(_never_finish(target, body) for _ in range(10)))


async def _never_finish(target: AttackedServer, body: bytes) -> None:
    target.done += 1
    socket = await raw(target.port)
    loop = asyncio.get_running_loop()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(target.seconds):
            await loop.sock_sendall(socket, web.request("/upload/writev3", len(body) + 60, web.MULTIPART))
            await loop.sock_sendall(socket, body)
            while target.lasts:
                await loop.sock_sendall(socket, b"x")
                await asyncio.sleep(1)
    socket.close()


def _photo() -> bytes:
    from PIL import Image

    return recordings.photo(Image.effect_noise((1200, 900), 60).convert("RGB"), "JPEG", quality=95)


async def pdfs(target: AttackedServer) -> None:
    """55 PDFs of five people wait for their previews. They are uploaded before the attack, because the cost
    of uploads is measured by another attack."""
    content = nested()
    for number in range(PDFS):
        # A number after the end makes each one different.
        await send_file(target, number % PDF_SENDERS, [content + b"%d" % number], "x.pdf")
    await target.start()
    await target.rest()


ATTACKS = {
    "pictures": Attack(pictures, pictures=True),
    "writing": Attack(writing),
    "many-pictures": Attack(many_pictures),
    "many-files": Attack(many_files),
    "unfinished-uploads": Attack(unfinished_uploads, pictures=True),
    "pdfs": Attack(pdfs, pictures=True),
}
