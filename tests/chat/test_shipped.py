"""Messages as the shipped apps get them: none crashes one, is dropped, or deceives one."""

import json
from base64 import b64decode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from accounts.names.aliases import alias_of
from accounts.names.userids import is_userid
from chat.protocol.bounds import FRAME_BYTES, size
from chat.protocol.commands import Send
from chat.protocol.kinds import VERBS
from chat.protocol.legacy import LegacyCodec
from chat.protocol.media import Addresses
from chat.protocol.shipped import MAX_EXTENSION_BYTES, Guard
from log.rows import Entry
from testkit.app_rules import BRANCHES, Crash, Dropped, Loop, Outcome, VisibleMessage, android, extension, ios
from tests.support.corpus import BASE_URL, CASES, NAMES, READABLE, Case, code, packed

EVERYTHING = Guard(underscores=True, media=True, extensions=True, aliases=True, addresses=Addresses(BASE_URL))
CODEC = LegacyCodec(lambda member, base_url: "", guard=EVERYTHING)
UNGUARDED = LegacyCodec(lambda member, base_url: "")
NOW = 1795565871

any_text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
# Of what the apps look for.
parts = st.sampled_from(
    [
        *("_", "-", ".", "/", "x", "0", "1", "3", "9" * 9, "=", "~", "+", "http://h/", "/media/", "-1x1."),
        *("\u0301", "\u200d", "😀", "٣", "_group_", "\n"),
    ]
)
contents = any_text | st.lists(parts, max_size=12).map("".join) | any_text.map(code)
long_contents = st.builds(lambda text, times: text * times, contents, st.sampled_from([1, 300, 9_000]))
extensions = long_contents | st.dictionaries(st.sampled_from([*NAMES, "senderID"]), any_text).map(packed)
userids = st.text(min_size=1, max_size=64).filter(is_userid) | st.sampled_from(["o'brien", "a-b.c@d", "1;--"])
recipients = userids | st.integers(1, 10**18 - 1)

# Some are long.
few = settings(max_examples=60, deadline=None)


def entry(case: Case, to: str | int = "bob") -> Entry:
    return Entry(7, case.kind, "alice", to, case.content, case.extension, NOW)


def framed(codec: LegacyCodec, message: Entry) -> str:
    frame = codec.encode(message)
    assert frame is not None
    return frame


@pytest.mark.promise("apps-9")
def test_shipped_apps_show_each_message_as_meant() -> None:
    for app in (android, ios):
        outcomes = [(case, app(framed(CODEC, entry(case)))) for case in CASES]
        assert [(case, shown) for case, shown in outcomes if not _is_as_meant(case, shown)] == []
        in_group = [(case, shown, app(framed(CODEC, entry(case, 10)))) for case, shown in outcomes]
        assert [(case, other) for case, shown, other in in_group if not _is_in_group(shown, other)] == []


def _is_as_meant(case: Case, shown: Outcome) -> bool:
    return (
        isinstance(shown, VisibleMessage)
        and (shown.kind, shown.content) == case.shown
        and (shown.sender, shown.conversation) == ("alice", "alice")
        and bool(shown.title)
    )


def _is_in_group(shown: Outcome, in_group: Outcome) -> bool:
    """Whether the same message in a group differs by the conversation and its title only."""
    assert isinstance(shown, VisibleMessage)
    return isinstance(in_group, VisibleMessage) and in_group == shown._replace(
        conversation="10", title=in_group.title
    )


def test_the_corpus_is_hostile() -> None:
    """Without the guard, the same crashes and disappears."""
    for app in (android, ios):
        outcomes = [app(framed(UNGUARDED, entry(case))) for case in CASES]
        assert sum(isinstance(outcome, Crash) for outcome in outcomes) > 5
        assert any(isinstance(outcome, VisibleMessage) for outcome in outcomes)
    on_android = {type(android(framed(UNGUARDED, entry(case)))) for case in CASES}
    assert {Dropped, Loop} < on_android


@pytest.mark.promise("apps-9")
@few
@given(st.sampled_from(sorted(VERBS)), userids, recipients, long_contents, extensions)
@example("picture", "alice", "bob", "p" * 1_100_000, "")
@example("text", "alice", 10, "_" * 65_536, READABLE)
@example("text", "alice", "bob", "hi", packed({**NAMES, "more": "x" * 200_000}))
@example("text", "alice", "bob", "x" * 131_000, packed({**NAMES, "more": "x" * 200_000}))
def test_no_message_does_harm(kind: str, sender: str, to: str | int, content: str, extension: str) -> None:
    frame = framed(CODEC, Entry(7, kind, sender, to, content, extension, NOW))
    assert size(frame) <= FRAME_BYTES
    assert frame.count("_") == 6
    for app in BRANCHES.values():
        assert isinstance(app(frame), VisibleMessage)


@few
@given(st.sampled_from(sorted(VERBS)), userids, recipients, long_contents, extensions)
@example("picture", "alice", "bob", "p" * 1_100_000, "x" * 9_000)
def test_unguarded_message_is_unchanged_unless_too_long(
    kind: str, sender: str, to: str | int, content: str, extension: str
) -> None:
    frame = framed(UNGUARDED, Entry(7, kind, sender, to, content, extension, NOW))
    type_, origin = ("unicast", sender) if isinstance(to, str) else ("group", to)
    text = f"{kind}_{sender}_{content}_{type_}_{origin}_{NOW}_{extension}"
    assert frame == text or size(frame) <= FRAME_BYTES < size(text)


class TestSomebodyWithASignInTheUserid:
    @pytest.mark.promise("apps-5")
    @pytest.mark.parametrize("sender", ["im66-desk", "a.b", "o'brien"])
    def test_alias_of_a_userid_with_signs_can_be_answered(self, sender: str) -> None:
        extension = packed({**NAMES, "sender": "A B", "senderID": "x"})
        frame = framed(CODEC, Entry(7, "text", sender, "bob", "hi", extension, NOW))
        shown = android(frame)
        assert isinstance(shown, VisibleMessage)
        assert shown.title == "A B"
        assert isinstance(ios(frame), VisibleMessage)
        data = json.loads(b64decode(frame.rpartition("_")[2]))
        assert data["senderID"] == shown.sender == shown.conversation
        answer = CODEC.decode(f"text_{shown.sender}_hello_unicast_").command  # type: ignore[union-attr]
        assert answer == Send("text", sender, "hello", "")

    def test_alias_of_a_userid_with_signs_is_used_in_groups(self) -> None:
        frame = framed(CODEC, Entry(7, "text", "a.b", 10, "hi", READABLE, NOW))
        assert frame.startswith(f"text_{alias_of('a.b')}_hi_group_10_")

    def test_userid_with_signs_is_unchanged_for_other_clients(self) -> None:
        frame = framed(UNGUARDED, Entry(7, "text", "a.b", "bob", "hi", READABLE, NOW))
        assert frame == f"text_a.b_hi_unicast_a.b_{NOW}_{READABLE}"


class TestAddresses:
    @pytest.mark.parametrize(
        ("path", "url"),
        [
            ("/media/a-1x1.png", "https://cdn/a-1x1.png"),
            ("/x-1x1.png", "http://h:6060/x-1x1.png"),
            ("//other/a-1x1.png", "http://other/a-1x1.png"),
            ("https://h/a-1x1.png", "https://h/a-1x1.png"),
        ],
    )
    def test_guard_makes_media_paths_absolute(self, path: str, url: str) -> None:
        guard = Guard(media=True, addresses=Addresses("http://h:6060", "/media/", "https://cdn"))
        assert guard.guarded(entry(Case("picture", path))).content == url

    @pytest.mark.promise("apps-4")
    def test_guard_makes_pictures_of_extensions_absolute(self) -> None:
        guard = Guard(extensions=True, addresses=Addresses(BASE_URL))
        extension = packed({**NAMES, "senderAvartar": "/a.png", "conversationAvartar": None})
        data = json.loads(b64decode(guard.guarded(entry(Case("text", "hi", extension))).extension))
        assert (data["senderAvartar"], data["conversationAvartar"]) == (f"{BASE_URL}/a.png", "")


def test_an_emotion_of_the_web_is_named() -> None:
    guard = Guard(media=True, emotion_name=lambda code: {"~smile": "[微笑]"}[code])
    assert guard.guarded(entry(Case("emotion", "~smile")))[1:5] == ("text", "alice", "bob", "[微笑]")


class TestWhatIsTooLong:
    @pytest.mark.promise("to-client-6")
    @pytest.mark.parametrize("codec", [CODEC, UNGUARDED])
    def test_a_content_is_cut_and_becomes_a_text(self, codec: LegacyCodec) -> None:
        frame = framed(codec, entry(Case("picture", "汉" * 400_000)))
        assert FRAME_BYTES - 3 <= size(frame) <= FRAME_BYTES
        shown = android(frame)
        assert isinstance(shown, VisibleMessage)
        assert shown.kind == "text"
        assert shown.content == "汉" * (len(shown.content) - 1) + "…"
        assert frame.endswith(READABLE)

    @pytest.mark.promise("to-client-6")
    @pytest.mark.parametrize("codec", [CODEC, UNGUARDED])
    def test_an_extension_is_replaced_before_a_content_is_cut(self, codec: LegacyCodec) -> None:
        long = packed({**NAMES, "more": "x" * 200_000})
        shown = android(framed(codec, entry(Case("picture", "http://h/a-1x1.jpg", long))))
        assert shown == VisibleMessage("picture", "alice", "http://h/a-1x1.jpg", "alice", "alice")

    def test_long_content_and_extension_fit_together(self) -> None:
        long = extension("x" * MAX_EXTENSION_BYTES)
        shown = android(framed(CODEC, entry(Case("text", "x" * 131_000, long))))
        assert isinstance(shown, VisibleMessage)
        assert shown.content.endswith("x…")
        assert shown.title == "alice"

    def test_oversized_content_is_cut_before_it_is_escaped(self) -> None:
        guarded = EVERYTHING.guarded(entry(Case("picture", "http://h/a_b " * 100_000)))
        assert len(guarded.content) < 2 * FRAME_BYTES


class TestWhetherItIsRefused:
    @pytest.mark.promise("to-client-5")
    @pytest.mark.parametrize("codec", [CODEC, UNGUARDED])
    @pytest.mark.parametrize("to", ["bob", 10])
    @pytest.mark.parametrize("character", ["x", "汉", "_"])
    def test_content_too_long_when_delivered_is_refused(
        self, codec: LegacyCodec, to: str | int, character: str
    ) -> None:
        each = size("＿" if codec is CODEC and character == "_" else character)
        empty = framed(codec, Entry(7, "text", "alice", to, "", READABLE, NOW))
        fits = (FRAME_BYTES - size(empty)) // each
        assert codec.refusal(Send("text", to, character * fits, READABLE), "alice") is None
        refusal = codec.refusal(Send("text", to, character * (fits + 1), READABLE), "alice")
        assert refusal is not None
        assert refusal.code == 413

    def test_an_extension_that_is_replaced_counts_as_what_replaces_it(self) -> None:
        assert CODEC.refusal(Send("text", "bob", "hi", "x" * 200_000), "alice") is None
        assert UNGUARDED.refusal(Send("text", "bob", "hi", "x" * 200_000), "alice") is not None

    @few
    @given(st.sampled_from(sorted(VERBS)), userids, recipients, long_contents, extensions)
    def test_accepted_content_is_delivered_complete(
        self, kind: str, sender: str, to: str | int, content: str, extension: str
    ) -> None:
        for codec, guard in ((CODEC, EVERYTHING), (UNGUARDED, Guard())):
            if codec.refusal(Send(kind, to, content, extension), sender) is None:
                message = Entry(7, kind, sender, to, content, extension, NOW)
                shown = framed(codec, message)
                assert guard.guarded(message).content in shown
