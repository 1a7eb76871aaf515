"""One connection: what each frame does to whom is logged in on it."""

import asyncio
from collections.abc import Sequence

import pytest
from django.db import OperationalError

from accounts.codes import Name
from accounts.selectors import avatar_url
from chat import access
from chat.delivery.connection import admission
from chat.delivery.connection.client_link import Needs
from chat.delivery.connection.connection import CHARACTERS_PER_CHARGE, LONG_CHARACTERS
from chat.failures import CommandRefused
from chat.protocol.commands import (
    Command,
    CommandRequest,
    Login,
    Logout,
    QueryMembers,
    QueryRecords,
    Send,
)
from chat.protocol.events import Event
from chat.protocol.legacy import LegacyCodec
from chat.protocol.replies import Accepted, Failure, Reply, RequestId
from log.rows import Entry, Recipient
from tests.support.connecting import Client, steps


class NamingCodec:
    """A dialect that names its commands by numbers, and leaves no reply out: `<number> <verb>`."""

    COMMANDS: dict[str, Command] = {
        "login": Login("bob"),
        "send": Send("text", "alice", "hi", ""),
        "members": QueryMembers(1),
        "records": QueryRecords(0, user="alice"),
        "logout": Logout("bob"),
    }

    def decode(self, text: str) -> CommandRequest | Reply:
        number, _, verb = text.partition(" ")
        command = self.COMMANDS.get(verb)
        if command is None:
            return Reply(int(number), Failure(Name.INVALID, "unknown verb"))
        return CommandRequest(int(number), command)

    def encode(self, event: Event) -> str | None:
        raise AssertionError("a session's feed does that")

    def encode_reply(self, reply: Reply, base_url: str) -> str | None:
        result = reply.result
        if isinstance(result, Failure):
            return f"{reply.id} failed {result.code}"
        return f"{reply.id} {type(result).__name__}"

    def encode_accepted(self, id: RequestId, accepted: Accepted) -> str:
        return f"{id} accepted {accepted.id} {accepted.time}"

    @property
    def own(self) -> None:
        return None

    def refusal(self, message: Send, sender: str) -> Failure | None:
        return None

    def count_fitting(self, peer: Recipient, entries: Sequence[Entry]) -> int:
        return len(entries)


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    return Client(monkeypatch, LegacyCodec(avatar_url))


@pytest.fixture
async def naming(monkeypatch: pytest.MonkeyPatch) -> Client:
    """One that names its commands."""
    return Client(monkeypatch, NamingCodec())


async def test_login_message_and_goodbye_are_handled_in_order(client: Client) -> None:
    assert await client.says("login_bob") == []
    assert await client.says("text_alice_hi_unicast_") == []
    assert client.sessions[0].sent == [Send("text", "alice", "hi", "")]
    assert client.socket.calls == ["admit"]
    await client.connection.end(clean=True)
    assert client.sessions[0].ends == [True]


@pytest.mark.parametrize("frame", ["text_alice_hi_unicast_", "members_1", "records_alice_0"])
async def test_frames_before_login_get_401(client: Client, frame: str) -> None:
    assert await client.says(frame) == ["error_401_log in first"]
    assert client.socket.calls == ["charge"]


async def test_queries_are_answered(client: Client) -> None:
    await client.says("login_bob")
    (members,) = await client.says("members_1")
    (records,) = await client.says("records_alice_0")
    assert members.startswith("members_1_")
    assert records.startswith("records_alice_")


async def test_malformed_frames_are_charged(client: Client) -> None:
    assert await client.says("dance_bob") == ["error_400_unknown verb"]
    await client.connection.refuse("no text at all")
    await client.connection.refuse_longer(99)
    assert client.got[1:] == ["error_400_no text at all", "error_413_a frame has at most 99 bytes"]
    assert client.socket.calls == ["charge"] * 3


async def test_login_as_another_person_ends_the_first_session(client: Client) -> None:
    await client.says("login_bob")
    await client.says("login_alice")
    bob, alice = client.sessions
    assert (bob.ends, alice.ends) == ([True], [])
    assert client.socket.calls == ["admit", "dismiss", "admit"]


async def test_login_as_the_first_person_again_resumes_after_the_last_sent_row(client: Client) -> None:
    for frame in ("login_bob", "login_alice", "login_bob"):
        await client.says(frame)
    assert [(session.userid, session.after) for session in client.sessions] == [
        ("bob", 0),
        ("alice", 0),
        ("bob", 7),
    ]


async def test_logout_under_another_userid_is_refused(client: Client) -> None:
    await client.says("login_bob")
    assert await client.says("logout_alice") == ["error_400_you are logged in under another userid"]
    assert client.sessions[0].ends == []
    assert await client.says("logout_bob") == []
    assert client.sessions[0].ends == [True]


async def test_logout_without_a_login_does_nothing(client: Client) -> None:
    assert await client.says("logout_bob") == []
    assert client.socket.calls == ["charge"]
    await client.says("login_bob")
    await client.says("logout_bob")
    assert await client.says("logout_bob") == []
    assert client.sessions[0].ends == [True]


async def test_content_too_long_for_the_recipients_frame_is_refused(client: Client) -> None:
    await client.says("login_bob")
    (answer,) = await client.says(f"picture_alice_{'p' * 131_072}_unicast_")
    assert answer == "error_413_a message is delivered as a frame of at most 131072 bytes"
    assert client.sessions[0].sent == []


async def test_broken_connection_is_not_a_goodbye(client: Client) -> None:
    await client.says("login_bob")
    await client.connection.end(clean=False)
    assert client.sessions[0].ends == [False]


async def test_rejected_command_is_answered_with_its_reason(client: Client) -> None:
    await client.says("login_bob")
    client.sessions[0].error = CommandRefused(Name.NOT_ALLOWED, "you are muted")
    assert await client.says("text_alice_hi_unicast_") == ["error_403_you are muted"]


async def test_unreachable_database_is_answered_with_503(client: Client) -> None:
    client.login_error = OperationalError("secrets of the operator")
    (answer,) = await client.says("login_bob")
    assert answer == "error_503_the database is away, try again"
    client.login_error = None
    assert await client.says("login_bob") == []


async def test_answer_to_disconnected_client_is_dropped(client: Client) -> None:
    client.is_gone = True
    assert await client.says("dance_bob") == []


class TestReplies:
    @pytest.mark.parametrize(
        ("verb", "answer"),
        [("login", "Done"), ("members", "Members"), ("records", "Records"), ("logout", "Done")],
    )
    async def test_command_gets_a_reply_with_its_id(self, naming: Client, verb: str, answer: str) -> None:
        await naming.says("1 login")
        assert await naming.says(f"2 {verb}") == [f"2 {answer}"]
        await steps()
        assert naming.got == [f"2 {answer}"]

    async def test_message_gets_a_reply_once_it_is_in_the_log(self, naming: Client) -> None:
        await naming.says("1 login")
        assert await naming.says("2 send") == []
        await steps()
        assert naming.got == []
        naming.sessions[0].answers[0](Accepted(8, 1700000000))
        await steps()
        assert naming.got == ["2 accepted 8 1700000000"]

    async def test_each_message_gets_its_own_reply(self, naming: Client) -> None:
        for text in ("1 login", "2 send", "3 send"):
            await naming.says(text)
        naming.got.clear()
        first, second = naming.sessions[0].answers
        first(Failure(Name.TRY_AGAIN, "the message was not stored, try again"))
        second(Accepted(8, 0))
        await steps()
        assert naming.got == ["2 failed 503", "3 accepted 8 0"]

    async def test_reply_is_sent_without_a_task_if_the_socket_is_writable(self, naming: Client) -> None:
        await naming.says("1 login")
        await naming.says("2 send")
        naming.socket.is_quick = True
        naming.sessions[0].answers[0](Accepted(5, 9))
        assert naming.socket.took == ["2 accepted 5 9"]

    async def test_replies_to_sends_keep_their_order(self, naming: Client) -> None:
        await naming.says("1 login")
        await naming.says("2 send")
        await naming.says("3 send")
        first, second = naming.sessions[0].answers
        first(Accepted(5, 9))
        naming.socket.is_quick = True
        second(Accepted(6, 9))
        await steps()
        assert naming.got == ["2 accepted 5 9", "3 accepted 6 9"]
        assert naming.socket.took == []

    async def test_other_reply_does_not_wait_for_a_pending_send(self, naming: Client) -> None:
        for text in ("1 login", "2 send", "3 members"):
            await naming.says(text)
        naming.sessions[0].answers[0](Accepted(8, 0))
        await steps()
        assert naming.got == ["3 Members", "2 accepted 8 0"]

    @pytest.mark.parametrize("verb", ["send", "members", "records"])
    async def test_error_has_the_id_of_its_command(self, naming: Client, verb: str) -> None:
        await naming.says("1 login")
        naming.sessions[0].error = CommandRefused(Name.NOT_ALLOWED, "you are muted")
        assert await naming.says(f"2 {verb}") == ["2 failed 403"]
        naming.sessions[0].error = OperationalError("away")
        assert await naming.says(f"3 {verb}") == ["3 failed 503"]

    async def test_error_of_a_login_has_its_id(self, naming: Client) -> None:
        naming.login_error = CommandRefused(Name.NOT_ALLOWED, "this account is locked")
        assert await naming.says("1 login") == ["1 failed 403"]

    async def test_malformed_frame_gets_an_error_reply(self, naming: Client) -> None:
        assert await naming.says("1 dance") == ["1 failed 400"]
        assert naming.socket.calls == ["charge"]

    async def test_legacy_dialect_has_no_success_replies(self, client: Client) -> None:
        await client.says("login_bob")
        await client.says("text_alice_hi_unicast_")
        client.sessions[0].answers[0](Accepted(8, 0))
        await steps()
        assert client.got == []


class TestTheTimeForALogin:
    async def test_socket_without_a_login_in_time_gets_error_408(self, client: Client) -> None:
        client.connection.wait_for_login(0.05)
        await asyncio.wait_for(client.hung_up.wait(), 5)
        assert client.got == ["error_408_log in within 0.05 seconds"]

    async def test_logged_in_socket_is_not_closed_at_the_login_timeout(self, client: Client) -> None:
        client.connection.wait_for_login(0.05)
        await client.says("login_bob")
        await asyncio.sleep(0.1)
        assert not client.hung_up.is_set()

    async def test_login_timeout_does_not_count_a_slow_database(self, client: Client) -> None:
        client.may_log_in.clear()
        client.connection.wait_for_login(0.05)
        logging_in = asyncio.create_task(client.says("login_bob"))
        await asyncio.sleep(0.12)
        client.may_log_in.set()
        assert await logging_in == []
        assert not client.hung_up.is_set()

    async def test_login_timeout_ends_with_the_connection(self, client: Client) -> None:
        client.connection.wait_for_login(0.05)
        await client.connection.end(clean=False)
        await asyncio.sleep(0.1)
        assert (client.got, client.hung_up.is_set()) == ([], False)


class TestALoginThatIsTooFast:
    @pytest.fixture
    async def client(self, monkeypatch: pytest.MonkeyPatch) -> Client:
        """One whose newest connection only gets messages, so it waits. Nobody may log in for the next minute,
        almost."""

        def refuse(*_: object) -> None:
            raise CommandRefused(Name.TOO_FAST, "too many logins", retry=50)

        monkeypatch.setattr(access, "may_try_to_log_in", refuse)
        monkeypatch.setattr(admission, "CHECK_SECONDS", 0.01)
        return Client(monkeypatch, LegacyCodec(avatar_url), Needs(newest_only=True))

    async def test_throttled_login_waits_until_the_client_is_gone(self, client: Client) -> None:
        waiting = asyncio.create_task(client.says("login_bob"))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        client.socket.is_there = False
        async with asyncio.timeout(5):
            await waiting
        assert client.sessions == []

    async def test_throttled_login_does_not_extend_the_login_timeout(self, client: Client) -> None:
        client.connection.wait_for_login(0.05)
        waiting = asyncio.create_task(client.says("login_bob"))
        await asyncio.wait_for(client.hung_up.wait(), 5)
        client.socket.is_there = False
        await waiting


class TestLongTexts:
    async def test_long_text_waits_for_its_turn(self, client: Client) -> None:
        await client.says("login_bob")
        await client.says(f"text_alice_{'x' * LONG_CHARACTERS}_unicast_")
        assert client.sessions[0].turns == 1
        assert len(client.sessions[0].sent) == 1

    async def test_client_that_reads_no_answer_holds_no_turn(self, client: Client) -> None:
        await client.says("login_bob")
        client.takes.clear()
        answering = asyncio.create_task(client.says("nonsense" * LONG_CHARACTERS))
        await steps()
        assert (client.sessions[0].turns, client.sessions[0].has_turn) == (1, False)
        client.takes.set()
        assert await answering == ["error_400_unknown verb"]

    async def test_waiting_login_keeps_no_turn(self, client: Client) -> None:
        await client.says("login_bob")
        client.may_log_in.clear()
        logging_in = asyncio.create_task(client.says(f"login_charlie_{'x' * LONG_CHARACTERS}"))
        await steps()
        assert (client.sessions[0].turns, client.sessions[0].has_turn) == (1, False)
        client.may_log_in.set()
        assert await logging_in == []

    async def test_short_frames_take_no_turn(self, client: Client) -> None:
        await client.says("login_bob")
        await client.says("text_alice_hi_unicast_")
        assert client.sessions[0].turns == 0

    async def test_refused_long_frame_is_charged_by_length(self, client: Client) -> None:
        await client.says("login_bob")
        client.socket.charges.clear()
        await client.says("nonsense")
        await client.says("nonsense" * 8 * CHARACTERS_PER_CHARGE)
        await client.says("nonsense")
        assert client.socket.charges == [1, 1 + 64, 1]
