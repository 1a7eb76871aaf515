"""A failed conversion is not repeated, in any process, even after a restart."""

import pytest

from testkit.recordings import halves, photo
from testkit.server import Server
from testkit.uploading import UploadReply, upload
from tests.conftest import MakeServer
from tests.support.hostile import many_passes

pytestmark = pytest.mark.slow

SLOW = "The file takes too long to convert."


def send(server: Server, content: bytes) -> tuple[UploadReply, bool]:
    """Upload the file. Return the reply, and whether the file was converted."""
    before = _failures(server)
    reply = upload(server, "/upload/writev2", content)
    return reply, _failures(server) != before


def _failures(server: Server) -> list[object]:
    return server.query("SELECT failed_at FROM uploads_failedattempt")


def test_failed_upload_is_not_converted_again(make_server: MakeServer) -> None:
    server = make_server(IM66_MEDIA_SECONDS="1")
    slow = many_passes()

    first, was_tried = send(server, slow)
    assert (first.code, first.message) == (3, SLOW)
    assert was_tried

    for _ in range(3):
        before = server.children_seconds()
        assert send(server, slow) == (first, False)
        assert server.children_seconds() == before
    server.stop()
    server.start()
    assert send(server, slow) == (first, False)


def test_failure_of_a_file_does_not_affect_another(make_server: MakeServer) -> None:
    server = make_server()

    assert send(server, b"\xff\xd8\xff" + bytes(100))[0].code == 1
    assert send(server, photo(halves((40, 30)), "JPEG"))[0].code == 0


def test_failed_file_is_retried_after_a_limit_changes(make_server: MakeServer) -> None:
    server = make_server(IM66_MAX_PICTURE_PIXELS="1000")
    picture = photo(halves((40, 30)), "JPEG")
    assert send(server, picture)[0].code == 3
    server.stop()
    server.environment["IM66_MAX_PICTURE_PIXELS"] = "2000"
    server.start()

    assert send(server, picture)[0].code == 0


def test_killed_conversion_is_retried_after_a_while(make_server: MakeServer) -> None:
    server = make_server(IM66_MEDIA_SECONDS="1", IM66_MEDIA_ENCODE_SECONDS="1")
    slow = many_passes()
    # A child that is ended by force: by the kernel, for its time, or for want of memory.
    assert send(server, slow)[0].code == 3
    assert not send(server, slow)[1]

    server.run_python(
        "from datetime import timedelta; from django.utils import timezone;"
        "from uploads.models import FailedAttempt as Failed;"
        "assert Failed.objects.update(failed_at=timezone.now() - timedelta(minutes=11)) == 1"
    )

    assert send(server, slow)[1]


def test_pruning_forgets_failed_conversions(make_server: MakeServer) -> None:
    server = make_server()
    broken = b"\xff\xd8\xff" + bytes(100)
    send(server, broken)
    assert not send(server, broken)[1]

    server.manage("prunemedia", "--grace-days", "0")

    assert send(server, broken)[1]
