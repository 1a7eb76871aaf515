"""What one text, frame or body costs at most: a few milliseconds, and twice as much takes twice as long.

The interpreter may be held meanwhile, by the event loop or by a thread, so everybody waits. What is measured
is processor time, and the machine's speed is measured in the same run. To add something that works on what
people write, add a line to `WORK`; to add what is worst for it, a line to tests/support/nasty.py.
"""

import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from accounts.api.base import JsonBody
from accounts.api.errors import ApiError
from accounts.compact import compact
from accounts.names.normalizing import plain, stream_safe
from chat.api.forms import NewMessage
from chat.protocol.bounds import FRAME_BYTES, Limits, is_storable, truncated_for_json
from chat.protocol.commands import CommandRequest, Send
from chat.protocol.extensions import Naming, filled, is_readable
from chat.protocol.json import JsonCodec
from chat.protocol.kinds import VERBS
from chat.protocol.legacy import LegacyCodec
from chat.protocol.media import is_showable
from chat.protocol.replies import Records, Reply
from chat.protocol.shipped import Guard
from chat.readers.words import SearchTerms, count_words, words_of
from log.rows import Entry
from moderation.rules.patterns import LITERAL, RE2, WORD
from moderation.rules.ruleset import BLOCK, FLAG, MASK, Ruleset, Spec
from server.frames import text_frame
from tests.support.nasty import EXTENSIONS, KB, TEXTS, VALUES, Make

pytestmark = pytest.mark.slow

TEXT_BYTES, FRAME = 64 * KB, 1024 * KB
# What one of them may take on the machine on which this was written, and how long `_calibrate` takes there.
MAX_SECONDS, CALIBRATION_SECONDS = 0.005, 0.0040
# For what a measurement may be wrong by, on a machine that does other things as well.
SLACK = 3.0
# For one stretch of those that must not take longer, of many that are measured.
SLACK_OF_STRETCHES = 1.5
# Four, if it rises with the length, and sixteen with its square.
MAX_TIMES_A_QUARTER, TOO_SHORT_SECONDS = 8.0, 0.001
REPEATS = 3
# A measurement that is too long is made again: what else the machine does only ever makes it longer.
TRIES = 8

MEDIA = ("emotion", "video", "picture", "audio")
NAMING = Naming("Alice", "alice", None, "Team", None)
LEGACY = LegacyCodec(lambda member, base_url: "", Limits(), Guard(True, True, True))
JSON = JsonCodec(lambda avatar, base_url: "", Limits())
PHRASES = ["spam", "spa", "spammer", "坏蛋", "蛋坏", "坏", "が", "c++", "🍆"]
RULES = [
    *(Spec(number, phrase, LITERAL, MASK) for number, phrase in enumerate(PHRASES, 1)),
    Spec(20, "spam", WORD, MASK),
    Spec(21, r"https?://\S+", RE2, MASK),
    Spec(22, r"s.{0,30}m", RE2, MASK),
    Spec(23, "[a-z]+[0-9]", RE2, BLOCK),
    Spec(24, "spam", LITERAL, FLAG),
]
RULESET = Ruleset(RULES)
# Clients of this dialect cannot send the others, and a character needs two bytes on its way to the server.
SENT_AS_JSON = {name: make for name, make in EXTENSIONS.items() if name != "control characters"}


def entry(kind: str = "text", content: str = "", extension: str = "") -> Entry:
    return Entry(1, kind, "alice", "bob", content, extension, 1)


def parse_body(value: str) -> None:
    body = SimpleNamespace(body=f'{{"content":{value}}}'.encode())
    with suppress(ApiError):
        JsonBody().parse(None, None, {"request": body})


def make_message(extension: str) -> None:
    with suppress(ApiError):  # too long
        NewMessage(data={"kind": "text", "content": "x", "extension": extension}).is_valid()


def in_envelope(value: str) -> None:
    JSON.decode(f'{{"cmd":"send","id":{value}}}')


def in_content(value: str) -> None:
    JSON.decode(f'{{"cmd":"send","id":1,"to":"u:bob","kind":"text","content":{value}}}')


def encode_extension(extension: str) -> None:
    JSON.encode(entry("text", "x", extension))


def decode_text(text: str) -> None:
    LEGACY.decode(f"text_bob_{text}_unicast_x")


def send_large_extension(text: str) -> None:
    LEGACY.decode(f"text_bob_x_unicast_{text}")


def refuse(text: str) -> None:
    request = LEGACY.decode(f"text_bob_x_unicast_{text}")
    if isinstance(request, CommandRequest) and isinstance(request.command, Send):
        LEGACY.refusal(request.command, "alice")


def encode_as(kind: str, text: str) -> None:
    LEGACY.encode(entry(kind, text))


def write_page(text: str) -> None:
    LEGACY.encode_reply(Reply(None, Records("bob", [entry("text", text)], False)), "")


class Work(NamedTuple):
    do: Callable[[str], Any]
    inputs: Mapping[str, Make]
    size: int


WORK = {
    "plain": Work(plain, TEXTS, TEXT_BYTES),
    "stream safe": Work(stream_safe, TEXTS, TEXT_BYTES),
    "words of a text": Work(words_of, TEXTS, TEXT_BYTES),
    "count words": Work(count_words, TEXTS, TEXT_BYTES),
    "whether a text has what is wanted": Work(SearchTerms.of("hello spam 我们").match, TEXTS, TEXT_BYTES),
    "rules": Work(partial(RULESET.check, place="bob"), TEXTS, TEXT_BYTES),
    "rules that flag": Work(partial(RULESET.flags, place="bob"), TEXTS, TEXT_BYTES),
    "legacy: decode a text": Work(decode_text, TEXTS, FRAME - KB),
    "legacy: decode an extension": Work(send_large_extension, EXTENSIONS, FRAME - KB),
    "legacy: refuse": Work(refuse, EXTENSIONS, FRAME - KB),
    "legacy: encode a text": Work(partial(encode_as, "text"), TEXTS, TEXT_BYTES),
    **{f"legacy: encode {kind}": Work(partial(encode_as, kind), TEXTS, FRAME_BYTES) for kind in MEDIA},
    "legacy: encode an extension": Work(
        lambda text: LEGACY.encode(entry("text", "x", text)), EXTENSIONS, FRAME_BYTES
    ),
    "legacy: a page": Work(write_page, TEXTS, TEXT_BYTES),
    "whether an extension can be read": Work(is_readable, EXTENSIONS, FRAME_BYTES),
    "fill an extension": Work(lambda text: filled(text, NAMING), EXTENSIONS, FRAME),
    "whether media can be shown": Work(
        lambda text: [is_showable(kind, text) for kind in sorted(VERBS)], TEXTS, FRAME_BYTES
    ),
    "the beginning in JSON": Work(lambda text: truncated_for_json(text, 50_000), TEXTS, TEXT_BYTES),
    "whether it may be sent": Work(is_storable, EXTENSIONS, FRAME),
    "json: decode an id": Work(in_envelope, VALUES, FRAME - KB),
    "json: decode a content": Work(in_content, VALUES, FRAME - KB),
    "json: encode a text": Work(lambda text: JSON.encode(entry("text", text)), TEXTS, TEXT_BYTES),
    "json: encode an extension": Work(encode_extension, SENT_AS_JSON, FRAME // 2),
    "a frame": Work(text_frame, TEXTS, FRAME),
    "a batch": Work(lambda text: compact([entry("text", text)]), TEXTS, FRAME // 2),
    "body": Work(parse_body, VALUES, FRAME),
    "the fields of a message": Work(make_message, EXTENSIONS, FRAME),
}


# What one call that holds the interpreter is at most, in a thread while others write.
IN_THREADS = ("plain", "words of a text", "whether a text has what is wanted", "rules", "rules that flag")


@pytest.fixture(scope="module", autouse=True)
def _tables_are_made() -> None:
    plain("é")


@pytest.fixture(scope="module")
def usual(_tables_are_made: None) -> float:
    """MAX_SECONDS, on this machine."""
    return MAX_SECONDS * max(1.0, _spent(_calibrate, "") / CALIBRATION_SECONDS)


@pytest.fixture(scope="module")
def most(usual: float) -> float:
    """The seconds that one may take on this machine."""
    return SLACK * usual


@pytest.mark.parametrize("name", WORK)
def test_parsing_takes_milliseconds_and_is_linear_in_length(name: str, most: float) -> None:
    work = WORK[name]
    for value, make in work.inputs.items():
        text, part = make(work.size), make(work.size // 4)
        duration = quarter = math.inf
        for _ in range(TRIES):
            duration, quarter = min(duration, _spent(work.do, text)), min(quarter, _spent(work.do, part))
            may_take = min(most, MAX_TIMES_A_QUARTER * max(quarter, TOO_SHORT_SECONDS))
            if duration < may_take:
                break
        assert duration < may_take, value


def test_rules_block_the_event_loop_for_milliseconds_only(usual: float) -> None:
    for value, make in TEXTS.items():
        text = make(TEXT_BYTES)
        assert _ever_below(SLACK_OF_STRETCHES * usual, partial(_longest_stretch, text)), value


@pytest.mark.parametrize("name", IN_THREADS)
def test_no_c_call_in_threads_holds_the_gil_for_long(name: str, usual: float) -> None:
    for value, make in WORK[name].inputs.items():
        text = make(WORK[name].size)
        most = SLACK_OF_STRETCHES * usual
        assert _ever_below(most, partial(_longest_call, WORK[name].do, text)), value


def _ever_below(most: float, measure: Callable[[], float]) -> bool:
    return any(measure() < most for _ in range(TRIES * REPEATS))


def _longest_stretch(text: str) -> float:
    """The processor time of the longest step that the rules take on the event loop."""
    steps, returned, is_over, longest = RULESET.steps(text, "bob"), None, False, 0.0
    while not is_over:
        begun = time.thread_time()
        try:
            call = steps.send(returned)
        except StopIteration:
            is_over = True
        longest = max(longest, time.thread_time() - begun)
        returned = call and call()
    return longest


def _longest_call(do: Callable[[str], Any], text: str) -> float:
    """The processor time of the longest call of a function that is not written in Python and calls none."""
    begun: list[float] = []
    longest = 0.0

    def note(_: Any, event: str, __: Any) -> None:
        nonlocal longest
        if event == "call":
            begun.clear()
        elif event == "c_call":
            begun.append(time.thread_time())
        elif event in ("c_return", "c_exception") and begun:
            longest = max(longest, time.thread_time() - begun.pop())

    sys.setprofile(note)
    try:
        do(text)
    finally:
        sys.setprofile(None)
    return longest


def _spent(do: Callable[[str], Any], text: str) -> float:
    """The processor time of the quickest of a few times."""
    return min(_each(do, text))


def _each(do: Callable[[str], Any], text: str) -> Iterator[float]:
    for _ in range(REPEATS):
        begun = time.thread_time()
        do(text)
        yield time.thread_time() - begun


def _calibrate(_: str) -> None:
    """Some work of the kinds that are measured."""
    "中é".join(map(str, range(10_000))).translate({0x4E2D: "x"}).split("é")
    sum(len(str(number)) for number in range(10_000))
