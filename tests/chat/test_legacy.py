"""The legacy dialect: pure, text in and text out."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.codes import Name
from chat.protocol.bounds import FRAME_BYTES, Limits
from chat.protocol.commands import Command, CommandRequest, Login, Logout, QueryMembers, QueryRecords, Send
from chat.protocol.events import Heartbeat
from chat.protocol.kinds import VERBS
from chat.protocol.legacy import GROUP, UNICAST, LegacyCodec
from chat.protocol.replies import Accepted, Done, Failure, Member, Members, Records, Reply, Result
from chat.protocol.shipped import Guard
from log.rows import Entry, GroupChange, MembershipNotice
from testkit.phone import Received

BASE_URL = "http://chat:6060"


def picture(member: Member, base_url: str) -> str:
    return f"{base_url}/{member.avatar}"


CODEC = LegacyCodec(picture)

userids = st.text(
    st.characters(categories=["L", "N", "P", "S"], exclude_characters="_,/"), min_size=1, max_size=64
)
group_ids = st.integers(1, 10**18 - 1).map(str)
# What a client may put into a message: anything but NUL, which databases refuse.
contents = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
# Anything but a marker, and nothing that becomes one with the underscore before it.
extensions = contents.filter(lambda text: not any(f"_{type_}" in f"_{text}" for type_ in (UNICAST, GROUP)))


class TestTheSeedsExamples:
    def test_login(self) -> None:
        assert _command("login_1000001653") == Login("1000001653")

    def test_logout(self) -> None:
        assert _command("logout_1000001653") == Logout("1000001653")

    @pytest.mark.promise("to-client-1")
    @pytest.mark.parametrize(
        ("kind", "content"),
        [
            ("emotion", "表情编码"),
            ("video", "http://livecdn.66boss.com/emovideo/76a0e06714b51d53bd93a64d1547c0b0-640x330.mp4"),
            ("picture", "http://livecdn.66boss.com/emopic/1bada87cc98aa09399b38fb14628f54e-746x750.jpg"),
            ("text", "文字"),
            (
                "audio",
                "http://livecdn.66boss.com/emopic//live/www/html/emopic/f85c0e8786bbc2d12db8d4f941f3dbd8-3.mp3",
            ),
        ],
    )
    @pytest.mark.parametrize(("type_", "to"), [("unicast", "1000006331"), ("group", "10")])
    def test_messages(self, kind: str, content: str, type_: str, to: str) -> None:
        extension = '{"sender":"张三","conversation":"老板六六聊天群"}'
        recipient = int(to) if type_ == GROUP else to
        frame = f"{kind}_{to}_{content}_{type_}_{extension}"
        assert _command(frame) == Send(kind, recipient, content, extension)
        entry = Entry(7, kind, "1000001653", recipient, content, extension, 1487203647)
        origin = to if type_ == "group" else "1000001653"
        assert CODEC.encode(entry) == f"{kind}_1000001653_{content}_{type_}_{origin}_1487203647_{extension}"

    def test_members(self) -> None:
        assert _command("members_10") == QueryMembers(10)
        assert _command("members_10_1000001653") == QueryMembers(10, "1000001653")

    @pytest.mark.parametrize("peer", ["10", "1000006331"])
    def test_records(self, peer: str) -> None:
        assert _command(f"records_{peer}_1487203647") == QueryRecords(1487203647, peer, int(peer))

    def test_heartbeat(self) -> None:
        assert CODEC.encode(Heartbeat(1487203647)) == "heartbeat_1487203647"


class TestWhereContentEnds:
    @pytest.mark.promise("reading-1", "reading-3")
    @pytest.mark.parametrize(
        ("body", "content", "type_", "extension"),
        [
            ("hi_unicast_", "hi", "unicast", ""),
            ("hi_unicast", "hi", "unicast", ""),
            ("_unicast_x", "", "unicast", "x"),
            ("_unicast", "", "unicast", ""),
            ("a_b_unicast_c", "a_b", "unicast", "c"),
            ("a_unicast_b_c", "a", "unicast", "b_c"),
            ("a_group_b_unicast_c", "a_group_b", "unicast", "c"),
            ("a_unicast_b_unicast_c", "a_unicast_b", "unicast", "c"),
            ("a_unicast_unicast_b", "a_unicast", "unicast", "b"),
            ("a\nb_unicast_c\nd", "a\nb", "unicast", "c\nd"),
            ("unicast_unicast_x", "unicast", "unicast", "x"),
            ("a_Unicast_b_unicast_", "a_Unicast_b", "unicast", ""),
            ("a_unicasts_unicast_", "a_unicasts", "unicast", ""),
        ],
    )
    def test_the_rightmost_marker_splits(self, body: str, content: str, type_: str, extension: str) -> None:
        to = 9 if type_ == GROUP else "9"
        assert _command(f"text_9_{body}") == Send("text", to, content, extension)

    @pytest.mark.promise("reading-2")
    @pytest.mark.parametrize("body", ["", "hi", "unicast_x", "hi_unicas_x", "hi-unicast-x", "group"])
    def test_text_without_separator_is_invalid(self, body: str) -> None:
        assert _failure(f"text_9_{body}").name is Name.INVALID

    def test_a_megabyte_of_underscores_is_no_trap(self) -> None:
        content = "_" * (1024 * 1024 - 30)
        assert _command(f"picture_9_{content}_unicast_") == Send("picture", "9", content, "")


class TestLogin:
    @pytest.mark.promise("from-client-1")
    def test_the_token_is_everything_after_the_second_underscore(self) -> None:
        assert _command("login_bob_aaa.bbb_ccc.d_") == Login("bob", "aaa.bbb_ccc.d_")

    def test_login_with_an_empty_token_has_no_token(self) -> None:
        assert _command("login_bob_") == Login("bob")


class TestLimits:
    def test_bytes_count_not_characters(self) -> None:
        codec = LegacyCodec(picture, Limits(frame=40, text=6))
        assert _command("text_bob_汉字_unicast_", codec) == Send("text", "bob", "汉字", "")
        too_long = Failure(Name.TOO_LONG, "a text has at most 6 bytes")
        assert _failure("text_bob_汉字x_unicast_", codec) == too_long

    def test_only_texts_are_bounded_by_that_of_texts(self) -> None:
        codec = LegacyCodec(picture, Limits(frame=40, text=6))
        assert isinstance(_command("picture_bob_1234567_unicast_", codec), Send)

    def test_the_frame_is_bounded(self) -> None:
        codec = LegacyCodec(picture, Limits(frame=40))
        assert isinstance(_command("text_bob_" + "x" * 22 + "_unicast_", codec), Send)
        failure = _failure("text_bob_" + "x" * 23 + "_unicast_", codec)
        assert failure == Failure(Name.TOO_LONG, "a frame has at most 40 bytes")


class TestReplies:
    def test_an_error_has_three_fields_whatever_its_reason(self) -> None:
        assert _reply(Failure(Name.NOT_FOUND, "no such_group")) == "error_404_no such group"

    def test_members(self) -> None:
        frame = _reply(Members(10, [Member("bob", "鲍勃", "a_b.png", "owner")]))
        verb, group_id, packed = frame.split("_")
        bob = {"userid": "bob", "nickname": "鲍勃", "snap": f"{BASE_URL}/a_b.png", "role": "owner"}
        assert (verb, group_id, _unpack(packed)) == ("members", "10", [bob])

    def test_records(self) -> None:
        entry = Entry(3, "text", "alice", 10, "a_b\n汉", "e_f", 1487203647)
        verb, peer, packed = _reply(Records(10, [entry], more=True)).split("_")
        assert (verb, peer) == ("records", "10")
        message = {
            "id": 3,
            "kind": "text",
            "from": "alice",
            "to": "10",
            "type": "group",
            "content": "a_b\n汉",
            "time": 1487203647,
            "extension": "e_f",
        }
        assert _unpack(packed) == {"messages": [message], "more": True}

    def test_members_reply_has_as_many_members_as_fit(self) -> None:
        members = [Member(f"{number}", "名" * 100, "a.png", "member") for number in range(1000)]
        frame = _reply(Members(10, members))
        decoded = _unpack(frame.split("_")[2])
        assert FRAME_BYTES - 1000 < len(frame) <= FRAME_BYTES
        assert [one["userid"] for one in decoded] == [one.userid for one in members[: len(decoded)]]

    @pytest.mark.parametrize("content", ["x", "汉", "\x01", '"', "😀"])
    def test_records_reply_has_as_many_messages_as_fit(self, content: str) -> None:
        entries = [Entry(id_, "text", "alice", "bob", content * 500, "", 5) for id_ in range(400)]
        count = CODEC.count_fitting("alice", entries)
        frame = _reply(Records("alice", entries[:count], more=False))
        page = _unpack(frame.split("_")[2])
        assert (len(page["messages"]), page["more"]) == (count, False)
        assert FRAME_BYTES - 5000 < len(frame) <= FRAME_BYTES
        # Even if nobody has counted.
        frame = _reply(Records("alice", entries, more=False))
        page = _unpack(frame.split("_")[2])
        assert (len(page["messages"]), page["more"]) == (count, True)

    @pytest.mark.parametrize("content", ["x", "汉", "\x01", '"', "😀"])
    def test_a_message_that_does_not_fit_alone_is_cut(self, content: str) -> None:
        entry = Entry(3, "picture", "alice", "bob", content * 131_000, "ext", 5)
        assert CODEC.count_fitting("alice", [entry, entry]) == 1
        frame = _reply(Records("alice", [entry], more=True))
        page = _unpack(frame.split("_")[2])
        (message,) = page["messages"]
        assert FRAME_BYTES - 20 <= len(frame) <= FRAME_BYTES
        assert message["cut"] is True
        assert message["content"] == content * (len(message["content"]) - 1) + "…"
        assert (message["id"], message["extension"], page["more"]) == (3, "ext", True)

    @pytest.mark.promise("records-8")
    def test_an_extension_that_does_not_fit_is_left_out_of_it(self) -> None:
        entry = Entry(3, "text", "alice", "bob", "hi", "x" * 131_000, 5)
        (message,) = _unpack(_reply(Records("alice", [entry], more=False)).split("_")[2])["messages"]
        assert (message["content"], message["extension"], message["cut"]) == ("hi", "", True)

    @pytest.mark.slow
    @given(st.lists(st.tuples(contents, contents, st.sampled_from([1, 400, 20_000])), min_size=1))
    @settings(max_examples=60, deadline=None)
    def test_no_page_is_too_long_and_each_has_a_message(self, texts: list[tuple[str, str, int]]) -> None:
        entries = [Entry(1, "text", "alice", "bob", one * n, two * n, 5) for one, two, n in texts]
        count = CODEC.count_fitting("alice", entries)
        frame = _reply(Records("alice", entries[:count], more=False))
        assert len(frame) <= FRAME_BYTES
        page = _unpack(frame.split("_")[2])
        assert (len(page["messages"]), page["more"]) == (count, False)

    def test_a_notice_is_not_for_legacy_clients(self) -> None:
        assert CODEC.encode(MembershipNotice(3, 10, ("bob",), (), 1487203647, "alice")) is None
        assert CODEC.encode(GroupChange(3, 10, "alice", {"name": "new"}, 1487203647)) is None

    def test_done_reply_is_not_encoded_for_shipped_apps(self) -> None:
        assert CODEC.encode_reply(Reply(None, Done()), BASE_URL) is None

    def test_acceptance_is_not_encoded_for_shipped_apps(self) -> None:
        assert CODEC.encode_accepted(None, Accepted(3, 1487203647)) is None


class TestSparingAndroid:
    CODEC = LegacyCodec(picture, guard=Guard(underscores=True))

    @pytest.mark.promise("apps-1")
    @pytest.mark.parametrize(
        ("kind", "content", "spared"),
        [
            ("text", "snake_case", "text_alice_snake＿case"),
            ("text", "see http://h/a_b, a_b", "text_alice_see http://h/a%5Fb, a＿b"),
            ("picture", "http://h/a_b-1x1.jpg", "picture_alice_http://h/a%5Fb-1x1.jpg"),
            ("emotion", "co_de", "text_alice_co＿de"),
            ("emotion", "code", "emotion_alice_code"),
            ("text", "nothing to do", "text_alice_nothing to do"),
        ],
    )
    def test_underscores_are_replaced(self, kind: str, content: str, spared: str) -> None:
        entry = Entry(1, kind, "alice", "bob", content, "ext_ension", 5)
        assert self.CODEC.encode(entry) == f"{spared}_unicast_alice_5_ext＿ension"
        assert CODEC.encode(entry) == f"{kind}_alice_{content}_unicast_alice_5_ext_ension"


@given(st.sampled_from(sorted(VERBS)), userids, contents, extensions)
def test_a_unicast_message_decodes_to_what_was_encoded(
    kind: str, to: str, content: str, extension: str
) -> None:
    frame = f"{kind}_{to}_{content}_unicast_{extension}"
    assert _command(frame) == Send(kind, to, content, extension)


@given(st.sampled_from(sorted(VERBS)), group_ids, contents, extensions)
def test_a_group_message_decodes_to_what_was_encoded(
    kind: str, to: str, content: str, extension: str
) -> None:
    frame = f"{kind}_{to}_{content}_group_{extension}"
    assert _command(frame) == Send(kind, int(to), content, extension)


@given(
    userids,
    st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1),
)
def test_a_login_decodes_to_what_was_encoded(userid: str, token: str | None) -> None:
    frame = f"login_{userid}" + (f"_{token}" if token else "")
    assert _command(frame) == Login(userid, token)


@given(userids.filter(lambda userid: not userid.isdecimal()), st.integers(0, 10**18 - 1), st.booleans())
def test_a_query_about_a_person_decodes_to_what_was_encoded(peer: str, since: int, says_so: bool) -> None:
    frame = f"records_{peer}_{since}" + ("_unicast" if says_so else "")
    assert _command(frame) == QueryRecords(since, user=peer)
    assert _command(f"records_{peer}_{since}_group") == QueryRecords(since)


@given(group_ids, st.integers(0, 10**18 - 1))
def test_a_query_by_a_number_is_about_a_group_or_a_person(peer: str, since: int) -> None:
    assert _command(f"records_{peer}_{since}") == QueryRecords(since, user=peer, group=int(peer))
    assert _command(f"records_{peer}_{since}_unicast") == QueryRecords(since, user=peer)
    assert _command(f"records_{peer}_{since}_group") == QueryRecords(since, group=int(peer))


@given(
    st.sampled_from(sorted(VERBS)),
    userids,
    contents,
    extensions.filter(lambda text: "_" not in text),
    st.integers(0, 2**40),
)
def test_delivered_frame_decodes_to_the_message_sent(
    kind: str, sender: str, content: str, extension: str, seconds: int
) -> None:
    frame = CODEC.encode(Entry(1, kind, sender, "bob", content, extension, seconds))
    assert frame is not None
    assert Received.read(frame) == Received(kind, sender, content, "unicast", sender, seconds, extension)


def test_text_that_is_no_utf8_is_malformed() -> None:
    failure = _failure("text_bob_\ud800_unicast_")
    assert failure == Failure(Name.INVALID, "a frame holds no lone surrogates")


@pytest.mark.promise("reading-6")
@pytest.mark.slow
@given(st.text())
def test_any_text_gives_a_command_or_an_error(text: str) -> None:
    CODEC.decode(text)


@pytest.mark.slow
@given(st.sampled_from(["login", "logout", "members", "records", *sorted(VERBS)]), st.lists(st.text()))
def test_any_text_after_a_verb_gives_a_command_or_an_error(verb: str, fields: list[str]) -> None:
    CODEC.decode("_".join([verb, *fields]))


@pytest.mark.promise("to-client-4", "apps-8")
@given(st.text(), st.sampled_from(list(Name)), st.text())
def test_legacy_frames_but_messages_have_four_fields_at_most(argument: str, name: Name, reason: str) -> None:
    """Else the iOS app would make a conversation of them."""
    members = Members(1, [Member(argument, argument, argument, argument)])
    for result in (Failure(name, reason), members, Records(1, [], more=False)):
        assert len(_reply(result).split("_")) <= 4


def _command(frame: str, codec: LegacyCodec = CODEC) -> Command:
    request = codec.decode(frame)
    assert isinstance(request, CommandRequest)
    assert request.id is None
    return request.command


def _failure(frame: str, codec: LegacyCodec = CODEC) -> Failure:
    reply = codec.decode(frame)
    assert isinstance(reply, Reply)
    assert isinstance(reply.result, Failure)
    return reply.result


def _reply(result: Result) -> str:
    frame = CODEC.encode_reply(Reply(None, result), BASE_URL)
    assert frame is not None
    return frame


def _unpack(packed: str) -> Any:
    return json.loads(base64.b64decode(packed, validate=True))
