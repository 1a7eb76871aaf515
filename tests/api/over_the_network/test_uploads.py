"""`uploads`: files of every kind are stored. What they are, their content says."""

from typing import Any

from testkit import recordings
from testkit.server import Server
from testkit.uploading import fetch
from tests.api.over_the_network.conftest import on_all_places
from tests.api.over_the_network.shapes import LATER, REASON, Number, error, invalid
from tests.support.api import JSON, Remote

pytestmark = on_all_places


async def test_uploaded_picture_is_stored_and_described(alice: Remote, here: Server) -> None:
    answer = await alice.upload(recordings.photo(recordings.halves((200, 100)), "JPEG"))
    names = stored(answer.body, here)
    shape = {"kind": "picture", "type": "image/jpeg", "width": 200, "height": 100}
    assert (answer.status, names) == (201, shape)


async def test_uploaded_recording_is_stored_and_described(alice: Remote, here: Server) -> None:
    voice = recordings.tone(1, container="amr", codec="libopencore_amrnb", rate=8_000)
    in_the_container_of_a_video = recordings.tone(1, container="mp4", codec="aac", rate=44_100)
    shape = {"kind": "audio", "type": "audio/mpeg", "seconds": 1}
    for recording in (voice, in_the_container_of_a_video):
        answer = await alice.upload(recording)
        assert (answer.status, stored(answer.body, here)) == (201, shape)


async def test_uploaded_video_is_stored_and_described(alice: Remote, here: Server) -> None:
    answer = await alice.upload(recordings.film(container="mp4", codec="libx264", sound="aac"))
    names = stored(answer.body, here)
    poster = names.pop("poster")
    assert fetch(poster).headers["Content-Type"] == "image/jpeg"
    shape = {"kind": "video", "type": "video/mp4", "width": Number(1), "height": Number(1)}
    assert (answer.status, names) == (201, shape)


def stored(answer_body: dict[str, Any], server: Server) -> dict[str, Any]:
    """The rest of what is said, after a look at the file."""
    url, size = answer_body.pop("url"), answer_body.pop("size")
    assert url.startswith(f"{server.http}/media/")
    assert len(fetch(url).body) == size
    return answer_body


async def test_unsupported_upload_is_rejected(alice: Remote) -> None:
    reason = "This type of file is not supported."
    assert (await alice.upload(b"no picture")).outcome == error(415, "invalid", reason, file=reason)
    without = await alice.upload(b"x", field="other")
    assert without.outcome == invalid("file", "There is no file in the form.")
    other = await alice.send("POST", "uploads", "{}", JSON)
    assert other.failed == (415, "malformed")


async def test_muted_person_cannot_upload(alice: Remote, desk: Remote) -> None:
    act = {"action": "mute", "until": LATER, "reason": REASON}
    assert (await desk.post(f"moderation/users/{alice.userid}", **act)).status == 200
    answer = await alice.upload(recordings.photo(recordings.halves((20, 10)), "PNG"))
    assert answer.outcome == error(403, "muted", "You are muted.")
