"""A short piece for the guitar, as a voice message."""

import io
import math
import struct
import wave
from collections.abc import Iterable
from functools import cache

_RATE = 16_000
_LOUD = 9_000
# Each note: after how many beats it begins, and its pitch in half tones above the A below middle C.
_BEAT = 0.28
_NOTES = (
    *((0, -9), (0, 7), (1, 3), (2, 10), (3, 7), (4, 12), (5, 10), (6, 7)),
    *((7, -4), (7, 8), (8, 3), (9, 12), (10, 8), (11, 15), (12, 12)),
    *((13, -2), (13, 10), (14, 5), (15, 14), (16, 10), (17, 7), (18, 3), (18, -9)),
)
_RINGS = 1.2
_OVERTONES = (1.0, 0.5, 0.25)
_FADING = 4.0
_A = 220.0


def melody() -> bytes:
    """A WAV file of a few seconds."""
    beats = max(at for at, _ in _NOTES)
    samples = [0.0] * round((beats * _BEAT + _RINGS) * _RATE)
    for at, pitch in _NOTES:
        start = round(at * _BEAT * _RATE)
        for number, value in enumerate(_plucked(_A * 2 ** (pitch / 12))):
            samples[start + number] += value
    loudest = max(map(abs, samples))
    return _wave(round(_LOUD * value / loudest) for value in samples)


@cache
def _plucked(hertz: float) -> list[float]:
    """A string that is plucked: overtones, of which the higher ones fade faster."""
    tone = [0.0] * round(_RINGS * _RATE)
    for number, loud in enumerate(_OVERTONES, 1):
        turn = 2 * math.pi * number * hertz / _RATE
        kept = math.exp(-_FADING * number / _RATE)
        factor, loss = 2 * kept * math.cos(turn), kept * kept
        before, now = 0.0, loud * math.sin(turn)
        for at in range(len(tone)):
            tone[at] += now
            before, now = now, factor * now - loss * before
    return tone


def _wave(samples: Iterable[int]) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(_RATE)
        out.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return file.getvalue()
