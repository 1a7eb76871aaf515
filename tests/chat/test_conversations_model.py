"""Conversations, unread counts and read marks, against a plain model: whatever people do, everybody finds
what the model says."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from accounts.codes import Cause
from accounts.services import ensure_users
from chat.failures import CommandRefused
from chat.reading import listing
from chat.reading.conversations import ListedConversation, conversations_of, unread_of
from chat.services import moderating
from chat.services.own_list import ReadMarkResult, mark_read
from groups.services import add_members, create_group, remove_members
from log import positions
from log.appending import Draft, append
from log.rejections import Rejection
from log.rows import EDIT, REACTION, RECALL, LogId, Recipient
from tests.support.tiers import examples

PEOPLE = ["alice", "bob", "charlie"]
DESK = "a moderator"
people = st.sampled_from(PEOPLE)
numbers = st.integers(0, 10**6)


def paged(userid: str) -> list[ListedConversation]:
    """The person's conversations, a page after the other."""
    page = listing.page_of(userid, 1)
    listed = page.listed
    while page.next:
        page = listing.page_of(userid, 1, page.next)
        listed += page.listed
    return listed


@dataclass
class Message:
    """`readers`: who could read it when it was written, each with what it said when they could last see."""

    id: LogId
    sender: str
    to: Recipient
    readers: dict[str, str]
    recalled_by: str = ""

    @property
    def is_recalled(self) -> bool:
        return self.recalled_by != ""

    def peer_of(self, userid: str) -> Recipient:
        """The conversation that it is in, as the person sees it."""
        return self.sender if self.to == userid else self.to


@dataclass
class Model:
    """`members`: of each group, and since when."""

    messages: list[Message] = field(default_factory=list)
    members: dict[int, dict[str, LogId]] = field(default_factory=dict)
    marks: dict[tuple[str, Recipient], LogId] = field(default_factory=dict)

    def messages_of(self, userid: str, peer: Recipient) -> list[Message]:
        return [one for one in self.messages if userid in one.readers and one.peer_of(userid) == peer]

    def peers_of(self, userid: str) -> list[Recipient]:
        """With whom the person has conversations, latest first."""
        peers = {one.peer_of(userid) for one in self.messages if userid in one.readers}
        groups = {group for group, members in self.members.items() if userid in members}
        mine = {peer for peer in peers if isinstance(peer, str)} | groups
        return sorted(mine, key=lambda peer: self._place(userid, peer), reverse=True)

    def unread(self, userid: str, peer: Recipient) -> int:
        mark = self.marks.get((userid, peer), 0)
        return sum(
            one.id > mark and one.sender != userid and not one.is_recalled
            for one in self.messages_of(userid, peer)
        )

    def read(self, userid: str, peer: Recipient, upto: LogId) -> bool:
        """Whether the mark has risen."""
        last = max((one.id for one in self.messages_of(userid, peer)), default=0)
        before = self.marks.get((userid, peer), 0)
        self.marks[userid, peer] = max(before, min(upto, last))
        return self.marks[userid, peer] > before

    def _place(self, userid: str, peer: Recipient) -> LogId:
        last = max((one.id for one in self.messages_of(userid, peer)), default=0)
        # A group that somebody has just come into, or come back into, is the latest.
        return max(last, self.members[peer][userid]) if isinstance(peer, int) else last


@contextmanager
def nothing_stays() -> Iterator[None]:
    """What is written in the block is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Conversations(RuleBasedStateMachine):
    """What three people do. Each example finds an empty log."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.example = ExitStack()
        self.example.enter_context(nothing_stays())

    def teardown(self) -> None:
        self.example.close()

    @initialize()
    def begin(self) -> None:
        ensure_users(PEOPLE)
        self.group = create_group("alice", ["bob"], "群").pk
        since = positions.last_id()
        self.model.members[self.group] = {"alice": since, "bob": since}

    @rule(sender=people, to=people, count=st.integers(1, 3))
    def write(self, sender: str, to: str, count: int) -> None:
        self.append(sender, to, {sender, to}, count)

    @rule(sender=people, count=st.integers(1, 3))
    def write_to_group(self, sender: str, count: int) -> None:
        members = self.model.members[self.group]
        if sender in members:
            self.append(sender, self.group, members, count)
        else:
            assert append([Draft("text", sender, self.group, "hi", "")]).outcomes == (
                Rejection(Cause.OUTSIDE),
            )

    @rule(userid=people)
    def come_or_go(self, userid: str) -> None:
        members = self.model.members[self.group]
        if userid in members:
            remove_members(self.group, [userid])
            del members[userid]
        else:
            add_members(self.group, [userid])
            members[userid] = positions.last_id()

    @precondition(lambda self: self.model.messages)
    @rule(number=numbers)
    def recall(self, number: int) -> None:
        message = self.any_message(number)
        if self.amend(message, RECALL, "") and not message.is_recalled:
            message.recalled_by = message.sender

    @precondition(lambda self: self.model.messages)
    @rule(number=numbers)
    def recall_by_desk(self, number: int) -> None:
        message = self.any_message(number)
        assert len(moderating.recall([message.id])) == (not message.is_recalled)
        message.recalled_by = message.recalled_by or DESK

    @precondition(lambda self: self.model.messages)
    @rule(number=numbers)
    def restore(self, number: int) -> None:
        message = self.any_message(number)
        assert len(moderating.restore([message.id])) == (message.recalled_by == DESK)
        if message.recalled_by == DESK:
            message.recalled_by = ""

    @precondition(lambda self: self.model.messages)
    @rule(number=numbers)
    def edit(self, number: int) -> None:
        message = self.any_message(number)
        if self.amend(message, EDIT, f"edited {number}"):
            present = self.model.members[message.to] if isinstance(message.to, int) else PEOPLE
            message.readers |= {userid: f"edited {number}" for userid in message.readers if userid in present}

    @precondition(lambda self: self.model.messages)
    @rule(number=numbers)
    def react(self, number: int) -> None:
        self.amend(self.any_message(number), REACTION, "👍")

    @rule(userid=people, peer=people, number=numbers)
    def read(self, userid: str, peer: str, number: int) -> None:
        self.mark(userid, peer, number)

    @rule(userid=people, number=numbers)
    def read_group(self, userid: str, number: int) -> None:
        self.mark(userid, self.group, number)

    @invariant()
    def everybody_finds_what_is_theirs(self) -> None:
        for userid in PEOPLE if self.model.members else ():
            result = paged(userid)
            assert result == conversations_of(userid)
            assert [listed.peer for listed in result] == self.model.peers_of(userid)
            for listed in result:
                self.compare(userid, listed)

    def compare(self, userid: str, listed: ListedConversation) -> None:
        messages = self.model.messages_of(userid, listed.peer)
        assert listed.unread == self.model.unread(userid, listed.peer)
        assert listed.unread == unread_of(userid, listed.peer)
        assert listed.read == self.model.marks.get((userid, listed.peer), 0)
        assert (listed.last is None) == (not messages)
        if listed.last:
            last = messages[-1]
            content = "" if last.is_recalled else last.readers[userid]
            assert (listed.last.entry.id, listed.last.recalled) == (last.id, last.is_recalled)
            assert listed.last.by_desk == (last.recalled_by == DESK)
            assert listed.last.entry.content == content

    def append(self, sender: str, to: Recipient, readers: Iterable[str], count: int) -> None:
        rows = append([Draft("text", sender, to, "hi", "")] * count).batch.rows
        self.model.messages += [Message(row.id, sender, to, dict.fromkeys(readers, "hi")) for row in rows]

    def amend(self, message: Message, kind: str, content: str) -> bool:
        """Whether its author, who may have left the group, still could."""
        draft = Draft(kind, message.sender, message.to, content, "", target=message.id)
        return bool(append([draft]).batch.rows)

    def any_message(self, number: int) -> Message:
        return self.model.messages[number % len(self.model.messages)]

    def mark(self, userid: str, peer: Recipient, number: int) -> None:
        upto = number % (positions.last_id() + 5)
        if peer not in self.model.peers_of(userid):
            with pytest.raises(CommandRefused):
                mark_read(userid, peer, upto)
            return
        has_risen = self.model.read(userid, peer, upto)
        mark = self.model.marks[userid, peer]
        assert mark_read(userid, peer, upto) == ReadMarkResult(
            mark, self.model.unread(userid, peer), has_risen
        )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
class TestConversations(Conversations.TestCase):  # type: ignore[misc,valid-type]
    settings = settings(max_examples=examples(8, 20), stateful_step_count=30, deadline=None)
