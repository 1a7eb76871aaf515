"""Hostile and broken files each get an error reply soon, and have no other effect."""

import pytest

from testkit.cpu import seconds_of_family
from testkit.uploading import fetch, upload
from tests.conftest import MakeServer
from tests.support.hostile import corpus

pytestmark = pytest.mark.slow

# Processor time for one file. A clock on the wall would measure what else the machine does: whatever opens a
# file gives way to everything else.
MEDIA_SECONDS = 2
MAX_SECONDS = MEDIA_SECONDS + 2
# They are sounds that do not say how long they are: they may take as long as the longest that is taken.
LONG_SOUNDS = {"a voice message of hours", "AMR of an hour and a half"}


def test_hostile_files_are_refused_without_leaving_traces(
    make_server: MakeServer, voice: bytes, picture: bytes, film: bytes
) -> None:
    most = str(MEDIA_SECONDS)
    server = make_server(IM66_MEDIA_SECONDS=most)
    strict = make_server(IM66_MEDIA_SECONDS=most, IM66_MEDIA_ENCODE_SECONDS=most)
    files = corpus()
    assert len(files) >= 60
    for path, content in (("writev1", voice), ("writev2", picture), ("writev3", film)):
        assert upload(server, f"/upload/{path}", content).code == 0
    before = server.memory()
    assert set(files) >= LONG_SOUNDS

    taken, slow = [], []
    for name, (path, content) in files.items():
        target = strict if name in LONG_SOUNDS else server
        began = seconds_of_family(target.pid)
        reply = upload(target, path, content)
        if reply.code not in {1, 3, 4} or reply.data:
            taken.append((name, reply))
        if (spent := seconds_of_family(target.pid) - began) > MAX_SECONDS:
            slow.append((name, spent))

    assert taken == []
    assert slow == []
    assert server.memory() - before < 20_000_000
    again = upload(server, "/upload/writev1", voice + voice[6:])
    assert again.code == 0
    assert fetch(again.data).status == 200
    assert "Traceback" not in server.log.read_text() + strict.log.read_text()
