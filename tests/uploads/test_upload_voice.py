"""Uploading a voice message: every recording of a phone or a browser becomes MP3."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from testkit.recordings import TONE_HERTZ, amr_wideband, silence, tone
from testkit.server import Server
from testkit.uploading import as_android_reads, as_ios_reads_length, fetch, upload
from tests.conftest import MakeServer
from tests.support.playing import sound_of

RECORDINGS = {
    "AMR as Android records it": {"container": "amr", "codec": "libopencore_amrnb", "rate": 8_000},
    "AMR in 3GP": {"container": "3gp", "codec": "libopencore_amrnb", "rate": 8_000},
    "AAC in M4A": {"container": "ipod", "codec": "aac", "rate": 44_100, "layout": "stereo"},
    "AAC by itself": {"container": "adts", "codec": "aac", "rate": 44_100},
    "PCM in CAF": {"container": "caf", "codec": "pcm_s16be", "rate": 44_100},
    "IMA ADPCM in CAF": {"container": "caf", "codec": "adpcm_ima_qt", "rate": 44_100},
    "ALAC in CAF": {"container": "caf", "codec": "alac", "rate": 44_100},
    "WAV": {"container": "wav", "codec": "pcm_s16le", "rate": 8_000},
    "Opus in Ogg as Firefox records it": {"container": "ogg", "codec": "libopus", "rate": 48_000},
    "Opus in WebM as Chromium records it": {"container": "webm", "codec": "libopus", "rate": 48_000},
    "MP3 in stereo": {"container": "mp3", "codec": "libmp3lame", "rate": 44_100, "layout": "stereo"},
}

# With it the longest voice message has the most bytes that one may have.
LARGEST_RATE = 17_000
# Of a voice message, in seconds. To convert it takes a processor longer than one second.
LONGEST = 400


def test_stored_voice_has_length_in_its_name(server: Server) -> None:
    reply = upload(
        server, "/upload/writev1", tone(2.6, container="amr", codec="libopencore_amrnb", rate=8_000)
    )

    assert (reply.code, reply.message) == (0, "OK")
    assert re.fullmatch(rf"{server.http}/media/[0-9a-f]{{32}}-3\.mp3", reply.data)


def uploads() -> Iterator[Any]:
    """Yield each recording with both calls. Alternately, one of the calls is only in the wide tier, because
    both convert in the same way."""
    for number, (name, recording) in enumerate(RECORDINGS.items()):
        for at, call in enumerate(("writev1", "writev2")):
            marks = [pytest.mark.wide] if at != number % 2 else []
            yield pytest.param(recording, f"/upload/{call}", id=f"{call}-{name}", marks=marks)


@pytest.mark.parametrize(("recording", "path"), [*uploads()])
def test_every_recording_format_becomes_mono_mp3(
    server: Server, recording: dict[str, object], path: str
) -> None:
    reply = upload(server, path, tone(1.6, **recording))  # type: ignore[arg-type]

    assert reply.code == 0, reply
    assert as_android_reads(reply.data) == "2"
    assert as_ios_reads_length(reply.data) == 2
    stored = fetch(reply.data)
    assert stored.headers["Content-Type"] == "audio/mpeg"
    sound = sound_of(stored.body)
    assert sound.codec.startswith("mp3")
    assert sound.channels == 1
    assert sound.seconds == pytest.approx(1.6, abs=0.2)
    assert sound.hertz == pytest.approx(TONE_HERTZ, rel=0.05)


def test_wideband_amr_is_accepted(server: Server) -> None:
    reply = upload(server, "/upload/writev1", amr_wideband(frames=80))

    assert as_android_reads(reply.data) == "2"
    assert sound_of(fetch(reply.data).body).seconds == pytest.approx(1.6, abs=0.2)


@pytest.mark.parametrize(
    ("seconds", "length"), [(0.4, 0), (0.5, 1), (1.49, 1), (2.5, 3), (61, 61)], ids=lambda value: str(value)
)
def test_voice_length_is_rounded_half_up(server: Server, seconds: float, length: int) -> None:
    reply = upload(server, "/upload/writev1", tone(seconds, container="wav", codec="pcm_s16le", rate=8_000))

    assert as_android_reads(reply.data) == str(length)


def test_tags_are_removed_from_voice(server: Server) -> None:
    recording = tone(1, container="mp3", codec="libmp3lame", rate=44_100, metadata={"title": "SecretTitle"})
    assert b"SecretTitle" in recording

    reply = upload(server, "/upload/writev1", recording)

    assert b"SecretTitle" not in fetch(reply.data).body


@pytest.mark.slow
def test_longest_voice_is_accepted_and_longer_one_refused(make_server: MakeServer) -> None:
    length = {"IM66_MAX_VOICE_SECONDS": str(LONGEST), "IM66_MEDIA_SECONDS": "1"}
    server = make_server(IM66_MEDIA_ENCODE_SECONDS="60", **length)
    began = server.children_seconds()

    assert upload(server, "/upload/writev1", silence(LONGEST, LARGEST_RATE)).code == 0
    assert server.children_seconds() - began > 1
    assert upload(server, "/upload/writev1", silence(LONGEST + 2)).code == 3


@pytest.mark.slow
def test_too_long_voice_is_refused(make_server: MakeServer) -> None:
    server = make_server(IM66_MEDIA_SECONDS="1", IM66_MEDIA_ENCODE_SECONDS="1")

    assert upload(server, "/upload/writev1", silence(600, LARGEST_RATE)).code == 3


def test_video_is_refused_as_voice_message(server: Server, film: bytes) -> None:
    assert upload(server, "/upload/writev1", film).code == 4
    assert upload(server, "/upload/writev3", film).code == 0
