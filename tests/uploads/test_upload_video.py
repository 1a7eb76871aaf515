"""Uploading a video: it becomes an MP4 that every client plays, with a poster."""

import re

import pytest

from testkit.recordings import film as record
from testkit.server import Server
from testkit.uploading import as_android_reads, fetch, poster_of, upload
from tests.support.playing import is_red, seen, watched

RECORDINGS = {
    "H.264 in MP4": {"container": "mp4", "codec": "libx264", "sound": "aac"},
    "H.264 in QuickTime": {"container": "mov", "codec": "libx264", "sound": "aac"},
    "H.264 and PCM in QuickTime": {"container": "mov", "codec": "libx264", "sound": "pcm_s16le"},
    "H.265 in QuickTime": {"container": "mov", "codec": "libx265", "sound": "aac"},
    "MPEG-4 in 3GP": {"container": "3gp", "codec": "mpeg4"},
    "VP8 in WebM": {"container": "webm", "codec": "libvpx", "sound": "libopus"},
    "VP9 in WebM": {"container": "webm", "codec": "libvpx-vp9", "sound": "libopus"},
}
PLACE = "+52.5200+013.4050/"


def test_uploaded_video_becomes_mp4(server: Server, film: bytes) -> None:
    reply = upload(server, "/upload/writev3", film)

    assert (reply.code, reply.message) == (0, "Succeeded")
    assert re.fullmatch(rf"{server.http}/media/[0-9a-f]{{32}}-320x240\.mp4", reply.data)


@pytest.mark.parametrize("recording", RECORDINGS.values(), ids=RECORDINGS.keys())
def test_every_video_format_becomes_mp4(server: Server, recording: dict[str, str]) -> None:
    reply = upload(server, "/upload/writev3", record(**recording))  # type: ignore[arg-type]

    assert as_android_reads(reply.data) == "320x240"
    stored = fetch(reply.data)
    assert stored.headers["Content-Type"] == "video/mp4"
    served = watched(stored.body)
    assert (served.video_codec, served.audio_codec) == ("h264", "aac" if "sound" in recording else "")
    assert served.seconds == pytest.approx(1, abs=0.1)
    assert is_red(served.first, 0.1, 0.9)
    assert not is_red(served.first, 0.9, 0.9)


@pytest.mark.slow
@pytest.mark.parametrize("recording", RECORDINGS.values(), ids=RECORDINGS.keys())
def test_video_poster_is_at_url_derived_by_clients(server: Server, recording: dict[str, str]) -> None:
    reply = upload(server, "/upload/writev3", record(**recording))  # type: ignore[arg-type]

    poster = fetch(poster_of(reply.data))
    assert poster.headers["Content-Type"] == "image/jpeg"
    served = seen(poster.body)
    assert served.size == (320, 240)
    assert is_red(served, 0.1, 0.9)
    assert not is_red(served, 0.9, 0.9)


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_rotated_phone_video_is_stored_upright(server: Server, codec: str) -> None:
    reply = upload(server, "/upload/writev3", record(container="mov", codec=codec, turned=90))

    assert as_android_reads(reply.data) == "240x320"
    for served in (watched(fetch(reply.data).body).first, seen(fetch(poster_of(reply.data)).body)):
        assert served.size == (240, 320)
        assert is_red(served, 0.9, 0.1)
        assert not is_red(served, 0.9, 0.9)


def test_stored_video_has_index_before_media_data(server: Server, film: bytes) -> None:
    assert film.index(b"mdat") < film.index(b"moov")

    stored = fetch(upload(server, "/upload/writev3", film).data).body

    assert stored.index(b"moov") < stored.index(b"mdat")


def test_playable_video_is_not_reencoded(server: Server) -> None:
    original = record(container="mov", codec="libx264")
    media = original[original.index(b"mdat") + 4 :][:2000]

    assert media in fetch(upload(server, "/upload/writev3", original).data).body


def test_location_is_removed_from_video(server: Server) -> None:
    original = record(container="mov", codec="libx264", metadata={"location": PLACE, "title": "SecretTitle"})
    assert PLACE.encode() in original

    stored = fetch(upload(server, "/upload/writev3", original).data).body

    assert PLACE.encode() not in stored
    assert b"SecretTitle" not in stored


def test_video_of_odd_size_is_accepted(server: Server) -> None:
    reply = upload(server, "/upload/writev3", record(container="webm", codec="libvpx", size=(101, 75)))

    width, height = map(int, as_android_reads(reply.data).split("x"))
    assert watched(fetch(reply.data).body).first.size == (width, height)


def test_voice_message_is_refused_as_video(server: Server, voice: bytes) -> None:
    assert upload(server, "/upload/writev3", voice).code == 4
