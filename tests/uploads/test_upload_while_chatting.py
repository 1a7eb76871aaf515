"""Concurrent uploads all succeed, and chatting continues without loss."""

import asyncio

import pytest

from testkit.phone import Phone
from testkit.recordings import tone
from testkit.server import WITHOUT_LIMITS
from testkit.uploading import UploadReply, upload
from tests.conftest import MakeServer
from tests.support.waiting import until

pytestmark = pytest.mark.slow

UPLOADS = 20


async def test_concurrent_uploads_do_not_delay_chat(make_server: MakeServer) -> None:
    # Alice writes as fast as she is answered, which a person does not.
    server = make_server(**WITHOUT_LIMITS)
    files = [
        tone(1 + number / 100, container="amr", codec="libopencore_amrnb", rate=8_000)
        for number in range(0, 2 * UPLOADS, 2)
    ]
    assert len(set(files)) == UPLOADS

    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        uploading = asyncio.gather(
            *(asyncio.to_thread(upload, server, "/upload/writev1", content) for content in files)
        )
        sent_texts: list[str] = []
        while not uploading.done():
            sent_texts.append(str(len(sent_texts)))
            await alice.text("bob", sent_texts[-1])
            assert (await bob.message()).content == sent_texts[-1]
        replies: list[UploadReply] = await uploading

    assert [reply.code for reply in replies] == [0] * UPLOADS
    assert len({reply.data for reply in replies}) == UPLOADS
    assert server.stored() == sent_texts


async def test_concurrent_uploads_of_same_file_store_one_file(make_server: MakeServer, voice: bytes) -> None:
    server = make_server()

    replies = await asyncio.gather(
        *(asyncio.to_thread(upload, server, "/upload/writev1", voice) for _ in range(UPLOADS))
    )

    assert {reply.code for reply in replies} == {0}
    assert len({reply.data for reply in replies}) == 1
    assert len(list((server.data_dir / "media").iterdir())) == 1
    until(lambda: not list((server.data_dir / "media.arriving").iterdir()))


async def test_upload_without_conversion_slot_is_answered_busy(make_server: MakeServer) -> None:
    server = make_server(IM66_MEDIA_JOBS="1", IM66_MEDIA_WAIT_SECONDS="0")
    files = [tone(1 + number / 50, container="wav", codec="pcm_s16le") for number in range(8)]

    replies = await asyncio.gather(
        *(asyncio.to_thread(upload, server, "/upload/writev1", content) for content in files)
    )

    assert {reply.code for reply in replies} == {0, 2}
    assert {reply.data for reply in replies if reply.code == 2} == {""}
    assert {reply.message for reply in replies if reply.code == 2} == {"The server is busy. Try again."}
    until(lambda: upload(server, "/upload/writev1", files[0]).code == 0)
